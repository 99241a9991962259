/* What gather learns of the near side of a folder. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_NEAR_OBSERVATION_H
#define NAVETTE_SYNC_OBSERVE_NEAR_OBSERVATION_H

#include <stdbool.h>

#include "mail/name_digest.h"
#include "maildir/folder.h"
#include "sync/observe/changes.h"

struct near_observation {
	bool changed; /* something may have changed there since the last run */
	bool scanned; /* ... in a scan that was stable; then the next two stand for it */
	struct maildir_fingerprint fingerprint;
	struct name_digest names;
	uint32_t letters; /* that stood in names, as bits, whatever they mean */
	struct near_changes changes;
};
void near_observation_release(struct near_observation *near);

#endif
