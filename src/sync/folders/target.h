/* Which folder a run works on, and what becomes of it. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_TARGET_H
#define NAVETTE_SYNC_FOLDERS_TARGET_H

#include <stdbool.h>

#include "sync/folders/folder_table.h"

struct sync_target {
	const struct folder_view *view;
	enum folder_action action; /* the view's, or what gather or the plan made of it */
	char *mailbox;             /* far name; NULL until it is created */
	bool has_trash;            /* what is removed here goes to a trash folder on the server: */
	const struct folder_view *trash; /* this one; NULL: the server does not have it */
};

/* The rules of its channel, which there must be. */
static inline const struct config_rules *sync_target_rules(const struct sync_target *target)
{
	return &target->view->channel->rules;
}

/* Whether the folder leaves one side or both, and the base. */
static inline bool sync_target_goes(const struct sync_target *target)
{
	return target->action == FOLDER_REMOVE_NEAR || target->action == FOLDER_REMOVE_FAR ||
	       target->action == FOLDER_FORGET;
}

#endif
