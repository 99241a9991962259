/* The folders that the user chose on the command line. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_CHOICE_H
#define NAVETTE_SYNC_FOLDERS_CHOICE_H

#include "sync/sync.h"

struct choice {
	const struct sync_options *options;
	struct pattern **patterns; /* one for each of the options' folders; NULL: only a name */
};

void choice_begin(struct choice *choice, const struct sync_options *options);
void choice_end(struct choice *choice);
/* Whether only some were chosen. */
bool choice_is_partial(const struct sync_options *options);
/* Whether the folder is among them: its channel, its name on either side, or a pattern that matches
 * one of these. */
bool choice_takes(const struct choice *choice, const struct folder_view *folder);
/* Whether each of them is something: a name that no folder has, or only one that no channel takes,
 * is ERROR_CONFIG with the nearest name. Returns 0 or -1. */
int choice_check(const struct choice *choice, const struct folder_table *table,
		 const struct config_account *account, struct error *error);

#endif
