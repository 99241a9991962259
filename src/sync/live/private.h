/* What the files of an account that is watched share. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_PRIVATE_H
#define NAVETTE_SYNC_LIVE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/live/far_watches.h"
#include "sync/live/live.h"
#include "sync/live/near_news.h"
#include "sync/live/near_watch.h"
#include "sync/live/places.h"
#include "sync/live/trust.h"

/* A run that somebody else waits for. */
struct live_order {
	const struct sync_options *options;
	const struct sync_events *events;
	void (*begins)(void *context);
	struct sync_result *result;
	bool refused;
	bool done;
};

/* How the account fares. */
struct live_trouble {
	unsigned int failures;   /* rounds in a row that failed */
	int64_t since;           /* when the first of them ended; seconds since the epoch */
	bool account;            /* the round that goes on failed as a whole: */
	struct error error;      /* by this */
	bool was_live;           /* it had a success before */
	struct text_list told;   /* what the user was told and is still so */
	unsigned int unsettled;  /* rounds in a row that had to look again */
	unsigned int short_ones; /* connections in a row that broke soon */
};

struct live {
	const struct config_account *account;
	struct live_events events;
	struct sync_options options; /* of a round of its own */
	struct sync *sync;
	atomic_bool cancel;
	int wake; /* an eventfd: readable when there is a request, an order, or it is to stop */

	pthread_mutex_t lock; /* over the next three */
	struct live_view view;
	unsigned int requests;
	struct live_order *order;
	pthread_cond_t order_done;

	/* Of its own thread alone. */
	struct live_order *current; /* the order whose round goes on */
	struct live_places places;
	struct near_watch near;
	struct near_news near_news;
	struct far_watches far;
	struct text_list far_news; /* folders in which something changed on the server */
	struct live_trouble trouble;
	struct live_trust trust;
	bool full;         /* the next round is to look at all */
	bool anew;         /* ... and not to rely on what inotify told of it */
	bool near_poll;    /* ... at all here */
	int64_t full_due;  /* by clock_monotonic_ms() */
	int64_t anew_due;  /* likewise */
	int64_t near_due;  /* likewise */
	int64_t listened;  /* when it was last listened to what the server tells; likewise */
	int64_t connected; /* when the watches over the connections began; likewise */
};

/* --- round.c --- */

/* Looks at what is known to have changed, or at all, and judges how that went. */
void live_round(struct live *live);
/* The events of its rounds. */
struct sync_events live_round_events(struct live *live);
/* In how many milliseconds the next try is due after so many failures in a row. */
int64_t live_pause_ms(const struct live_trouble *trouble);

/* --- wait.c --- */

/* Until there is a reason for a round. */
void live_wait(struct live *live);
/* The same for one that failed as a whole: no connection is kept. */
void live_wait_for_better(struct live *live);

/* --- live.c --- */

void live_show(struct live *live, enum live_phase phase, int64_t again, const char *reason);
/* Takes what was asked for from other threads; also empties `wake`. */
unsigned int live_take_requests(struct live *live);
bool live_has_order(struct live *live);

#endif
