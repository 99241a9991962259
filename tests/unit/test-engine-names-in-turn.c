/* Folders that get the names of others: chains, and such as change places.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-rig.h"

static const struct world_ways servers[] = { { .with_mailbox_ids = true },
					     { .with_mailbox_ids = false },
					     { .without_modseq = true } };
#define SERVERS (sizeof servers / sizeof *servers)

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_names_in_turn, .fini = end, .timeout = 120);

/* A with two messages, A/C with one, and B with one. */
static void begin(const struct world_ways *ways)
{
	rig_begin(&rig, "connections = 1\n");
	rig.world->ways = *ways;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "A", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "A", 0, 3, 0);
	(void)rig_append(&rig, "A/C", FLAG_SEEN, 4, 0);
	(void)rig_append(&rig, "B", FLAG_SEEN, 5, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	rig.world->bodies_given = rig.world->bodies_taken = 0;
}

static void rename_in(bool far, const char *from, const char *to)
{
	if (far)
		cr_assert(world_rename(rig.world, from, to));
	else
		rig_rename(&rig, from, to);
}

static void exchange(bool far)
{
	rename_in(far, "A", "X");
	rename_in(far, "B", "A");
	rename_in(far, "X", "B");
}

static void shift(bool far)
{
	rename_in(far, "B", "D");
	rename_in(far, "A", "B");
}

static void shift_and_make_anew(bool far)
{
	rename_in(far, "A", "D");
	if (far)
		(void)rig_append(&rig, "A", FLAG_SEEN, 6, 0);
	else
		rig_deliver(&rig, "A", "6.x:2,S", 6, 0);
}

#define EXCHANGED "A 5.0 1\nB 2.0 1\nB 3.0 0\nB/C 4.0 1\nINBOX 1.0 1\n"
#define SHIFTED "B 2.0 1\nB 3.0 0\nB/C 4.0 1\nD 5.0 1\nINBOX 1.0 1\n"
#define MADE_ANEW "A 6.0 1\nB 5.0 1\nD 2.0 1\nD 3.0 0\nD/C 4.0 1\nINBOX 1.0 1\n"

static void expect(const char *both, const char *why)
{
	char *near = rig_near(&rig);
	char *far = rig_far(&rig);
	cr_expect_str_eq(near, both, "%s, near:\n%s%s", why, near, rig.failures);
	cr_expect_str_eq(far, both, "%s, far:\n%s%s", why, far, rig.failures);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s: %s", why, rig.failures);
	free(near);
	free(far);
}

static void run_to(const char *both, unsigned int bodies, const char *why)
{
	rig_run(&rig, NULL);
	expect(both, why);
	cr_expect_eq(rig.world->bodies_given + rig.world->bodies_taken, bodies,
		     "%s: mail was carried", why);
	rig_run(&rig, NULL);
	expect(both, why);
	cr_expect_eq(rig.effects, 0, "%s: a second run has something to do", why);
}

static void on_each_server(void (*act)(bool far), const char *both, unsigned int bodies)
{
	for (size_t i = 0; i < 2 * SERVERS; i++) {
		bool far = i % 2;
		begin(&servers[i / 2]);
		act(far);
		run_to(both, bodies, far ? "there" : "here");
		if (i + 1 < 2 * SERVERS)
			rig_end(&rig);
	}
}

/* Here that is seen message by message: each folder has what the other had. */
Test(engine_names_in_turn, two_change_places)
{
	on_each_server(exchange, EXCHANGED, 0);
}

Test(engine_names_in_turn, one_gets_the_name_that_another_had)
{
	on_each_server(shift, SHIFTED, 0);
}

Test(engine_names_in_turn, one_is_made_anew_under_the_old_name)
{
	on_each_server(shift_and_make_anew, MADE_ANEW, 1);
}

Test(engine_names_in_turn, a_dry_run_changes_nothing)
{
	static void (*const acts[])(bool) = { exchange, shift };
	for (size_t i = 0; i < 4; i++) {
		begin(&servers[0]);
		acts[i / 2](i % 2);
		char *before = rig_names(&rig);
		rig_run(&rig, &(struct sync_options){ .dry_run = true });
		char *after = rig_names(&rig);
		cr_expect_str_eq(before, after);
		cr_expect_eq(rig.effects, 0);
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
		cr_expect_eq(rig.result.counts.downloaded, 0);
		cr_expect_eq(rig.result.counts.uploaded, 0);
		free(before);
		free(after);
		run_to(i / 2 ? SHIFTED : EXCHANGED, 0, "after a dry run");
		if (i < 3)
			rig_end(&rig);
	}
}

/* Three of them: it is told, and nothing becomes what it is not. */
Test(engine_names_in_turn, what_cannot_be_done_is_told)
{
	begin(&servers[0]);
	char *before = rig_near(&rig);
	rename_in(true, "A/C", "Y");
	rename_in(true, "A", "X");
	rename_in(true, "B", "A");
	rename_in(true, "Y", "B");
	rename_in(true, "X", "A/C");
	char *far_before = rig_far(&rig);
	for (int i = 0; i < 2; i++) {
		rig_run(&rig, NULL);
		char *near = rig_near(&rig);
		char *far = rig_far(&rig);
		cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
		cr_expect(strstr(rig.failures, "its Maildir cannot get that name"), "%s",
			  rig.failures);
		cr_expect_str_eq(near, before, "%s", near);
		cr_expect_str_eq(far, far_before, "%s", far);
		cr_expect_eq(rig.world->bodies_given + rig.world->bodies_taken, 0);
		free(near);
		free(far);
	}
	free(before);
	free(far_before);
}

/* Another one of that name, and the old one nowhere. */
Test(engine_names_in_turn, a_mailbox_that_was_made_anew_is_none_of_the_others)
{
	begin(&servers[0]);
	struct world_mailbox *old = world_find(rig.world, "B");
	old->exists = false;
	(void)rig_append(&rig, "B", FLAG_SEEN, 5, 0);
	run_to("A 2.0 1\nA 3.0 0\nA/C 4.0 1\nB 5.0 1\nINBOX 1.0 1\n", 0, "made anew");
}

static void kill_at_each(void (*act)(bool far), bool far, const char *both)
{
	unsigned int kills = 0;
	for (bool killed = true; killed;) {
		char *kill = memory_format("%u:after", kills + 1);
		begin(&servers[0]);
		act(far);
		killed = rig_run_to_death(&rig, NULL, kill);
		kills += killed;
		rig_run(&rig, NULL);
		expect(both, kill);
		cr_expect_eq(rig.world->bodies_given + rig.world->bodies_taken, 0, "%s", kill);
		free(kill);
		if (killed)
			rig_end(&rig);
	}
	cr_expect_gt(kills, 5);
}

Test(engine_names_in_turn, places_changed_there_and_killed, .timeout = 600)
{
	kill_at_each(exchange, true, EXCHANGED);
}

Test(engine_names_in_turn, a_chain_there_and_killed, .timeout = 600)
{
	kill_at_each(shift, true, SHIFTED);
}

Test(engine_names_in_turn, a_chain_here_and_killed, .timeout = 600)
{
	kill_at_each(shift, false, SHIFTED);
}
