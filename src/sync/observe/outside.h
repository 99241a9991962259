/* What the state knows of the window. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_SYNC_OBSERVE_OUTSIDE_H
#define NAVETTE_SYNC_OBSERVE_OUTSIDE_H

#include "base/error.h"
#include "mail/uid_set.h"
#include "state/state.h"

struct sync_folder;

int sync_outside_load(struct sync_folder *folder, struct error *error);
/* At the begin of apply: the plan's, and those that are gone. */
void sync_outside_change(struct sync_folder *folder);
int sync_outside_record(struct state_transaction *transaction, struct sync_folder *folder,
			struct error *error);
/* UIDS came in, or are left out from now on. */
int sync_outside_take(struct state_transaction *transaction, uint32_t id,
		      const struct uid_set *uids, struct error *error);
int sync_outside_add(struct state_transaction *transaction, uint32_t id, const struct uid_set *uids,
		     struct error *error);
/* When all went as planned: notes the rule in the folder's record. */
void sync_outside_settle(struct sync_folder *folder);

#endif
