/* An account of the rig that stays open and is watched. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine-live.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "sync/live/between.h"
#include "sync/live/near_watch.h"

struct rig_live {
	const struct config_account *account;
	const struct sync_events *events; /* of the round that goes on */
	struct sync *sync;
	struct far_side *far;
	struct near_watch near;
	struct near_news news;
	struct live_places places;
	bool hinted;
	struct text_list hints; /* of the server */
	unsigned int entries;
};

static void pass_failure(void *context, const char *account, const char *folder,
			 const struct error *error)
{
	const struct rig_live *live = context;
	live->events->failed(live->events->context, account, folder, error);
}

static void pass_change(void *context, const struct sync_change *change)
{
	const struct rig_live *live = context;
	live->events->changed(live->events->context, change);
}

static void pass_progress(void *context, const struct sync_progress *progress)
{
	const struct rig_live *live = context;
	live->events->progress(live->events->context, progress);
}

static void take_listed(void *context, const struct folder_table *table)
{
	struct rig_live *live = context;
	live_places_take(&live->places, live->account, table);
	near_watch_take(&live->near, &live->places);
}

static void open_account(struct rig *rig)
{
	struct rig_live *live = rig->live;
	live->account = rig->account;
	live->far = world_side(rig->world);
	const struct sync_options options = { .far = live->far };
	const struct sync_events events = { .context = live,
					    .failed = pass_failure,
					    .changed = pass_change,
					    .progress = pass_progress,
					    .listed = take_listed };
	live->sync = sync_open(rig->account, &options, &events);
}

void rig_live_close(struct rig *rig)
{
	sync_close(&rig->live->sync);
	far_side_destroy(&rig->live->far);
	near_news_release(&rig->live->news);
	told_doubt(rig->live->near.told, NULL);
}

void rig_live_begin(struct rig *rig)
{
	rig->live = memory_allocate(sizeof *rig->live);
	*rig->live = (struct rig_live){ .hinted = false };
	near_watch_begin(&rig->live->near, rig->account, &rig->live->news);
}

void rig_live_end(struct rig *rig)
{
	struct rig_live *live = rig->live;
	rig_live_close(rig);
	near_watch_end(&live->near);
	live_places_release(&live->places);
	text_list_release(&live->hints);
	free(live);
	rig->live = NULL;
}

void rig_live_hint(struct rig *rig, bool hinted, const char *const *far, size_t far_count)
{
	struct rig_live *live = rig->live;
	live->hinted = hinted;
	text_list_release(&live->hints);
	for (size_t i = 0; i < far_count; i++)
		text_list_add(&live->hints, far[i]);
}

/* As the wait between two rounds does it. */
static void read_news(struct rig_live *live)
{
	struct state_transaction *transaction;
	near_watch_read(&live->near);
	if (!live->sync)
		return;
	cr_assert_eq(sync_read_begin(live->sync, &transaction, NULL), 0);
	near_news_drop_known(&live->news, transaction);
	state_read_end(&transaction);
}

bool rig_live_has_news(struct rig *rig)
{
	read_news(rig->live);
	return !near_news_is_empty(&rig->live->news);
}

void rig_live_round(struct rig *rig, const struct sync_options *options,
		    const struct sync_events *events)
{
	struct rig_live *live = rig->live;
	if (!live->sync)
		open_account(rig);
	struct sync_options own = *options;
	struct sync_hints hints = { .far = live->hints };
	bool counts = !faults_are_active();
	read_news(live);
	bool whole = !live->hinted || live->news.tree || live->news.all;
	near_news_take(&live->news, &hints.near);
	own.far = live->far;
	own.told = live->near.told;
	own.hints = whole ? NULL : &hints;
	live->events = events;
	if (counts)
		faults_begin(NULL, NULL);
	sync_round(live->sync, &own, &rig->result);
	live->entries = (unsigned int)faults_counts()->calls[FAULT_READDIR];
	if (counts)
		faults_end();
	/* Folders that were made in it have directories only now. */
	near_watch_take(&live->near, &live->places);
	text_list_release(&hints.near);
}

unsigned int rig_live_entries(const struct rig *rig)
{
	return rig->live->entries;
}
