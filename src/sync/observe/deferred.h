/* Messages that the server fails to give, each time or at times: each is remembered, named, and
 * asked for again later and by itself, so that neither the rest of its folder nor each run pays for
 * it. So are those of which only the header is here, when the whole is wanted. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_DEFERRED_H
#define NAVETTE_SYNC_OBSERVE_DEFERRED_H

#include <stdint.h>

#include "base/error.h"
#include "mail/uid_set.h"

struct far_session;
struct state_transaction;
struct sync_folder;

/* What the state knows of a folder's. */
struct sync_deferred {
	struct uid_set waiting; /* their time has not come: left out, and not asked for */
	struct uid_set due;     /* they are asked for in this run, one by one and last */
	struct uid_set ending;  /* those of them that may end the connection */
};
void sync_deferred_release(struct sync_deferred *deferred);

/* How a message failed. */
enum sync_failure {
	SYNC_FAILURE_REFUSED, /* the server said so, or gave something else: that is cheap, and may
				 pass soon */
	SYNC_FAILURE_BYE,     /* it ended the connection with a BYE */
	SYNC_FAILURE_BROKE    /* the connection broke: perhaps for another reason */
};

/* When a message of COUNT failures in a row, since SINCE, the last of them at NOW, is asked for
 * again (seconds since the epoch). One that was refused waits for as long again as it has failed;
 * one that cost as many connections as it takes to be sure of the reason, for a day; nothing for
 * longer than that. NOW or less: at the next occasion. Pure. */
int64_t sync_deferred_again(enum sync_failure failure, uint32_t count, int64_t since, int64_t now);

/* Reads the folder's, and tells of those that this run, in an earlier round, has put off. Returns 0
 * or -1. */
int sync_deferred_load(struct sync_folder *folder, struct state_transaction *transaction,
		       struct error *error);
/* The UIDs are void. */
void sync_deferred_forget(struct sync_folder *folder);
/* When the plan stands: what waits is left out of it, what is due comes in. */
void sync_deferred_plan(struct sync_folder *folder);
/* At the begin of apply: forgets those that the folder does not have any more. Returns 0 or -1. */
int sync_deferred_settle(struct state_transaction *transaction, const struct sync_folder *folder,
			 struct error *error);
/* UIDS came, or are gone: they are no trouble any more. Returns 0 or -1. */
int sync_deferred_remove(struct state_transaction *transaction, const struct sync_folder *folder,
			 const struct uid_set *uids, struct error *error);

/* Each of UIDS failed in the words of REASON, which is told by the caller. May be called by several
 * threads. Returns 0 or -1. */
int sync_deferred_note(struct sync_folder *folder, const struct uid_set *uids,
		       enum sync_failure failure, const char *reason, struct error *error);
/* A FETCH of ASKED, of which CAME came, ended by ERROR: when the connection went with it, the first
 * that did not come may be the reason, for servers answer in order. */
void sync_deferred_blame(struct sync_folder *folder, const struct far_session *session,
			 const struct uid_set *asked, const struct uid_set *came,
			 const struct error *error);

#endif
