/* States as they were before digests had a key. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_OLD_STATE_H
#define NAVETTE_TESTS_ENGINE_OLD_STATE_H

#include "engine-rig.h"
#include "state/state.h"

/* Makes the rig's state one of format 5, whose records have SHA-256 of the files as they are, and
 * no digests of bodies. All files that it knows must be where it says. */
void old_state_make(const struct rig *rig);

/* Makes it one of format 6, in which each folder had a table of keywords of its own: the account's,
 * but in the folder REVERSED the first two letters have each other's, in its records as in its file
 * names. */
void old_state_make_lettered(const struct rig *rig, const char *reversed);

/* What the state has of the file NAME of the folder; the test fails where it has nothing. The texts
 * of the record are not to be used. */
struct state_message old_state_record(const struct rig *rig, const char *folder, const char *name);

#endif
