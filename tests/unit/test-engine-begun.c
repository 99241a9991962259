/* The real engine: uploads that were begun, and of which nobody heard the end.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

/* The connection ends when the server has stored what was sent to it. */
static void run_unanswered(struct rig *rig)
{
	uint64_t effects = rig->world->effects;
	for (uint64_t n = 1; rig->world->effects == effects && n < 40; n++) {
		rig->world->fault = WORLD_DIES_AFTER;
		rig->world->fault_at = rig->world->steps + n;
		(void)rig_run_to_death(rig, NULL, NULL);
	}
	cr_assert_eq(rig->world->effects, effects + 1);
}

static void remove_file(struct rig *rig, const char *place, const char *name)
{
	char *directory = rig_path(rig, "INBOX", place);
	char *path = memory_format("%s/%s", directory, name);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(rig, "INBOX", place);
	free(path);
	free(directory);
}

Test(engine_begun, one_whose_file_is_removed_is_removed)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "INBOX", "2.x", 2, 0);
	run_unanswered(&rig);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 0\n", "INBOX 1.0 1\nINBOX 2.0 0\n", ERROR_NONE);
	remove_file(&rig, "new", "2.x");
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\n", "INBOX 1.0 1\n", ERROR_NONE);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0);
	rig_end(&rig);
}

Test(engine_begun, one_whose_size_is_told_wrong_is_found)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.size_error = 7;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "INBOX", "2.x", 2, 0);
	run_unanswered(&rig);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 0\n", "INBOX 1.0 1\nINBOX 2.0 0\n", ERROR_NONE);
	rig_end(&rig);
}

/* Such that the server has and does not show are not sent again, in whatever run. */
Test(engine_begun, hidden_ones_stay_known_when_all_uids_are_void)
{
	struct rig rig;
	rig_begin(&rig, "");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	rig.world->ways.newest_only = 2;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 4, 0);
	rig_run(&rig, NULL);
	world_renumber(rig.world, world_find(rig.world, "INBOX"));
	for (int n = 0; n < 3; n++) {
		rig_run(&rig, NULL);
		cr_expect_eq(rig.effects, 0, "run %d: %s", n, rig.failures);
		cr_expect_eq(rig.result.worst, ERROR_NONE, "run %d: %s", n, rig.failures);
	}
	rig_end(&rig);
}
