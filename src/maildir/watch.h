/* Watching Maildirs: who renames, delivers or removes there is told of (inotify(7)).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_WATCH_H
#define NAVETTE_MAILDIR_WATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "maildir/folder.h"

struct maildir_watch;

/* What is told of; what is not must be looked at from time to time. */
enum maildir_watch_reach {
	MAILDIR_WATCH_ALL,
	MAILDIR_WATCH_NETWORK,  /* what other machines do in a network file system does not show */
	MAILDIR_WATCH_TOO_MANY, /* the system's limit of watches is reached */
	MAILDIR_WATCH_NOTHING   /* the system gives no watches at all */
};

/* Never NULL. Nothing is watched yet. */
struct maildir_watch *maildir_watch_create(void);
/* NULL and *watch == NULL are allowed. */
void maildir_watch_destroy(struct maildir_watch **watch);
/* Readable when there is something to read; -1: it never will be. */
int maildir_watch_descriptor(const struct maildir_watch *watch);

/* Says anew what is to be watched: all between begin and end, and nothing else. What was watched
 * before stays so without a gap. */
void maildir_watch_begin(struct maildir_watch *watch);
/* The messages of the Maildir at PATH, which is that of FOLDER, and folders that come or go right
 * below it. One that is not there (yet) is passed over; *whole_r (may be NULL): both directories
 * are watched. Returns whether anything of it was not watched before. */
bool maildir_watch_folder(struct maildir_watch *watch, const char *folder, const char *path,
			  bool *whole_r);
/* Folders that come or go right below that directory. */
void maildir_watch_directory(struct maildir_watch *watch, const char *path);
enum maildir_watch_reach maildir_watch_end(struct maildir_watch *watch);
/* Whether each directory that was named since the beginning is one of its own: of one with several
 * names, as by a link, only the last is told. */
bool maildir_watch_is_distinct(const struct maildir_watch *watch);

/* What happened to a file. */
enum maildir_event {
	MAILDIR_EVENT_CAME,    /* it has that name in that place now */
	MAILDIR_EVENT_WRITTEN, /* it may hold something else */
	MAILDIR_EVENT_GONE
};

/* Who is told. Names live during the call. */
struct maildir_news {
	void *context;
	/* A rename is told as one name that goes and then one that comes. */
	void (*file)(void *context, const char *folder, enum maildir_place place, const char *name,
		     enum maildir_event event);
	/* Folders came, went, or were renamed. */
	void (*tree)(void *context);
	/* Anything may have happened: more than the system keeps. */
	void (*all)(void *context);
};
/* Tells all that there is to read now, without waiting. Returns 0, or -1: from then on nothing is
 * told any more. */
int maildir_watch_read(struct maildir_watch *watch, const struct maildir_news *news,
		       struct error *error);

#endif
