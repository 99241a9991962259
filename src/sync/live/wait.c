/* The wait between two rounds of an account that is watched. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sync/live/between.h"
#include "sync/live/private.h"
#include "sync/observe/marks.h"

/* Readers change many files at a time: such a batch is one round when nothing comes for so long, or
 * it has lasted for so long. */
#define QUIET_MS 50
#define SETTLE_MAX_MS 1000
/* A connection that breaks sooner than that is not made anew at once, again and again. */
#define SHORT_LIFE_MS 60000
#define SHORT_LIVES_AT_ONCE 2

/* Where there is always something to do here, what the server tells is listened to at least that
 * often, and for so long. */
#define LISTEN_EVERY_MS 2000
#define LISTEN_MS 100

enum { POLL_WAKE, POLL_NEAR, POLL_FAR, POLL_COUNT = POLL_FAR + FAR_WATCHES_MAX };

/* --- What comes --- */

/* Whether the base has the mailbox like that already: by our own changes, or by a look since. */
static bool is_known(const struct live *live, const char *folder, const struct far_marks *marks)
{
	struct state_transaction *transaction;
	struct state_folder record = { .name = NULL };
	if (!far_marks_known(marks) || sync_read_begin(live->sync, &transaction, NULL) != 0 ||
	    !transaction)
		return false;
	bool known = false;
	if (state_folder_get(transaction, folder, &record, NULL) > 0) {
		const struct far_marks noted = far_marks_of_record(&record);
		known = far_marks_equal(&noted, marks);
	}
	state_folder_release(&record);
	state_read_end(&transaction);
	return known;
}

static int take_far_event(void *context, const struct far_event *event, struct error *error)
{
	struct live *live = context;
	const struct live_place *place =
		event->mailbox ? live_places_find_mailbox(&live->places, event->mailbox) : NULL;
	(void)error; /* nothing fails */
	if (event->mailbox)
		live_trust_hear(&live->trust);
	else
		live_trust_excuse(&live->trust);
	if (!place || event->kinds & FAR_EVENT_NAMES) {
		live->full = true;
		return 0;
	}
	if (place->taken && !is_known(live, place->folder, &event->marks) &&
	    !text_list_holds(&live->far_news, place->folder))
		text_list_add(&live->far_news, place->folder);
	return 0;
}

/* What others asked for while we wait with connections. */
static void take_requests(struct live *live)
{
	unsigned int requests = live_take_requests(live);
	if (requests & LIVE_REQUEST_LOOK)
		live->full = live->anew = true;
	if (requests & LIVE_REQUEST_RESUMED ||
	    (requests & LIVE_REQUEST_NETWORK && far_watches_are_elsewhere(&live->far))) {
		log_line(LOG_VERBOSE,
			 "%s: the machine slept or its network changed; connecting anew",
			 live->account->name);
		live->far.lost = true;
		live->full = live->anew = true;
	}
}

static void take_due(struct live *live)
{
	int64_t now = clock_monotonic_ms();
	live->full = live->full || now >= live->full_due;
	live->near_poll = live->near_poll || now >= live->near_due;
}

static void drop_known(struct live *live)
{
	struct state_transaction *transaction;
	if (live->near_news.count == 0 || sync_read_begin(live->sync, &transaction, NULL) != 0 ||
	    !transaction)
		return;
	near_news_drop_known(&live->near_news, transaction);
	state_read_end(&transaction);
}

/* --- Waiting --- */

static int64_t earliest(const struct live *live)
{
	int64_t due = live->full_due < live->near_due ? live->full_due : live->near_due;
	int64_t far = far_watches_due(&live->far);
	return far < due ? far : due;
}

static int wait_ms(int64_t due)
{
	int64_t now = clock_monotonic_ms();
	if (due <= now) /* which may be as small as there is */
		return 0;
	return due - now < INT_MAX ? (int)(due - now) : INT_MAX;
}

static bool has_reason(struct live *live)
{
	return atomic_load(&live->cancel) || live->full || live->near_poll || live->near_news.all ||
	       live->near_news.tree || live->near_news.count > 0 || live->far_news.count > 0 ||
	       live_has_order(live);
}

/* More of the same is mostly on its way. What the server tells does not wait for that. */
static void settle(struct live *live)
{
	int64_t end = clock_monotonic_ms() + SETTLE_MAX_MS;
	struct pollfd polls[2 + FAR_WATCHES_MAX] = {
		{ .fd = live->wake, .events = POLLIN },
		{ .fd = maildir_watch_descriptor(live->near.maildirs), .events = POLLIN }
	};
	size_t count = 2 + far_watches_polls(&live->far, &polls[2]);
	while (clock_monotonic_ms() < end) {
		int ready = poll(polls, (nfds_t)count, QUIET_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0 || polls[1].revents == 0)
			return; /* it is quiet, or something else wants to be done */
		near_watch_read(&live->near);
	}
}

static void take_near(struct live *live)
{
	near_watch_read(&live->near);
	if (near_news_is_empty(&live->near_news))
		return;
	settle(live);
	drop_known(live);
	if (live->near_news.tree || live->near_news.all)
		live->full = true;
}

/* Waits for MILLISECONDS at most; -1: as long as nothing is due. Returns 0, or -1: a connection
 * failed. */
static int wait_once(struct live *live, int milliseconds, struct error *error)
{
	struct pollfd polls[POLL_COUNT] = {
		[POLL_WAKE] = { .fd = live->wake, .events = POLLIN },
		[POLL_NEAR] = { .fd = maildir_watch_descriptor(live->near.maildirs),
				.events = POLLIN },
	};
	size_t far = far_watches_polls(&live->far, &polls[POLL_FAR]);
	int due = wait_ms(earliest(live));
	int ready = poll(polls, (nfds_t)(POLL_FAR + far),
			 milliseconds >= 0 && milliseconds < due ? milliseconds : due);
	live->listened = clock_monotonic_ms();
	if (ready < 0)
		return 0; /* a signal, or too little memory: we look again */
	if (polls[POLL_WAKE].revents != 0)
		take_requests(live);
	if (polls[POLL_NEAR].revents != 0)
		take_near(live);
	take_due(live);
	return live->far.lost ? 0 : far_watches_read(&live->far, take_far_event, live, error);
}

/* How often it has to be looked for what nobody tells. */
static void set_dues(struct live *live)
{
	int64_t now = clock_monotonic_ms();
	unsigned int far = far_watches_look_every(&live->far, live->account->watch.poll);
	if (far > 0 && now + (int64_t)far * 1000 < live->full_due)
		live->full_due = now + (int64_t)far * 1000;
	/* Nobody tells of tags. */
	live->near_due = live->near.reach == MAILDIR_WATCH_ALL && !sync_has_tags(live->account)
				 ? INT64_MAX
				 : now + (int64_t)live->account->watch.poll * 1000;
}

/* --- A connection that broke --- */

/* Many servers end what waits for long, and none is asked why: a new one is made at once, unless
 * those break as soon as they are there. */
static void lose(struct live *live, const struct error *error)
{
	struct live_trouble *trouble = &live->trouble;
	bool is_short = clock_monotonic_ms() - live->connected < SHORT_LIFE_MS;
	log_line(LOG_VERBOSE, "%s: %s", live->account->name, error->text);
	trouble->short_ones = is_short ? trouble->short_ones + 1 : 0;
	sync_disconnect(live->sync);
	live_trust_excuse(&live->trust);
	live->full = live->anew = true;
	if (trouble->short_ones <= SHORT_LIVES_AT_ONCE)
		return;
	trouble->error = *error;
	trouble->failures = trouble->short_ones - SHORT_LIVES_AT_ONCE;
	trouble->since = clock_real_ns() / 1000000000;
	live_wait_for_better(live);
}

/* --- The whole --- */

/* What came while the round went on. */
static void take_what_came(struct live *live)
{
	near_watch_read(&live->near);
	drop_known(live);
	if (live->near_news.tree || live->near_news.all)
		live->full = true;
}

void live_wait(struct live *live)
{
	struct error error = ERROR_INITIAL;
	int result = 0;
	take_what_came(live);
	bool busy = has_reason(live);
	if (busy && clock_monotonic_ms() - live->listened < LISTEN_EVERY_MS)
		return;
	live->connected = clock_monotonic_ms();
	result = far_watches_begin(&live->far, live->sync, live->account, &live->places,
				   !live->trust.lost, &error);
	if (result == 0)
		live_trust_wait(&live->trust, far_watch_reach(live->far.items[0]));
	set_dues(live);
	if (result == 0)
		live_show(live, LIVE_WATCHING, 0, "");
	if (result == 0 && busy)
		result = wait_once(live, LISTEN_MS, &error);
	while (result == 0 && !has_reason(live))
		result = wait_once(live, -1, &error);
	bool lost = live->far.lost;
	if (far_watches_end(&live->far, result == 0 ? &error : NULL) != 0)
		result = -1;
	if (atomic_load(&live->cancel))
		return;
	if (lost)
		live_trust_excuse(&live->trust);
	if (lost)
		sync_disconnect(live->sync);
	else if (result != 0)
		lose(live, &error);
}

/* Whether things are other than they were: then the next try is worth it at once, and the pauses
 * begin anew. */
static bool take_better(struct live *live)
{
	unsigned int requests = live_take_requests(live);
	if (requests == 0)
		return false;
	log_line(LOG_VERBOSE, "%s: %s; trying again at once", live->account->name,
		 requests & LIVE_REQUEST_LOOK      ? "somebody asked"
		 : requests & LIVE_REQUEST_RESUMED ? "the machine woke up"
						   : "the network changed");
	live->trouble.failures = 0;
	return true;
}

void live_wait_for_better(struct live *live)
{
	int64_t pause = live_pause_ms(&live->trouble);
	int64_t end = clock_monotonic_ms() + pause;
	log_line(LOG_VERBOSE, "%s: trying again in %lld s: %s", live->account->name,
		 (long long)(pause / 1000), live->trouble.error.text);
	live_show(live, LIVE_WAITING, (clock_real_ns() / 1000000 + pause) / 1000,
		  live->trouble.error.text);
	while (!atomic_load(&live->cancel) && !live_has_order(live) && wait_ms(end) > 0) {
		struct pollfd polls[] = { { .fd = live->wake, .events = POLLIN },
					  { .fd = maildir_watch_descriptor(live->near.maildirs),
					    .events = POLLIN } };
		if (poll(polls, 2, wait_ms(end)) <= 0)
			continue;
		/* What changes here meanwhile is found by the look that follows. */
		if (polls[1].revents != 0)
			near_watch_read(&live->near);
		if (polls[0].revents != 0 && take_better(live))
			break;
	}
	live->full = live->anew = true;
}
