/* A server that says no, or whose connection ends, at each of its steps: the run that meets it does
 * what can be done, and the next does the rest. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine-scenes.h"

static const struct {
	enum world_fault fault;
	const char *word;
} harms[] = { { WORLD_REFUSES, "refused at" },
	      { WORLD_BREAKS, "connection broken before" },
	      { WORLD_BREAKS_AFTER, "connection broken after" } };

/* A run that is content has done all. */
static void expect_honest(struct stage *stage, const char *harm)
{
	if (stage->rig.result.worst != ERROR_NONE) {
		cr_assert(stage->rig.failures[0] != '\0', "%s, %s: nothing is told",
			  stage->scene->name, harm);
		return;
	}
	if (stage->scene->runs > 1)
		return;
	char *far = rig_far(&stage->rig);
	cr_assert_str_eq(far, stage->far, "%s, %s: it says that all is well, but far is\n%s",
			 stage->scene->name, harm, far);
	free(far);
}

static void harm_everywhere(const struct scene *scene, unsigned int ways)
{
	static struct stage stage;
	unsigned int done = 0;
	stage_begin(&stage, scene, ways);
	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		for (uint64_t step = 1; step <= stage.steps; step++) {
			char harm[60];
			if (!stage_takes(&stage))
				continue;
			(void)snprintf(harm, sizeof harm, "%s step %u", harms[i].word,
				       (unsigned int)step);
			stage_set(&stage);
			stage.rig.world->fault = harms[i].fault;
			stage.rig.world->fault_at = step;
			rig_run(&stage.rig, &stage.options);
			stage.rig.world->fault = WORLD_WELL;
			expect_honest(&stage, harm);
			stage_expect_repaired(&stage, harm);
			done++;
		}
	}
	cr_expect_gt(done, 0);
	stage_note("refusals", done);
	stage_end(&stage);
}

#define REFUSALS(name)                                         \
	Test(engine_refusals, name, .timeout = 600)            \
	{                                                      \
		harm_everywhere(&scene_##name, 0);             \
	}                                                      \
	Test(engine_refusals, name##_plain, .timeout = 600)    \
	{                                                      \
		harm_everywhere(&scene_##name, 1 | 2 | 4 | 8); \
	}
SCENES(REFUSALS)
SCENES_OF_FLAGS(REFUSALS)
