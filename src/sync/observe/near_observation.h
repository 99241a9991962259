/* What gather learns of the near side of a folder. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_NEAR_OBSERVATION_H
#define NAVETTE_SYNC_OBSERVE_NEAR_OBSERVATION_H

#include <stdbool.h>

#include "mail/name_digest.h"
#include "maildir/folder.h"
#include "sync/observe/changes.h"

struct near_observation {
	bool changed;   /* something may have changed there since the last run */
	bool by_names;  /* only in files that inotify named: no others need to be looked at */
	bool scanned;   /* all were looked at, in a scan that was stable */
	bool named;     /* or just those; likewise */
	bool lists_all; /* the scan came upon no editors' copies */
	struct maildir_fingerprint fingerprint; /* when it was looked at like that */
	uint64_t moment; /* until which what was told was looked at (told.h); 0: nothing was */
	struct name_digest names; /* of all, when all were */
	uint32_t letters;         /* that stood in names, as bits, whatever they mean */
	struct near_changes changes;
};
void near_observation_release(struct near_observation *near);

#endif
