/* The real engine: a mailbox that is gone and made again for what is new here, whenever that ends.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_made_again, .fini = end, .timeout = 600);

static const struct sync_options followed = { .force_delete = true };

/* Of A one message moved to B on the server and the others went with the mailbox, while there is
 * mail for A here: a new message, and one that moved there from B. */
static void set_up(bool objects)
{
	rig_begin(&rig, "connections = 1\n");
	rig.world->ways.with_objects = objects;
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "A", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "B", FLAG_SEEN, 4, 0);
	rig_deliver(&rig, "B", "5.x:2,S", 5, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	struct world_mailbox *mailbox = world_find(rig.world, "A");
	const struct world_message message = *world_message(mailbox, 3);
	(void)world_copy(world_find(rig.world, "B"), &message);
	mailbox->exists = false;
	rig_deliver(&rig, "A", "6.x:2,S", 6, 0);
	char *from = rig_path(&rig, "B", "cur/5.x:2,S");
	char *to = rig_path(&rig, "A", "cur/5.x:2,S");
	cr_assert_eq(rename(from, to), 0, "%s", from);
	rig_stamp(&rig, "A", "cur");
	rig_stamp(&rig, "B", "cur");
	free(from);
	free(to);
	rig.world->bodies_given = rig.world->bodies_taken = 0;
}

static void expect(const char *when)
{
	static const char both[] = "A 5.0 1\nA 6.0 1\nB 3.0 1\nB 4.0 1\n";
	char *near = rig_near(&rig);
	char *far = rig_far(&rig);
	cr_expect_str_eq(near, both, "%s, near:\n%s%s", when, near, rig.failures);
	cr_expect_str_eq(far, both, "%s, far:\n%s%s", when, far, rig.failures);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s: %s", when, rig.failures);
	free(near);
	free(far);
}

Test(engine_made_again, in_one_run)
{
	for (int objects = 0; objects < 2; objects++) {
		set_up(objects);
		rig_run(&rig, &followed);
		expect("one run");
		cr_expect_eq(rig.world->bodies_taken, 1);
		cr_expect_eq(rig.world->bodies_given, 0, "it is here");
		rig_run(&rig, NULL);
		cr_expect_eq(rig.effects, 0);
		if (objects == 0)
			rig_end(&rig);
	}
}

/* What went there goes here, and does not come back. */
Test(engine_made_again, killed_at_each_step)
{
	unsigned int kills = 0;
	for (bool killed = true; killed;) {
		char *kill = memory_format("%u:after", kills + 1);
		set_up(true);
		killed = rig_run_to_death(&rig, &followed, kill);
		kills += killed;
		rig_run(&rig, &followed);
		rig_run(&rig, &followed);
		expect(kill);
		free(kill);
		if (killed)
			rig_end(&rig);
	}
	cr_expect_gt(kills, 10);
}
