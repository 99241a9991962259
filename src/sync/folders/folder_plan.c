/* What to do with each folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/folder_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int compare_items(const void *a, const void *b)
{
	const struct folder_view *const *left = a;
	const struct folder_view *const *right = b;
	return strcmp((*left)->name, (*right)->name);
}

bool folder_plan_may_create(const struct config_rules *rules, enum config_sides side)
{
	enum config_kinds kinds = side == CONFIG_SIDE_NEAR ? rules->pull : rules->push;
	return kinds & CONFIG_KIND_NEW;
}

bool folder_plan_may_remove(const struct config_rules *rules, enum config_sides side)
{
	enum config_kinds kinds = side == CONFIG_SIDE_NEAR ? rules->pull : rules->push;
	return (kinds & CONFIG_KIND_DELETIONS) && (rules->expunge & side);
}

/* The base knows it; near (or else far) lost it, the other side still has it. */
static enum folder_action lost_action(const struct folder_view *folder,
				      const struct folder_plan_options *options, bool near)
{
	const struct config_rules *rules = &folder->channel->rules;
	enum folder_action create = near ? FOLDER_CREATE_NEAR : FOLDER_CREATE_FAR;
	enum folder_action remove = near ? FOLDER_REMOVE_FAR : FOLDER_REMOVE_NEAR;
	enum folder_action refuse = near ? FOLDER_GONE_NEAR : FOLDER_GONE_FAR;
	enum config_sides other = near ? CONFIG_SIDE_FAR : CONFIG_SIDE_NEAR;
	bool certain = near ? !options->near_uncertain : !options->far_uncertain;
	bool creates = folder_plan_may_create(rules, near ? CONFIG_SIDE_NEAR : CONFIG_SIDE_FAR);
	bool removes = folder_plan_may_remove(rules, other);
	uint64_t messages = (uint64_t)folder->base_messages + (near ? folder->outside : 0);

	if (options->restore)
		return creates ? create : refuse;
	if (options->force_delete && !options->near_uncertain && certain && removes)
		return remove;
	if ((rules->remove & other) && certain && removes)
		return messages > rules->max_delete.count ? refuse : remove;
	/* Without messages nothing can be lost; it is made again when there is mail for it. */
	if (folder->base_messages == 0)
		return creates ? create : FOLDER_SKIP;
	return refuse;
}

static enum folder_action action_of(const struct folder_view *folder,
				    const struct folder_plan_options *options)
{
	if (folder->renamed != FOLDER_SYNC)
		return folder->renamed;
	if (folder->blocked)
		return FOLDER_BLOCKED;
	if (!folder->channel)
		return FOLDER_SKIP;
	const struct config_rules *rules = &folder->channel->rules;
	if (folder->near && folder->far)
		return FOLDER_SYNC;
	if (!folder->near && !folder->far)
		return FOLDER_FORGET;
	if (folder->base)
		return lost_action(folder, options, !folder->near);
	enum config_sides lacks = folder->far ? CONFIG_SIDE_NEAR : CONFIG_SIDE_FAR;
	if (!(rules->create & lacks) || !folder_plan_may_create(rules, lacks))
		return FOLDER_SKIP;
	return folder->far ? FOLDER_CREATE_NEAR : FOLDER_CREATE_FAR;
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

void folder_plan_make(struct folder_table *table, const struct folder_plan_options *options)
{
	memory_sort(table->items, table->count, sizeof(struct folder_view *), compare_items);
	for (size_t i = 0; i < table->count; i++)
		tell_parent(table, table->items[i]->name);
	for (size_t i = 0; i < table->count; i++)
		table->items[i]->action = action_of(table->items[i], options);
}

static bool root_is_lost(const struct folder_table *table, const char *root)
{
	uint64_t messages = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct folder_view *folder = table->items[i];
		if (!folder->channel || strcmp(folder->channel->maildir, root) != 0)
			continue;
		if (folder->near)
			return false;
		if (!folder->blocked)
			messages += folder->base_messages;
	}
	return messages > 0;
}

const char *folder_plan_lost_root(const struct folder_table *table,
				  const struct config_account *account)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		if (root_is_lost(table, account->channels[i].maildir))
			return account->channels[i].maildir;
	}
	return NULL;
}

bool folder_plan_far_is_lost(const struct folder_table *table)
{
	uint64_t messages = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct folder_view *folder = table->items[i];
		if (folder->far)
			return false;
		if (folder->channel)
			messages += folder->base_messages;
	}
	return messages > 0;
}
