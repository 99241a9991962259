/* An account that is kept the same on both sides as things happen: rounds, and between them a wait
 * for what either side tells. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_LIVE_H
#define NAVETTE_SYNC_LIVE_LIVE_H

#include "sync/sync.h"

enum live_phase {
	LIVE_LOOKING,  /* a round goes on */
	LIVE_WATCHING, /* all is the same; whatever changes is noticed */
	LIVE_WAITING   /* something is in the way: tried again later */
};

/* How an account is. */
struct live_view {
	enum live_phase phase;
	int64_t since;  /* when the phase began; seconds since the epoch, as all that follow */
	int64_t looked; /* when both sides were looked at as a whole last, with success; 0 */
	int64_t again;  /* LIVE_WAITING: when the next try is due */
	int64_t waiting_from;         /* LIVE_WAITING: since when nothing succeeded */
	uint64_t rounds;              /* that have ended */
	bool looked_once;             /* the first look has ended, with or without success */
	char reason[ERROR_TEXT_SIZE]; /* LIVE_WAITING: a sentence */
};

/* Called from the account's thread. Members may be NULL. */
struct live_events {
	struct sync_events sync; /* of its rounds; `listed` and `unsettled` are not passed on */
	void *context;
	/* A round is to begin; not before each, but where nothing is known of the account yet. */
	void (*begins)(void *context);
	/* One has ended. FULL: all was looked at. */
	void (*ended)(void *context, const struct sync_result *result, bool full);
	/* The account is in another phase now, or knows more of it. */
	void (*phase)(void *context, const struct live_view *view);
};

struct live;

/* ACCOUNT is borrowed, EVENTS copied. FAR as in sync_options; may be NULL. Never NULL. */
struct live *live_create(const struct config_account *account, const struct live_events *events,
			 struct far_side *far);
/* Keeps both sides the same until live_stop(). */
void live_run(struct live *live);
/* NULL and *live == NULL are allowed. Not while it runs. */
void live_destroy(struct live **live);

/* --- From any thread, while it runs --- */

/* Lets it end in order within a second or so; what was begun is recorded. May be called by a
 * signal's handler. */
void live_stop(struct live *live);

enum live_request {
	LIVE_REQUEST_LOOK = 1 << 0,    /* look at all now */
	LIVE_REQUEST_NETWORK = 1 << 1, /* the network changed: what waits for it tries again */
	LIVE_REQUEST_RESUMED = 1 << 2  /* the machine slept: connections are of no use */
};
void live_ask(struct live *live, enum live_request request);
/* How it is now. */
void live_see(struct live *live, struct live_view *view_r);

/* A run that somebody else wants, as sync_account() would do it; before it BEGINS is called, with
 * the context of EVENTS. Waits until it is done. False: it cannot be done, because the account is
 * being stopped. */
bool live_sync(struct live *live, const struct sync_options *options,
	       const struct sync_events *events, void (*begins)(void *context),
	       struct sync_result *result_r);

#endif
