/* Releasing change lists. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/changes.h"

#include <stdlib.h>
#include <string.h>

void near_changes_release(struct near_changes *changes)
{
	for (size_t i = 0; i < changes->added_count; i++)
		free(changes->added[i].name);
	for (size_t i = 0; i < changes->changed_count; i++)
		free(changes->changed[i].name);
	free(changes->added);
	free(changes->changed);
	uid_set_release(&changes->removed);
	uid_set_release(&changes->renamed);
	memset(changes, 0, sizeof *changes);
}

void far_changes_release(struct far_changes *changes)
{
	uid_set_release(&changes->added);
	uid_set_release(&changes->removed);
	uid_set_release(&changes->outside_removed);
	free(changes->changed);
	free(changes->identified);
	memset(changes, 0, sizeof *changes);
}
