/* What a run tells of the files, held against what it made of them. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_FEED_H
#define NAVETTE_TESTS_ENGINE_FEED_H

#include "engine-rig.h"

/* PATHS are the files as they are now. */
void feed_begin(struct text_list *paths, const struct rig *rig);
/* ... as they are after CHANGE, which must fit. */
void feed_take(struct text_list *paths, const struct sync_change *change);
/* That they are just those that are there. Releases them. */
void feed_end(struct text_list *paths, const struct rig *rig);

#endif
