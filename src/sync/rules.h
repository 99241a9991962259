/* The rules of a folder's channel, as the parts of a run need them. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_RULES_H
#define NAVETTE_SYNC_RULES_H

#include "sync/folder.h"

static inline const struct config_rules *sync_folder_rules(const struct sync_folder *folder)
{
	return &folder->view->channel->rules;
}

/* What the plan must respect. */
struct plan_rules sync_folder_plan_rules(const struct sync_folder *folder);
/* How far down the server shows the folder's mailbox, after its gather. */
struct horizon sync_folder_horizon(const struct sync_folder *folder);

/* The rules that say what is left out, as text: "" for the plain ones, which leave out nothing. The
 * caller owns it. */
char *sync_rules_text(const struct config_rules *rules);

/* Marks that were noted under other rules say nothing under these: the folder's record forgets
 * them, and both sides are looked at as a whole once. So they are when what was left out is to be
 * brought back (--restore), or what is hidden to be removed (--force-delete). Returns 0 or -1. */
int sync_folder_apply_rules(struct sync_folder *folder, struct state_transaction *transaction,
			    struct error *error);

#endif
