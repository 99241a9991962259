/* What the far side tells of a folder, held against its base: for gather, and for the look
 * afterwards. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FAR_NEWS_H
#define NAVETTE_SYNC_OBSERVE_FAR_NEWS_H

#include "far/far.h"
#include "sync/observe/base.h"
#include "sync/observe/changes.h"
#include "sync/observe/diff.h"
#include "sync/observe/far_keywords.h"

struct far_news {
	struct sync_folder *folder;
	struct sync_base base;
	struct far_diff diff;
	struct far_changes *changes;
	struct far_keywords names; /* told by far_news_see() */
};

/* Opens the base. FOLDER->base.outside is what the window left out. Returns 0 or -1: then there is
 * nothing to be ended. */
int far_news_begin(struct far_news *news, struct sync_folder *folder, struct far_changes *changes,
		   struct error *error);
/* All that came is void, and the base as well when it became so. */
void far_news_restart(struct far_news *news);
/* All was told, or all that changed (COMPLETE or not): the changes are whole. May be called again.
 * Returns 0 or -1. */
int far_news_take(struct far_news *news, bool complete, struct error *error);
void far_news_end(struct far_news *news);

/* --- For a struct far_observer whose context begins with a struct far_news --- */

int far_news_see(void *context, uint32_t uid, const struct flag_names *flags, struct error *error);
int far_news_gone(void *context, const struct uid_set *uids, struct error *error);
int far_news_hold(void *context, const struct uid_set *uids, struct error *error);

#endif
