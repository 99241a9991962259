/* A folder whose connection breaks is put off to another round; what moved to it must not go
 * meanwhile. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine-rig.h"

enum { STEPS = 40, MESSAGES = 3 };

/* All files of a folder go to another. */
static void move_all(struct rig *rig, const char *from, const char *to)
{
	static const char *const places[] = { "new", "cur" };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char *source = rig_path(rig, from, places[i]);
		char *target = rig_path(rig, to, places[i]);
		DIR *directory = opendir(source);
		cr_assert_not_null(directory);
		for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
			if (entry->d_name[0] == '.')
				continue;
			char *old = memory_format("%s/%s", source, entry->d_name);
			char *new = memory_format("%s/%s", target, entry->d_name);
			cr_assert_eq(rename(old, new), 0);
			free(old);
			free(new);
		}
		(void)closedir(directory);
		rig_stamp(rig, from, places[i]);
		rig_stamp(rig, to, places[i]);
		free(source);
		free(target);
	}
}

/* One message of each folder stays, so that no side looks emptied. */
static void begin(struct rig *rig, const char *rules, const char *from, const char *to)
{
	rig_begin(rig, rules);
	for (unsigned int i = 1; i <= MESSAGES; i++)
		(void)rig_append(rig, from, FLAG_SEEN, i, 0);
	(void)rig_append(rig, to, FLAG_SEEN, 9, 0);
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
	move_all(rig, from, to);
}

/* Breaks the connection at each step of the run that follows a move. */
static void break_each_step(const char *rules, const char *from, const char *to)
{
	for (uint64_t step = 1; step <= STEPS; step++) {
		struct rig rig;
		begin(&rig, rules, from, to);
		rig.world->fault = WORLD_BREAKS;
		rig.world->fault_at = rig.world->steps + step;
		rig_run(&rig, NULL);
		/* In doubt they are in both for now. */
		cr_expect_geq(world_count(world_find(rig.world, from)) +
				      world_count(world_find(rig.world, to)),
			      MESSAGES + 1, "at step %u of the run messages left %s for good:\n%s",
			      (unsigned int)step, from, rig.failures);
		rig_end(&rig);
	}
}

/* Of a header alone the server has the rest, and nobody else. */
Test(engine_put_off, a_header_that_moved_to_it_keeps_its_message, .timeout = 120)
{
	break_each_step("connections = 1\nmax-delete = none\n"
			"[channel work/early]\nfolders = Early\nbody = headers\n"
			"[channel work/rest]\nfolders = *\n",
			"Early", "Late");
}

Test(engine_put_off, what_moved_to_where_nothing_is_sent_from_stays, .timeout = 120)
{
	break_each_step("connections = 1\nmax-delete = none\n"
			"[channel work/late]\nfolders = Late\ndirection = pull\n"
			"[channel work/rest]\nfolders = *\n",
			"Early", "Late");
}
