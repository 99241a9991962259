/* New files of an account. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/arrival.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void arrival_list_add(struct arrival_list *list, const struct arrival *arrival)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = *arrival;
}

static int compare_places(const struct arrival *left, const struct arrival *right)
{
	if (left->folder != right->folder)
		return left->folder < right->folder ? -1 : 1;
	return (left->added > right->added) - (left->added < right->added);
}

static int compare(const void *a, const void *b)
{
	const struct arrival *left = a;
	const struct arrival *right = b;
	int order = memcmp(&left->identity, &right->identity, sizeof left->identity);
	return order != 0 ? order : compare_places(left, right);
}

void arrival_list_sort(struct arrival_list *list)
{
	memory_sort(list->items, list->count, sizeof *list->items, compare);
}

size_t arrival_list_find(const struct arrival_list *list, const struct identity *identity,
			 size_t *count_r)
{
	return identity_find(list->items, list->count, sizeof *list->items, identity, count_r);
}

bool arrival_list_holds(const struct arrival_list *list, const struct identity *identity,
			enum arrival_kind kind)
{
	size_t count;
	size_t first = arrival_list_find(list, identity, &count);
	for (size_t i = first; i < first + count; i++) {
		if (list->items[i].kind == kind)
			return true;
	}
	return false;
}

void arrival_list_release(struct arrival_list *list)
{
	free(list->items);
	*list = (struct arrival_list){ .items = NULL };
}
