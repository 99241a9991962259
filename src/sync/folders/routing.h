/* Routes for all folders of a run: which Maildir belongs to which mailbox. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_ROUTING_H
#define NAVETTE_SYNC_FOLDERS_ROUTING_H

#include "maildir/layout.h"
#include "sync/folders/folder_table.h"

struct local_names;
struct routing_entry;

struct routing {
	const struct config_account *account;
	struct folder_table *table;
	struct routing_entry *entries; /* by path */
	size_t count;
	const struct local_names *places; /* what was found in each */
	size_t place_count;
};

enum maildir_layout routing_layout(const struct config_channel *channel);

/* TABLE holds the folders of the server and of the base: each gets its channel, local name and
 * path. Of several that would have one path the one that has it already keeps it; the others are
 * blocked. A folder whose name here is in none of PLACES, and stands there in another spelling, has
 * that. */
void routing_begin(struct routing *routing, const struct config_account *account,
		   struct folder_table *table, const struct local_names *places,
		   size_t place_count);
/* A Maildir called LOCAL was found in the place of CHANNEL. It is that of a folder of the table, or
 * of a new one, or a stranger's. */
void routing_see_near(struct routing *routing, const struct config_channel *channel,
		      const char *local);
/* Whose the path is by the rules or by the last run; NULL: nobody's. */
struct folder_view *routing_owner(const struct routing *routing, const char *path);
/* When all were seen: a folder that the rules put elsewhere, and whose Maildir still stands where
 * it was, is blocked. */
void routing_end(struct routing *routing);

#endif
