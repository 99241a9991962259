/* Downloads that are in place leave the journal when their names are durable. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_JOURNAL_H
#define NAVETTE_SYNC_APPLY_JOURNAL_H

#include "base/error.h"
#include "mail/uid_set.h"
#include "state/state.h"

struct sync_folder;

int sync_journal_remove(struct state_transaction *transaction, uint32_t id,
			const struct uid_set *published, struct error *error);
/* For all COUNT folders of a run at once, at its end. Returns 0 or -1. */
int sync_journal_settle(struct sync_folder *folders, size_t count, struct error *error);

#endif
