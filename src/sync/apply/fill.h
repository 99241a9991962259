/* Stubs that are made whole: messages of which only the header was downloaded
 * (maildir/stub.h). Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_FILL_H
#define NAVETTE_SYNC_APPLY_FILL_H

#include <stdbool.h>

#include "base/error.h"
#include "state/state.h"

struct far_session;
struct sync_folder;

/* Look: only those that the user asked for by their Message-IDs (sync_options.fetch) are wanted.
 * Returns 0 or -1. */
int sync_fill_find(struct sync_folder *folder, struct error *error);

/* Plan: stubs that are flagged are wanted as well. */
void sync_fill_plan(struct sync_folder *folder);

/* Apply, when merges are recorded: what is wanted is noted, so that a later run goes on. In a write
 * transaction. */
int sync_fill_note(struct state_transaction *transaction, const struct sync_folder *folder,
		   struct error *error);

/* Apply, when the merges are done: downloads what is wanted, and puts it in the place of the stubs.
 * Returns 0 or -1. */
int sync_apply_fills(struct sync_folder *folder, struct far_session *session, struct error *error);

#endif
