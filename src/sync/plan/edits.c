/* New versions among new files. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/edits.h"

#include <stdlib.h>

#include "base/memory.h"

static int compare(const void *a, const void *b)
{
	uint32_t one = ((const struct edit *)a)->uid;
	uint32_t other = ((const struct edit *)b)->uid;
	return (one > other) - (one < other);
}

struct edit_list edit_list_of(const struct near_changes *changes)
{
	struct edit_list list = { .items = NULL };
	size_t capacity = 0;
	for (size_t i = 0; i < changes->added_count; i++) {
		if (changes->added[i].edits == 0)
			continue;
		memory_grow((void **)&list.items, &capacity, list.count + 1, sizeof *list.items);
		list.items[list.count++] =
			(struct edit){ .uid = changes->added[i].edits, .index = i };
	}
	memory_sort(list.items, list.count, sizeof *list.items, compare);
	return list;
}

size_t edit_list_take(struct edit_list *list, uint32_t uid)
{
	while (list->next < list->count && list->items[list->next].uid < uid)
		list->next++;
	return list->next < list->count && list->items[list->next].uid == uid
		       ? list->items[list->next].index
		       : SIZE_MAX;
}

void edit_list_release(struct edit_list *list)
{
	free(list->items);
	*list = (struct edit_list){ .items = NULL };
}
