/* The guard: a folder where too much would go is stopped whole. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_PLAN_GUARD_H
#define NAVETTE_SYNC_PLAN_PLAN_GUARD_H

#include "sync/plan/plan.h"

/* How many messages of the base each side lost since, as they were known to be there. */
struct plan_losses {
	uint32_t near, far;
};

/* What PLAN, whose removals are counted, comes to (docs/architecture.md, invariant 4). */
enum plan_refusal plan_guard(const struct base_view *base, const struct plan_rules *rules,
			     const struct plan_losses *losses, const struct plan *plan);

#endif
