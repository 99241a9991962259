/* Under which other name a folder of the base is there now, where one side or both lack it under
 * its own. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_OTHER_NAMES_H
#define NAVETTE_SYNC_OBSERVE_OTHER_NAMES_H

#include "far/far.h"
#include "state/state.h"
#include "sync/folders/listing.h"
#include "sync/folders/renames.h"

/* Names that mailboxes of the base have now, as this run knows by having given them. Start zeroed.
 */
struct far_names {
	struct far_name {
		char *folder; /* that the base knows */
		char *now;
	} * items;
	size_t count, capacity;
};
/* The folder called FROM on the server by now, and all of TABLE below it, are called TO now. */
void far_names_note(struct far_names *names, const struct folder_table *table, const char *from,
		    const char *to);
/* The folder that the base calls FOLDER is called NOW there. */
void far_names_learn(struct far_names *names, const char *folder, const char *now);
void far_names_release(struct far_names *names);

struct other_names_sources {
	struct state *state;
	struct far_session *session;
	const struct folder_table *table;
	struct listing_certainty certain;
	const struct far_names *known;
};

/* Fills RENAMES (zeroed) with each folder of the base that is there under another name, as surely
 * as can be: one that is gone, and one that is new, with any doubt are not taken for each other.
 * - A Maildir is known by device and inode of its cur, and by when that was made, or by its times
 * or the names of its files: inodes are given again.
 * - A mailbox is known by its MAILBOXID (RFC 8474); else by its UIDVALIDITY and its marks, or the
 *   identities of some messages.
 * Asks the server only where a folder is gone there and another is new. Returns 0 or -1. */
int other_names_find(const struct other_names_sources *sources, struct folder_renames *renames,
		     struct error *error);

#endif
