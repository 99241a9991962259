/* Gather: which messages the window of a folder holds. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_GATHER_WINDOW_H
#define NAVETTE_SYNC_OBSERVE_GATHER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* The searches go out with the listing; FLAGS_UNKNOWN: the listing will not tell the flags of new
 * messages. */
void sync_window_send(struct sync_folder *folder, struct far_session *session, bool flags_unknown);
/* The listing told the flags of a message. */
void sync_window_see(struct sync_folder *folder, uint32_t uid, uint32_t flags);
/* FLAGS_UNKNOWN: the listing did not tell them, after all. */
int sync_window_finish(struct sync_folder *folder, struct far_session *session, bool flags_unknown,
		       struct error *error);
/* Searches anew, for the mailbox as a whole. */
void sync_window_restart(struct sync_folder *folder, struct far_session *session,
			 bool flags_unknown);
/* Adds to the window those of UIDS (NULL: all from FIRST on) that it holds, by the dates, sizes and
 * flags that the messages have (gather_measure.c). Returns 0 or -1. */
int sync_window_measure(struct sync_folder *folder, struct far_session *session,
			const struct uid_set *uids, uint32_t first, struct error *error);
/* Waits for searches that nobody needs any more. */
void sync_window_drop(struct sync_folder *folder, struct far_session *session);
/* When both sides' changes are known: asks about messages that their flags do not keep any more. */
int sync_window_ask_again(struct sync_folder *folder, struct far_session *session,
			  struct error *error);

#endif
