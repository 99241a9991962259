/* What Exchange gives in place of a message that it cannot convert: a mail of its own that says so.
 * It is not the message. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_PLACEHOLDER_H
#define NAVETTE_SYNC_APPLY_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* The sentence for one, without its UID. */
#define PLACEHOLDER_REASON                                                                         \
	"the server gives a note in its place, which says that it cannot convert the message for " \
	"IMAP; look at it in the web mail of that server"

/* Looks at a message that goes by. Start zeroed; release with placeholder_release(). */
struct placeholder {
	struct buffer head; /* its first bytes */
	uint64_t size;
};
void placeholder_begin(struct placeholder *placeholder);
void placeholder_write(struct placeholder *placeholder, const void *bytes, size_t length);
/* Whether all that was written since the begin is such a note: it is short, and its subject is that
 * of these notes, to the letter. */
bool placeholder_is_one(const struct placeholder *placeholder);
void placeholder_release(struct placeholder *placeholder);

#endif
