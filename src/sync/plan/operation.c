/* The steps of a plan, by their kinds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/operation.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sync/sync.h"

#define COUNT_OF(member) offsetof(struct sync_counts, member)

static const struct operation_facts facts[OPERATION_KINDS] = {
	[OPERATION_UPLOAD] = { .verb = "upload",
			       .side = CONFIG_SIDE_FAR,
			       .count = COUNT_OF(uploaded) },
	[OPERATION_MERGE] = { .has_flags = true, .count = SIZE_MAX },
	[OPERATION_WITHHOLD] = { .has_flags = true, .count = SIZE_MAX },
	[OPERATION_ADOPT] = { .verb = "adopt", .has_flags = true, .count = COUNT_OF(adopted) },
	[OPERATION_REMOVE_NEAR] = { .verb = "remove-near",
				    .removes = true,
				    .side = CONFIG_SIDE_NEAR,
				    .count = COUNT_OF(near_removed) },
	[OPERATION_REMOVE_FAR] = { .verb = "remove-far",
				   .removes = true,
				   .side = CONFIG_SIDE_FAR,
				   .count = COUNT_OF(far_removed) },
	[OPERATION_TRASH] = { .verb = "trash",
			      .removes = true,
			      .side = CONFIG_SIDE_FAR,
			      .count = COUNT_OF(far_removed) },
	[OPERATION_FORGET] = { .verb = "forget", .removes = true, .count = SIZE_MAX },
};

const struct operation_facts *operation_facts(enum operation_kind kind)
{
	return &facts[kind];
}

struct operation *operation_list_add(struct operation_list *list, enum operation_kind kind,
				     uint32_t uid)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	struct operation *operation = &list->items[list->count++];
	*operation = (struct operation){ .kind = kind, .uid = uid, .added = SIZE_MAX };
	return operation;
}

const struct operation *operation_list_find(const struct operation_list *list, uint32_t uid)
{
	size_t low = 0;
	size_t high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list->items[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->items[low].uid == uid ? &list->items[low] : NULL;
}

void operation_list_uids(const struct operation_list *list, struct uid_set *uids)
{
	for (size_t i = 0; i < list->count; i++)
		uid_set_add(uids, list->items[i].uid);
}

void operation_list_release(struct operation_list *list)
{
	free(list->items);
	*list = (struct operation_list){ .items = NULL };
}
