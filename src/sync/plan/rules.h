/* The rules of a folder's channel, as the parts of a run need them. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_RULES_H
#define NAVETTE_SYNC_PLAN_RULES_H

#include "sync/folders/target.h"
#include "sync/observe/base.h"
#include "sync/observe/far_observation.h"
#include "sync/plan/plan.h"

struct sync_options;

/* What the plan must respect; it borrows the window and what is outside of it. */
struct plan_rules rules_of_plan(const struct sync_options *options,
				const struct sync_target *target, const struct folder_base *base,
				const struct far_observation *far);
/* How far down the server shows the folder's mailbox, after its gather. */
struct horizon rules_horizon(const struct state_folder *record, const struct far_state *state);

/* The rules that say what is withheld, as text: "" for the plain ones, which withhold nothing. The
 * caller owns it. */
char *rules_text(const struct config_rules *rules);

/* The flags that are synchronised at all, and those of them whose changes here go to the server. */
uint32_t rules_managed_flags(const struct config_rules *rules);
uint32_t rules_pushed_flags(const struct config_rules *rules);

/* Marks that were noted under other rules say nothing under these: the folder's record forgets
 * them, and both sides are looked at as a whole once. So they are when what was withheld is to be
 * brought back (--restore), or what is hidden to be removed (--force-delete). Returns 0 or -1. */
int rules_apply(struct state_folder *record, const struct config_rules *rules,
		const struct sync_options *options, struct state_transaction *transaction,
		struct error *error);

#endif
