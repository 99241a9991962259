/* Scenes: both sides with something for one run to do. What comes of it without harm is what has to
 * come of it when the run is killed, or fails, anywhere. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_TESTS_ENGINE_SCENES_H
#define NAVETTE_TESTS_ENGINE_SCENES_H

#include "engine-rig.h"

/* X(name): each is a struct scene scene_NAME. */
#define SCENES(X)      \
	X(first)       \
	X(download)    \
	X(upload)      \
	X(both)        \
	X(flags)       \
	X(removal)     \
	X(moves)       \
	X(carried)     \
	X(arrivals)    \
	X(edits)       \
	X(folders)     \
	X(trash)       \
	X(trashed)     \
	X(stubs)       \
	X(window)      \
	X(renumbered)  \
	X(named_near)  \
	X(named_far)   \
	X(named_apart) \
	X(named_anew)  \
	X(all)

/* Of which flags are lost where a file cannot be read, so that nobody knows what it was. */
#define SCENES_OF_FLAGS(X) \
	X(refiled)         \
	X(flagged)         \
	X(everything)

struct scene {
	const char *name;
	const char *rules;            /* beside those of all scenes */
	const char *new_rules;        /* of the run; NULL: the same */
	void (*set)(struct rig *rig); /* what the sides agreed on; NULL: nothing */
	void (*act)(struct rig *rig); /* what there is to do now */
	int runs;                     /* until all is done; 0: one */
};
#define SCENE_DECLARE(name) extern const struct scene scene_##name;
SCENES(SCENE_DECLARE)
SCENES_OF_FLAGS(SCENE_DECLARE)
#undef SCENE_DECLARE

/* A scene on a server of some kind, and what comes of it. */
struct stage {
	struct rig rig;
	const struct scene *scene;
	struct world_ways ways;
	struct sync_options options;
	char *near, *far; /* as they are after a run without harm */
	uint64_t steps;   /* of the server, that such a run takes */
	uint64_t changes; /* near, likewise */
	uint64_t calls[64];
	uint64_t turn; /* see stage_takes() */
};

/* Plays the scene without harm. The ways are a bit each of: without modseq, without UIDs, without
 * moves, with replace; with modseqs the server has names for contents too. */
void stage_begin(struct stage *stage, const struct scene *scene, unsigned int ways);
void stage_end(struct stage *stage);
/* Whether the next of the places to do harm at is one to take: each, or with NAVETTE_STRIDE every
 * so many-th, and others in each scene. */
bool stage_takes(struct stage *stage);
uint64_t stage_stride(void);
/* The scene anew, up to the run; the server's steps count from 0. */
void stage_set(struct stage *stage);
/* Runs to the end, and all must be as without harm, with nothing left over or to do. HARM: what was
 * done, for the message. */
void stage_expect_repaired(struct stage *stage, const char *harm);
/* Adds it to what the check sums up. */
void stage_note(const char *word, uint64_t number);

#endif
