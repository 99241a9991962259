/* Which folder a mailbox and a Maildir are of, as they were listed last. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_PLACES_H
#define NAVETTE_SYNC_LIVE_PLACES_H

#include "sync/folders/folder_table.h"

struct live_place {
	char *folder;
	char *mailbox; /* the server's octets; NULL: it has none */
	char *path;    /* of its Maildir, whether there is one yet or not; NULL: it has none */
	bool taken;    /* by a channel: it takes part */
	size_t rank;   /* of those that have a connection of their own: config_watch_rank() */
};

/* Start zeroed. */
struct live_places {
	struct live_place *items;
	size_t count;
};

void live_places_take(struct live_places *places, const struct config_account *account,
		      const struct folder_table *table);
/* The next place with a mailbox to be watched on its own, after PLACE (NULL: the first); NULL:
 * there is none. */
const struct live_place *live_places_next_watched(const struct live_places *places,
						  const struct live_place *place);
/* NULL: there is no such mailbox. */
const struct live_place *live_places_find_mailbox(const struct live_places *places,
						  const char *mailbox);
void live_places_release(struct live_places *places);

#endif
