/* The Message-ID of a file. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_MESSAGE_ID_H
#define NAVETTE_MAILDIR_MESSAGE_ID_H

#include "maildir/message.h"

/* The first Message-ID of the header (RFC 5322 section 3.6.4), unfolded, without white space and
 * angle brackets, cut at 998 bytes; NULL when the header has none or the file cannot be read. The
 * caller owns it. */
char *maildir_message_id(const struct maildir *maildir, const struct maildir_location *location);

#endif
