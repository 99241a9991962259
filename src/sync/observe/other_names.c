/* Under which other name a folder of the base is there now. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/other_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/observe/other_names_private.h"

/* --- What this run did itself --- */

static void note_one(struct far_names *names, const char *folder, char *now)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i].folder, folder) != 0)
			continue;
		free(names->items[i].now);
		names->items[i].now = now;
		return;
	}
	memory_grow((void **)&names->items, &names->capacity, names->count + 1,
		    sizeof *names->items);
	names->items[names->count++] =
		(struct far_name){ .folder = memory_text(folder), .now = now };
}

/* "" for FROM itself; NULL where NAME has nothing to do with it. */
static const char *rest_of(const char *name, const char *from)
{
	return strcmp(name, from) == 0 ? "" : folder_renames_below(name, from);
}

void far_names_note(struct far_names *names, const struct folder_table *table, const char *from,
		    const char *to)
{
	for (size_t i = 0; i < names->count; i++) {
		struct far_name *one = &names->items[i];
		const char *rest = rest_of(one->now, from);
		char *now = rest ? memory_format("%s%s", to, rest) : NULL;
		if (now) {
			free(one->now);
			one->now = now;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		const struct folder_view *view = table->items[i];
		bool is_it = view->base && view->far && !view->far_other;
		const char *rest = is_it ? rest_of(view->name, from) : NULL;
		if (rest)
			note_one(names, view->name, memory_format("%s%s", to, rest));
	}
}

void far_names_learn(struct far_names *names, const char *folder, const char *now)
{
	note_one(names, folder, memory_text(now));
}

void far_names_release(struct far_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		free(names->items[i].folder);
		free(names->items[i].now);
	}
	free(names->items);
	*names = (struct far_names){ .items = NULL };
}

/* --- Which folders are lost, and whether any could be found --- */

/* INBOX stays what it is: a server that renames it keeps one of that name (RFC 9051 section 6.3.6),
 * and a Maildir of that name is that of INBOX. */
bool other_names_may_be(const struct folder_view *view)
{
	return view->channel && !view->blocked && view->path && strcmp(view->name, "INBOX") != 0;
}

void other_names_block(struct folder_view *view, const struct error *reason)
{
	free(view->blocked);
	view->blocked_kind = reason->kind == ERROR_SAFETY ? ERROR_SAFETY : ERROR_FAILED;
	view->blocked = memory_format("it could not be seen whether the folder has another name "
				      "now, so nothing was done with it; the next run tries "
				      "again: %s",
				      reason->text);
}

bool other_names_lack_near(const struct folder_view *view)
{
	return view->base && (!view->near || view->near_other);
}

bool other_names_lack_far(const struct folder_view *view)
{
	return view->base && (!view->far || view->far_other);
}

bool other_names_is_new_near(const struct folder_view *view)
{
	return view->near && (!view->base || view->near_other) && other_names_may_be(view);
}

bool other_names_is_new_far(const struct folder_view *view)
{
	return view->far && (!view->base || view->far_other) && other_names_may_be(view);
}

static bool is_lost(const struct other_names_sources *sources, const struct folder_view *view)
{
	return other_names_may_be(view) &&
	       ((sources->certain.near && other_names_lack_near(view)) ||
		(sources->certain.far && other_names_lack_far(view)));
}

static bool is_found(const struct other_names_sources *sources, const struct folder_view *view)
{
	return (sources->certain.near && other_names_is_new_near(view)) ||
	       (sources->certain.far && other_names_is_new_far(view));
}

/* A run in which nothing has another name looks no further than this. A mailbox that was made anew
 * is none that another could be. */
static size_t count_lost(const struct other_names_sources *sources)
{
	size_t lost = 0;
	size_t found = 0;
	size_t both = 0;
	for (size_t i = 0; i < sources->table->count; i++) {
		const struct folder_view *view = sources->table->items[i];
		lost += is_lost(sources, view);
		found += is_found(sources, view);
		both += is_lost(sources, view) && is_found(sources, view);
	}
	return found == 0 || (lost == 1 && found == 1 && both == 1) ? 0 : lost;
}

static int compare_lost(const void *a, const void *b)
{
	const struct lost_folder *left = a;
	const struct lost_folder *right = b;
	return strcmp(left->view->name, right->view->name);
}

static int load(const struct other_names_sources *sources, struct lost_folders *lost,
		struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(sources->state, &transaction, error) != 0)
		return -1;
	int found = 1;
	for (size_t i = 0; found >= 0 && i < sources->table->count; i++) {
		struct folder_view *view = sources->table->items[i];
		if (!is_lost(sources, view))
			continue;
		struct lost_folder *one = &lost->items[lost->count];
		found = state_folder_get(transaction, view->name, &one->record, error);
		one->view = view;
		lost->count += found > 0;
	}
	state_read_end(&transaction);
	memory_sort(lost->items, lost->count, sizeof *lost->items, compare_lost);
	return found < 0 ? -1 : 0;
}

/* Two that are the same now cannot both be it. */
static void drop_doubts(struct lost_folders *lost)
{
	for (size_t i = 0; i < lost->count; i++) {
		for (size_t k = i + 1; k < lost->count; k++) {
			struct lost_folder *a = &lost->items[i];
			struct lost_folder *b = &lost->items[k];
			if (a->near && a->near == b->near)
				a->near_doubt = b->near_doubt = true;
			if (a->far && a->far == b->far)
				a->far_doubt = b->far_doubt = true;
		}
	}
	for (size_t i = 0; i < lost->count; i++) {
		struct lost_folder *one = &lost->items[i];
		one->near = one->near_doubt ? NULL : one->near;
		one->far = one->far_doubt ? NULL : one->far;
	}
}

static void take(const struct lost_folders *lost, struct folder_renames *renames)
{
	for (size_t i = 0; i < lost->count; i++) {
		const struct lost_folder *one = &lost->items[i];
		if (!one->near && !one->far)
			continue;
		memory_grow((void **)&renames->items, &renames->capacity, renames->count + 1,
			    sizeof *renames->items);
		renames->items[renames->count++] = (struct folder_rename){ .folder = one->view,
									   .near = one->near,
									   .far = one->far };
	}
}

/* It was made anew, or is one that had another name. */
static void see_other_mailboxes(const struct folder_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct folder_view *view = table->items[i];
		view->far_other = view->base && view->far && view->base_uidvalidity != 0 &&
				  view->status.uidvalidity != 0 &&
				  view->status.uidvalidity != view->base_uidvalidity;
	}
}

static bool is_another(const struct lost_folders *lost, const struct lost_folder *one, bool far)
{
	if (far ? one->far : one->near)
		return true;
	for (size_t i = 0; i < lost->count; i++) {
		const struct lost_folder *other = &lost->items[i];
		if ((far ? other->far : other->near) == one->view)
			return true;
	}
	return false;
}

/* What has its name and is no other folder's is its own, made anew or brought back from elsewhere.
 */
static void settle_others(const struct lost_folders *lost, const struct lost_folder *one)
{
	if (one->view->near_other)
		one->view->near_other = is_another(lost, one, false);
	if (one->view->far_other)
		one->view->far_other = is_another(lost, one, true);
}

int other_names_find(const struct other_names_sources *sources, struct folder_renames *renames,
		     struct error *error)
{
	see_other_mailboxes(sources->table);
	if (count_lost(sources) == 0)
		return 0;
	if (sources->certain.near && other_names_see_others(sources, error) != 0)
		return -1;
	size_t count = count_lost(sources);
	struct lost_folders lost = { .items = memory_array(count, sizeof *lost.items) };
	int result = load(sources, &lost, error);
	if (result == 0 && sources->certain.near)
		other_names_near(sources, &lost);
	if (result == 0 && sources->certain.far)
		result = other_names_far(sources, &lost, error);
	if (result == 0) {
		for (size_t i = 0; i < lost.count; i++)
			settle_others(&lost, &lost.items[i]);
		drop_doubts(&lost);
		take(&lost, renames);
	}
	for (size_t i = 0; i < lost.count; i++)
		state_folder_release(&lost.items[i].record);
	free(lost.items);
	return result;
}
