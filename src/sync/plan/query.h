/* What a plan means for its folder. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_QUERY_H
#define NAVETTE_SYNC_PLAN_QUERY_H

#include "sync/folders/target.h"
#include "sync/observe/base.h"
#include "sync/observe/far_observation.h"
#include "sync/observe/near_observation.h"
#include "sync/plan/plan.h"

/* A folder that is to be removed because the other side removed it, but that holds mail which the
 * other side never had, is created there again instead, with that mail: what becomes of it then. */
enum folder_action query_action(enum folder_action action, const struct plan *plan,
				const struct folder_base *base, const struct far_changes *far);
/* What the rules leave where it is, besides what the plan leaves there now. */
struct folder_withheld query_withheld(const struct plan *plan, const struct folder_base *base,
				      const struct far_observation *far,
				      const struct near_observation *near);
/* Whether apply will change anything on the server, and whether it will talk to it. WANTED: the
 * stubs that shall be made whole. */
bool query_writes_far(enum folder_action action, const struct plan *plan);
bool query_needs_server(enum folder_action action, const struct plan *plan,
			const struct uid_set *wanted);

#endif
