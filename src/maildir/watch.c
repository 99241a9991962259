/* Watching Maildirs (inotify(7)). SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/memory.h"
#include "base/path.h"

/* Events that are read at a time. */
#define READ_SIZE 16384

/* A directory of messages: names that come and go, and bytes of files that are there. */
#define MESSAGES_MASK \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR)
/* One in which folders may come and go. */
#define TREE_MASK                                                                              \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | \
	 IN_ONLYDIR)

enum kind { KIND_NEW = MAILDIR_NEW, KIND_CUR = MAILDIR_CUR, KIND_TREE };

/* One directory that is watched. */
struct watched {
	int number; /* of inotify */
	enum kind kind;
	char *folder;            /* NULL for a tree */
	char *path;              /* of a tree, to find what comes in it; else NULL */
	unsigned int generation; /* when it was last named */
};

struct maildir_watch {
	int descriptor;
	struct watched *items; /* by number, ascending */
	size_t count, capacity;
	unsigned int generation;
	bool distinct; /* no directory was named for two purposes in this generation */
	enum maildir_watch_reach reach;
};

struct maildir_watch *maildir_watch_create(void)
{
	struct maildir_watch *watch = memory_allocate(sizeof *watch);
	watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return watch;
}

static void release(struct watched *watched)
{
	free(watched->folder);
	free(watched->path);
}

static void close_descriptor(struct maildir_watch *watch)
{
	if (watch->descriptor >= 0)
		(void)close(watch->descriptor); /* nothing was written through it */
	watch->descriptor = -1;
}

void maildir_watch_destroy(struct maildir_watch **watch)
{
	if (!watch || !*watch)
		return;
	close_descriptor(*watch);
	for (size_t i = 0; i < (*watch)->count; i++)
		release(&(*watch)->items[i]);
	free((*watch)->items);
	free(*watch);
	*watch = NULL;
}

int maildir_watch_descriptor(const struct maildir_watch *watch)
{
	return watch->descriptor;
}

/* --- The directories --- */

/* Where NUMBER stands, or would. */
static size_t place_of(const struct maildir_watch *watch, int number)
{
	size_t low = 0;
	size_t high = watch->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (watch->items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct watched *find(const struct maildir_watch *watch, int number)
{
	size_t place = place_of(watch, number);
	return place < watch->count && watch->items[place].number == number ? &watch->items[place]
									    : NULL;
}

static struct watched *find_or_add(struct maildir_watch *watch, int number, bool *added_r)
{
	size_t place = place_of(watch, number);
	*added_r = place == watch->count || watch->items[place].number != number;
	if (!*added_r)
		return &watch->items[place];
	memory_grow((void **)&watch->items, &watch->capacity, watch->count + 1,
		    sizeof *watch->items);
	memmove(&watch->items[place + 1], &watch->items[place],
		(watch->count - place) * sizeof *watch->items);
	watch->count++;
	watch->items[place] = (struct watched){ .number = number };
	return &watch->items[place];
}

static void drop(struct maildir_watch *watch, struct watched *watched)
{
	size_t place = (size_t)(watched - watch->items);
	release(watched);
	memmove(watched, watched + 1, (watch->count - place - 1) * sizeof *watched);
	watch->count--;
}

static void narrow_reach(struct maildir_watch *watch, enum maildir_watch_reach reach)
{
	if (reach > watch->reach)
		watch->reach = reach;
}

/* No event tells what another machine does; one that is passed on may be of another machine, as
 * with sshfs, and where it is not it is looked at too often. */
static bool is_silent(const char *path)
{
	enum file_system kind = file_system_of(path);
	return kind == FILE_SYSTEM_NETWORK || kind == FILE_SYSTEM_PASSED;
}

static bool has_other_purpose(const struct watched *watched, enum kind kind, const char *folder)
{
	return watched->kind != kind || (folder && strcmp(watched->folder, folder) != 0);
}

/* Watches PATH, a directory. *news_r is set where it was not watched like that before. Returns
 * whether it is now. */
static bool add(struct maildir_watch *watch, enum kind kind, const char *folder, const char *path,
		bool *news_r)
{
	bool added = false;
	if (watch->descriptor < 0)
		return false;
	int number = inotify_add_watch(watch->descriptor, path,
				       kind == KIND_TREE ? TREE_MASK : MESSAGES_MASK);
	if (number < 0) {
		if (errno == ENOSPC || errno == ENOMEM)
			narrow_reach(watch, MAILDIR_WATCH_TOO_MANY);
		return false; /* or it is not there, which the round sees */
	}
	struct watched *watched = find_or_add(watch, number, &added);
	bool other = !added && has_other_purpose(watched, kind, folder);
	bool again = !added && watched->generation == watch->generation;
	watch->distinct = watch->distinct && !(other && again);
	release(watched);
	watched->kind = kind;
	watched->folder = folder ? memory_text(folder) : NULL;
	watched->path = kind == KIND_TREE ? memory_text(path) : NULL;
	watched->generation = watch->generation;
	*news_r = *news_r || added || other;
	return true;
}

void maildir_watch_begin(struct maildir_watch *watch)
{
	watch->generation++;
	watch->distinct = true;
	watch->reach = watch->descriptor < 0 ? MAILDIR_WATCH_NOTHING : MAILDIR_WATCH_ALL;
}

bool maildir_watch_folder(struct maildir_watch *watch, const char *folder, const char *path,
			  bool *whole_r)
{
	bool news = false;
	bool whole = true;
	for (enum maildir_place place = MAILDIR_NEW; place <= MAILDIR_CUR; place++) {
		char *directory = path_join(path, maildir_place_name(place));
		whole = add(watch, (enum kind)place, folder, directory, &news) && whole;
		free(directory);
	}
	maildir_watch_directory(watch, path);
	if (whole_r)
		*whole_r = whole;
	return news;
}

bool maildir_watch_is_distinct(const struct maildir_watch *watch)
{
	return watch->distinct;
}

void maildir_watch_directory(struct maildir_watch *watch, const char *path)
{
	bool ignored = false; /* what is new there, the round that follows sees */
	(void)add(watch, KIND_TREE, NULL, path, &ignored);
	if (is_silent(path))
		narrow_reach(watch, MAILDIR_WATCH_NETWORK);
}

enum maildir_watch_reach maildir_watch_end(struct maildir_watch *watch)
{
	size_t kept = 0;
	for (size_t i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->items[i];
		if (watched->generation == watch->generation) {
			watch->items[kept++] = *watched;
			continue;
		}
		(void)inotify_rm_watch(watch->descriptor, watched->number); /* it may be gone */
		release(watched);
	}
	watch->count = kept;
	return watch->reach;
}

/* --- What is told --- */

/* A directory that comes may get more in it before anybody has looked: it is watched from now on.
 */
static void take_tree_event(struct maildir_watch *watch, const struct watched *watched,
			    const struct inotify_event *event, const struct maildir_news *news)
{
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
		news->tree(news->context);
		return;
	}
	if (!(event->mask & IN_ISDIR) || event->len == 0 || strcmp(event->name, "tmp") == 0)
		return;
	if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
		char *path = path_join(watched->path, event->name);
		bool ignored = false;
		(void)add(watch, KIND_TREE, NULL, path, &ignored); /* WATCHED may have moved now */
		free(path);
	}
	news->tree(news->context);
}

static void take_message_event(const struct watched *watched, const struct inotify_event *event,
			       const struct maildir_news *news)
{
	if (event->len == 0 || *event->name == '.' || event->mask & IN_ISDIR)
		return;
	enum maildir_event what = event->mask & (IN_CREATE | IN_MOVED_TO) ? MAILDIR_EVENT_CAME
				  : event->mask & IN_CLOSE_WRITE          ? MAILDIR_EVENT_WRITTEN
									  : MAILDIR_EVENT_GONE;
	news->file(news->context, watched->folder, (enum maildir_place)watched->kind, event->name,
		   what);
}

static void take_event(struct maildir_watch *watch, const struct inotify_event *event,
		       const struct maildir_news *news)
{
	if (event->mask & IN_Q_OVERFLOW) {
		news->all(news->context);
		return;
	}
	struct watched *watched = find(watch, event->wd);
	if (!watched)
		return; /* it was given up, with events under way */
	if (event->mask & (IN_IGNORED | IN_UNMOUNT)) {
		drop(watch, watched);
		news->tree(news->context);
	} else if (watched->kind == KIND_TREE) {
		take_tree_event(watch, watched, event, news);
	} else {
		take_message_event(watched, event, news);
	}
}

int maildir_watch_read(struct maildir_watch *watch, const struct maildir_news *news,
		       struct error *error)
{
	_Alignas(struct inotify_event) char bytes[READ_SIZE];
	ssize_t length;
	while (watch->descriptor >= 0) {
		length = read(watch->descriptor, bytes, sizeof bytes);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			break;
		if (length <= 0) {
			int failure = length < 0 ? errno : EIO;
			close_descriptor(watch);
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, failure,
					       "cannot learn what changes in the Maildirs");
		}
		for (char *at = bytes; at < bytes + length;) {
			const struct inotify_event *event =
				(const struct inotify_event *)(void *)at;
			take_event(watch, event, news);
			at += sizeof *event + event->len;
		}
	}
	return 0;
}
