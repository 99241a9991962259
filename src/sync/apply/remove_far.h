/* Messages that leave the mailbox. Internal to apply. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_REMOVE_FAR_H
#define NAVETTE_SYNC_APPLY_REMOVE_FAR_H

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* Removes UIDS from the mailbox. Those that are not surely gone afterwards leave UIDS: the base
 * keeps them, and the next run tries again. Returns 0 or -1. */
int sync_remove_from_mailbox(struct sync_folder *folder, struct far_session *session,
			     struct uid_set *uids, struct error *error);
/* Makes LEFT those of UIDS that the selected mailbox still has, or may have. Returns 0 or -1. */
int sync_find_left(struct far_session *session, const struct uid_set *uids, struct uid_set *left,
		   struct error *error);
/* After a removal: asks which of LEFT are still there; LEFT becomes those, and they are told. */
int sync_settle_removal(struct sync_folder *folder, struct far_session *session,
			struct uid_set *left, struct error *error);

#endif
