/* The real engine: what a run with nothing to do costs. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "engine-scenes.h"

#define LISTING 2 /* steps: the session, and what there is */

static struct timespec written; /* when a file of the state was written last */

static int see_file(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)walk;
	if (kind == FTW_F && strstr(path, "data.mdb"))
		written = status->st_mtim;
	return 0;
}

static struct timespec state_written(const struct rig *rig)
{
	char *path = memory_format("%s/navette", rig->directory);
	written = (struct timespec){ .tv_sec = 0 };
	(void)nftw(path, see_file, 16, FTW_PHYS);
	free(path);
	cr_assert_neq(written.tv_sec, 0);
	return written;
}

/* Nobody has written to the Maildirs for long. */
static void let_rest(struct rig *rig)
{
	static const char *const folders[] = { "INBOX", "Other", "Far", "Near", "Trash" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		rig_stamp(rig, folders[i], "new");
		rig_stamp(rig, folders[i], "cur");
	}
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}

/* What changed is told by modseqs; without them each mailbox is looked at. */
static void expect_little(struct stage *stage, unsigned int most)
{
	struct rig *rig = &stage->rig;
	uint64_t steps = rig->world->steps;
	struct timespec before = state_written(rig);
	rig_run(rig, &stage->options);
	steps = rig->world->steps - steps;
	struct timespec after = state_written(rig);
	cr_expect_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
	cr_expect_leq(steps, most, "%s: %u steps", stage->scene->name, (unsigned int)steps);
	cr_expect(before.tv_sec == after.tv_sec && before.tv_nsec == after.tv_nsec,
		  "%s: the state was written to", stage->scene->name);
}

static void idle(const struct scene *scene, unsigned int ways)
{
	static struct stage stage;
	unsigned int mailboxes = 0;
	stage_begin(&stage, scene, ways);
	for (size_t i = 0; stage.ways.without_modseq && i < WORLD_MAILBOXES; i++)
		mailboxes += stage.rig.world->mailboxes[i].exists;
	let_rest(&stage.rig);
	for (int i = 0; i < 2; i++)
		expect_little(&stage, LISTING + mailboxes);
	stage_end(&stage);
}

/* Where the server tells what changed, a run asks for that alone. */
Test(engine_idle, one_change_is_one_message)
{
	struct rig rig;
	rig_begin(&rig, "");
	for (unsigned int i = 1; i <= 9; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	let_rest(&rig);
	for (uint32_t uid = 3; uid < 6; uid++) {
		uint64_t listed = rig.world->listed;
		world_set_flags(world_find(rig.world, "INBOX"), uid, FLAG_SEEN | FLAG_FLAGGED);
		rig_run(&rig, NULL);
		cr_expect_eq(rig.result.counts.near_flags, 1, "%s", rig.failures);
		cr_expect_leq(rig.world->listed - listed, 2, "%u messages",
			      (unsigned int)(rig.world->listed - listed));
	}
	rig_end(&rig);
}

#define IDLE(name)                                  \
	Test(engine_idle, name)                     \
	{                                           \
		idle(&scene_##name, 0);             \
		idle(&scene_##name, 1 | 2 | 4 | 8); \
	}
SCENES(IDLE)
