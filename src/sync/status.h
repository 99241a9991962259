/* What the state tells of an account, without the network. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_STATUS_H
#define NAVETTE_SYNC_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "state/last_run.h"

/* A message that the server failed to give. */
struct sync_status_message {
	uint32_t uid;
	int64_t since, again; /* the first failure; when it is asked for next; seconds since the
				 epoch */
	char *reason;
};

struct sync_status_folder {
	char *name;
	uint32_t messages;                    /* that both sides have */
	uint32_t unread;                      /* of them, as both sides had it */
	uint32_t stubs;                       /* of them, of which only the header is here */
	bool changed_here;                    /* something in the Maildir changed since */
	uint32_t downloads;                   /* recorded, perhaps not in place yet */
	uint32_t uploads;                     /* begun, perhaps not recorded */
	struct sync_status_message *deferred; /* by UID */
	size_t deferred_count, deferred_capacity;
};

/* Release with sync_status_release(). */
struct sync_status {
	char *directory; /* the state's */
	bool running;    /* a run is going on */
	int64_t process; /* which; 0: cannot be known */
	bool last_known; /* whether `last` is set */
	struct state_last_run last;
	bool state_exists;                  /* whether a run has ever got as far as to create it */
	struct text_list beyond;            /* keywords that have no letter here */
	struct sync_status_folder *folders; /* by name */
	size_t folder_count, folder_capacity;
};

/* Reads the state and changes nothing. *status_r is set as far as possible also when it fails: the
 * error says what is wrong with the state, and the way on. Returns 0 or -1. */
int sync_status_read(const struct config_account *account, struct sync_status *status_r,
		     struct error *error);
void sync_status_release(struct sync_status *status);

#endif
