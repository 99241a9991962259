/* What a run tells of itself, and what it leaves in the state, in words.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_STORY_H
#define NAVETTE_TESTS_ENGINE_STORY_H

#include "engine-rig.h"

/* One run; with one connection it is the same each time. Release with story_release(). */
struct story {
	char *progress; /* "FOLDER PHASE DONE/TOTAL" a line, of what is known */
	char *counts;   /* "2 downloaded, 700 bytes_down"; what is 0 is left out */
	char *said;     /* on stderr, and what failed; the rig's directory is "~" */
};
struct story story_run(struct rig *rig, const struct sync_options *options);
void story_release(struct story *story);

/* A run that tells just that. NULL: whatever it tells. */
void story_expect(struct rig *rig, const struct sync_options *options, const char *progress,
		  const char *counts, const char *said);
/* A run that has nothing to do, on either side or in the state. */
void story_expect_nothing(struct rig *rig);

/* The state of a folder: its record in a line, a line for each message, "UID FLAGS PLACE" and what
 * is known of it, and a line for each of its sets that is not empty. The caller's. */
char *story_state(const struct rig *rig, const char *folder);
bool story_state_has(const struct rig *rig, const char *folder, const char *words);
void story_expect_state(const struct rig *rig, const char *folder, const char *expected);

#endif
