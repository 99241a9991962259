/* Routes for all folders of a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/routing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"
#include "maildir/folder.h"
#include "sync/folders/local_names.h"
#include "sync/folders/route.h"

/* A path, and the folder that it is, or was in the last run. */
struct routing_entry {
	const char *path;
	struct folder_view *folder;
};

enum maildir_layout routing_layout(const struct config_channel *channel)
{
	switch (channel->rules.layout) {
	case CONFIG_LAYOUT_PLUSPLUS:
		return MAILDIR_PLUSPLUS;
	case CONFIG_LAYOUT_FLAT:
		return MAILDIR_FLAT;
	case CONFIG_LAYOUT_LEGACY:
		return MAILDIR_LEGACY;
	case CONFIG_LAYOUT_NESTED:
		break;
	}
	return MAILDIR_NESTED;
}

static char *path_of(const struct config_channel *channel, const char *local)
{
	return maildir_layout_path(routing_layout(channel), channel->maildir, local);
}

static bool is_at(const char *path)
{
	return !maildir_lacks(path, MAILDIR_CUR) || maildir_is_torn(path);
}

static void block(struct folder_view *folder, enum error_kind kind, char *why)
{
	free(folder->blocked);
	folder->blocked = why;
	folder->blocked_kind = kind;
}

/* --- Far: what the server lists, and what the base knows --- */

/* Where it is not by its own name, but by another spelling of it. */
static void respell(const struct routing *routing, struct folder_view *folder)
{
	for (size_t i = 0; i < routing->place_count; i++) {
		const struct local_names *place = &routing->places[i];
		const char *spelling = local_names_spelling(place, folder->local);
		if (!spelling || !route_is_one_place(place->channel, folder->channel) ||
		    local_names_hold(place, folder->local))
			continue;
		char *path = path_of(folder->channel, folder->local);
		bool stands = is_at(path);
		free(path);
		if (stands) /* torn */
			return;
		free(folder->local);
		folder->local = memory_text(spelling);
		folder->respelt = true;
		return;
	}
}

static void route(const struct routing *routing, struct folder_view *folder)
{
	const struct config_account *account = routing->account;
	const struct folder_facts facts = folder_view_facts(folder, folder->name);
	struct route found = route_far(account, &facts);
	if (!found.channel)
		return;
	folder->channel = found.channel;
	folder->local = found.local;
	respell(routing, folder);
	if (!folder_name_is_safe(folder->local))
		block(folder, ERROR_CONFIG,
		      memory_format("channel %s would call it \"%s\" here, which cannot be the "
				    "name of a folder; change its `as`",
				    found.channel->name, folder->local));
	else if (!maildir_layout_can_hold(routing_layout(found.channel), folder->local))
		block(folder, ERROR_FAILED,
		      memory_format("its name is too long for the layout %s, in which it is that "
				    "of one directory; rename it, or use layout = nested",
				    maildir_layout_name(routing_layout(found.channel))));
	else
		folder->path = path_of(found.channel, folder->local);
	/* Its uses and subscription went with the mailbox, so that it may seem another channel's
	 * now. */
	if (!folder->far && folder->base_path && folder->path) {
		free(folder->path);
		folder->path = memory_text(folder->base_path);
	}
}

/* --- Whose path it is --- */

/* First who has it already, then who is in the base. */
static int rank(const struct routing_entry *entry)
{
	const struct folder_view *folder = entry->folder;
	if (folder->base_path && strcmp(folder->base_path, entry->path) == 0)
		return 0;
	return folder->base ? 1 : 2;
}

static int compare_entries(const void *a, const void *b)
{
	const struct routing_entry *left = a;
	const struct routing_entry *right = b;
	int order = strcmp(left->path, right->path);
	if (order == 0)
		order = rank(left) - rank(right);
	return order != 0 ? order : strcmp(left->folder->name, right->folder->name);
}

static void add_entry(struct routing *routing, const char *path, struct folder_view *folder)
{
	routing->entries[routing->count++] =
		(struct routing_entry){ .path = path, .folder = folder };
}

/* A folder has where it is to be; and where it was, as long as it is there, also when no channel
 * takes it any more. */
static void add_entries(struct routing *routing, struct folder_view *folder)
{
	bool elsewhere = folder->base_path &&
			 (!folder->path || strcmp(folder->path, folder->base_path) != 0);
	if (folder->path)
		add_entry(routing, folder->path, folder);
	if (elsewhere && is_at(folder->base_path))
		add_entry(routing, folder->base_path, folder);
}

static void block_second(struct folder_view *folder, const struct folder_view *owner,
			 const char *path)
{
	if (!owner->path || strcmp(owner->path, path) != 0)
		block(folder, ERROR_SAFETY,
		      memory_format("channel %s puts it into %s, where the last run kept the "
				    "folder %s, which the rules do not put there any more; nothing "
				    "was done. Move that Maildir away, or change the rules",
				    folder->channel->name, path, owner->name));
	else
		block(folder, ERROR_CONFIG,
		      memory_format("channel %s (line %u) puts it into %s, which is the place of "
				    "the folder %s by channel %s (line %u); nothing was done. Give "
				    "one of them another `as`",
				    folder->channel->name, folder->channel->line, path, owner->name,
				    owner->channel->name, owner->channel->line));
}

static void block_conflicts(const struct routing *routing)
{
	for (size_t i = 1, first = 0; i < routing->count; i++) {
		const struct routing_entry *entry = &routing->entries[i];
		const struct routing_entry *owner = &routing->entries[first];
		if (strcmp(entry->path, owner->path) != 0)
			first = i;
		else if (entry->folder->path && strcmp(entry->folder->path, entry->path) == 0)
			block_second(entry->folder, owner->folder, entry->path);
	}
}

void routing_begin(struct routing *routing, const struct config_account *account,
		   struct folder_table *table, const struct local_names *places, size_t place_count)
{
	*routing = (struct routing){
		.account = account, .table = table, .places = places, .place_count = place_count
	};
	routing->entries = memory_array(2 * table->count + 1, sizeof *routing->entries);
	for (size_t i = 0; i < table->count; i++) {
		route(routing, table->items[i]);
		add_entries(routing, table->items[i]);
	}
	memory_sort(routing->entries, routing->count, sizeof *routing->entries, compare_entries);
	block_conflicts(routing);
}

/* --- Near --- */

/* Whose the path is: the first entry of it. */
struct folder_view *routing_owner(const struct routing *routing, const char *path)
{
	size_t low = 0;
	size_t high = routing->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(routing->entries[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == routing->count || strcmp(routing->entries[low].path, path) != 0)
		return NULL;
	return routing->entries[low].folder;
}

/* The folder that LOCAL is in another spelling; NULL: none. */
static const struct folder_view *find_meant(const struct routing *routing,
					    const struct config_channel *channel, const char *local)
{
	char *meaning = local_name_meaning(local);
	char *name = meaning ? route_near(routing->account, channel, meaning) : NULL;
	const struct folder_view *meant = name ? folder_table_find(routing->table, name) : NULL;
	free(name);
	free(meaning);
	return meant;
}

/* Made on the server it would be the same folder twice. */
static void pass_over_second(struct routing *routing, const struct folder_view *meant,
			     const char *local, const char *path)
{
	folder_table_pass_over(
		routing->table, CONFIG_SIDE_NEAR, local, path, meant->channel,
		memory_format("the Maildir %s is by its name the folder %s in another spelling, "
			      "which stands in %s; it was left alone: move its mail there, or "
			      "move it away",
			      path, meant->name, meant->path ? meant->path : "no place here"));
}

static void add_new(struct routing *routing, const struct config_channel *channel, const char *name,
		    const char *local, char *path)
{
	struct folder_view *folder = folder_table_add(routing->table, name);
	folder->channel = channel;
	folder->local = memory_text(local);
	folder->path = path;
	folder->near = true;
}

/* The name that it gets on the server; NULL: CHANNEL does not take it. */
static char *name_new(const struct routing *routing, const struct config_channel *channel,
		      const char *local)
{
	bool misspelt = folder_name_is_safe(local) && !folder_name_is_valid(local);
	if (!misspelt)
		return route_near(routing->account, channel, local);
	char *inbox = memory_format("INBOX%s", local + strlen("INBOX"));
	char *name = route_near(routing->account, channel, inbox);
	free(inbox);
	return name;
}

/* A Maildir that neither the server nor the base knows. PATH becomes the folder's. */
static void see_new(struct routing *routing, const struct config_channel *place, const char *local,
		    char *path)
{
	const struct config_account *account = routing->account;
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct config_channel *channel = &account->channels[i];
		if (!route_is_one_place(channel, place))
			continue;
		char *name = name_new(routing, channel, local);
		const struct folder_view *meant = name ? find_meant(routing, channel, local) : NULL;
		if (meant) {
			pass_over_second(routing, meant, local, path);
			free(path);
			free(name);
			return;
		}
		/* One of that name is in another place, or it would own the path. */
		bool takes = name && !folder_table_find(routing->table, name);
		if (takes)
			add_new(routing, channel, name, local, path);
		free(name);
		if (takes)
			return;
	}
	folder_table_add_stranger(routing->table, local, path);
	free(path);
}

void routing_see_near(struct routing *routing, const struct config_channel *channel,
		      const char *local)
{
	char *path = path_of(channel, local);
	struct folder_view *owner = routing_owner(routing, path);
	if (!owner) {
		see_new(routing, channel, local, path);
		return;
	}
	/* Else it is where the owner was in the last run. */
	if (!owner->path || strcmp(owner->path, path) == 0)
		owner->near = true;
	free(path);
}

void routing_end(struct routing *routing)
{
	for (size_t i = 0; i < routing->table->count; i++) {
		struct folder_view *folder = routing->table->items[i];
		if (folder->blocked || folder->near || !folder_view_is_moved(folder) ||
		    !is_at(folder->base_path))
			continue;
		block(folder, ERROR_SAFETY,
		      memory_format(
			      "its Maildir is %s, and channel %s puts it into %s now; "
			      "nothing was done. Move it there (mkdir -p '%s' && cd '%s' && mv "
			      "cur new tmp '%s'), or change the rules back",
			      folder->base_path, folder->channel->name, folder->path, folder->path,
			      folder->base_path, folder->path));
	}
	free(routing->entries);
	*routing = (struct routing){ .table = NULL };
}
