/* What a plan says as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/plan.h"
#include "sync/sync.h"

bool plan_has_operations(const struct plan *plan)
{
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++) {
		if (plan->operations[kind].count > 0)
			return true;
	}
	return false;
}

bool plan_is_empty(const struct plan *plan)
{
	return !plan_has_operations(plan) && uid_set_is_empty(&plan->downloads) &&
	       plan->copies.count == 0 && uid_set_is_empty(&plan->expires) &&
	       uid_set_is_empty(&plan->outside) && plan->refusal == PLAN_ALLOWED;
}

static bool has_any(const struct plan *plan, bool removal)
{
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (plan_has(plan, kind) && operation_facts(kind)->removes == removal)
			return true;
	}
	return false;
}

bool plan_removes(const struct plan *plan)
{
	return has_any(plan, true) || !uid_set_is_empty(&plan->expires);
}

bool plan_transfers(const struct plan *plan)
{
	return has_any(plan, false) || !uid_set_is_empty(&plan->downloads) ||
	       plan->copies.count > 0;
}

bool plan_only_downloads(const struct plan *plan)
{
	return !has_any(plan, false) && plan->copies.count == 0 &&
	       !uid_set_is_empty(&plan->downloads);
}

uint64_t plan_sent(const struct plan *plan)
{
	const struct operation_list *uploads = &plan->operations[OPERATION_UPLOAD];
	uint64_t sent = 0;
	for (size_t i = 0; i < uploads->count; i++)
		sent += !uploads->items[i].upload.source;
	return sent;
}

static bool stores_any(const struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (operation_stores(&list->items[i]))
			return true;
	}
	return false;
}

bool plan_stores(const struct plan *plan)
{
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (operation_facts(kind)->has_flags && stores_any(&plan->operations[kind]))
			return true;
	}
	return false;
}

bool plan_changes_far(const struct plan *plan)
{
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		if (plan_has(plan, kind) && operation_facts(kind)->side == CONFIG_SIDE_FAR)
			return true;
	}
	return plan_stores(plan);
}

static void count_flags(const struct operation_list *list, struct sync_counts *counts)
{
	for (size_t i = 0; i < list->count; i++) {
		counts->near_flags += operation_renames(&list->items[i]);
		counts->far_flags += operation_stores(&list->items[i]);
	}
}

bool plan_tells(const struct plan *plan, const struct operation *operation)
{
	bool far = operation_facts(operation->kind)->side == CONFIG_SIDE_FAR;
	bool held = far && operation->uid != 0 && uid_set_contains(&plan->held, operation->uid);
	return !held && !operation->upload.moved_from;
}

static void count_operations(const struct plan *plan, enum operation_kind kind,
			     struct sync_counts *counts)
{
	const struct operation_list *list = &plan->operations[kind];
	size_t offset = operation_facts(kind)->count;
	if (offset == SIZE_MAX)
		return;
	uint64_t *count = (uint64_t *)(void *)((char *)counts + offset);
	for (size_t i = 0; i < list->count; i++) {
		const struct operation *operation = &list->items[i];
		if (operation->removal.moved_to && plan_tells(plan, operation))
			counts->moved++;
		else if (operation->upload.source && plan_tells(plan, operation))
			counts->copied++;
		else
			*count += plan_tells(plan, &list->items[i]);
	}
}

void plan_count(const struct plan *plan, struct sync_counts *counts)
{
	counts->downloaded += uid_set_size(&plan->downloads);
	counts->linked += plan->copies.count;
	counts->expired += uid_set_size(&plan->expires);
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		const struct operation_facts *facts = operation_facts(kind);
		count_operations(plan, kind, counts);
		if (facts->has_flags)
			count_flags(&plan->operations[kind], counts);
	}
}
