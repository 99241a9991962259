/* Messages that leave the mailbox. Internal to apply. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_REMOVE_FAR_H
#define NAVETTE_SYNC_APPLY_REMOVE_FAR_H

#include "base/error.h"
#include "mail/uid_set.h"

struct far_session;
struct sync_folder;

/* Removes UIDS from the mailbox. Those that are not surely gone afterwards leave UIDS: the base
 * keeps them, and the next run tries again. Returns 0 or -1. */
int sync_remove_from_mailbox(struct sync_folder *folder, struct far_session *session,
			     struct uid_set *uids, struct error *error);
/* Reports those that should have left the mailbox and are there, or may be; none is fine. */
void sync_report_left(struct sync_folder *folder, const struct uid_set *left);

#endif
