/* The guard of a plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/plan_guard.h"

/* One side of the base: what it lost, and what would be removed on the other for it. */
struct loss {
	uint32_t removals;
	uint32_t gone;   /* since */
	uint32_t absent; /* that were not there before */
};

/* One side lost all that the base has, and something would be removed on the other for it. What
 * conflicts keep there makes the side no less empty. */
static bool is_emptied(uint32_t had, const struct loss *loss)
{
	return loss->removals > 0 && had > 1 && loss->gone + loss->absent >= had;
}

static bool is_too_much(uint32_t had, const struct loss *loss, const struct plan_rules *rules)
{
	uint64_t had_there = had - loss->absent;
	return loss->removals > rules->max_delete_count &&
	       (uint64_t)loss->removals * 100 > had_there * rules->max_delete_percent;
}

enum plan_refusal plan_guard(const struct base_view *base, const struct plan_rules *rules,
			     const struct plan_losses *losses, const struct plan *plan)
{
	const struct loss near = { .removals = plan->removals_far,
				   .gone = losses->near,
				   .absent = base->absent_near };
	const struct loss far = { .removals = plan->removals_near,
				  .gone = losses->far,
				  .absent = base->absent_far };
	if (rules->force_delete || rules->max_delete_count == PLAN_NO_GUARD)
		return PLAN_ALLOWED;
	if (is_emptied(base->count, &near) || is_too_much(base->count, &near, rules))
		return PLAN_REFUSED_FAR;
	if (is_emptied(base->count, &far) || is_too_much(base->count, &far, rules))
		return PLAN_REFUSED_NEAR;
	return PLAN_ALLOWED;
}
