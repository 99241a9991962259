/* Maildir trees in another layout than the rules say. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/twins.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "sync/folders/local_names.h"
#include "sync/folders/route.h"

/* What one layout makes of the root's directories. */
struct tree {
	enum maildir_layout layout;
	struct local_names local;
	size_t matches; /* folders that it has and that are to be made */
};

struct twins {
	struct routing *routing;
	const struct config_channel *place;
	struct folder_view **wanted; /* to be made here */
	size_t wanted_count;
};

/* --- What is to be made here --- */

static bool is_wanted(const struct twins *twins, const struct folder_view *folder)
{
	if (!folder->far || folder->near || folder->base || folder->blocked || !folder->path)
		return false;
	const struct config_rules *rules = &folder->channel->rules;
	return route_is_one_place(folder->channel, twins->place) &&
	       (rules->create & CONFIG_SIDE_NEAR) && (rules->pull & CONFIG_KIND_NEW);
}

static void find_wanted(struct twins *twins)
{
	const struct folder_table *table = twins->routing->table;
	twins->wanted = memory_array(table->count + 1, sizeof *twins->wanted);
	for (size_t i = 0; i < table->count; i++) {
		if (is_wanted(twins, table->items[i]))
			twins->wanted[twins->wanted_count++] = table->items[i];
	}
}

/* --- Where it stands already --- */

static bool holds_mail(const char *maildir, const char *place)
{
	char *path = path_join(maildir, place);
	DIR *stream = opendir(path);
	bool holds = false;
	if (stream) {
		const struct dirent *entry;
		while (!holds && (entry = readdir(stream)) != NULL)
			holds = entry->d_name[0] != '.';
		(void)closedir(stream); /* only read from */
	}
	free(path);
	return holds;
}

/* An empty Maildir at the root is more likely a leftover than an INBOX. */
static bool is_empty_root(const struct twins *twins, const char *path)
{
	return strcmp(path, twins->place->maildir) == 0 && !holds_mail(path, "cur") &&
	       !holds_mail(path, "new");
}

/* The Maildir that FOLDER has in the tree, unless it is that of another folder; NULL: none. The
 * caller's. */
static char *find_twin(const struct twins *twins, const struct tree *tree,
		       const struct folder_view *folder)
{
	const char *local = local_names_hold(&tree->local, folder->local)
				    ? folder->local
				    : local_names_spelling(&tree->local, folder->local);
	if (!local)
		return NULL;
	char *path = maildir_layout_path(tree->layout, twins->place->maildir, local);
	if (strcmp(path, folder->path) != 0 && !routing_owner(twins->routing, path) &&
	    !is_empty_root(twins, path))
		return path;
	free(path);
	return NULL;
}

static void skip_directory(void *context, const struct maildir_skipped *skipped)
{
	(void)context;
	(void)skipped; /* it was told of in the layout that the rules say */
}

static void read_tree(const struct twins *twins, struct tree *tree)
{
	struct error ignored = ERROR_INITIAL; /* of what can be read all was added */
	(void)maildir_layout_list(tree->layout, twins->place->maildir, &tree->local.names,
				  skip_directory, NULL, &ignored);
	local_names_sort(&tree->local);
	for (size_t i = 0; i < twins->wanted_count; i++) {
		char *path = find_twin(twins, tree, twins->wanted[i]);
		tree->matches += path != NULL;
		free(path);
	}
}

/* --- Blocking --- */

static void block(const struct twins *twins, struct folder_view *folder, const char *what,
		  const char *path, const struct tree *tree)
{
	if (folder->blocked)
		return;
	folder->blocked_kind = ERROR_SAFETY;
	folder->blocked = memory_format(
		"%s %s, which is the folder's place in the layout %s; nothing was done, or its mail "
		"would be there twice. Set layout = %s for %s %s, or move that Maildir away",
		what, path, maildir_layout_name(tree->layout), maildir_layout_name(tree->layout),
		twins->place->implicit ? "account" : "channel", folder->channel->name);
}

/* What the rules make of the same Maildir. */
static void block_near(const struct twins *twins, const char *path, const struct tree *tree)
{
	const struct folder_table *table = twins->routing->table;
	for (size_t i = 0; i < table->count; i++) {
		struct folder_view *folder = table->items[i];
		if (folder->near && !folder->far && !folder->base && folder->path &&
		    strcmp(folder->path, path) == 0)
			block(twins, folder, "it stands in", path, tree);
	}
}

static void block_matches(const struct twins *twins, const struct tree *tree)
{
	for (size_t i = 0; tree->matches > 0 && i < twins->wanted_count; i++) {
		char *path = find_twin(twins, tree, twins->wanted[i]);
		if (path) {
			block(twins, twins->wanted[i], "there is the Maildir", path, tree);
			block_near(twins, path, tree);
		}
		free(path);
	}
}

/* The layout that explains most first: a folder without a dot stands alike in several. */
static int compare_trees(const void *a, const void *b)
{
	const struct tree *left = a;
	const struct tree *right = b;
	if (left->matches != right->matches)
		return left->matches > right->matches ? -1 : 1;
	return (int)left->layout - (int)right->layout;
}

void twins_block(struct routing *routing, const struct config_channel *place)
{
	struct twins twins = { .routing = routing, .place = place };
	struct tree trees[MAILDIR_LAYOUT_COUNT];
	size_t count = 0;
	find_wanted(&twins);
	for (int i = 0; twins.wanted_count > 0 && i < MAILDIR_LAYOUT_COUNT; i++) {
		if ((enum maildir_layout)i == routing_layout(place))
			continue;
		trees[count] = (struct tree){ .layout = (enum maildir_layout)i };
		read_tree(&twins, &trees[count++]);
	}
	memory_sort(trees, count, sizeof *trees, compare_trees);
	for (size_t i = 0; i < count; i++) {
		block_matches(&twins, &trees[i]);
		local_names_release(&trees[i].local);
	}
	free(twins.wanted);
}
