/* One round of an account that is watched: over what is known to have changed, or over all, or as
 * somebody ordered it; and what follows from how it went. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sync/live/between.h"
#include "sync/live/private.h"

/* All is looked at at least that often, whatever is told. */
#define FULL_EVERY_MS (INT64_C(24) * 3600 * 1000)
/* Messages that the server failed to give are asked for again. */
#define SKIPPED_AGAIN_MS (INT64_C(15) * 60 * 1000)
/* The first pause after a failure, for what may pass by itself and for what mostly does not; each
 * further one is twice as long, up to the last. */
#define PAUSE_FIRST_MS 2000
#define PAUSE_FIRST_GRAVE_MS 60000
#define PAUSE_LAST_MS (5 * 60 * 1000)
/* Up to that part comes on top by chance: all who lost a server must not come back at once. */
#define PAUSE_JITTER_PART 4
/* What breaks is made anew without a word; from that many failures in a row on it is told. */
#define FAILURES_TOLD 4
/* Others may change a folder again and again while we do: then the next look comes in time. */
#define UNSETTLED_MAX 3
/* Sentences about folders that are not told again while they hold. */
#define TOLD_MAX 256

/* --- What its rounds tell --- */

static const struct sync_events *events_of(const struct live *live)
{
	return live->current ? live->current->events : &live->events.sync;
}

static void pass_operation(void *context, const struct sync_operation_report *operation)
{
	const struct sync_events *events = events_of(context);
	if (events->operation)
		events->operation(events->context, operation);
}

static void pass_progress(void *context, const struct sync_progress *progress)
{
	const struct sync_events *events = events_of(context);
	if (events->progress)
		events->progress(events->context, progress);
}

static void pass_change(void *context, const struct sync_change *change)
{
	const struct sync_events *events = events_of(context);
	if (events->changed)
		events->changed(events->context, change);
}

static void pass_folder(void *context, const struct sync_folder_report *report)
{
	const struct sync_events *events = events_of(context);
	if (events->folder)
		events->folder(events->context, report);
}

/* Whether the user has not been told of it yet. */
static bool is_news(struct live_trouble *trouble, const char *folder, const struct error *error)
{
	char *line = memory_format("%s\n%s", folder ? folder : "", error->text);
	bool news = !text_list_holds(&trouble->told, line);
	if (news && trouble->told.count < TOLD_MAX)
		text_list_adopt(&trouble->told, line);
	else
		free(line);
	return news;
}

static void pass_failure(void *context, const char *account, const char *folder,
			 const struct error *error)
{
	struct live *live = context;
	const struct sync_events *events = events_of(live);
	if (!folder) {
		live->trouble.account = true;
		live->trouble.error = *error;
	}
	if (live->current || (folder && is_news(&live->trouble, folder, error)))
		events->failed(events->context, account, folder, error);
}

static void take_listed(void *context, const struct folder_table *table)
{
	struct live *live = context;
	live_places_take(&live->places, live->account, table);
	near_watch_take(&live->near, &live->places);
}

static void take_unsettled(void *context, const char *folder)
{
	struct live *live = context;
	if (live->trouble.unsettled < UNSETTLED_MAX && !text_list_holds(&live->far_news, folder))
		text_list_add(&live->far_news, folder);
}

struct sync_events live_round_events(struct live *live)
{
	return (struct sync_events){ .context = live,
				     .operation = pass_operation,
				     .progress = pass_progress,
				     .changed = pass_change,
				     .folder = pass_folder,
				     .failed = pass_failure,
				     .listed = take_listed,
				     .unsettled = take_unsettled };
}

/* --- How it went --- */

int64_t live_pause_ms(const struct live_trouble *trouble)
{
	bool passes = trouble->error.kind == ERROR_TEMPORARY;
	int64_t pause = passes ? PAUSE_FIRST_MS : PAUSE_FIRST_GRAVE_MS;
	for (unsigned int i = 1; i < trouble->failures && pause < PAUSE_LAST_MS; i++)
		pause *= 2;
	if (trouble->error.pause_ms > pause)
		pause = trouble->error.pause_ms;
	if (pause > PAUSE_LAST_MS)
		pause = PAUSE_LAST_MS;
	return pause + clock_real_ns() / 1000 % (pause / PAUSE_JITTER_PART + 1);
}

/* A connection that breaks is nobody's concern while the next one holds. */
static void tell_account_failure(struct live *live)
{
	struct live_trouble *trouble = &live->trouble;
	bool passes = trouble->error.kind == ERROR_TEMPORARY && trouble->was_live;
	if (atomic_load(&live->cancel) || live->current)
		return; /* it was stopped, and that is no failure; or it was told already */
	if (passes && trouble->failures < FAILURES_TOLD)
		log_line(LOG_VERBOSE, "%s: %s", live->account->name, trouble->error.text);
	else if (is_news(trouble, NULL, &trouble->error))
		live->events.sync.failed(live->events.sync.context, live->account->name, NULL,
					 &trouble->error);
}

static void end_trouble(struct live *live)
{
	struct live_trouble *trouble = &live->trouble;
	bool told = trouble->told.count > 0;
	text_list_release(&trouble->told);
	if (told && trouble->failures > 0)
		log_line(LOG_NOTICE, "%s: in sync again", live->account->name);
	trouble->failures = 0;
	trouble->was_live = true;
}

static void count_failure(struct live_trouble *trouble)
{
	if (trouble->failures++ == 0)
		trouble->since = clock_real_ns() / 1000000000;
}

static void judge(struct live *live, const struct sync_result *result, bool full)
{
	struct live_trouble *trouble = &live->trouble;
	int64_t now = clock_monotonic_ms();
	if (result->worst == ERROR_NONE && full)
		end_trouble(live);
	if (result->worst != ERROR_NONE)
		count_failure(trouble);
	if (trouble->account)
		tell_account_failure(live);
	/* What failed in single folders is tried again with a look at all. */
	if (result->worst != ERROR_NONE)
		live->full_due = now + live_pause_ms(trouble);
	else if (full)
		live->full_due =
			now + (result->counts.skipped > 0 ? SKIPPED_AGAIN_MS : FULL_EVERY_MS);
	trouble->unsettled = live->far_news.count > 0 ? trouble->unsettled + 1 : 0;
	(void)pthread_mutex_lock(&live->lock);
	live->view.rounds++;
	live->view.looked_once = true;
	if (full && result->worst == ERROR_NONE)
		live->view.looked = clock_real_ns() / 1000000000;
	(void)pthread_mutex_unlock(&live->lock);
}

/* --- The round --- */

/* Folders that were made in it have directories only now. */
static void watch_what_came(struct live *live)
{
	near_watch_take(&live->near, &live->places);
#ifdef __GLIBC__
	(void)malloc_trim(0); /* a first look may have needed much, and the next needs little */
#endif
}

static void forget_news(struct live *live)
{
	near_news_release(&live->near_news);
	text_list_release(&live->far_news);
	live->full = live->near_poll = false;
}

static bool is_whole(const struct sync_options *options)
{
	return options->folders.count == 0 && options->channels.count == 0 && !options->fetch;
}

/* As its own run, with all that was asked for; news stay for the round after it unless it looks at
 * all. */
static void run_order(struct live *live, struct live_order *order)
{
	struct sync_options options = *order->options;
	bool whole = is_whole(&options);
	options.cancel = live->options.cancel;
	options.far = live->options.far;
	options.hints = NULL;
	options.told = live->options.told;
	live->current = order;
	live->trouble.account = false;
	if (whole)
		forget_news(live);
	order->begins(order->events->context);
	sync_round(live->sync, &options, order->result);
	judge(live, order->result, whole);
	if (!whole)
		live->trouble.account = false; /* perhaps there was no such folder */
	watch_what_came(live);
	live->current = NULL;
	(void)pthread_mutex_lock(&live->lock);
	order->done = true;
	live->order = NULL;
	(void)pthread_cond_broadcast(&live->order_done);
	(void)pthread_mutex_unlock(&live->lock);
}

static void take_hints(struct live *live, struct sync_hints *hints)
{
	hints->all_near = live->near_poll;
	near_news_take(&live->near_news, &hints->near);
	hints->far = live->far_news;
	live->far_news = (struct text_list){ .items = NULL };
	live->near_poll = false;
}

/* A new connection, to which NOTIFY was not said. */
static void see_trust(struct live *live, const struct sync_result *result)
{
	if (!live_trust_look(&live->trust, &result->counts))
		return;
	log_line(LOG_VERBOSE,
		 "%s: the server does not tell what it promised to (NOTIFY), so folders are "
		 "watched one by one",
		 live->account->name);
	sync_disconnect(live->sync);
}

/* The directories' stamps decide what has to be listed, whatever was told. */
static void look_anew(struct live *live)
{
	int64_t now = clock_monotonic_ms();
	if (!live->anew && now < live->anew_due)
		return;
	told_doubt(live->near.told, NULL);
	live->anew = false;
	live->anew_due = now + FULL_EVERY_MS;
}

static void run_own(struct live *live)
{
	struct sync_options options = live->options;
	struct sync_hints hints = { .all_near = false };
	struct sync_result result;
	bool full = live->full;
	live->trouble.account = false;
	if (full) {
		look_anew(live);
		forget_news(live);
	} else {
		take_hints(live, &hints);
		options.hints = &hints;
	}
	sync_round(live->sync, &options, &result);
	judge(live, &result, full);
	if (full)
		see_trust(live, &result);
	if (full)
		watch_what_came(live);
	text_list_release(&hints.near);
	text_list_release(&hints.far);
	if (live->events.ended && !atomic_load(&live->cancel))
		live->events.ended(live->events.context, &result, full);
}

void live_round(struct live *live)
{
	(void)pthread_mutex_lock(&live->lock);
	struct live_order *order = live->order;
	(void)pthread_mutex_unlock(&live->lock);
	live_show(live, LIVE_LOOKING, 0, "");
	if (order)
		run_order(live, order);
	else
		run_own(live);
	if (live->trouble.account)
		sync_disconnect(live->sync);
}
