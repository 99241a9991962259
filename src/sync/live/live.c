/* An account that is kept the same on both sides as things happen: its loop, and what other threads
 * ask of it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/live/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "sync/live/private.h"

/* Another run may hold the account for as long as its first download takes. */
#define LOCK_WAIT_SECONDS 86400

static int64_t now_seconds(void)
{
	return clock_real_ns() / 1000000000;
}

/* --- Its life --- */

struct live *live_create(const struct config_account *account, const struct live_events *events,
			 struct far_side *far)
{
	struct live *live = memory_allocate(sizeof *live);
	live->account = account;
	live->events = *events;
	live->options = (struct sync_options){ .lock_wait = LOCK_WAIT_SECONDS,
					       .cancel = &live->cancel,
					       .far = far };
	live->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (live->wake < 0 || pthread_mutex_init(&live->lock, NULL) != 0 ||
	    pthread_cond_init(&live->order_done, NULL) != 0)
		memory_fail();
	live->view = (struct live_view){ .phase = LIVE_LOOKING, .since = now_seconds() };
	near_watch_begin(&live->near, account, &live->near_news);
	live->options.told = live->near.told;
	return live;
}

void live_destroy(struct live **live_p)
{
	struct live *live = live_p ? *live_p : NULL;
	if (!live)
		return;
	near_watch_end(&live->near);
	near_news_release(&live->near_news);
	live_places_release(&live->places);
	text_list_release(&live->far_news);
	text_list_release(&live->trouble.told);
	(void)pthread_cond_destroy(&live->order_done);
	(void)pthread_mutex_destroy(&live->lock);
	(void)close(live->wake); /* nothing is lost with it */
	free(live);
	*live_p = NULL;
}

/* --- Its loop --- */

/* Nobody is left waiting for what will not be done. */
static void refuse_order(struct live *live)
{
	(void)pthread_mutex_lock(&live->lock); /* fails only for wrong use, as all of these */
	live->requests = 0;
	if (live->order) {
		live->order->refused = live->order->done = true;
		live->order = NULL;
		(void)pthread_cond_broadcast(&live->order_done);
	}
	(void)pthread_mutex_unlock(&live->lock);
}

void live_run(struct live *live)
{
	struct sync_events events = live_round_events(live);
	live->sync = sync_open(live->account, &live->options, &events);
	live->full = live->anew = true;
	if (live->events.begins)
		live->events.begins(live->events.context);
	while (!atomic_load(&live->cancel)) {
		live_round(live);
		if (atomic_load(&live->cancel))
			break;
		if (live->trouble.account)
			live_wait_for_better(live);
		else
			live_wait(live);
	}
	refuse_order(live);
	sync_close(&live->sync);
}

/* --- From other threads --- */

static void wake(const struct live *live)
{
	const uint64_t one = 1;
	while (write(live->wake, &one, sizeof one) < 0 && errno == EINTR)
		continue; /* a full one is awake */
}

void live_stop(struct live *live)
{
	atomic_store(&live->cancel, true);
	wake(live);
}

void live_ask(struct live *live, enum live_request request)
{
	(void)pthread_mutex_lock(&live->lock);
	live->requests |= request;
	(void)pthread_mutex_unlock(&live->lock);
	wake(live);
}

unsigned int live_take_requests(struct live *live)
{
	uint64_t ignored;
	(void)!read(live->wake, &ignored, sizeof ignored); /* it may be empty */
	(void)pthread_mutex_lock(&live->lock);
	unsigned int requests = live->requests;
	live->requests = 0;
	(void)pthread_mutex_unlock(&live->lock);
	return requests;
}

void live_see(struct live *live, struct live_view *view_r)
{
	(void)pthread_mutex_lock(&live->lock);
	*view_r = live->view;
	(void)pthread_mutex_unlock(&live->lock);
}

bool live_has_order(struct live *live)
{
	(void)pthread_mutex_lock(&live->lock);
	bool has = live->order != NULL;
	(void)pthread_mutex_unlock(&live->lock);
	return has;
}

/* Waits for the turn of ORDER, and for its end. */
static void await_order(struct live *live, struct live_order *order)
{
	(void)pthread_mutex_lock(&live->lock);
	while (live->order && !atomic_load(&live->cancel)) /* they take turns */
		(void)pthread_cond_wait(&live->order_done, &live->lock);
	if (atomic_load(&live->cancel))
		order->refused = order->done = true;
	else
		live->order = order;
	wake(live);
	while (!order->done)
		(void)pthread_cond_wait(&live->order_done, &live->lock);
	(void)pthread_mutex_unlock(&live->lock);
}

bool live_sync(struct live *live, const struct sync_options *options,
	       const struct sync_events *events, void (*begins)(void *context),
	       struct sync_result *result_r)
{
	struct live_order *order = memory_allocate(sizeof *order);
	*order = (struct live_order){
		.options = options, .events = events, .begins = begins, .result = result_r
	};
	await_order(live, order);
	bool done = !order->refused;
	free(order);
	return done;
}

/* --- How it is --- */

void live_show(struct live *live, enum live_phase phase, int64_t again, const char *reason)
{
	struct live_view view;
	(void)pthread_mutex_lock(&live->lock);
	if (live->view.phase != phase)
		live->view.since = now_seconds();
	live->view.phase = phase;
	live->view.again = again;
	live->view.waiting_from = phase == LIVE_WAITING ? live->trouble.since : 0;
	(void)strncpy(live->view.reason, reason, sizeof live->view.reason - 1);
	view = live->view;
	(void)pthread_mutex_unlock(&live->lock);
	if (phase == LIVE_WATCHING)
		log_line(LOG_VERBOSE, "%s: watching", live->account->name);
	if (live->events.phase)
		live->events.phase(live->events.context, &view);
}
