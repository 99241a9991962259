/* Removed messages go to a trash folder on the server. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_TRASH_H
#define NAVETTE_SYNC_APPLY_TRASH_H

#include "base/error.h"
#include "mail/uid_set.h"

struct folder_table;
struct far_session;
struct sync_folder;

/* Finds the folder that the rules of FOLDER name: into target.trash. None in the trash itself,
 * from which messages are removed for good. */
void sync_folder_find_trash(struct sync_folder *folder, const struct folder_table *table);
/* Moves UIDS from the folder's mailbox to its trash. Those that are not surely
 * gone afterwards leave UIDS: the next run tries again. Returns 0 or -1. */
int sync_move_to_trash(struct sync_folder *folder, struct far_session *session,
		       struct uid_set *uids, struct error *error);

#endif
