/* The Maildirs of an account under watch. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_NEAR_WATCH_H
#define NAVETTE_SYNC_LIVE_NEAR_WATCH_H

#include <pthread.h>

#include "maildir/watch.h"
#include "sync/live/near_news.h"
#include "sync/live/places.h"
#include "sync/observe/told.h"

struct near_watch {
	const struct config_account *account;
	pthread_mutex_t lock; /* over `maildirs` and `news` while a round goes on */
	struct maildir_watch *maildirs;
	struct near_news *news;
	struct told *told; /* for rounds: what is to be looked at alone */
	enum maildir_watch_reach reach;
	enum maildir_watch_reach named; /* what the user was told of it */
};

/* NEWS get what is told, so that it starts rounds; borrowed, as ACCOUNT is. */
void near_watch_begin(struct near_watch *watch, const struct config_account *account,
		      struct near_news *news);
/* Watches all of PLACES, and the roots of the account's channels. Folders of which something was
 * not watched before are added to the news, to be looked at. What cannot be watched is said once.
 */
void near_watch_take(struct near_watch *watch, const struct live_places *places);
/* Reads what there is. May be called by any thread. */
void near_watch_read(struct near_watch *watch);
void near_watch_end(struct near_watch *watch);

#endif
