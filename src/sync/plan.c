/* The plan of one folder: base and changes of both sides -> operations.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/match.h"

/* Flags whose change alone does not bring a removed message back: reading a message or marking it
 * for removal elsewhere is no reason to keep it. */
#define FLAGS_WEAK (FLAG_SEEN | FLAG_DELETED)

/* What both lists of changes and the base say about one UID of the base. */
struct message_view {
	const struct state_message *base;
	const struct near_changed *near; /* NULL: unchanged or removed */
	const struct far_changed *far;   /* NULL: unchanged or removed */
	bool near_removed;
	bool far_removed;
};

struct planner {
	const struct base_view *base;
	const struct near_changes *near_changes;
	const struct far_changes *far_changes;
	const struct plan_rules *rules;
	struct plan *plan;
	uint32_t removals_near;
	uint32_t removals_far;
};

static struct operation *add_operation(struct plan *plan, enum operation_kind kind, uint32_t uid)
{
	memory_grow((void **)&plan->operations, &plan->capacity, plan->count + 1,
		    sizeof *plan->operations);
	struct operation *operation = &plan->operations[plan->count++];
	*operation = (struct operation){ .kind = kind, .uid = uid, .added = SIZE_MAX };
	return operation;
}

/* Where the near file of a base message stands now. */
static void set_file(struct plan *plan, struct operation *operation,
		     const struct message_view *view)
{
	if (view->near) {
		operation->place = view->near->place;
		operation->name = view->near->name;
		return;
	}
	text_list_add(&plan->names, view->base->name);
	operation->place = (enum maildir_place)view->base->place;
	operation->name = plan->names.items[plan->names.count - 1];
}

/* Sets what both sides and the base shall have, given what they have: a change wins over no change.
 * A flag that the far side cannot store is left alone on the near side and never counts as a near
 * change. */
static void set_flags(const struct plan_rules *rules, struct operation *operation, uint32_t base,
		      uint32_t near, uint32_t far)
{
	uint32_t near_change = (near ^ base) & rules->far_storable;
	uint32_t far_change = far ^ base;
	uint32_t merged = base ^ (near_change | far_change);
	operation->near_flags = near;
	operation->far_flags = far;
	operation->base_flags = merged;
	operation->near_wanted = near ^ (far_change & ~(near ^ base));
	operation->far_wanted = merged;
}

static uint32_t near_flags_of(const struct message_view *view)
{
	return view->near ? view->near->flags : view->base->flags;
}

static uint32_t far_flags_of(const struct message_view *view)
{
	return view->far ? view->far->flags : view->base->flags;
}

static void plan_merge(struct planner *planner, const struct message_view *view)
{
	struct operation *operation =
		add_operation(planner->plan, OPERATION_MERGE, view->base->uid);
	set_file(planner->plan, operation, view);
	set_flags(planner->rules, operation, view->base->flags, near_flags_of(view),
		  far_flags_of(view));
	bool nothing = operation->near_flags == operation->near_wanted &&
		       operation->far_flags == operation->far_wanted &&
		       operation->base_flags == view->base->flags &&
		       operation->place == (enum maildir_place)view->base->place &&
		       strcmp(operation->name, view->base->name) == 0;
	if (nothing)
		planner->plan->count--;
}

/* The near side removed it, the far side still has it. */
static void plan_near_removed(struct planner *planner, const struct message_view *view)
{
	uint32_t far_change = far_flags_of(view) ^ view->base->flags;
	if (planner->rules->restore || (far_change & ~FLAGS_WEAK)) {
		uid_set_add(&planner->plan->downloads, view->base->uid);
		return;
	}
	add_operation(planner->plan, OPERATION_REMOVE_FAR, view->base->uid);
	planner->removals_far++;
}

/* The far side removed it, the near side still has it. */
static void plan_far_removed(struct planner *planner, const struct message_view *view)
{
	uint32_t near_change = near_flags_of(view) ^ view->base->flags;
	bool keep = planner->rules->restore ||
		    (near_change & planner->rules->far_storable & ~FLAGS_WEAK);
	struct operation *operation = add_operation(
		planner->plan, keep ? OPERATION_UPLOAD : OPERATION_REMOVE_NEAR, view->base->uid);
	set_file(planner->plan, operation, view);
	operation->near_flags = operation->near_wanted = near_flags_of(view);
	if (!keep) {
		planner->removals_near++;
		return;
	}
	operation->uid = 0;
	operation->replaces = view->base->uid;
	operation->base_flags = operation->far_wanted =
		operation->near_flags & planner->rules->far_storable;
}

static void plan_message(struct planner *planner, const struct message_view *view)
{
	if (view->near_removed && view->far_removed)
		add_operation(planner->plan, OPERATION_FORGET, view->base->uid);
	else if (view->near_removed)
		plan_near_removed(planner, view);
	else if (view->far_removed)
		plan_far_removed(planner, view);
	else
		plan_merge(planner, view);
}

/* Every UID of the base that any of the lists names, ascending, each once. */
static void collect_touched(const struct planner *planner, struct uid_set *touched)
{
	const struct near_changes *near = planner->near_changes;
	const struct far_changes *far = planner->far_changes;
	uid_set_add_set(touched, &near->removed);
	uid_set_add_set(touched, &far->removed);
	for (size_t i = 0; i < near->changed_count; i++)
		uid_set_add(touched, near->changed[i].uid);
	for (size_t i = 0; i < far->changed_count; i++)
		uid_set_add(touched, far->changed[i].uid);
}

static int plan_touched(struct planner *planner, const struct uid_set *touched, struct error *error)
{
	const struct near_changes *near = planner->near_changes;
	const struct far_changes *far = planner->far_changes;
	size_t near_index = 0;
	size_t far_index = 0;
	for (uint32_t uid = 0; uid_set_next(touched, &uid);) {
		struct state_message message;
		int found = planner->base->by_uid(planner->base->context, uid, &message, error);
		if (found < 0)
			return -1;
		struct message_view view = { .base = &message,
					     .near_removed = uid_set_contains(&near->removed, uid),
					     .far_removed = uid_set_contains(&far->removed, uid) };
		if (near_index < near->changed_count && near->changed[near_index].uid == uid)
			view.near = &near->changed[near_index++];
		if (far_index < far->changed_count && far->changed[far_index].uid == uid)
			view.far = &far->changed[far_index++];
		if (found)
			plan_message(planner, &view);
	}
	return 0;
}

static void plan_adopt(struct planner *planner, const struct match_pair *pair)
{
	const struct near_added *near = &planner->near_changes->added[pair->near_index];
	const struct far_identified *far = &planner->far_changes->identified[pair->far_index];
	struct operation *operation = add_operation(planner->plan, OPERATION_ADOPT, far->uid);
	operation->place = near->place;
	operation->name = near->name;
	operation->needs_new_name = near->is_copy;
	operation->added = pair->near_index;
	/* Without a base every flag that either side has counts as a change. */
	set_flags(planner->rules, operation, 0, near->flags, far->flags);
	uid_set_remove_range(&planner->plan->downloads, far->uid, far->uid);
}

static void plan_upload(struct planner *planner, size_t index)
{
	const struct near_added *near = &planner->near_changes->added[index];
	struct operation *operation = add_operation(planner->plan, OPERATION_UPLOAD, 0);
	operation->place = near->place;
	operation->name = near->name;
	operation->needs_new_name = near->is_copy;
	operation->added = index;
	operation->near_flags = operation->near_wanted = near->flags;
	operation->base_flags = operation->far_wanted = near->flags & planner->rules->far_storable;
}

static void plan_added(struct planner *planner)
{
	uid_set_add_set(&planner->plan->downloads, &planner->far_changes->added);
	struct match_pair *pairs;
	size_t pair_count = match_added(planner->near_changes, planner->far_changes, &pairs);
	size_t next_pair = 0;
	for (size_t i = 0; i < planner->near_changes->added_count; i++) {
		if (next_pair < pair_count && pairs[next_pair].near_index == i)
			plan_adopt(planner, &pairs[next_pair++]);
		else
			plan_upload(planner, i);
	}
	free(pairs);
}

/* One side lost all that the base has, and something would be removed on the other for it. What
 * conflicts keep there makes the side no less empty. */
static bool is_emptied(const struct planner *planner, uint32_t removals, const struct uid_set *gone)
{
	uint32_t had = planner->base->count;
	return removals > 0 && had > 1 && uid_set_size(gone) >= had;
}

static bool is_too_much(const struct planner *planner, uint32_t removals)
{
	const struct plan_rules *rules = planner->rules;
	uint64_t had = planner->base->count;
	return removals > rules->max_delete_count &&
	       (uint64_t)removals * 100 > had * rules->max_delete_percent;
}

/* The guard: a folder where too much would go is stopped whole (docs/architecture.md, invariant 4).
 */
static void apply_guard(struct planner *planner)
{
	bool far = is_emptied(planner, planner->removals_far, &planner->near_changes->removed) ||
		   is_too_much(planner, planner->removals_far);
	bool near = is_emptied(planner, planner->removals_near, &planner->far_changes->removed) ||
		    is_too_much(planner, planner->removals_near);
	bool off =
		planner->rules->force_delete || planner->rules->max_delete_count == PLAN_NO_GUARD;
	if (!off && (near || far))
		plan_refuse(planner->plan, far ? PLAN_REFUSED_FAR : PLAN_REFUSED_NEAR);
}

void plan_refuse(struct plan *plan, enum plan_refusal refusal)
{
	plan->refusal = refusal;
	plan->count = 0;
	uid_set_clear(&plan->downloads);
}

int plan_make(const struct base_view *base, const struct near_changes *near_changes,
	      const struct far_changes *far_changes, const struct plan_rules *rules,
	      struct plan *plan_r, struct error *error)
{
	*plan_r = (struct plan){ .refusal = PLAN_ALLOWED };
	struct planner planner = { .base = base,
				   .near_changes = near_changes,
				   .far_changes = far_changes,
				   .rules = rules,
				   .plan = plan_r };
	struct uid_set touched = UID_SET_INITIAL;
	collect_touched(&planner, &touched);
	int result = plan_touched(&planner, &touched, error);
	uid_set_release(&touched);
	if (result != 0) {
		plan_release(plan_r);
		return -1;
	}
	plan_added(&planner);
	plan_r->removals_near = planner.removals_near;
	plan_r->removals_far = planner.removals_far;
	apply_guard(&planner);
	return 0;
}

void plan_release(struct plan *plan)
{
	uid_set_release(&plan->downloads);
	free(plan->operations);
	text_list_release(&plan->names);
	memset(plan, 0, sizeof *plan);
}

bool plan_is_empty(const struct plan *plan)
{
	return plan->count == 0 && uid_set_is_empty(&plan->downloads) &&
	       plan->refusal == PLAN_ALLOWED;
}
