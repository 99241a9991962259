/* What to do with each folder. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_FOLDER_PLAN_H
#define NAVETTE_SYNC_FOLDERS_FOLDER_PLAN_H

#include <stdbool.h>

#include "sync/folders/folder_table.h"

/* What holds for all folders of a run, besides the rules of each one's channel. */
struct folder_plan_options {
	bool force_delete;   /* removals are followed */
	bool restore;        /* what one side lost is created again */
	bool near_uncertain; /* what is not seen near may be there all the same */
	bool far_uncertain;  /* likewise */
};

/* Sorts the table, and sets every folder's action and has_children. A folder that one side lost and
 * of which the base has messages is removed on the other only by rule or force, and by rule only up
 * to max_delete. */
void folder_plan_make(struct folder_table *table, const struct folder_plan_options *options);

/* Whether the rules let anything of a folder come to SIDE. */
bool folder_plan_may_create(const struct config_rules *rules, enum config_sides side);
/* Whether the rules let all of a folder go from SIDE for good, when the other side removed it. */
bool folder_plan_may_remove(const struct config_rules *rules, enum config_sides side);

/* A root under which no folder is left that the base has messages of, or NULL: it is more likely
 * unmounted than emptied. The roots are those of the account's channels. */
const char *folder_plan_lost_root(const struct folder_table *table,
				  const struct config_account *account);
/* The same of the server. */
bool folder_plan_far_is_lost(const struct folder_table *table);

#endif
