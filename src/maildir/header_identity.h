/* The identity of a file by its header alone. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_HEADER_IDENTITY_H
#define NAVETTE_MAILDIR_HEADER_IDENTITY_H

#include "mail/identity.h"
#include "maildir/message.h"

/* Reads no more of the file than its header. A file that is no regular one, or cannot be read, is
 * an error without a word. */
enum maildir_message_result maildir_header_identity(const struct maildir *maildir,
						    const struct maildir_location *location,
						    struct identity *identity_r);

#endif
