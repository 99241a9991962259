/* The Maildirs of an account under watch. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/near_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

/* --- What is told, to both who want it --- */

static void take_file(void *context, const char *folder, enum maildir_place place, const char *name,
		      enum maildir_event event)
{
	struct near_watch *watch = context;
	const struct maildir_news news = near_news_takes(watch->news);
	news.file(news.context, folder, place, name, event);
	told_file(watch->told, folder, place, name, event);
}

static void take_tree(void *context)
{
	struct near_watch *watch = context;
	watch->news->tree = true;
	told_doubt(watch->told, NULL);
}

static void take_all(void *context)
{
	struct near_watch *watch = context;
	watch->news->all = true;
	told_doubt(watch->told, NULL);
}

static void tell_failure(struct near_watch *watch, const struct error *error)
{
	log_line(LOG_WARNING, "%s: %s; they are looked at every now and then, as `poll` says",
		 watch->account->name, error->text);
	watch->reach = watch->named = MAILDIR_WATCH_NOTHING;
	told_watch_end(watch->told, false);
	take_all(watch);
}

void near_watch_read(struct near_watch *watch)
{
	struct error error = ERROR_INITIAL;
	const struct maildir_news takes = {
		.context = watch, .file = take_file, .tree = take_tree, .all = take_all
	};
	(void)pthread_mutex_lock(&watch->lock); /* fails only for wrong use, as all of these */
	if (maildir_watch_read(watch->maildirs, &takes, &error) != 0)
		tell_failure(watch, &error);
	(void)pthread_mutex_unlock(&watch->lock);
}

static void read_more(void *context)
{
	near_watch_read(context);
}

/* --- Its life --- */

void near_watch_begin(struct near_watch *watch, const struct config_account *account,
		      struct near_news *news)
{
	*watch = (struct near_watch){ .account = account,
				      .news = news,
				      .maildirs = maildir_watch_create() };
	watch->told = told_create(read_more, watch);
	if (pthread_mutex_init(&watch->lock, NULL) != 0)
		memory_fail();
}

void near_watch_end(struct near_watch *watch)
{
	maildir_watch_destroy(&watch->maildirs);
	told_destroy(&watch->told);
	(void)pthread_mutex_destroy(&watch->lock);
}

/* --- What is watched --- */

/* The directories between ROOT and PATH, in which further folders may come. */
static void take_between(struct near_watch *watch, const char *root, const char *path)
{
	size_t length = strlen(root);
	if (strncmp(path, root, length) != 0 || path[length] != '/')
		return;
	char *parent = memory_text(path);
	char *slash;
	while ((slash = strrchr(parent, '/')) && slash > parent + length) {
		*slash = '\0';
		maildir_watch_directory(watch->maildirs, parent);
	}
	free(parent);
}

static void tell_reach(struct near_watch *watch)
{
	const struct config_account *account = watch->account;
	if (watch->reach <= watch->named)
		return;
	watch->named = watch->reach;
	if (watch->reach == MAILDIR_WATCH_NETWORK)
		log_line(LOG_WARNING,
			 "%s: its Maildirs stand on a network file system, where changes of other "
			 "machines do not show by themselves; they are looked for every now and "
			 "then, as `poll` says",
			 account->name);
	else if (watch->reach == MAILDIR_WATCH_TOO_MANY)
		log_line(LOG_WARNING,
			 "%s: the system does not let navette watch so many directories; changes "
			 "here are looked for every now and then, as `poll` says. To have them "
			 "noticed at once: sysctl fs.inotify.max_user_watches=1048576, and the "
			 "same line in /etc/sysctl.d",
			 account->name);
	else
		log_line(
			LOG_WARNING,
			"%s: the system watches no more directories for this user (sysctl "
			"fs.inotify.max_user_instances); changes here are looked for every now and "
			"then, as `poll` says",
			account->name);
}

static void take_place(struct near_watch *watch, const struct live_place *place)
{
	bool whole;
	for (size_t k = 0; k < watch->account->channel_count; k++)
		take_between(watch, watch->account->channels[k].maildir, place->path);
	bool anew = maildir_watch_folder(watch->maildirs, place->folder, place->path, &whole);
	if (anew) {
		const struct maildir_news news = near_news_takes(watch->news);
		news.file(news.context, place->folder, MAILDIR_CUR, "", MAILDIR_EVENT_WRITTEN);
		told_doubt(watch->told, place->folder);
	}
	if (whole)
		told_watch(watch->told, place->folder);
}

void near_watch_take(struct near_watch *watch, const struct live_places *places)
{
	(void)pthread_mutex_lock(&watch->lock);
	maildir_watch_begin(watch->maildirs);
	told_watch_begin(watch->told);
	for (size_t i = 0; i < watch->account->channel_count; i++)
		maildir_watch_directory(watch->maildirs, watch->account->channels[i].maildir);
	for (size_t i = 0; i < places->count; i++) {
		if (places->items[i].taken && places->items[i].path)
			take_place(watch, &places->items[i]);
	}
	watch->reach = maildir_watch_end(watch->maildirs);
	told_watch_end(watch->told, watch->reach == MAILDIR_WATCH_ALL &&
					    maildir_watch_is_distinct(watch->maildirs));
	tell_reach(watch);
	(void)pthread_mutex_unlock(&watch->lock);
}
