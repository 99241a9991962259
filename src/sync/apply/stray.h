/* Stubs in Maildirs that a run does not look at. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_STRAY_H
#define NAVETTE_SYNC_APPLY_STRAY_H

#include "sync/observe/identity_list.h"
#include "sync/run.h"

/* Adds the messages whose stubs stand in folders of the account that have no part in this round or
 * were refused in it, when a stub is to be removed on the server: its file may have moved there,
 * and it is no message that could be kept instead. What cannot be looked at makes the list
 * uncertain. */
void stray_stubs_collect(struct run *run, struct identity_list *list);

#endif
