/* Which folders both sides and the base have. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_LISTING_H
#define NAVETTE_SYNC_FOLDERS_LISTING_H

#include "config/config.h"
#include "far/far.h"
#include "state/state.h"
#include "sync/folders/folder_table.h"

struct mailboxes;
struct sync_hints;

struct listing_sources {
	const struct config_account *account;
	struct state *state;
	struct far_session *session;
	/* What the server listed before, and will be kept; NULL: nobody keeps it. With hints, and
	 * when it is whole, the server is not asked. */
	struct mailboxes *kept;
	const struct sync_hints *hints; /* may be NULL */
	bool is_fresh; /* it is what the server listed in this very round: nor is it asked then */
};

/* Whether the server is asked. */
bool listing_asks_server(const struct listing_sources *sources);

/* Whether what is not seen on a side is not there. Not so where parts of the Maildir trees could
 * not be looked at, or a line of the server's list made no sense: then no folder may count as
 * removed there. */
struct listing_certainty {
	bool near, far;
};

/* Fills TABLE (zeroed) with every folder of the three, with its channel and place, and with what is
 * passed over. Actions are not set yet. Returns 0 or -1. */
int listing_gather(const struct listing_sources *sources, struct folder_table *table,
		   struct listing_certainty *certain_r, struct error *error);
/* Whether the rules may take a mailbox that is not in the table: not when they name all that they
 * take, and the server listed these. */
bool listing_may_lack_any(const struct config_account *account, const struct folder_table *table);

#endif
