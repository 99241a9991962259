/* The guard: a folder where too much would go is stopped whole. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/plan/plan.h"

/* One side of the base: what it lost, and what would be removed on the other for it. */
struct loss {
	uint32_t removals, moved; /* for good; and such as only moved to another folder */
	uint32_t gone;            /* since, those that moved as well */
	uint32_t absent;          /* that were not there before */
};

static struct loss loss_of(uint32_t removals, uint32_t gone, uint32_t absent, uint32_t moved)
{
	return (struct loss){ .removals = removals > moved ? removals - moved : 0,
			      .moved = moved,
			      .gone = gone,
			      .absent = absent };
}

/* One side lost all that the base has, and something would be removed on the other for it. What
 * conflicts keep there makes the side no less empty. Who moved as much as is removed, or more, has
 * tidied up: a directory that was lost moves nothing. */
static bool is_emptied(uint32_t had, const struct loss *loss)
{
	return loss->removals > loss->moved && had > 1 && loss->gone + loss->absent >= had;
}

static bool is_too_much(uint32_t had, const struct loss *loss, const struct plan_rules *rules)
{
	uint64_t had_there = had - loss->absent;
	return loss->removals > rules->max_delete_count &&
	       (uint64_t)loss->removals * 100 > had_there * rules->max_delete_percent;
}

static bool is_refused(uint32_t had, const struct loss *loss, const struct plan_rules *rules)
{
	return is_emptied(had, loss) || is_too_much(had, loss, rules);
}

static uint32_t count_moved(const struct plan *plan, enum operation_kind kind)
{
	const struct operation_list *list = &plan->operations[kind];
	uint32_t moved = 0;
	for (size_t i = 0; i < list->count; i++)
		moved += list->items[i].removal.has_moved;
	return moved;
}

static uint32_t count_replaced(const struct plan *plan, enum operation_kind kind)
{
	const struct operation_list *list = &plan->operations[kind];
	uint32_t replaced = 0;
	for (size_t i = 0; i < list->count; i++)
		replaced += list->items[i].removal.is_replaced && !list->items[i].removal.has_moved;
	return replaced;
}

uint32_t plan_moved_far(const struct plan *plan)
{
	return count_moved(plan, OPERATION_REMOVE_FAR) + count_moved(plan, OPERATION_TRASH);
}

uint32_t plan_moved_near(const struct plan *plan)
{
	return count_moved(plan, OPERATION_REMOVE_NEAR);
}

void plan_guard(struct plan *plan, const struct plan_rules *rules)
{
	const struct plan_losses *losses = &plan->losses;
	uint32_t replaced =
		count_replaced(plan, OPERATION_REMOVE_FAR) + count_replaced(plan, OPERATION_TRASH);
	const struct loss near = loss_of(plan->removals_far - replaced, losses->near,
					 losses->absent_near, plan_moved_far(plan));
	const struct loss far = loss_of(plan->removals_near, losses->far, losses->absent_far,
					plan_moved_near(plan));
	if (rules->force_delete || rules->max_delete_count == PLAN_NO_GUARD)
		return;
	if (is_refused(losses->had, &near, rules)) {
		plan->removals_far -= replaced;
		plan_refuse(plan, PLAN_REFUSED_FAR);
	} else if (is_refused(losses->had, &far, rules))
		plan_refuse(plan, PLAN_REFUSED_NEAR);
}
