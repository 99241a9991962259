/* What a plan means for its folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/query.h"

static bool has_outside(const struct plan *plan, const struct folder_base *base,
			const struct far_changes *far)
{
	return !uid_set_is_empty(&plan->expires) || !uid_set_is_empty(&plan->outside) ||
	       uid_set_size(&base->outside) > uid_set_size(&far->outside_removed);
}

enum folder_action query_action(enum folder_action action, const struct plan *plan,
				const struct folder_base *base, const struct far_changes *far)
{
	if (action == FOLDER_REMOVE_NEAR && plan_has(plan, OPERATION_UPLOAD))
		return FOLDER_CREATE_FAR;
	/* A mailbox that holds what the window leaves out would take that with it. */
	if (action == FOLDER_REMOVE_FAR && (!uid_set_is_empty(&plan->downloads) ||
					    plan->copies.count > 0 || has_outside(plan, base, far)))
		return FOLDER_CREATE_NEAR;
	return action;
}

struct folder_withheld query_withheld(const struct plan *plan, const struct folder_base *base,
				      const struct far_observation *far,
				      const struct near_observation *near)
{
	const struct state_folder *record = &base->record;
	bool scanned = near->changed || base->state == FOLDER_BASE_VOID;
	struct folder_withheld withheld = { .far = far->whole ? 0 : record->far_withheld,
					    .near = scanned ? plan->near_withheld
							    : record->near_withheld };
	for (uint32_t uid = 0; uid_set_next(&plan->far_withheld, &uid);)
		withheld.far += far->whole || uid >= record->uidnext;
	return withheld;
}

bool query_writes_far(enum folder_action action, const struct plan *plan)
{
	return action == FOLDER_CREATE_FAR || plan_changes_far(plan);
}

bool query_needs_server(enum folder_action action, const struct plan *plan,
			const struct uid_set *wanted)
{
	if (action == FOLDER_FORGET || action == FOLDER_REMOVE_NEAR)
		return false;
	return action == FOLDER_REMOVE_FAR || !uid_set_is_empty(&plan->downloads) ||
	       !uid_set_is_empty(wanted) || query_writes_far(action, plan);
}
