/* How much is done at once. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_BATCH_H
#define NAVETTE_SYNC_APPLY_BATCH_H

/* Messages named in one FETCH: as text such a set is below 8 kB. */
#define SYNC_FETCH_MESSAGES 500

/* Messages that become durable together: one sync of the disk and one transaction for all of them.
 * Large enough to make these cheap, small enough that a crash repeats little and that the disk has
 * work while more comes in. */
#define SYNC_BATCH_MESSAGES 1000
#define SYNC_BATCH_BYTES (32u * 1024 * 1024)

#endif
