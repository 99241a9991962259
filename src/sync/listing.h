/* Which folders both sides and the base have. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LISTING_H
#define NAVETTE_SYNC_LISTING_H

#include "config/config.h"
#include "imap/session.h"
#include "state/state.h"
#include "sync/folder_table.h"

/* Told of a mailbox or directory that cannot be a folder; NAME is printable. */
typedef void listing_skipped_function(void *context, const char *name, const struct error *error);

struct listing_sources {
	const struct config_account *account;
	struct state *state;
	struct imap_session *session;
	listing_skipped_function *skipped;
	void *context;
};

/* *near_certain_r is false when parts of the Maildir trees could not be looked at: then no folder
 * may count as removed there. Fills TABLE (zeroed) with every folder of the three, with its channel
 * and place. Actions are not set yet. Returns 0 or -1. */
int listing_gather(const struct listing_sources *sources, struct folder_table *table,
		   bool *near_certain_r, struct error *error);

#endif
