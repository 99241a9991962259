/* Messages that the server has, and that new files here may be. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/plan/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"

const struct source_folder *source_list_add_folder(struct source_list *list,
						   const struct source_folder *folder)
{
	struct source_folder *added = memory_allocate(sizeof *added);
	*added = *folder;
	memory_grow((void **)&list->folders, &list->folder_capacity, list->folder_count + 1,
		    sizeof(struct source_folder *));
	list->folders[list->folder_count++] = added;
	return added;
}

const struct source_folder *source_list_find_folder(const struct source_list *list, uint32_t id)
{
	for (size_t i = 0; i < list->folder_count; i++) {
		if (list->folders[i]->id == id)
			return list->folders[i];
	}
	return NULL;
}

void source_list_add(struct source_list *list, const struct source *source)
{
	memory_grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items);
	list->items[list->count++] = *source;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct source *left = a;
	const struct source *right = b;
	int order = memcmp(&left->identity, &right->identity, sizeof left->identity);
	if (order == 0)
		order = strcmp(left->folder->name, right->folder->name);
	return order != 0 ? order : compare_numbers(left->uid, right->uid);
}

void source_list_sort(struct source_list *list)
{
	memory_sort(list->items, list->count, sizeof *list->items, compare);
}

size_t source_list_find(const struct source_list *list, const struct identity *identity,
			size_t *count_r)
{
	return identity_find(list->items, list->count, sizeof *list->items, identity, count_r);
}

void source_list_release(struct source_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].base);
	for (size_t i = 0; i < list->folder_count; i++) {
		free(list->folders[i]->name);
		free(list->folders[i]->mailbox);
		uid_set_release(&list->folders[i]->gone);
		uid_set_release(&list->folders[i]->stubs);
		free(list->folders[i]);
	}
	free(list->folders);
	free(list->items);
	*list = (struct source_list){ .items = NULL };
}

/* --- Whether it is one --- */

static bool has_base(const struct near_added *added, const char *base)
{
	struct maildir_name name;
	maildir_name_parse(added->name, &name);
	return strlen(base) == name.base_length && memcmp(base, name.base, name.base_length) == 0;
}

static bool has_same_body(const struct source *source, const struct near_added *added)
{
	if (source->is_stub || added->is_stub)
		return source->is_stub && added->is_stub && source->size == added->size;
	if (source->body.known)
		return body_digest_equal(&source->body, &added->body);
	return source->size == added->size && has_base(added, source->base);
}

static bool is_draft(const struct source *source, const struct near_added *added, bool drafts)
{
	uint32_t flags = source->flags | source->far_flags | added->flags;
	return drafts || source->folder->has_drafts || (flags & FLAG_DRAFT) != 0;
}

bool source_is_same(const struct source *source, const struct near_added *added, bool drafts)
{
	const struct identity identity = identity_with_size(&added->identity, added->size);
	return added->is_identified && !identity_is_empty(&added->identity) &&
	       identity_equal(&source->identity, &identity) && !is_draft(source, added, drafts) &&
	       has_same_body(source, added);
}
