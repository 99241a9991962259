/* An account of the rig that stays open and is watched, as `watch` does it: each run is a round.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_LIVE_H
#define NAVETTE_TESTS_ENGINE_LIVE_H

#include "engine-rig.h"

struct rig_live;

/* All further runs of RIG are rounds of it: over all, or when HINTED over what inotify told, and
 * over all mailboxes of the server that are in FAR. */
void rig_live_begin(struct rig *rig);
void rig_live_end(struct rig *rig);
/* What it has open is closed, and what was told is forgotten: the next round is as after a
 * restart. But it goes on watching, for to end that takes the kernel long. */
void rig_live_close(struct rig *rig);
/* What the next rounds are. */
void rig_live_hint(struct rig *rig, bool hinted, const char *const *far, size_t far_count);
/* One round; for rig_run(). */
void rig_live_round(struct rig *rig, const struct sync_options *options,
		    const struct sync_events *events);
/* So many entries of directories were read in the last round; those above Maildirs are always read.
 */
unsigned int rig_live_entries(const struct rig *rig);
/* Whether inotify told of a file that the base does not know. */
bool rig_live_has_news(struct rig *rig);

#endif
