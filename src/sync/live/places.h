/* Which folder a mailbox and a Maildir are of, as they were listed last. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_PLACES_H
#define NAVETTE_SYNC_LIVE_PLACES_H

#include "sync/folders/folder_table.h"

#define LIVE_POLL(account) ((account)->timeout > 0 ? 300u : 0u)
#define LIVE_KEEP_ALIVE(account) ((account)->timeout > 0 ? 1740u : 0u)

struct live_place {
	char *folder;
	char *mailbox; /* the server's octets; NULL: it has none */
	char *path;    /* of its Maildir, whether there is one yet or not; NULL: it has none */
	bool taken;    /* by a channel: it takes part */
};

/* Start zeroed. */
struct live_places {
	struct live_place *items;
	size_t count;
};

void live_places_take(struct live_places *places, const struct folder_table *table);
/* NULL: there is no such mailbox. */
const struct live_place *live_places_find_mailbox(const struct live_places *places,
						  const char *mailbox);
const struct live_place *live_places_find_folder(const struct live_places *places,
						 const char *folder);
void live_places_release(struct live_places *places);

#endif
