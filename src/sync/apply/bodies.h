/* Messages come from the server into tmp/, and are made durable in batches: new ones, and those
 * that take the place of stubs. One that the server fails to give is named and remembered, and
 * holds up no other. Internal to apply. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_BODIES_H
#define NAVETTE_SYNC_APPLY_BODIES_H

#include <stdbool.h>

#include "base/error.h"
#include "far/far.h"
#include "maildir/delivery.h"

struct sync_folder;

/* Who wants them. */
struct body_taker {
	bool headers_only; /* they come as stubs */
	bool with_flags;   /* without which they are of no use */
	void *context;
	/* A message lies in tmp/, whole; but it need not be durable. DELIVERED's text becomes the
	 * taker's. */
	int (*take)(void *context, const struct far_message *message,
		    const struct maildir_delivered *delivered, struct error *error);
	/* Makes durable what was taken since the last time, and puts it in place. After a failure
	 * it is called once more at the end, so that what came does not come in vain. */
	int (*commit)(void *context, struct error *error);
};

/* Fetches UIDS. 0: all that can be had now was taken and committed. -1: the folder cannot go on;
 * what came before was committed, where that is possible. */
int sync_bodies_fetch(struct sync_folder *folder, struct far_session *session,
		      const struct uid_set *uids, const struct body_taker *taker,
		      struct error *error);

/* The same in two steps: in the first they are asked for, and TAKER is copied; its `take` may be
 * called whenever something is waited for, `commit` only in the second step. What was begun first
 * is finished first. */
struct bodies;
struct bodies *sync_bodies_begin(struct sync_folder *folder, struct far_session *session,
				 const struct uid_set *uids, const struct body_taker *taker);
/* Whether nothing is left to be asked for, so that other folders may follow. */
bool sync_bodies_are_sent(const struct bodies *bodies);
int sync_bodies_finish(struct bodies **bodies, struct error *error);

#endif
