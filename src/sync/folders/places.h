/* Which folder stands in which directory, so that no two share one. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_PLACES_H
#define NAVETTE_SYNC_FOLDERS_PLACES_H

#include <sys/types.h>

/* A tree of tsearch(3). Start zeroed. */
struct places {
	void *tree;
};

/* Takes the directory for FOLDER, whose name outlives the table. Returns the name of the folder
 * that has it already, or NULL when it is FOLDER's now or was so before. */
const char *places_claim(struct places *places, dev_t device, ino_t inode, const char *folder);
/* FOLDER gives up the directory, which is removed: another may get its inode. */
void places_leave(struct places *places, dev_t device, ino_t inode, const char *folder);
void places_release(struct places *places);

#endif
