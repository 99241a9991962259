/* What an interrupted run left is finished first. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_RECOVER_H
#define NAVETTE_SYNC_APPLY_RECOVER_H

#include "base/error.h"

struct sync_folder;

/* Completes downloads that an interrupted run recorded and did not rename into place, and removes
 * its temporary files. Returns 0 or -1. */
int sync_folder_recover(struct sync_folder *folder, struct error *error);
/* Finishes what an interrupted run began of taking messages out of the window (expire.c). */
int sync_folder_recover_expiring(struct sync_folder *folder, struct error *error);

#endif
