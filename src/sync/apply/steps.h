/* The steps of apply, each in a file of its own; apply.c calls them. Internal to apply.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_STEPS_H
#define NAVETTE_SYNC_APPLY_STEPS_H

#include "base/error.h"
#include "mail/uid_set.h"

struct operation_list;
struct sync_folder;

struct far_session;

/* All return 0, or -1 when the folder cannot go on. */

int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct far_session *session, struct error *error);
int sync_apply_uploads(struct sync_folder *folder, struct far_session *session,
		       struct error *error);
/* Merged flags, and messages adopted. */
int sync_apply_merges(struct sync_folder *folder, struct far_session *session, struct error *error);
/* The same of operations that are not in the plan: MERGEs. */
int sync_apply_merges_of(struct sync_folder *folder, const struct operation_list *list,
			 struct far_session *session, struct error *error);
/* New messages from files that are here already, when those of all folders that are downloaded have
 * come: what is not as it should be is downloaded (copies.c). */
int sync_apply_copies(struct sync_folder *folder, struct far_session *session, struct error *error);
/* Removals here, and what both sides removed. */
int sync_apply_near_removals(struct sync_folder *folder, struct error *error);
/* Removals on both sides, last of all. */
int sync_apply_removals(struct sync_folder *folder, struct far_session *session,
			struct error *error);
/* Removes the files of messages that leave the window, and leaves them out in the state
 * (expire.c). */
int sync_apply_expiring(struct sync_folder *folder, struct error *error);

#endif
