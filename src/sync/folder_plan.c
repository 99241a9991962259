/* What to do with each folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The place of NAME in the table, or where it belongs. */
static size_t find_place(const struct folder_table *table, const char *name, bool *found_r)
{
	size_t low = 0;
	size_t high = table->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(table->items[middle].name, name);
		if (order == 0) {
			*found_r = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found_r = false;
	return low;
}

struct folder_view *folder_table_add(struct folder_table *table, const char *name)
{
	bool found;
	size_t place = find_place(table, name, &found);
	if (found)
		return &table->items[place];
	memory_grow((void **)&table->items, &table->capacity, table->count + 1,
		    sizeof *table->items);
	memmove(&table->items[place + 1], &table->items[place],
		(table->count - place) * sizeof *table->items);
	table->items[place] = (struct folder_view){ .name = memory_text(name) };
	table->count++;
	return &table->items[place];
}

struct folder_view *folder_table_find(const struct folder_table *table, const char *name)
{
	bool found;
	size_t place = find_place(table, name, &found);
	return found ? &table->items[place] : NULL;
}

void folder_table_release(struct folder_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->items[i].name);
		free(table->items[i].mailbox);
	}
	free(table->items);
	memset(table, 0, sizeof *table);
}

/* The base knows it, SIDE has lost it, the other side still has it. */
static enum folder_action lost_action(const struct folder_view *folder,
				      const struct folder_rules *rules, enum config_sides side)
{
	bool near = side == CONFIG_SIDE_NEAR;
	enum folder_action create = near ? FOLDER_CREATE_NEAR : FOLDER_CREATE_FAR;
	enum folder_action remove = near ? FOLDER_REMOVE_FAR : FOLDER_REMOVE_NEAR;
	enum folder_action refuse = near ? FOLDER_GONE_NEAR : FOLDER_GONE_FAR;
	enum config_sides other = near ? CONFIG_SIDE_FAR : CONFIG_SIDE_NEAR;

	if (rules->restore)
		return create;
	if (rules->force_delete)
		return remove;
	if (rules->remove & other)
		return folder->base_messages > rules->max_delete.count ? refuse : remove;
	/* Without messages nothing can be lost, and making it again keeps both sides the same. */
	return folder->base_messages == 0 ? create : refuse;
}

static enum folder_action action_of(const struct folder_view *folder,
				    const struct folder_rules *rules)
{
	if (folder->near && folder->far)
		return FOLDER_SYNC;
	if (!folder->near && !folder->far)
		return FOLDER_FORGET;
	if (folder->base)
		return lost_action(folder, rules,
				   folder->near ? CONFIG_SIDE_FAR : CONFIG_SIDE_NEAR);
	if (folder->far)
		return rules->create & CONFIG_SIDE_NEAR ? FOLDER_CREATE_NEAR : FOLDER_SKIP;
	return rules->create & CONFIG_SIDE_FAR ? FOLDER_CREATE_FAR : FOLDER_SKIP;
}

static void tell_parent(const struct folder_table *table, const char *name)
{
	const char *slash = strrchr(name, '/');
	if (!slash)
		return;
	char *parent_name = memory_text_length(name, (size_t)(slash - name));
	struct folder_view *parent = folder_table_find(table, parent_name);
	if (parent)
		parent->has_children = true;
	free(parent_name);
}

void folder_plan_make(struct folder_table *table, const struct folder_rules *rules)
{
	for (size_t i = 0; i < table->count; i++)
		tell_parent(table, table->items[i].name);
	for (size_t i = 0; i < table->count; i++)
		table->items[i].action = action_of(&table->items[i], rules);
}

bool folder_plan_near_is_lost(const struct folder_table *table)
{
	uint64_t messages = 0;
	for (size_t i = 0; i < table->count; i++) {
		if (table->items[i].near)
			return false;
		messages += table->items[i].base_messages;
	}
	return messages > 0;
}

bool folder_plan_far_is_lost(const struct folder_table *table)
{
	uint64_t messages = 0;
	for (size_t i = 0; i < table->count; i++) {
		if (table->items[i].far)
			return false;
		messages += table->items[i].base_messages;
	}
	return messages > 0;
}
