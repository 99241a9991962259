/* New far messages of which a file is here already. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/copy.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sync/plan/plan.h"

void copy_list_add(struct copy_list *list, const struct plan_copy *copy)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = *copy;
}

void copy_list_release(struct copy_list *list)
{
	free(list->items);
	*list = (struct copy_list){ .items = NULL };
}

/* --- Of a plan --- */

void plan_take_copies(struct plan *plan)
{
	struct copy_list *copies = &plan->copies;
	size_t kept = 0;
	for (size_t i = 0; i < copies->count; i++) {
		uint32_t uid = copies->items[i].uid;
		if (!uid_set_contains(&plan->downloads, uid))
			continue;
		uid_set_remove_range(&plan->downloads, uid, uid);
		copies->items[kept++] = copies->items[i];
	}
	copies->count = kept;
}

static struct operation *find_removal(struct plan *plan, uint32_t uid)
{
	struct operation_list *removals = &plan->operations[OPERATION_REMOVE_NEAR];
	return (struct operation *)operation_list_find(removals, uid);
}

/* The upload that would bring it back there: a message of the base that somebody changed here. */
static struct operation *find_return(struct plan *plan, uint32_t uid)
{
	struct operation_list *uploads = &plan->operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		if (uploads->items[i].upload.replaces == uid && uploads->items[i].added == SIZE_MAX)
			return &uploads->items[i];
	}
	return NULL;
}

/* Into its place among the others. */
static struct operation *insert_removal(struct plan *plan, const struct operation *removal)
{
	struct operation_list *list = &plan->operations[OPERATION_REMOVE_NEAR];
	(void)operation_list_add(list, OPERATION_REMOVE_NEAR, removal->uid);
	size_t i = list->count - 1;
	for (; i > 0 && list->items[i - 1].uid > removal->uid; i--)
		list->items[i] = list->items[i - 1];
	list->items[i] = *removal;
	plan->removals_near++;
	return &list->items[i];
}

static struct operation *turn_into_removal(struct plan *plan, struct operation *upload)
{
	struct operation_list *uploads = &plan->operations[OPERATION_UPLOAD];
	struct operation removal = { .kind = OPERATION_REMOVE_NEAR,
				     .uid = upload->upload.replaces,
				     .place = upload->place,
				     .name = upload->name,
				     .near_flags = upload->near_flags,
				     .near_wanted = upload->near_wanted,
				     .added = SIZE_MAX };
	for (size_t i = (size_t)(upload - uploads->items); i + 1 < uploads->count; i++)
		uploads->items[i] = uploads->items[i + 1];
	uploads->count--;
	return insert_removal(plan, &removal);
}

bool plan_move_near(struct plan *plan, uint32_t uid, const char *to, bool takes_changed,
		    uint32_t *near_flags_r)
{
	struct operation *removal = find_removal(plan, uid);
	if (!removal && takes_changed) {
		struct operation *back = find_return(plan, uid);
		removal = back ? turn_into_removal(plan, back) : NULL;
	}
	if (!removal)
		return false;
	removal->removal.moved_to = to;
	removal->removal.has_moved = true;
	*near_flags_r = removal->near_flags;
	return true;
}
