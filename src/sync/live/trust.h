/* Whether a server keeps what it promises by NOTIFY: some say OK and never tell anything. Internal
 * to sync/live. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_LIVE_TRUST_H
#define NAVETTE_SYNC_LIVE_TRUST_H

#include <stdbool.h>

#include "far/watch.h"
#include "sync/sync.h"

/* Start zeroed. */
struct live_trust {
	bool promised;       /* since the last look all should have been told of */
	bool told;           /* and something was */
	unsigned int misses; /* looks in a row that found what had not been told */
	bool lost;           /* each mailbox is watched by itself from now on */
};

/* A wait begins, in which the server is to tell of REACH. */
void live_trust_wait(struct live_trust *trust, enum far_watch_reach reach);
/* The connection broke, or the server said that something may have been missed. */
void live_trust_excuse(struct live_trust *trust);
/* The server told of a mailbox. */
void live_trust_hear(struct live_trust *trust);
/* A look at all has ended, and did this. Returns whether the server is found out by it. */
bool live_trust_look(struct live_trust *trust, const struct sync_counts *counts);

#endif
