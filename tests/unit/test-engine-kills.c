/* Runs that are killed at every change that they make, here or on the server: the next finishes,
 * nothing is lost and nothing is there twice. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../faults/faults.h"
#include "engine-scenes.h"

static unsigned int die_and_finish(struct stage *stage, const char *kill)
{
	stage_set(stage);
	bool died = rig_run_to_death(&stage->rig, &stage->options, kill);
	stage_expect_repaired(stage, kill);
	return died;
}

/* Before a change is after the one before it. */
static unsigned int kill_after_changes(struct stage *stage)
{
	unsigned int died = 0;
	for (uint64_t number = 1; number <= stage->changes; number++) {
		char kill[40];
		if (!stage_takes(stage))
			continue;
		(void)snprintf(kill, sizeof kill, "%u:after", (unsigned int)number);
		died += die_and_finish(stage, kill);
	}
	return died;
}

/* Only of bytes there is a half. */
static unsigned int kill_in_halves(struct stage *stage)
{
	static const struct {
		enum fault_kind kind;
		const char *word;
	} kinds[] = { { FAULT_WRITE, "write" },
		      { FAULT_PWRITE, "pwrite" },
		      { FAULT_MDB_META, "mdb-meta" } };
	unsigned int died = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		for (uint64_t number = 1; number <= stage->calls[kinds[i].kind]; number++) {
			char kill[40];
			if (!stage_takes(stage))
				continue;
			(void)snprintf(kill, sizeof kill, "%s:%u:half", kinds[i].word,
				       (unsigned int)number);
			died += die_and_finish(stage, kill);
		}
	}
	return died;
}

static unsigned int kill_at_steps(struct stage *stage, enum world_fault fault)
{
	unsigned int died = 0;
	for (uint64_t step = 1; step <= stage->steps; step++) {
		char harm[40];
		if (!stage_takes(stage))
			continue;
		(void)snprintf(harm, sizeof harm, "killed %s the server's step %u",
			       fault == WORLD_DIES ? "before" : "after", (unsigned int)step);
		stage_set(stage);
		stage->rig.world->fault = fault;
		stage->rig.world->fault_at = step;
		died += rig_run_to_death(&stage->rig, &stage->options, NULL);
		stage_expect_repaired(stage, harm);
	}
	return died;
}

static void kill_everywhere(const struct scene *scene, unsigned int ways)
{
	static struct stage stage;
	stage_begin(&stage, scene, ways);
	unsigned int died = kill_after_changes(&stage) + kill_in_halves(&stage) +
			    kill_at_steps(&stage, WORLD_DIES) +
			    kill_at_steps(&stage, WORLD_DIES_AFTER);
	cr_expect_geq(died, stage.changes / stage_stride(), "%s: only %u were killed", scene->name,
		      died);
	stage_note("kills", died);
	stage_end(&stage);
}

#define KILLS(name)                                            \
	Test(engine_kills, name, .timeout = 600)               \
	{                                                      \
		kill_everywhere(&scene_##name, 0);             \
	}                                                      \
	Test(engine_kills, name##_plain, .timeout = 600)       \
	{                                                      \
		kill_everywhere(&scene_##name, 1 | 2 | 4 | 8); \
	}
SCENES(KILLS)
SCENES_OF_FLAGS(KILLS)
