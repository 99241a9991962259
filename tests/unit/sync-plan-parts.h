/* What tests ask of a plan. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_SYNC_PLAN_PARTS_H
#define NAVETTE_TESTS_SYNC_PLAN_PARTS_H

#include "sync/plan/plan.h"

/* How many operations it has, of all kinds. */
static inline size_t plan_size(const struct plan *plan)
{
	size_t size = 0;
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++)
		size += plan->operations[kind].count;
	return size;
}

/* The first of a kind; NULL: it has none. */
static inline const struct operation *plan_first(const struct plan *plan, enum operation_kind kind)
{
	return plan_has(plan, kind) ? &plan->operations[kind].items[0] : NULL;
}

/* The first of the first kind that it has any of; NULL: it has none. */
static inline const struct operation *plan_any(const struct plan *plan)
{
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (plan_has(plan, kind))
			return plan_first(plan, kind);
	}
	return NULL;
}

#endif
