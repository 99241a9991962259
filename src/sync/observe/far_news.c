/* What the far side tells of a folder, held against its base. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/far_news.h"

#include "sync/folder.h"
#include "sync/observe/flags.h"

static void begin_diff(struct far_news *news)
{
	far_diff_begin(&news->diff, &news->base.view, &news->folder->base.outside,
		       sync_flags_mask(news->folder), news->changes);
}

int far_news_begin(struct far_news *news, struct sync_folder *folder, struct far_changes *changes,
		   struct error *error)
{
	news->folder = folder;
	news->changes = changes;
	if (sync_base_begin(folder, &news->base, error) != 0)
		return -1;
	begin_diff(news);
	return 0;
}

void far_news_restart(struct far_news *news)
{
	far_diff_release(&news->diff);
	far_changes_release(news->changes);
	far_keywords_clear(&news->names);
	if (news->folder->base.state == FOLDER_BASE_VOID)
		sync_base_void(&news->base);
	begin_diff(news);
}

int far_news_take(struct far_news *news, bool complete, struct error *error)
{
	return far_diff_finish(&news->diff, complete, error);
}

void far_news_end(struct far_news *news)
{
	far_diff_release(&news->diff);
	far_keywords_clear(&news->names);
	sync_base_end(&news->base);
}

int far_news_see(void *context, uint32_t uid, const struct flag_names *names, struct error *error)
{
	struct far_news *news = context;
	uint32_t flags = sync_flags_learn(news->folder, names);
	if (sync_flags_are_tags(news->folder) &&
	    far_keywords_see(&news->names, news->base.state.transaction,
			     news->folder->base.record.id, uid, names, error) != 0)
		return -1;
	return far_diff_see(&news->diff, uid, flags, error);
}

int far_news_gone(void *context, const struct uid_set *uids, struct error *error)
{
	struct far_news *news = context;
	return far_diff_vanished(&news->diff, uids, error);
}

int far_news_hold(void *context, const struct uid_set *uids, struct error *error)
{
	struct far_news *news = context;
	(void)error; /* nothing fails */
	far_diff_hold(&news->diff, uids);
	return 0;
}
