/* Whether a folder changed at all since the last run. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_LOOK_H
#define NAVETTE_SYNC_OBSERVE_LOOK_H

#include <stdbool.h>

#include "base/error.h"

struct sync_folder;

/* Reads the folder's record, and looks whether anything changed. Returns 0 or -1. */
int sync_folder_look(struct sync_folder *folder, struct error *error);
/* Reads what is known of the folder; one that is not in the base has an empty record. *pending_r:
 * an interrupted run left something to be finished. Returns 0 or -1. */
int sync_folder_load(struct sync_folder *folder, bool *pending_r, struct error *error);
bool sync_folder_has_changed(const struct sync_folder *folder);
/* After the look: whether what an interrupted run left here may be completed (apply/recover.h). */
bool sync_folder_may_recover(const struct sync_folder *folder);
/* Opens the folder's Maildir, if it is not open yet, and fails when it is another folder's too.
 * Returns 0 or -1. */
int sync_folder_open(struct sync_folder *folder, struct error *error);

#endif
