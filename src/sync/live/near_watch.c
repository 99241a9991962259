/* The Maildirs of an account under watch. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/near_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

void near_watch_begin(struct near_watch *watch)
{
	*watch = (struct near_watch){ .maildirs = maildir_watch_create() };
}

void near_watch_end(struct near_watch *watch)
{
	maildir_watch_destroy(&watch->maildirs);
}

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

static void tell_reach(struct near_watch *watch, const struct config_account *account)
{
	if (watch->reach <= watch->told)
		return;
	watch->told = watch->reach;
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

void near_watch_take(struct near_watch *watch, const struct config_account *account,
		     const struct live_places *places, struct near_news *news)
{
	struct maildir_news takes = near_news_takes(news);
	maildir_watch_begin(watch->maildirs);
	for (size_t i = 0; i < account->channel_count; i++)
		maildir_watch_directory(watch->maildirs, account->channels[i].maildir);
	for (size_t i = 0; i < places->count; i++) {
		const struct live_place *place = &places->items[i];
		if (!place->taken || !place->path)
			continue;
		for (size_t k = 0; k < account->channel_count; k++)
			take_between(watch, account->channels[k].maildir, place->path);
		if (maildir_watch_folder(watch->maildirs, place->folder, place->path))
			takes.file(takes.context, place->folder, MAILDIR_CUR, "",
				   MAILDIR_EVENT_WRITTEN);
	}
	watch->reach = maildir_watch_end(watch->maildirs);
	tell_reach(watch, account);
}

void near_watch_read(struct near_watch *watch, const struct config_account *account,
		     struct near_news *news)
{
	struct error error = ERROR_INITIAL;
	const struct maildir_news takes = near_news_takes(news);
	if (maildir_watch_read(watch->maildirs, &takes, &error) == 0)
		return;
	log_line(LOG_WARNING, "%s: %s; they are looked at every now and then, as `poll` says",
		 account->name, error.text);
	watch->reach = watch->told = MAILDIR_WATCH_NOTHING;
	news->all = true;
}
