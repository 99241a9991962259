/* The mailbox of a folder. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_MAILBOX_H
#define NAVETTE_SYNC_OBSERVE_MAILBOX_H

#include "far/far.h"

struct sync_folder;

/* The mailbox that operations of the far side are about: the one that the gather saw. The name is
 * borrowed. */
struct far_mailbox sync_folder_mailbox(const struct sync_folder *folder);
/* Where an earlier run may have been stopped in the middle of its uploads just now: waits until the
 * server has stored what it still had of them. */
int sync_folder_wait_for_stragglers(const struct sync_folder *folder, struct far_session *session,
				    struct error *error);

#endif
