/* What inotify told of files since their Maildir was just as the base says.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/told.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"

struct told_folder {
	char *folder;
	bool watched;
	bool sure;        /* it was as the base says when it had the fingerprint, and `names` is
			     all that happened since */
	uint64_t doubted; /* when it was last unsure */
	bool lists_all;   /* while it is sure: it was listed since, and had no editors' copies */
	struct told_names names;
	struct maildir_fingerprint fingerprint;
};

struct told {
	void (*read)(void *context);
	void *context;
	pthread_mutex_t lock;        /* over all that follows */
	bool all;                    /* whatever happens is told */
	uint64_t number;             /* of the last event; also the moment of what was read last */
	struct told_folder *folders; /* by name, ascending */
	size_t count, capacity;
};

struct told *told_create(void (*read)(void *context), void *context)
{
	struct told *told = memory_allocate(sizeof *told);
	*told = (struct told){ .read = read, .context = context };
	if (pthread_mutex_init(&told->lock, NULL) != 0)
		memory_fail();
	return told;
}

void told_names_release(struct told_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	*names = (struct told_names){ .items = NULL };
}

static void release_folder(struct told_folder *folder)
{
	told_names_release(&folder->names);
	free(folder->folder);
}

void told_destroy(struct told **told_p)
{
	struct told *told = told_p ? *told_p : NULL;
	if (!told)
		return;
	for (size_t i = 0; i < told->count; i++)
		release_folder(&told->folders[i]);
	free(told->folders);
	(void)pthread_mutex_destroy(&told->lock);
	free(told);
	*told_p = NULL;
}

/* Fails only for wrong use, as the other one. */
static void lock(struct told *told)
{
	(void)pthread_mutex_lock(&told->lock);
}

static void unlock(struct told *told)
{
	(void)pthread_mutex_unlock(&told->lock);
}

/* --- Folders --- */

/* Where it stands, or would. */
static size_t place_of(const struct told *told, const char *folder)
{
	size_t low = 0;
	size_t high = told->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(told->folders[middle].folder, folder) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL: nothing is known of it. */
static struct told_folder *find(const struct told *told, const char *folder)
{
	size_t place = place_of(told, folder);
	return place < told->count && strcmp(told->folders[place].folder, folder) == 0
		       ? &told->folders[place]
		       : NULL;
}

static void become_unsure(struct told *told, struct told_folder *folder)
{
	told_names_release(&folder->names);
	folder->sure = folder->lists_all = false;
	folder->doubted = ++told->number;
}

static struct told_folder *find_or_add(struct told *told, const char *name)
{
	size_t place = place_of(told, name);
	struct told_folder *folder = find(told, name);
	if (folder)
		return folder;
	memory_grow((void **)&told->folders, &told->capacity, told->count + 1,
		    sizeof *told->folders);
	folder = &told->folders[place];
	memmove(folder + 1, folder, (told->count - place) * sizeof *folder);
	told->count++;
	*folder = (struct told_folder){ .folder = memory_text(name) };
	become_unsure(told, folder);
	return folder;
}

void told_doubt(struct told *told, const char *name)
{
	if (!told)
		return;
	lock(told);
	for (size_t i = 0; !name && i < told->count; i++)
		become_unsure(told, &told->folders[i]);
	struct told_folder *folder = name ? find(told, name) : NULL;
	if (folder)
		become_unsure(told, folder);
	unlock(told);
}

void told_watch_begin(struct told *told)
{
	lock(told);
	for (size_t i = 0; i < told->count; i++)
		told->folders[i].watched = false;
	unlock(told);
}

void told_watch(struct told *told, const char *folder)
{
	lock(told);
	find_or_add(told, folder)->watched = true;
	unlock(told);
}

void told_watch_end(struct told *told, bool all)
{
	size_t kept = 0;
	lock(told);
	for (size_t i = 0; i < told->count; i++) {
		if (told->folders[i].watched)
			told->folders[kept++] = told->folders[i];
		else
			release_folder(&told->folders[i]);
	}
	told->count = kept;
	told->all = all;
	unlock(told);
}

/* --- Names --- */

static struct told_name *find_name(const struct told_names *names, enum maildir_place place,
				   const char *name)
{
	for (size_t i = names->count; i-- > 0;) { /* it is mostly one of the last */
		if (names->items[i].place == place && strcmp(names->items[i].name, name) == 0)
			return &names->items[i];
	}
	return NULL;
}

static struct told_name *add_name(struct told_names *names, enum maildir_place place,
				  const char *name)
{
	memory_grow((void **)&names->items, &names->capacity, names->count + 1,
		    sizeof *names->items);
	struct told_name *added = &names->items[names->count++];
	*added = (struct told_name){ .place = place, .name = memory_text(name) };
	return added;
}

void told_file(struct told *told, const char *folder_name, enum maildir_place place,
	       const char *name, enum maildir_event event)
{
	lock(told);
	struct told_folder *folder = find_or_add(told, folder_name);
	/* Without being sure they count only until the next look, as when thousands arrive. */
	struct told_name *known = folder->sure ? find_name(&folder->names, place, name) : NULL;
	if (!known && folder->names.count >= TOLD_NAMES_MAX)
		become_unsure(told, folder);
	if (!known) {
		known = add_name(&folder->names, place, name);
		known->was_there = event != MAILDIR_EVENT_CAME;
	}
	*(event == MAILDIR_EVENT_WRITTEN ? &known->written : &known->moved) = ++told->number;
	unlock(told);
}

uint64_t told_moment(struct told *told)
{
	if (!told)
		return 0;
	told->read(told->context);
	lock(told);
	uint64_t moment = told->number;
	unlock(told);
	return moment;
}

/* Whether what was told tells why the directory of that place has another time. */
static bool is_explained(const struct told_folder *folder, enum maildir_place place,
			 const struct maildir_fingerprint *now)
{
	if (now->inode[place] != folder->fingerprint.inode[place])
		return false;
	bool explained = now->change_ns[place] == folder->fingerprint.change_ns[place];
	for (size_t i = 0; !explained && i < folder->names.count; i++)
		explained =
			folder->names.items[i].moved > 0 && folder->names.items[i].place == place;
	return explained;
}

static void copy_names(const struct told_folder *folder, struct told_names *names)
{
	for (size_t i = 0; i < folder->names.count; i++) {
		const struct told_name *item = &folder->names.items[i];
		struct told_name *copy = add_name(names, item->place, item->name);
		copy->moved = item->moved;
		copy->written = item->written;
		copy->was_there = item->was_there;
	}
	names->base = folder->names.base;
	names->lists_all = folder->lists_all;
}

bool told_take(struct told *told, const char *name, const struct maildir_fingerprint *now,
	       struct told_names *names_r)
{
	*names_r = (struct told_names){ .until = told_moment(told) };
	if (!told)
		return false;
	lock(told);
	const struct told_folder *folder = find(told, name);
	bool sure = folder && told->all && folder->watched && folder->sure &&
		    is_explained(folder, MAILDIR_NEW, now) &&
		    is_explained(folder, MAILDIR_CUR, now);
	if (sure) {
		names_r->until = told->number;
		copy_names(folder, names_r);
	}
	unlock(told);
	return sure;
}

static bool is_editors(const char *name)
{
	const char *ignored;
	size_t length;
	return maildir_name_is_editors(name, &ignored, &length);
}

/* While the folder was not sure a name may have been added twice. */
static void keep_name(struct told_names *names, struct told_name *item)
{
	struct told_name *same = find_name(names, item->place, item->name);
	if (!same) {
		names->items[names->count++] = *item;
		return;
	}
	same->moved = item->moved > same->moved ? item->moved : same->moved;
	same->written = item->written > same->written ? item->written : same->written;
	free(item->name);
}

/* *copies_r: there were editors' copies among them. */
static void drop_names(struct told_names *names, const struct told_settling *settling,
		       bool *copies_r)
{
	size_t count = names->count;
	names->count = 0;
	*copies_r = false;
	for (size_t i = 0; i < count; i++) {
		struct told_name item = names->items[i];
		if (item.moved > settling->names || item.written > settling->contents) {
			item.was_there = item.was_there || item.moved <= settling->names;
			keep_name(names, &item);
			continue;
		}
		*copies_r = *copies_r || is_editors(item.name);
		free(item.name);
	}
}

void told_settle(struct told *told, const char *name, const struct told_settling *settling)
{
	if (!told)
		return;
	lock(told);
	struct told_folder *folder = find(told, name);
	if (folder && folder->doubted <= settling->names) {
		bool copies;
		drop_names(&folder->names, settling, &copies);
		folder->sure = true;
		folder->names.base = settling->base;
		folder->lists_all = (settling->listed || folder->lists_all) && !copies;
		folder->fingerprint = settling->now;
	}
	unlock(told);
}
