/* New far messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/far_new.h"

#include <stdlib.h>

#include "base/memory.h"

void far_new_list_add(struct far_new_list *list, const struct far_new *one)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = *one;
}

static int compare(const void *a, const void *b)
{
	const struct far_new *one = a;
	const struct far_new *other = b;
	return (one->uid > other->uid) - (one->uid < other->uid);
}

void far_new_list_settle(struct far_new_list *list, const struct uid_set *added)
{
	size_t kept = 0;
	memory_sort(list->items, list->count, sizeof *list->items, compare);
	for (size_t i = 0; i < list->count; i++) {
		if (uid_set_contains(added, list->items[i].uid) &&
		    (kept == 0 || list->items[kept - 1].uid != list->items[i].uid))
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

const struct far_new *far_new_list_find(const struct far_new_list *list, uint32_t uid)
{
	const struct far_new wanted = { .uid = uid };
	if (list->count == 0)
		return NULL;
	return bsearch(&wanted, list->items, list->count, sizeof *list->items, compare);
}

void far_new_list_release(struct far_new_list *list)
{
	free(list->items);
	*list = (struct far_new_list){ .items = NULL };
}
