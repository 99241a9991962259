/* How a folder ended in a run. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_ENDING_H
#define NAVETTE_SYNC_ENDING_H

#include "sync/sync.h"

/* `failed` is under the context's lock, as several threads may find that a message fails; the rest
 * is set by the thread that has the folder last (outcome.c). */
struct folder_ending {
	bool failed;     /* some message failed; told already */
	bool ended;      /* reported: nothing more to do in this run */
	bool left_alone; /* it ended before its files were looked at: fetch wants none of them */
	struct error *deferral; /* it ended by this, and may fare better in another round */
	enum sync_folder_outcome outcome; /* once it has ended, and was not put off */
};

#endif
