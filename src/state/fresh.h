/* Messages whose files the next run is to look at once: it may find that somebody was still writing
 * them when they were read. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_FRESH_H
#define NAVETTE_STATE_FRESH_H

#include "state/state.h"

/* They stand in a file of their own beside the base, which is not synced: to forget them in a run
 * that has nothing to do must not cost a write of the base. After a power cut they may be lost;
 * then such a file is looked at when its folder is scanned. */

struct state_fresh_entry {
	uint32_t folder, uid;
};

struct state_fresh {
	struct state_fresh_entry *items; /* ascending by folder */
	size_t count, capacity;
};

/* Adds messages of a folder for the next run, unless there are too many already. By any thread.
 * Returns 0 or -1. */
int state_fresh_add(const struct state *state, uint32_t folder, const struct uid_set *uids,
		    struct error *error);
/* What the run before left, into FRESH (zeroed); it is left no more. */
void state_fresh_take(const struct state *state, struct state_fresh *fresh);
/* Adds to UIDS those of the folder. */
void state_fresh_get(const struct state_fresh *fresh, uint32_t folder, struct uid_set *uids);
void state_fresh_release(struct state_fresh *fresh);

#endif
