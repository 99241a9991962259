/* What the server tells by itself, over one session or several. Internal to sync/live.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_FAR_WATCHES_H
#define NAVETTE_SYNC_LIVE_FAR_WATCHES_H

#include <poll.h>

#include "far/watch.h"
#include "sync/live/places.h"
#include "sync/sync.h"

/* Sessions that wait at a time: `connections` is at most 32. */
#define FAR_WATCHES_MAX 32
#define FAR_ADDRESS_SIZE 128

/* Start zeroed. */
struct far_watches {
	struct far_watch *items[FAR_WATCHES_MAX];
	size_t count;
	char address[FAR_ADDRESS_SIZE]; /* ours, of the first of them; "": unknown */
	bool lost;                      /* they are of no use any more, as somebody found out */
};

/* Has the account's sessions wait: one for all mailboxes where the server can do that and ALL is
 * wanted, else one for
 * each of those that are to be watched, as many as there may be. Returns 0, or -1: there is no
 * connection. */
int far_watches_begin(struct far_watches *watches, struct sync *sync,
		      const struct config_account *account, const struct live_places *places,
		      bool all, struct error *error);
/* Adds their descriptors to POLLS, which has room for FAR_WATCHES_MAX. Returns how many. */
size_t far_watches_polls(const struct far_watches *watches, struct pollfd *polls);
/* By clock_monotonic_ms(), when they are to be read also without news; INT64_MIN: now. */
int64_t far_watches_due(const struct far_watches *watches);
/* Reads what there is. Returns 0, or -1: a connection failed. */
int far_watches_read(struct far_watches *watches, far_event_function *see, void *context,
		     struct error *error);
/* How often, in seconds, all should be looked at for what is not told; 0: all is told. */
unsigned int far_watches_look_every(const struct far_watches *watches, unsigned int poll);
/* Whether this machine would no longer reach the server from the address that it did. */
bool far_watches_are_elsewhere(const struct far_watches *watches);
/* The sessions are good for other work again. Returns 0, or -1: a connection failed. */
int far_watches_end(struct far_watches *watches, struct error *error);

#endif
