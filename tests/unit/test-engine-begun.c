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
	static const char all[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n";
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.newest_only = 3;
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 4, 0);
	rig_run(&rig, NULL);
	for (int n = 0; n < 4; n++) {
		if (n % 2 == 0)
			world_renumber(rig.world, world_find(rig.world, "INBOX"));
		rig_run(&rig, NULL);
		rig_expect(&rig, all, all, ERROR_NONE);
		cr_expect_eq(rig.effects, 0, "run %d: %s", n, rig.failures);
	}
	rig_end(&rig);
}

/* What was begun and never arrived is not what others sent since. */
Test(engine_begun, one_that_never_arrived_is_no_other_message)
{
	struct rig rig;
	uint64_t steps = 1;
	rig_begin(&rig, "");
	for (uint64_t n = 0; n <= steps; n++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		rig_deliver(&rig, "INBOX", "2.x", 2, 0);
		rig.world->fault = WORLD_DIES;
		rig.world->fault_at = rig.world->steps + n;
		uint64_t before = rig.world->steps;
		(void)rig_run_to_death(&rig, NULL, NULL);
		if (n == 0) {
			steps = rig.world->steps - before;
			continue;
		}
		remove_file(&rig, "new", "2.x");
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 5, 0);
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 1.0 1\nINBOX 5.0 1\n", "INBOX 1.0 1\nINBOX 5.0 1\n",
			   ERROR_NONE);
	}
	rig_end(&rig);
}

/* The run after it is broken too, at each of its steps. */
Test(engine_begun, one_outlives_a_run_that_breaks)
{
	static const char all[] = "INBOX 1.0 1\nINBOX 2.0 0\n";
	struct rig rig;
	rig_begin(&rig, "connections = 1\ntimeout = 6s\n");
	for (uint64_t step = 1; step <= 12; step++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		rig_deliver(&rig, "INBOX", "2.x", 2, 0);
		run_unanswered(&rig);
		rig.world->fault = WORLD_BREAKS;
		rig.world->fault_at = rig.world->steps + step;
		rig_run(&rig, NULL);
		rig.world->fault = WORLD_WELL;
		rig_run(&rig, NULL);
		rig_expect(&rig, all, all, ERROR_NONE);
	}
	rig_end(&rig);
}
