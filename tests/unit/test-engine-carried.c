/* The real engine: what a run tells, counts and records of messages that go from folder to folder,
 * and of folders that come and go. SPDX-License-Identifier: GPL-3.0-or-later */
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

TestSuite(engine_carried, .fini = end, .timeout = 120);

/* Messages 1 to COUNT of INBOX, and 100 in Archive, that both sides agree on. */
static void begin_with(const char *rules, bool objects, unsigned int count)
{
	char *text = memory_format("connections = 1\n%s", rules);
	rig_begin(&rig, text);
	rig.world->ways.with_objects = objects;
	for (unsigned int i = 1; i <= count; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Archive", FLAG_SEEN, 100, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	free(text);
}

static void copy_file(const char *from, unsigned int number, const char *to, const char *name)
{
	char *old = rig_find(&rig, from, number);
	char *directory = rig_path(&rig, to, "cur");
	char *command = memory_format("cp -p '%s' '%s/%s'", old, directory, name);
	rig_make_folder(&rig, to);
	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c) */
	rig_stamp_folder(&rig, to);
	free(command);
	free(directory);
	free(old);
}

static void remove_file(const char *folder, unsigned int number)
{
	char *path = rig_find(&rig, folder, number);
	cr_assert_eq(unlink(path), 0);
	rig_stamp_folder(&rig, folder);
	free(path);
}

static void remove_folder(const char *folder)
{
	char *path = rig_path(&rig, folder, "");
	rig_remove(path);
	free(path);
}

/* --- Here --- */

Test(engine_carried, a_move_and_a_copy_here)
{
	begin_with("", false, 4);
	words_rename(&rig, 1, "Archive", ":2,FS");
	copy_file("INBOX", 2, "Archive", "2.copy:2,S");
	world_set_flags(world_find(rig.world, "INBOX"), 1, FLAG_SEEN | FLAG_ANSWERED);
	story_expect(&rig, NULL,
		     "Archive looking 0/0\n"
		     "INBOX looking 0/0\n"
		     "Archive flags 1/1\n",
		     "1 near_flags, 1 far_flags, 1 moved, 1 copied", "");
	cr_expect_eq(rig.effects, 3, "%llu", (unsigned long long)rig.effects);
	story_expect_state(&rig, "INBOX",
			   "next 5, 3 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity\n"
			   "2 SRF cur 445 file body identity\n"
			   "3 S cur 189 file body identity\n");
	story_expect_nothing(&rig);
}

/* By a copy, and the removal behind it. */
Test(engine_carried, a_move_here_without_moves_there)
{
	begin_with("", false, 4);
	rig.world->ways.without_moves = true;
	rig.world->ways.without_uids = true;
	words_rename(&rig, 1, "Archive", ":2,S");
	words_rename(&rig, 2, "Archive", ":2,FS");
	story_expect(&rig, NULL,
		     "Archive looking 0/0\n"
		     "INBOX looking 0/0\n"
		     "Archive flags 1/1\n"
		     "INBOX removing 0/2\n",
		     "1 far_flags, 2 moved", "");
	cr_expect_eq(rig.effects, 3, "%llu", (unsigned long long)rig.effects);
	cr_expect_eq(rig.world->bodies_taken, 0);
	story_expect_state(&rig, "INBOX",
			   "next 5, 2 there, 0 withheld, far known near known\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity\n"
			   "2 S cur 445 file body identity\n"
			   "3 SF cur 189 file body identity\n");
	story_expect_nothing(&rig);
}

/* The removal waits for what it awaits. */
Test(engine_carried, a_move_here_that_is_not_taken)
{
	begin_with("", false, 4);
	rig.world->ways.refuses_moves = true;
	rig.world->ways.largest = 5;
	words_rename(&rig, 1, "Archive", ":2,S");
	words_rename(&rig, 2, "Archive", ":2,S");
	remove_file("INBOX", 3);
	story_expect(&rig, NULL, NULL, "1 far_removed, 4 skipped", NULL);
	cr_expect_not_null(
		strstr(rig.failures,
		       "INBOX: 2 messages removed here stay on the server for now: they "
		       "may have moved to another folder, where the server does not have "
		       "them yet; they go when that folder is in sync\n"),
		"%s", rig.failures);
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity\n");
	rig.world->ways.refuses_moves = false;
	story_expect(&rig, NULL, NULL, "2 moved", "");
	cr_expect_eq(rig.world->bodies_taken, 0);
	story_expect_state(&rig, "INBOX",
			   "next 5, 1 there, 0 withheld, far known near known\n"
			   "4 S cur 253 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity\n"
			   "2 S cur 445 file body identity\n"
			   "3 S cur 189 file body identity\n");
	story_expect_nothing(&rig);
}

/* --- There --- */

Test(engine_carried, a_move_and_a_copy_there)
{
	begin_with("", true, 4);
	world_carry(rig.world, "INBOX", 1, "Archive", true);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	words_rename(&rig, 1, NULL, ":2,FS");
	rig.world->bodies_given = 0;
	story_expect(&rig, NULL,
		     "Archive looking 0/0\n"
		     "INBOX looking 0/0\n"
		     "Archive flags 1/1\n",
		     "1 far_flags, 1 moved, 2 linked", "");
	cr_expect_eq(rig.world->bodies_given, 0);
	cr_expect_eq(rig.effects, 1);
	story_expect_state(&rig, "INBOX",
			   "next 5, 3 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity object\n"
			   "3 S cur 509 file body identity object\n"
			   "4 S cur 253 file body identity object\n");
	story_expect_state(&rig, "Archive",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity object\n"
			   "2 SF cur 445 file body identity object\n"
			   "3 S cur 189 file body identity object\n");
	story_expect_nothing(&rig);
}

Test(engine_carried, a_move_there_without_names)
{
	begin_with("", false, 4);
	world_carry(rig.world, "INBOX", 1, "Archive", true);
	words_rename(&rig, 1, NULL, ":2,RS");
	rig.world->bodies_given = 0;
	story_expect(&rig, NULL,
		     "Archive looking 0/0\n"
		     "INBOX looking 0/0\n"
		     "Archive flags 1/1\n",
		     "1 far_flags, 1 moved, 1 linked", "");
	cr_expect_eq(rig.world->bodies_given, 0);
	story_expect_state(&rig, "INBOX",
			   "next 5, 3 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 3, 2 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity\n"
			   "2 SR cur 445 file body identity\n");
	story_expect_nothing(&rig);
}

/* It is fetched, and what was changed where it was is changed there. */
Test(engine_carried, a_move_there_of_a_file_that_was_edited)
{
	begin_with("", true, 4);
	char *path = rig_find(&rig, "INBOX", 1);
	rig_write(&rig, "INBOX", "cur", strrchr(path, '/') + 1, 1, 1);
	words_rename(&rig, 1, NULL, ":2,FS");
	free(path);
	world_carry(rig.world, "INBOX", 1, "Archive", true);
	rig.world->bodies_given = 0;
	story_expect(&rig, NULL, NULL, "1 downloaded, 1 uploaded, 445 bytes_down, 455 bytes_up",
		     "");
	cr_expect_eq(rig.world->bodies_given, 1);
	story_expect_state(&rig, "INBOX",
			   "next 6, 4 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity object\n"
			   "3 S cur 509 file body identity object\n"
			   "4 S cur 253 file body identity object\n"
			   "5 SF cur 455 file body identity\n");
	story_expect_state(&rig, "Archive",
			   "next 3, 2 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity object\n"
			   "2 S cur 445 file body identity object\n");
	story_expect_nothing(&rig);
}

/* --- The trash --- */

Test(engine_carried, into_the_trash)
{
	for (int moves = 0; moves <= 1; moves++) {
		begin_with("trash = Archive\n", false, 4);
		rig.world->ways.without_moves = !moves;
		remove_file("INBOX", 1);
		remove_file("INBOX", 2);
		story_expect(&rig, NULL,
			     "INBOX looking 0/0\n"
			     "INBOX removing 0/2\n",
			     "2 far_removed", "");
		cr_expect_eq(rig.effects, moves ? 1 : 2);
		story_expect_state(&rig, "INBOX",
				   "next 5, 2 there, 0 withheld, far known near known\n"
				   "3 S cur 509 file body identity\n"
				   "4 S cur 253 file body identity\n");
		story_expect(&rig, NULL, NULL, "2 downloaded, 634 bytes_down", "");
		story_expect_state(&rig, "Archive",
				   "next 4, 3 there, 0 withheld, far known near known\n"
				   "1 S cur 451 file body identity\n"
				   "2 S cur 445 file body identity\n"
				   "3 S cur 189 file body identity\n");
		story_expect_nothing(&rig);
		if (!moves)
			rig_end(&rig);
	}
}

/* --- Folders --- */

Test(engine_carried, folders_that_come)
{
	begin_with("", false, 1);
	(void)rig_append(&rig, "There", FLAG_SEEN, 2, 0);
	rig_deliver(&rig, "Here", "3.y:2,S", 3, 0);
	story_expect(&rig, NULL,
		     "Here looking 0/0\n"
		     "There looking 0/0\n"
		     "Here uploading 1/1\n"
		     "There downloading 1/1\n",
		     "1 downloaded, 1 uploaded, 189 bytes_down, 509 bytes_up", "");
	story_expect_state(&rig, "There",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 189 file body identity\n");
	story_expect_state(&rig, "Here",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

Test(engine_carried, folders_that_go)
{
	const struct sync_options force = { .force_delete = true };
	begin_with("", false, 1);
	for (unsigned int i = 2; i <= 4; i++)
		(void)rig_append(&rig, "There", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Here", FLAG_SEEN, 5, 0);
	(void)rig_append(&rig, "Here", FLAG_SEEN, 6, 0);
	rig_run(&rig, NULL);
	world_find(rig.world, "There")->exists = false;
	remove_folder("Here");
	story_expect(
		&rig, NULL, NULL, "",
		"Here: the whole folder is gone from the Maildir, where the last run left 2 messages; nothing was done. If you removed it, run `navette sync --force-delete work/Here` to remove it from the server too, or set `remove` in the configuration; to bring it back, run with --restore instead\n"
		"There: the whole folder is gone from the server, where the last run left 3 messages; nothing was done. If you removed it, run `navette sync --force-delete work/There` to remove it from the Maildir too, or set `remove` in the configuration; to bring it back, run with --restore instead\n");
	cr_expect_eq(rig.result.worst, ERROR_SAFETY);
	story_expect(&rig, &force,
		     "Here looking 0/0\n"
		     "There looking 0/0\n",
		     "3 near_removed, 2 far_removed", "");
	rig_expect(&rig, "Archive 100.0 1\nINBOX 1.0 1\n", "Archive 100.0 1\nINBOX 1.0 1\n",
		   ERROR_NONE);
	cr_expect_null(world_find(rig.world, "Here"));
	char *path = rig_path(&rig, "There", "");
	cr_expect_neq(access(path, F_OK), 0, "its directory is there");
	free(path);
	story_expect_state(&rig, "There", "");
	story_expect_state(&rig, "Here", "");
	story_expect_nothing(&rig);
}

/* Its messages go to the trash first. */
Test(engine_carried, a_folder_that_goes_into_the_trash)
{
	const struct sync_options force = { .force_delete = true };
	begin_with("trash = Archive\n", false, 1);
	(void)rig_append(&rig, "Here", FLAG_SEEN, 5, 0);
	(void)rig_append(&rig, "Here", FLAG_SEEN, 6, 0);
	rig_run(&rig, NULL);
	remove_folder("Here");
	story_expect(&rig, &force,
		     "Here looking 0/0\n"
		     "Here removing 0/2\n",
		     "2 far_removed", "");
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 100.0 1\nArchive 5.0 1\nArchive 6.0 1\nINBOX 1.0 1\n",
		   "Archive 100.0 1\nArchive 5.0 1\nArchive 6.0 1\nINBOX 1.0 1\n", ERROR_NONE);
	cr_expect_null(world_find(rig.world, "Here"));
	story_expect_state(&rig, "Here", "");
	story_expect_nothing(&rig);
}

/* What the rules leave on one side keeps its folder there. */
Test(engine_carried, a_folder_with_files_that_stay)
{
	const struct sync_options force = { .force_delete = true };
	begin_with("push = flags deletions\n", false, 1);
	(void)rig_append(&rig, "There", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "There", "3.y:2,S", 3, 0);
	rig_run(&rig, NULL);
	world_find(rig.world, "There")->exists = false;
	story_expect(&rig, &force, NULL, "1 near_removed", "");
	rig_expect(&rig, "Archive 100.0 1\nINBOX 1.0 1\nThere 3.0 1\n",
		   "Archive 100.0 1\nINBOX 1.0 1\n", ERROR_NONE);
	story_expect_state(&rig, "There", "");
}
