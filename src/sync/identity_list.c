/* Identities of new files, to find what moved from one folder to another.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/identity_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"

static int compare(const void *a, const void *b)
{
	const struct identity *left = a;
	const struct identity *right = b;
	return memcmp(left, right, sizeof *left);
}

static void add(struct identity_list *list, const struct identity *identity)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = *identity;
}

void identity_list_add(struct identity_list *list, const struct sync_folder *folder,
		       const struct near_added *added)
{
	struct maildir_location location = { .place = added->place, .name = added->name };
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	if (added->is_identified) {
		add(list, &added->identity);
		return;
	}
	switch (maildir_reader_open(folder->maildir, &location, &reader, &facts, NULL)) {
	case MAILDIR_MESSAGE_OK:
		maildir_reader_close(&reader);
		add(list, &facts.identity);
		break;
	case MAILDIR_MESSAGE_GONE:
		list->any_unknown = true;
		break;
	case MAILDIR_MESSAGE_ERROR:
		break;
	}
}

void identity_list_add_folder(struct identity_list *list, struct sync_folder *folder)
{
	struct error ignored = ERROR_INITIAL;
	for (size_t i = 0; i < folder->near.added_count; i++) {
		const struct near_added *added = &folder->near.added[i];
		if (added->arrived)
			continue;
		if (sync_folder_open(folder, &ignored) != 0) {
			list->any_unknown = true;
			return;
		}
		identity_list_add(list, folder, added);
	}
	maildir_close(&folder->maildir);
}

void identity_list_sort(struct identity_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof *list->items, compare);
}

bool identity_list_holds(const struct identity_list *list, const struct identity *identity)
{
	if (list->any_unknown)
		return true;
	return list->count > 0 &&
	       bsearch(identity, list->items, list->count, sizeof *list->items, compare) != NULL;
}

void identity_list_release(struct identity_list *list)
{
	free(list->items);
	*list = (struct identity_list){ .items = NULL };
}
