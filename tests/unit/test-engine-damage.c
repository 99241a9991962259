/* The real engine: a state of which one record is damaged. The run says so, or does all that it
 * would have done without the damage. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-scenes.h"
#include "state-fixture.h"

/* Those whose entries have values. */
static const char *const tables[] = { "folders", "counts",   "messages", "names",
				      "uploads", "left-out", "leaving",  "stubs",
				      "wanted",  "deferred", "watched",  "unindexed" };

static void expect_told_or_done(struct stage *stage, const char *table, size_t n)
{
	struct rig *rig = &stage->rig;
	int runs = stage->scene->runs ? stage->scene->runs : 1;
	bool told = false;
	for (int i = 0; i < runs && !told; i++) {
		rig_run(rig, &stage->options);
		told = rig->result.worst != ERROR_NONE && strstr(rig->failures, "damaged");
	}
	char *near = rig_near(rig);
	char *far = rig_far(rig);
	cr_expect(told || (strcmp(near, stage->near) == 0 && strcmp(far, stage->far) == 0),
		  "%s: %zu of %s is damaged, and:\n%snear\n%sfar\n%s", stage->scene->name, n, table,
		  rig->failures, near, far);
	free(near);
	free(far);
}

/* What there is for the run to do; or what one left that was killed in its middle. */
static void set(struct stage *stage, bool killed)
{
	struct world *world = stage->rig.world;
	stage_set(stage);
	if (!killed)
		return;
	world->fault = WORLD_DIES_AFTER;
	world->fault_at = stage->steps / 2 + 1;
	(void)rig_run_to_death(&stage->rig, &stage->options, NULL);
}

static void damage_each(const struct scene *scene, bool killed)
{
	static struct stage stage;
	size_t damaged = 0;
	stage_begin(&stage, scene, 0);
	char *path = memory_format("%s/navette/work", stage.rig.directory);
	fixture_use(path);
	free(path);
	for (size_t i = 0; i < COUNT(tables); i++) {
		set(&stage, killed);
		for (size_t n = 0; fixture_damage(tables[i], n); n += stage_stride()) {
			expect_told_or_done(&stage, tables[i], n);
			set(&stage, killed);
			damaged++;
		}
	}
	cr_expect_gt(damaged, 0);
	stage_end(&stage);
}

#define DAMAGE(name)                                                 \
	Test(engine_damage, name, .timeout = 600)                    \
	{                                                            \
		if (scene_##name.set) /* else there is nothing to */ \
			damage_each(&scene_##name, false);           \
		damage_each(&scene_##name, true);                    \
	}
SCENES(DAMAGE)
