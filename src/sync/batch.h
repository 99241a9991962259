/* How much is done at once. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_BATCH_H
#define NAVETTE_SYNC_BATCH_H

#include "base/uid_set.h"

/* Messages that become durable together: one sync of the disk and one transaction for all of them.
 * Large enough to make these cheap, small enough that a crash repeats little. As text such a set is
 * below 8 kB. */
#define SYNC_BATCH_MESSAGES 500

/* Moves up to MESSAGES of the lowest UIDs of SET into PART (cleared first). False when SET was
 * empty. */
bool sync_batch_take(struct uid_set *set, uint32_t messages, struct uid_set *part);

#endif
