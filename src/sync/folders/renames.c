/* What becomes of folders that have another name. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/renames.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/folders/folder_plan.h"

/* --- One folder --- */

/* On SIDE the folder goes under one name and comes under another: the rules must let both happen.
 * Nothing is removed by it, so `remove` and `expunge` have no say. */
static bool may_rename(const struct folder_view *from, const struct folder_view *to,
		       enum config_sides side)
{
	const struct config_rules *rules = &from->channel->rules;
	enum config_kinds kinds = side == CONFIG_SIDE_NEAR ? rules->pull : rules->push;
	return (kinds & CONFIG_KIND_DELETIONS) && (to->channel->rules.create & side) &&
	       folder_plan_may_create(&to->channel->rules, side);
}

static bool has_use(const struct folder_view *folder)
{
	return folder_view_facts(folder, folder->name).uses != 0;
}

/* The Maildir was renamed, the mailbox was not. */
static enum folder_rename_step step_far(const struct folder_rename *rename)
{
	if (!rename->folder->far || rename->folder->far_other ||
	    !may_rename(rename->folder, rename->near, CONFIG_SIDE_FAR))
		return FOLDER_RENAME_NONE;
	if (rename->near->far)
		return FOLDER_RENAME_WAITS;
	return has_use(rename->folder) ? FOLDER_RENAME_REFUSED : FOLDER_RENAME_FAR;
}

/* The mailbox was renamed, and the Maildir was not, or to something else. */
static enum folder_rename_step step_near(const struct folder_rename *rename)
{
	bool here = rename->near || (rename->folder->near && !rename->folder->near_other);
	if (!here || !rename->far->path ||
	    !may_rename(rename->folder, rename->far, CONFIG_SIDE_NEAR))
		return FOLDER_RENAME_NONE;
	bool is_free = !rename->far->near && !(rename->near && rename->near->far);
	return is_free ? FOLDER_RENAME_NEAR : FOLDER_RENAME_WAITS;
}

static void decide_one(struct folder_rename *rename)
{
	rename->to = rename->far ? rename->far : rename->near;
	if (!rename->to)
		rename->step = FOLDER_RENAME_NONE;
	else if (rename->near == rename->far)
		rename->step = FOLDER_RENAME_RECORD;
	else
		rename->step = rename->far ? step_near(rename) : step_far(rename);
	if (rename->step == FOLDER_RENAME_NONE)
		rename->to = NULL;
}

/* --- Those below others --- */

const char *folder_renames_below(const char *name, const char *above)
{
	size_t length = strlen(above);
	return strncmp(name, above, length) == 0 && name[length] == '/' ? name + length : NULL;
}

const char *folder_rename_place(const struct folder_rename *rename)
{
	return rename->near ? rename->near->path : rename->folder->path;
}

/* Whether FROM to TO follows from ABOVE_FROM to ABOVE_TO. */
static bool follows(const char *from, const char *to, const char *above_from, const char *above_to)
{
	const char *rest = folder_renames_below(from, above_from);
	const char *rest_to = folder_renames_below(to, above_to);
	return rest && rest_to && strcmp(rest, rest_to) == 0;
}

static bool moves_directory(const struct folder_rename *rename)
{
	return rename->step == FOLDER_RENAME_NEAR || rename->step == FOLDER_RENAME_EXCHANGE;
}

/* Whether the directory at PATH is to stay where it is when that of RENAME goes. */
static bool stays(const struct folder_renames *renames, const struct folder_rename *rename,
		  const char *path)
{
	const char *place = folder_rename_place(rename);
	if (!folder_renames_below(path, place))
		return false;
	for (size_t i = 0; i < renames->count; i++) {
		const struct folder_rename *other = &renames->items[i];
		if (moves_directory(other) && strcmp(folder_rename_place(other), path) == 0)
			return !follows(path, other->to->path, place, rename->to->path);
	}
	return true;
}

static bool is_whole(const struct folder_renames *renames, const struct folder_rename *rename,
		     const struct folder_table *table)
{
	if (folder_renames_below(rename->to->path, folder_rename_place(rename)))
		return false;
	for (size_t i = 0; i < table->count; i++) {
		const struct folder_view *view = table->items[i];
		if (view->near && view->path && stays(renames, rename, view->path))
			return false;
	}
	for (size_t i = 0; i < table->stranger_count; i++) {
		const struct folder_view *view = table->strangers[i];
		if (view->path && stays(renames, rename, view->path))
			return false;
	}
	return true;
}

/* --- One that waits for another --- */

/* What becomes of the folder that has the name yet; NULL: it keeps it. */
static struct folder_rename *holder_of(const struct folder_renames *renames,
				       const struct folder_rename *rename)
{
	for (size_t i = 0; i < renames->count; i++) {
		if (renames->items[i].folder == rename->to)
			return &renames->items[i];
	}
	return NULL;
}

/* The one with which it changed places on the server; NULL: it did with none. */
static struct folder_rename *partner_of(const struct folder_renames *renames,
					const struct folder_rename *rename)
{
	struct folder_rename *other = rename->far ? holder_of(renames, rename) : NULL;
	return other && other->far == rename->folder && !other->near && !rename->near ? other
										      : NULL;
}

static void exchange(const struct folder_renames *renames)
{
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		struct folder_rename *other = partner_of(renames, rename);
		if (rename->step == FOLDER_RENAME_WAITS && other &&
		    other->step == FOLDER_RENAME_WAITS)
			rename->step = other->step = FOLDER_RENAME_EXCHANGE;
	}
}

static bool brings(const struct folder_rename *above, const struct folder_rename *rename)
{
	if (above == rename)
		return false;
	if (above->step == FOLDER_RENAME_FAR)
		return rename->step == FOLDER_RENAME_FAR &&
		       follows(rename->folder->name, rename->to->name, above->folder->name,
			       above->to->name);
	return moves_directory(rename) && moves_directory(above) && above->whole &&
	       follows(folder_rename_place(rename), rename->to->path, folder_rename_place(above),
		       above->to->path);
}

/* The first half does it for both. */
static bool is_second_half(const struct folder_renames *renames, const struct folder_rename *rename)
{
	const struct folder_rename *other = partner_of(renames, rename);
	return rename->step == FOLDER_RENAME_EXCHANGE && other && other < rename;
}

static bool comes_along(const struct folder_renames *renames, const struct folder_rename *rename)
{
	if (is_second_half(renames, rename))
		return true;
	for (size_t i = 0; i < renames->count; i++) {
		if (brings(&renames->items[i], rename))
			return true;
	}
	return false;
}

/* Directories change places with all that is in them, or not at all. */
static bool leave_torn(const struct folder_renames *renames)
{
	bool any = false;
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		if (rename->step != FOLDER_RENAME_EXCHANGE || rename->whole)
			continue;
		rename->step = partner_of(renames, rename)->step = FOLDER_RENAME_WAITS;
		any = true;
	}
	return any;
}

/* The base has one folder of a name. */
static bool leave_taken(const struct folder_renames *renames)
{
	bool any = false;
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		bool takes = rename->step == FOLDER_RENAME_RECORD ||
			     rename->step == FOLDER_RENAME_NEAR ||
			     rename->step == FOLDER_RENAME_FAR;
		if (!takes || !rename->to->base)
			continue;
		const struct folder_rename *holder = holder_of(renames, rename);
		if (holder && holder->step == FOLDER_RENAME_RECORD)
			continue;
		rename->step = FOLDER_RENAME_WAITS;
		any = true;
	}
	return any;
}

/* What is above its new place goes away first, or would take it along. */
static bool leave_below(const struct folder_renames *renames)
{
	bool any = false;
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		bool moves =
			rename->step == FOLDER_RENAME_NEAR || rename->step == FOLDER_RENAME_FAR;
		for (size_t k = 0; moves && k < renames->count; k++) {
			const struct folder_rename *other = &renames->items[k];
			if (k == i || !other->to || other->step == FOLDER_RENAME_RECORD ||
			    !folder_renames_below(rename->to->name, other->folder->name) ||
			    comes_along(renames, rename))
				continue;
			rename->step = FOLDER_RENAME_WAITS;
			rename->below = true;
			moves = false;
			any = true;
		}
	}
	return any;
}

/* When nothing above it goes away after all. */
static void release_below(const struct folder_renames *renames)
{
	for (size_t i = 0; i < renames->count; i++) {
		enum folder_rename_step step = renames->items[i].step;
		if (step != FOLDER_RENAME_NONE && step != FOLDER_RENAME_WAITS)
			return;
	}
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		if (rename->below)
			rename->step = rename->far ? FOLDER_RENAME_NEAR : FOLDER_RENAME_FAR;
	}
}

static void mark_whole(const struct folder_renames *renames, const struct folder_table *table)
{
	for (size_t i = 0; i < renames->count; i++) {
		struct folder_rename *rename = &renames->items[i];
		rename->whole = moves_directory(rename) && is_whole(renames, rename, table);
	}
}

static void decide_waiting(const struct folder_renames *renames, const struct folder_table *table)
{
	exchange(renames);
	do
		mark_whole(renames, table);
	while (leave_taken(renames) || leave_torn(renames) || leave_below(renames));
	release_below(renames);
	mark_whole(renames, table);
}

/* --- Their order --- */

static size_t depth(const char *name)
{
	size_t slashes = 0;
	for (; *name; name++)
		slashes += *name == '/';
	return slashes;
}

/* What leaves a folder for another place goes before that folder does; and what is to be above
 * something comes before that. */
static int compare(const void *a, const void *b)
{
	const struct folder_rename *left = a;
	const struct folder_rename *right = b;
	size_t left_depth = depth(left->folder->name);
	size_t right_depth = depth(right->folder->name);
	if (left_depth != right_depth)
		return left_depth > right_depth ? -1 : 1;
	if (left->to && right->to && left->to != right->to)
		return strcmp(left->to->name, right->to->name);
	return strcmp(left->folder->name, right->folder->name);
}

void folder_renames_decide(struct folder_renames *renames, const struct folder_table *table)
{
	for (size_t i = 0; i < renames->count; i++)
		decide_one(&renames->items[i]);
	memory_sort(renames->items, renames->count, sizeof *renames->items, compare);
	decide_waiting(renames, table);
	for (size_t i = 0; i < renames->count; i++)
		renames->items[i].comes_along = comes_along(renames, &renames->items[i]);
}

void folder_renames_release(struct folder_renames *renames)
{
	free(renames->items);
	*renames = (struct folder_renames){ .items = NULL };
}
