/* The folders of a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/folder_table.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"

/* The tree finds a name in a number of steps that no order of names makes large: a server may list
 * a hundred thousand, in any order. */
static int compare_names(const void *a, const void *b)
{
	const struct folder_view *left = a;
	const struct folder_view *right = b;
	return strcmp(left->name, right->name);
}

struct folder_view *folder_table_find(const struct folder_table *table, const char *name)
{
	const struct folder_view wanted = { .name = (char *)name }; /* only read */
	void *node = tfind(&wanted, &table->tree, compare_names);
	return node ? *(struct folder_view **)node : NULL;
}

struct folder_view *folder_table_add(struct folder_table *table, const char *name)
{
	struct folder_view *folder = folder_table_find(table, name);
	if (folder)
		return folder;
	folder = memory_allocate(sizeof *folder);
	folder->name = memory_text(name);
	if (!tsearch(folder, &table->tree, compare_names))
		memory_fail();
	memory_grow((void **)&table->items, &table->capacity, table->count + 1,
		    sizeof(struct folder_view *));
	table->items[table->count++] = folder;
	return folder;
}

static void release_view(struct folder_view *folder)
{
	free(folder->name);
	free(folder->local);
	free(folder->path);
	free(folder->base_path);
	free(folder->base_mailbox);
	free(folder->mailbox);
	free(folder->blocked);
	free(folder);
}

static void adopt_stranger(struct folder_table *table, const struct folder_view *stranger)
{
	struct folder_view *folder = memory_allocate(sizeof *folder);
	*folder = *stranger;
	memory_grow((void **)&table->strangers, &table->stranger_capacity,
		    table->stranger_count + 1, sizeof(struct folder_view *));
	table->strangers[table->stranger_count++] = folder;
}

void folder_table_add_stranger(struct folder_table *table, const char *local, const char *path)
{
	const struct folder_view stranger = { .name = memory_text(local),
					      .local = memory_text(local),
					      .path = memory_text(path),
					      .near = true,
					      .action = FOLDER_SKIP };
	adopt_stranger(table, &stranger);
}

void folder_table_pass_over(struct folder_table *table, enum config_sides side, const char *name,
			    const char *path, const struct config_channel *channel, char *why)
{
	const struct folder_view stranger = { .name = memory_text(name),
					      .path = path ? memory_text(path) : NULL,
					      .channel = channel,
					      .near = side == CONFIG_SIDE_NEAR,
					      .far = side == CONFIG_SIDE_FAR,
					      .blocked = why,
					      .blocked_kind = ERROR_FAILED,
					      .action = FOLDER_BLOCKED };
	adopt_stranger(table, &stranger);
}

static unsigned int uses_of(unsigned int attributes)
{
	static const struct {
		unsigned int attribute, use;
	} uses[] = {
		{ MAILBOX_ALL, FOLDER_USE_ALL },       { MAILBOX_ARCHIVE, FOLDER_USE_ARCHIVE },
		{ MAILBOX_DRAFTS, FOLDER_USE_DRAFTS }, { MAILBOX_FLAGGED, FOLDER_USE_FLAGGED },
		{ MAILBOX_JUNK, FOLDER_USE_JUNK },     { MAILBOX_SENT, FOLDER_USE_SENT },
		{ MAILBOX_TRASH, FOLDER_USE_TRASH },   { MAILBOX_IMPORTANT, FOLDER_USE_IMPORTANT }
	};
	unsigned int result = 0;
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		result |= attributes & uses[i].attribute ? uses[i].use : 0;
	return result;
}

struct folder_facts folder_view_facts(const struct folder_view *folder, const char *name)
{
	return (struct folder_facts){
		.name = name,
		.uses = uses_of(folder->attributes),
		.subscribed = (folder->attributes & MAILBOX_SUBSCRIBED) != 0,
	};
}

bool folder_view_is_moved(const struct folder_view *folder)
{
	return folder->base_path && folder->path && strcmp(folder->base_path, folder->path) != 0;
}

void folder_table_release(struct folder_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		(void)tdelete(table->items[i], &table->tree, compare_names);
		release_view(table->items[i]);
	}
	for (size_t i = 0; i < table->stranger_count; i++)
		release_view(table->strangers[i]);
	free(table->items);
	free(table->strangers);
	memset(table, 0, sizeof *table);
}
