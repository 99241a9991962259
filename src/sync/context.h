/* What all folders of a run share. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_CONTEXT_H
#define NAVETTE_SYNC_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "far/far.h"
#include "state/fresh.h"
#include "state/last_run.h"
#include "state/state.h"
#include "sync/folders/places.h"
#include "sync/sync.h"

/* Several threads work on the folders. What is not said to be under the lock, or atomic, changes
 * only between the stages of a run, when one thread is at work. */
struct sync_context {
	const struct config_account *account;
	const struct sync_options *options;
	const struct sync_events *events;
	struct state *state;
	struct state_last_run last_run; /* its problems; under `lock` */
	bool keywords_told;             /* that there are more than letters; under the lock */
	pthread_mutex_t lock;       /* over the events, and the counts and failures of folders */
	struct places places;       /* under the lock: the Maildirs opened in this run */
	atomic_uint blamed;         /* how often a message was found that may end connections */
	atomic_uint suspected;      /* ... or that may have been the reason why one broke */
	atomic_uint_fast64_t bytes; /* of messages moved so far, for progress */
	atomic_uint new_asked;      /* new messages of which the server was asked (gather_new.c) */
	size_t losers;              /* folders of which the far side may have lost something */
	struct state_fresh fresh;   /* what the run before sent */
	int64_t now;                /* when the run began; seconds since the epoch */
};

#endif
