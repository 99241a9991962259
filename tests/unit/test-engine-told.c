/* The real engine: what a run tells, counts and records of each thing that it does.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_told, .fini = end, .timeout = 120);

/* Messages 1 to COUNT of INBOX, that both sides agree on. */
static void begin_with(const char *rules, unsigned int count)
{
	rig_begin_alone(&rig, rules);
	rig_agree(&rig, count);
}

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

static void remove_file(const char *folder, unsigned int number)
{
	char *path = rig_find(&rig, folder, number);
	cr_assert_eq(unlink(path), 0);
	rig_stamp_folder(&rig, folder);
	free(path);
}

static void edit_file(const char *folder, unsigned int number)
{
	char *path = rig_find(&rig, folder, number);
	char *name = strrchr(path, '/') + 1;
	bool is_new = strncmp(name - 4, "new", 3) == 0;
	rig_write(&rig, folder, is_new ? "new" : "cur", name, number, 1);
	free(path);
}

Test(engine_told, what_comes_and_goes)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", 0, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_FLAGGED | FLAG_DRAFT, 3, 0);
	rig_deliver(&rig, "INBOX", "4.x", 4, 0);
	rig_deliver(&rig, "INBOX", "5.x:2,DS", 5, 0);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX comparing 0/0\n"
		     "INBOX downloading 1/3\n"
		     "INBOX downloading 2/3\n"
		     "INBOX downloading 3/3\n"
		     "INBOX uploading 1/2\n"
		     "INBOX uploading 2/2\n",
		     "3 downloaded, 2 uploaded, 1143 bytes_down, 826 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 6, 5 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 - new 189 file body identity\n"
			   "3 FD new 509 file body identity\n"
			   "4 - new 253 file body identity\n"
			   "5 SD cur 573 file body identity\n"
			   "watched 3,5\n");
	story_expect_nothing(&rig);
}

Test(engine_told, flags_of_both_sides)
{
	begin_with("", 5);
	world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_FLAGGED);
	world_set_flags(inbox(), 2, 0);
	words_rename(&rig, 2, NULL, ":2,RS");
	words_rename(&rig, 3, NULL, ":2,FS");
	words_rename(&rig, 4, NULL, ":2,FS");
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX flags 1/4\n"
		     "INBOX flags 2/4\n"
		     "INBOX flags 3/4\n"
		     "INBOX flags 4/4\n",
		     "2 near_flags, 3 far_flags", "");
	cr_expect_eq(rig.effects, 2, "a change each, whatever has it: %llu",
		     (unsigned long long)rig.effects);
	story_expect_state(&rig, "INBOX",
			   "next 6, 5 there, 0 withheld, far known near known\n"
			   "1 SF cur 445 file body identity\n"
			   "2 R cur 189 file body identity\n"
			   "3 SF cur 509 file body identity\n"
			   "4 SF cur 253 file body identity\n"
			   "5 S cur 573 file body identity\n");
	rig_expect(&rig, "INBOX 1.0 5\nINBOX 2.0 2\nINBOX 3.0 5\nINBOX 4.0 5\nINBOX 5.0 1\n",
		   "INBOX 1.0 5\nINBOX 2.0 2\nINBOX 3.0 5\nINBOX 4.0 5\nINBOX 5.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

Test(engine_told, removals_of_both_sides)
{
	begin_with("", 5);
	world_remove(inbox(), 1);
	world_remove(inbox(), 2);
	remove_file("INBOX", 2);
	remove_file("INBOX", 3);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX removing 0/1\n",
		     "1 near_removed, 1 far_removed", "");
	story_expect_state(&rig, "INBOX",
			   "next 6, 2 there, 0 withheld, far known near known\n"
			   "4 S cur 253 file body identity\n"
			   "5 S cur 573 file body identity\n");
	rig_expect(&rig, "INBOX 4.0 1\nINBOX 5.0 1\n", "INBOX 4.0 1\nINBOX 5.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

Test(engine_told, what_both_sides_have_already)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_DRAFT, 3, 0);
	rig_deliver(&rig, "INBOX", "1.x:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.x:2,FS", 2, 0);
	rig_deliver(&rig, "INBOX", "3.x:2,D", 3, 1);
	story_expect(
		&rig, NULL,
		"INBOX looking 0/0\n"
		"INBOX comparing 0/0\n"
		"INBOX comparing 1/1\n"
		"INBOX downloading 1/1\n"
		"INBOX uploading 1/1\n"
		"INBOX flags 1/2\n"
		"INBOX flags 2/2\n",
		"1 downloaded, 1 uploaded, 2 adopted, 1 far_flags, 509 bytes_down, 519 bytes_up",
		"");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 D new 509 file body identity\n"
			   "4 D cur 519 file body identity\n"
			   "watched 3:4\n");
	story_expect_nothing(&rig);
}

/* Where the server tells sizes that are not the messages', they are looked into. */
Test(engine_told, sizes_that_are_not_the_messages)
{
	rig_begin_alone(&rig, "");
	rig.world->ways.size_error = 7;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_deliver(&rig, "INBOX", "1.x:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.x:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "4.x:2,S", 4, 0);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX comparing 0/0\n"
		     "INBOX comparing 1/2\n"
		     "INBOX comparing 2/2\n"
		     "INBOX downloading 1/1\n"
		     "INBOX uploading 1/1\n"
		     "INBOX flags 1/2\n"
		     "INBOX flags 2/2\n",
		     "1 downloaded, 1 uploaded, 2 adopted, 509 bytes_down, 253 bytes_up", "");
	cr_expect_eq(rig.world->bodies_given, 3, "two to compare, one to fetch: %llu",
		     (unsigned long long)rig.world->bodies_given);
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 S cur 452 file body identity\n"
			   "2 S cur 196 file body identity\n"
			   "3 S cur 516 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_nothing(&rig);
}

/* What the server does not give cannot be told from the file: both wait. */
Test(engine_told, what_cannot_be_compared_waits)
{
	rig_begin_alone(&rig, "");
	rig.world->ways.size_error = 7;
	rig.world->ways.refuses_body_of = rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_deliver(&rig, "INBOX", "1.x:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.x:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "3.x:2,S", 3, 0);
	story_expect(
		&rig, NULL,
		"INBOX looking 0/0\n"
		"INBOX comparing 0/0\n"
		"INBOX comparing 1/2\n"
		"INBOX uploading 1/1\n"
		"INBOX flags 1/1\n",
		"1 uploaded, 1 adopted, 1 skipped, 509 bytes_up",
		"INBOX: the server does not give the message with UID 1, to which the file 1.x:2,S is to be compared: it cannot be read; it may be a message that the server has too, so it waits, and so does what is new there and of its size; the next run tries again\n");
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(&rig, "INBOX",
			   "next 0, 0 there, 0 withheld,\n"
			   "2 S cur 196 file body identity\n"
			   "3 S cur 509 file body identity\n");
	rig.world->ways.refuses_body_of = 0;
	story_expect(&rig, NULL, NULL, "1 adopted", "");
	story_expect_nothing(&rig);
}

Test(engine_told, what_the_window_lets_go_and_takes)
{
	begin_with("", 4);
	rig_configure(&rig, "connections = 1\nmax-messages = 2\nkeep = flagged\n");
	world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_FLAGGED);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX flags 1/1\n"
		     "INBOX leaving 0/1\n",
		     "1 near_flags, 1 expired", "");
	story_expect_state(
		&rig, "INBOX",
		"next 5, 4 there, 0 withheld, far known near known window newest 2 flagged\n"
		"1 SF cur 445 file body identity\n"
		"3 S cur 509 file body identity\n"
		"4 S cur 253 file body identity\n"
		"outside 2\n");
	rig_expect(&rig, "INBOX 1.0 5\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   "INBOX 1.0 5\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
	world_set_flags(inbox(), 1, FLAG_SEEN);
	world_set_flags(inbox(), 2, FLAG_SEEN | FLAG_FLAGGED);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX downloading 1/1\n"
		     "INBOX flags 1/1\n"
		     "INBOX leaving 0/1\n",
		     "1 downloaded, 1 expired, 189 bytes_down", "");
	story_expect_state(
		&rig, "INBOX",
		"next 5, 4 there, 0 withheld, far known near known window newest 2 flagged\n"
		"2 SF cur 189 file body identity\n"
		"3 S cur 509 file body identity\n"
		"4 S cur 253 file body identity\n"
		"outside 1\n");
	rig_expect(&rig, "INBOX 2.0 5\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 5\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

/* An edited file stays here, where nothing goes to the server; its message stays there. */
Test(engine_told, what_was_edited_leaves_no_window)
{
	begin_with("", 3);
	edit_file("INBOX", 1);
	rig_configure(&rig, "connections = 1\nmax-messages = 1\npush = flags deletions\n");
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX leaving 0/2\n",
		     "2 expired", "");
	story_expect_state(&rig, "INBOX",
			   "next 0, 0 there, 0 withheld, window unsettled\n"
			   "3 S cur 509 file body identity\n"
			   "outside 1:2\n");
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 3.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
		   ERROR_NONE);
	story_expect(&rig, NULL, NULL, "", "");
	cr_expect_eq(rig.effects, 0);
}

Test(engine_told, headers_and_wholes)
{
	begin_with("body = headers\n", 3);
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file identity\n"
			   "2 S cur 189 file identity\n"
			   "3 S cur 509 file identity\n"
			   "stubs 1:3\n");
	world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_FLAGGED);
	words_rename(&rig, 2, NULL, ":2,FS");
	(void)rig_append(&rig, "INBOX", FLAG_FLAGGED, 4, 0);
	rig.world->bodies_given = 0;
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX downloading 1/1\n"
		     "INBOX flags 1/2\n"
		     "INBOX flags 2/2\n",
		     "1 downloaded, 3 fetched, 1 near_flags, 1 far_flags, 996 bytes_down", "");
	cr_expect_eq(rig.world->bodies_given, 4, "%llu",
		     (unsigned long long)rig.world->bodies_given);
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 SF cur 445 file body identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 S cur 509 file identity\n"
			   "4 F new 253 file body identity\n"
			   "stubs 3\n");
	story_expect_nothing(&rig);
	rig_configure(&rig, "connections = 1\n");
	story_expect(&rig, NULL, "INBOX looking 0/0\n", "1 fetched, 509 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 SF cur 445 file body identity\n"
			   "2 SF cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 F new 253 file body identity\n");
	story_expect_nothing(&rig);
}

Test(engine_told, edits)
{
	static const char both[] = "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\n";
	for (int replaces = 0; replaces <= 1; replaces++) {
		begin_with("", 3);
		rig.world->ways.with_replace = replaces;
		edit_file("INBOX", 1);
		story_expect(&rig, NULL,
			     replaces ? "INBOX looking 0/0\nINBOX uploading 1/1\n"
				      : "INBOX looking 0/0\nINBOX uploading 1/1\n"
					"INBOX removing 0/1\n",
			     "1 uploaded, 1 far_removed, 455 bytes_up", "");
		cr_expect_eq(rig.effects, replaces ? 1 : 2);
		story_expect_state(&rig, "INBOX",
				   "next 5, 3 there, 0 withheld, far known near known\n"
				   "2 S cur 189 file body identity\n"
				   "3 S cur 509 file body identity\n"
				   "4 S cur 455 file body identity\n");
		rig_expect(&rig, both, both, ERROR_NONE);
		story_expect_nothing(&rig);
		if (replaces == 0)
			rig_end(&rig);
	}
}
