/* What the watched Maildirs told since the last round, and which of it the base does not know.
 * Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_NEAR_NEWS_H
#define NAVETTE_SYNC_LIVE_NEAR_NEWS_H

#include "maildir/watch.h"
#include "state/state.h"

/* Files of a folder of which it is kept what happened to each; with more, or where one was written
 * to, the folder is looked at in any case. */
#define NEAR_NEWS_FILES_MAX 500

/* A file by the part of its name that stays; how it was told of last. */
struct near_file {
	char *name; /* its whole name */
	size_t base_length;
	enum maildir_place place;
	bool there;
};

struct near_folder {
	char *name;
	struct near_file *files;
	size_t count, capacity;
	bool any; /* it has to be looked at, whatever the base says */
};

/* Start zeroed. */
struct near_news {
	struct near_folder *folders;
	size_t count, capacity;
	bool tree; /* folders came or went */
	bool all;  /* anything may have changed */
};

bool near_news_is_empty(const struct near_news *news);
/* For maildir_watch_read(); they refer to NEWS. */
struct maildir_news near_news_takes(struct near_news *news);
/* Drops what the base says already: our own changes, and others that were seen by a round. What
 * cannot be looked up stays. TRANSACTION may be NULL: there is no base yet. */
void near_news_drop_known(struct near_news *news, struct state_transaction *transaction);
/* Adds the folders' names to FOLDERS, and forgets all. */
void near_news_take(struct near_news *news, struct text_list *folders);
void near_news_release(struct near_news *news);

#endif
