/* The Maildirs of an account under watch. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_NEAR_WATCH_H
#define NAVETTE_SYNC_LIVE_NEAR_WATCH_H

#include "maildir/watch.h"
#include "sync/live/near_news.h"
#include "sync/live/places.h"

struct near_watch {
	struct maildir_watch *maildirs;
	enum maildir_watch_reach reach;
	enum maildir_watch_reach told; /* what the user was told of it */
};

void near_watch_begin(struct near_watch *watch);
/* Watches all of PLACES, and the roots of the account's channels. Folders of which something was
 * not watched before are added to NEWS, to be looked at. What cannot be watched is said once. */
void near_watch_take(struct near_watch *watch, const struct config_account *account,
		     const struct live_places *places, struct near_news *news);
/* Reads what there is. */
void near_watch_read(struct near_watch *watch, const struct config_account *account,
		     struct near_news *news);
void near_watch_end(struct near_watch *watch);

#endif
