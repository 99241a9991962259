/* How many folders of all accounts may have their directories open before it is their turn: a
 * process has a table of open files. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_EARLY_H
#define NAVETTE_SYNC_EARLY_H

#include <stdbool.h>

/* Whether one more may; then early_leave() is due. Any thread. */
bool early_enter(void);
void early_leave(void);

#endif
