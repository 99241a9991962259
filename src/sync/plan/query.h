/* What a plan means for its folder as a whole. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_QUERY_H
#define NAVETTE_SYNC_PLAN_QUERY_H

#include <stdbool.h>

struct sync_folder;

/* Sums up what the plan leaves out. */
void sync_folder_note_withheld(struct sync_folder *folder);
/* A folder that is to be removed because the other side removed it, but that holds mail which the
 * other side never had, is created there again instead, with that mail. */
void sync_folder_settle(struct sync_folder *folder);
/* Whether anything is to be done but to remove messages. */
bool sync_folder_has_transfers(const struct sync_folder *folder);
/* Whether apply will talk to the server. */
bool sync_folder_needs_server(const struct sync_folder *folder);
/* Whether apply will change anything on the server. */
bool sync_folder_writes_far(const struct sync_folder *folder);
/* Counts what apply would do: for a dry run. */
void sync_folder_count_plan(struct sync_folder *folder);

#endif
