/* What becomes of a plan that was made: it is refused as a whole, or some of its removals are.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/plan.h"

/* Takes the far removals of UIDS out of the plan, and adds what MAKE makes of each to another kind.
 * Returns how many. */
static uint32_t turn_far(struct plan *plan, const struct uid_set *uids, enum operation_kind kind,
			 void (*make)(struct operation *operation))
{
	struct operation_list *removals = &plan->operations[OPERATION_REMOVE_FAR];
	size_t kept = 0;
	for (size_t i = 0; i < removals->count; i++) {
		struct operation operation = removals->items[i];
		if (!uid_set_contains(uids, operation.uid)) {
			removals->items[kept++] = operation;
			continue;
		}
		make(&operation);
		operation.kind = kind;
		*operation_list_add(&plan->operations[kind], kind, operation.uid) = operation;
	}
	uint32_t turned = (uint32_t)(removals->count - kept);
	removals->count = kept;
	plan->removals_far -= turned;
	return turned;
}

static void withhold(struct operation *operation)
{
	uint32_t flags = operation->base_flags;
	operation->near_flags = operation->near_wanted = flags;
	operation->far_flags = operation->far_wanted = flags;
	operation->absent = STATE_ABSENT_NEAR;
}

void plan_withhold_far(struct plan *plan, const struct uid_set *uids)
{
	(void)turn_far(plan, uids, OPERATION_WITHHOLD, withhold);
}

static void keep(struct operation *operation)
{
	(void)operation; /* only where it goes is another */
}

void plan_trash_far(struct plan *plan, const struct uid_set *uids)
{
	plan->removals_far += turn_far(plan, uids, OPERATION_TRASH, keep);
}

void plan_refuse(struct plan *plan, enum plan_refusal refusal)
{
	plan->refusal = refusal;
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++)
		plan->operations[kind].count = 0;
	plan->contested.count = 0;
	uid_set_clear(&plan->downloads);
	uid_set_clear(&plan->expires);
	uid_set_clear(&plan->outside);
	uid_set_clear(&plan->hidden);
	uid_set_clear(&plan->held);
}
