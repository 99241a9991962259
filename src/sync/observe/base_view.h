/* The base of one folder as the diff and the plan see it. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_SYNC_OBSERVE_BASE_VIEW_H
#define NAVETTE_SYNC_OBSERVE_BASE_VIEW_H

#include "base/error.h"
#include "mail/uid_set.h"
#include "state/state.h"

/* How to look into the base. Two implementations: a read transaction of the state
 * (base_view_of_state()), and an array in the tests. All return 1 found, 0 not found, -1 error;
 * texts in *message_r live until the next call. */
struct base_view {
	void *context;
	int (*by_uid)(void *context, uint32_t uid, struct state_message *message_r,
		      struct error *error);
	int (*by_name)(void *context, const char *base, size_t base_length,
		       struct state_message *message_r, struct error *error);
	/* The message with the smallest UID >= FROM_UID. */
	int (*next)(void *context, uint32_t from_uid, struct state_message *message_r,
		    struct error *error);
	uint32_t count;                   /* of messages */
	uint32_t absent_near, absent_far; /* how many of them are absent on a side */
};

/* One folder of a read transaction; must live as long as the view made of it. */
struct base_view_state {
	struct state_transaction *transaction;
	uint32_t folder;
};
/* Makes the view. Returns 0 or -1. */
int base_view_of_state(struct base_view_state *state, struct base_view *view_r,
		       struct error *error);

/* Adds to MISSING the UIDs of the base that SEEN does not have. Returns 0 or -1. */
int base_view_missing(const struct base_view *base, const struct uid_set *seen,
		      struct uid_set *missing, struct error *error);

/* The view of a base that holds nothing. */
struct base_view base_view_of_nothing(void);

#endif
