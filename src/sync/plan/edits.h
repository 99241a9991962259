/* Files of the base that have another content now: the new versions among a folder's new files.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_EDITS_H
#define NAVETTE_SYNC_PLAN_EDITS_H

#include "sync/observe/changes.h"

/* One of them, by its index in near_changes.added. */
struct edit {
	uint32_t uid;
	size_t index;
};

/* Ascending by UID, each UID once. */
struct edit_list {
	struct edit *items;
	size_t count;
	size_t next; /* edit_list_take() comes past each once */
};

struct edit_list edit_list_of(const struct near_changes *changes);
/* The index of UID's new version; SIZE_MAX: there is none. The UIDs of the calls must ascend. */
size_t edit_list_take(struct edit_list *list, uint32_t uid);
void edit_list_release(struct edit_list *list);

#endif
