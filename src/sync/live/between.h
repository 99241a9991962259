/* An open account between two rounds: what somebody who waits there needs of it. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_BETWEEN_H
#define NAVETTE_SYNC_LIVE_BETWEEN_H

#include "far/far.h"
#include "state/state.h"
#include "sync/sync.h"

/* One of the sessions that the next round works with, by its number; the first one begins it.
 * Opened when there is none. Borrowed: it may be gone after the next round. Returns 0 or -1. */
int sync_session(struct sync *sync, size_t number, struct far_session **session_r,
		 struct error *error);
/* Closes all sessions and forgets what the server listed: the next round asks anew. */
void sync_disconnect(struct sync *sync);
/* To read the state, which is not held meanwhile. *transaction_r is NULL where no round opened it
 * yet; else end it with state_read_end(). Returns 0 or -1. */
int sync_read_begin(struct sync *sync, struct state_transaction **transaction_r,
		    struct error *error);

#endif
