/* The real engine: messages that move on both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_recalls, .fini = end, .timeout = 120);

/* Messages 0, 1 and 2 of INBOX with UIDs from 1 on, one in Here and one in There, which both sides
 * agree on. */
static void begin_with(const char *rules, bool objects)
{
	rig_begin(&rig, rules);
	rig.world->ways.with_objects = objects;
	for (unsigned int i = 0; i < 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Here", FLAG_SEEN, 100, 0);
	(void)rig_append(&rig, "There", FLAG_SEEN, 200, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	rig.world->bodies_given = rig.world->bodies_taken = 0;
}

#define MOVED "Here 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nThere 0.0 1\nThere 200.0 1\n"

/* --- What users do --- */

static char *path_in(const char *folder, const char *name)
{
	char *directory = rig_path(&rig, folder, "cur");
	char *path = memory_format("%s/%s", directory, name);
	rig_make_folder(&rig, folder);
	free(directory);
	return path;
}

/* NAME: the file's new one; NULL: as it was. */
static void move_here(const char *from, unsigned int number, const char *to, const char *name)
{
	char *old = rig_find(&rig, from, number);
	char *new = path_in(to, name ? name : strrchr(old, '/') + 1);
	cr_assert_eq(rename(old, new), 0, "%s to %s", old, new);
	rig_stamp_folder(&rig, from);
	rig_stamp_folder(&rig, to);
	free(old);
	free(new);
}

static void remove_here(const char *folder, unsigned int number)
{
	char *path = rig_find(&rig, folder, number);
	cr_assert_eq(unlink(path), 0);
	rig_stamp_folder(&rig, folder);
	free(path);
}

/* A file with those fields after the others of message NUMBER, and that after its body; readers
 * give it the time when it arrived. */
static void write_here(const char *folder, const char *name, unsigned int number,
		       const char *fields, const char *ending)
{
	char *text = rig_message(number, 0, false);
	char *path = path_in(folder, name);
	const char *body = strstr(text, "\n\n");
	FILE *file = fopen(path, "we");
	cr_assert_not_null(file);
	cr_assert(fprintf(file, "%.*s\n%s%s%s", (int)(body - text), text, fields, body + 1,
			  ending) > 0);
	cr_assert_eq(fclose(file), 0);
	const struct timespec date = { .tv_sec = (time_t)rig_date(&rig, number) };
	const struct timespec times[2] = { date, date };
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	rig_stamp_folder(&rig, folder);
	free(text);
	free(path);
}

/* --- What must come of it --- */

static void expect_quiet(const char *both)
{
	char *before = rig_names(&rig);
	rig_run(&rig, NULL);
	char *after = rig_names(&rig);
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_str_eq(before, after);
	cr_expect_eq(rig.effects, 0);
	free(before);
	free(after);
}

/* A run brings both sides to that with so many bodies sent and fetched, and leaves nothing to do.
 */
static void run_to(const char *both, unsigned int bodies)
{
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_str_eq(rig.failures, "");
	cr_expect_eq(rig.world->bodies_given + rig.world->bodies_taken, bodies,
		     "%u fetched, %u sent", (unsigned int)rig.world->bodies_given,
		     (unsigned int)rig.world->bodies_taken);
	expect_quiet(both);
}

/* With names for contents and without. */
#define EACH_SERVER(objects) for (int objects = 1; objects >= 0; end_but_last(&objects))

static void end_but_last(int *objects)
{
	if (--*objects >= 0)
		rig_end(&rig);
}

Test(engine_recalls, the_place_on_the_server_wins)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 0, "Here", NULL);
		world_carry(rig.world, "INBOX", 1, "There", true);
		run_to(MOVED, 0);
	}
}

Test(engine_recalls, it_is_told_as_a_move)
{
	begin_with("", true);
	move_here("INBOX", 0, "Here", NULL);
	world_carry(rig.world, "INBOX", 1, "There", true);
	char *before = rig_names(&rig);
	rig_run(&rig, &(struct sync_options){ .dry_run = true });
	char *after = rig_names(&rig);
	cr_expect_str_eq(before, after);
	free(before);
	free(after);
	for (int dry = 1; dry >= 0; dry--) {
		cr_expect_eq(rig.result.counts.moved, 1);
		cr_expect_eq(rig.result.counts.uploaded + rig.result.counts.downloaded, 0);
		if (dry)
			rig_run(&rig, NULL);
	}
}

Test(engine_recalls, a_reader_that_gave_it_another_name)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 0, "Here", "1.other:2,S");
		world_carry(rig.world, "INBOX", 1, "There", true);
		run_to(MOVED, 0);
	}
}

/* As mutt does. */
Test(engine_recalls, a_reader_that_wrote_it_anew)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		write_here("Here", "9.mutt:2,S", 0, "Status: RO\nContent-Length: 12\nLines: 1\n",
			   "");
		remove_here("INBOX", 0);
		world_carry(rig.world, "INBOX", 1, "There", true);
		rig_run(&rig, NULL);
		char *far = rig_far(&rig);
		rig_expect(&rig, far, far, ERROR_NONE);
		cr_expect_null(strstr(far, "Here 0.0"));
		cr_expect_not_null(strstr(far, "There 0.0"));
		cr_expect_eq(rig.world->bodies_taken, 0);
		expect_quiet(far);
		free(far);
	}
}

Test(engine_recalls, flags_of_both_sides_are_merged)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 0, "Here", "1.other:2,FS");
		world_carry(rig.world, "INBOX", 1, "There", true);
		struct world_mailbox *there = world_find(rig.world, "There");
		world_set_flags(there, 2, FLAG_SEEN | FLAG_ANSWERED);
		rig_run(&rig, NULL);
		cr_expect_eq(world_message(there, 2)->flags,
			     FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED);
		char *far = rig_far(&rig);
		rig_expect(&rig, far, far, ERROR_NONE);
		cr_expect_null(strstr(far, "Here 0.0"));
		expect_quiet(far);
		free(far);
	}
}

Test(engine_recalls, to_one_folder_on_both_sides)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 0, "There", "1.other:2,FS");
		world_carry(rig.world, "INBOX", 1, "There", true);
		run_to("Here 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nThere 0.0 5\nThere 200.0 1\n", 0);
	}
}

Test(engine_recalls, several_and_the_whole_folder)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 2, "Here", NULL);
		move_here("INBOX", 0, "New", NULL);
		move_here("INBOX", 1, "Here", NULL);
		for (uint32_t uid = 1; uid <= 3; uid++)
			world_carry(rig.world, "INBOX", uid, uid == 2 ? "Here" : "There", true);
		run_to("Here 1.0 1\nHere 100.0 1\nThere 0.0 1\nThere 2.0 1\nThere 200.0 1\n", 0);
	}
}

Test(engine_recalls, two_of_one_content)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		write_here("INBOX", "9.copy:2,S", 0, "", "");
		rig_run(&rig, NULL);
		rig.world->bodies_given = rig.world->bodies_taken = 0;
		move_here("INBOX", 0, "Here", NULL);
		move_here("INBOX", 0, "Here", NULL);
		world_carry(rig.world, "INBOX", 1, "There", true);
		world_carry(rig.world, "INBOX", 4, "There", true);
		rig_run(&rig, NULL);
		char *far = rig_far(&rig);
		rig_expect(&rig, far, far, ERROR_NONE);
		cr_expect_null(strstr(far, "Here 0.0"));
		expect_quiet(far);
		free(far);
	}
}

/* --- Where it is not certain, all of it stays --- */

Test(engine_recalls, one_that_was_copied_here_is_in_all_places)
{
	EACH_SERVER(objects)
	{
		begin_with("", objects);
		move_here("INBOX", 0, "Here", NULL);
		write_here("New", "9.copy:2,S", 0, "", "");
		world_carry(rig.world, "INBOX", 1, "There", true);
		rig_run(&rig, NULL);
		rig_expect(&rig,
			   "Here 0.0 1\nHere 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nNew 0.0 1\n"
			   "There 0.0 1\nThere 200.0 1\n",
			   "Here 0.0 1\nHere 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nNew 0.0 1\n"
			   "There 0.0 1\nThere 200.0 1\n",
			   ERROR_NONE);
	}
}

/* It is another message, however alike. */
Test(engine_recalls, one_byte_of_the_body_differs)
{
	begin_with("", true);
	write_here("Here", "9.edited:2,S", 0, "", "x");
	remove_here("INBOX", 0);
	world_carry(rig.world, "INBOX", 1, "There", true);
	run_to("Here 0.0 1\nHere 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nThere 0.0 1\nThere 200.0 1\n",
	       2);
}

Test(engine_recalls, a_draft_is_in_both)
{
	begin_with("", true);
	move_here("INBOX", 0, "Here", "1.draft:2,DS");
	world_carry(rig.world, "INBOX", 1, "There", true);
	rig_run(&rig, NULL);
	char *far = rig_far(&rig);
	rig_expect(&rig, far, far, ERROR_NONE);
	cr_expect_not_null(strstr(far, "Here 0.0"));
	cr_expect_not_null(strstr(far, "There 0.0"));
	free(far);
}

/* Removed there, and not moved: what was done here stays. */
Test(engine_recalls, another_message_came_there)
{
	begin_with("", true);
	move_here("INBOX", 0, "Here", NULL);
	world_remove(world_find(rig.world, "INBOX"), 1);
	(void)rig_append(&rig, "There", FLAG_SEEN, 300, 0);
	run_to("Here 0.0 1\nHere 100.0 1\nINBOX 1.0 1\nINBOX 2.0 1\nThere 200.0 1\nThere 300.0 1\n",
	       2);
}

/* --- Rules --- */

static void expect_both(const char *rules)
{
	begin_with(rules, true);
	move_here("INBOX", 0, "Here", NULL);
	world_carry(rig.world, "INBOX", 1, "There", true);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	free(rig_find(&rig, "Here", 0));
	char *far = rig_far(&rig);
	cr_expect_not_null(strstr(far, "There 0.0"), "%s", rules);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0, "%s", rules);
	free(far);
	rig_end(&rig);
}

Test(engine_recalls, what_the_rules_keep_apart_stays_apart)
{
	static const char *const rules[] = {
		"pull = new flags\n", "expunge = far\n", "push = none\n",
		"[channel work/in]\nfolders = There\npull = none\n[channel work/all]\nfolders = **\n",
		"[channel work/in]\nfolders = Here\npush = flags\n[channel work/all]\nfolders = **\n"
	};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		expect_both(rules[i]);
	rig_begin(&rig, "");
}

/* --- Whenever the run dies --- */

static void set_up(bool rewritten)
{
	begin_with("connections = 1\n", true);
	if (rewritten) {
		write_here("Here", "9.mutt:2,FS", 0, "Status: RO\n", "");
		remove_here("INBOX", 0);
	} else {
		move_here("INBOX", 0, "Here", "9.moved:2,FS");
	}
	world_carry(rig.world, "INBOX", 1, "There", true);
	world_set_flags(world_find(rig.world, "There"), 2, FLAG_SEEN | FLAG_ANSWERED);
}

static void expect_repaired(const char *kill)
{
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	char *far = rig_far(&rig);
	rig_expect(&rig, far, far, ERROR_NONE);
	cr_expect_null(strstr(far, "Here 0.0"), "%s", kill);
	cr_expect_null(strstr(far, "INBOX 0.0"), "%s", kill);
	cr_expect_not_null(strstr(far, "There 0.0"), "%s", kill);
	cr_expect_eq(world_count(world_find(rig.world, "There")), 2, "%s", kill);
	cr_expect_eq(world_message(world_find(rig.world, "There"), 2)->flags,
		     FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED, "%s", kill);
	free(far);
}

static unsigned int kill_at_each(bool rewritten)
{
	unsigned int kills = 0;
	for (bool killed = true; killed;) {
		char *kill = memory_format("%u:after", kills + 1);
		set_up(rewritten);
		killed = rig_run_to_death(&rig, NULL, kill);
		kills += killed;
		expect_repaired(kill);
		free(kill);
		if (killed)
			rig_end(&rig);
	}
	return kills;
}

Test(engine_recalls, it_ends_in_one_also_when_the_run_is_killed, .timeout = 600)
{
	cr_expect_gt(kill_at_each(false), 10);
}

Test(engine_recalls, also_one_that_was_written_anew, .timeout = 600)
{
	cr_expect_gt(kill_at_each(true), 10);
}
