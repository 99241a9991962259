/* What inotify told of files since their Maildir was just as the base says, so that only those are
 * looked at. May be used by several threads at a time. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_TOLD_H
#define NAVETTE_SYNC_OBSERVE_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/name_digest.h"
#include "maildir/watch.h"

/* Names of a folder that are kept; with more, its Maildir is listed. */
#define TOLD_NAMES_MAX 500

/* Nothing of it is in the state, so that each start begins with a look at the directories' stamps.
 * In all functions TOLD may be NULL: nobody watches, and nothing is ever known by names. */
struct told;

/* READ is called, with no lock of this held, to bring what there is to read now. */
struct told *told_create(void (*read)(void *context), void *context);
void told_destroy(struct told **told);

/* --- What was told --- */

void told_file(struct told *told, const char *folder, enum maildir_place place, const char *name,
	       enum maildir_event event);
/* Anything may have happened in the folder; NULL: in all. */
void told_doubt(struct told *told, const char *folder);

/* Says anew which folders are watched: all between begin and end, and no others. */
void told_watch_begin(struct told *told);
void told_watch(struct told *told, const char *folder);
/* ALL: whatever happens in them is told. */
void told_watch_end(struct told *told, bool all);

/* --- What follows of it --- */

/* A file that came, went, or was written to, by its whole name. */
struct told_name {
	char *name; /* owned by the list */
	enum maildir_place place;
	uint64_t moved;   /* the moment when it came or went last, which shows in its directory */
	uint64_t written; /* and when it was written to, which does not; both 0: never */
	bool was_there;   /* when the folder was as the base says, by what was told first */
};
struct told_names {
	struct told_name *items;
	size_t count, capacity;
	uint64_t until;          /* the moment up to which they were read */
	struct name_digest base; /* of all files when the folder was as the base says */
	bool lists_all;          /* there is no editor's copy beside those (maildir/name.h) */
};
void told_names_release(struct told_names *names);

/* Reads what there is. The moment until which all is known: to be taken before the directories are
 * looked at. */
uint64_t told_moment(struct told *told);
/* Reads what there is. Whether the folder is as the base says but for names that were told, and
 * these explain how its directories differ from then: NOW, which is from before this call. Then
 * *names_r are those, the caller's to release. */
bool told_take(struct told *told, const char *folder, const struct maildir_fingerprint *now,
	       struct told_names *names_r);
/* What is known of a folder whose files are just as the base says. */
struct told_settling {
	struct maildir_fingerprint now;
	struct name_digest base; /* of these files */
	uint64_t names;          /* the moment until which that holds for their names */
	uint64_t contents;       /* ... and until which what was written to was looked at */
	bool listed;             /* all were listed, and there were no editors' copies */
};
/* What was told before those moments needs no look any more. */
void told_settle(struct told *told, const char *folder, const struct told_settling *settling);

#endif
