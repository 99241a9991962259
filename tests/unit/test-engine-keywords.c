/* Keywords: letters that mean the same in all folders, and what readers and rules do to them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-words.h"

static void lose_state(const struct rig *rig)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "lock", "last-run", "fresh" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = memory_format("%s/navette/work/%s", rig->directory, names[i]);
		(void)unlink(path); /* perhaps it is not there */
		free(path);
	}
}

/* --- One table --- */

Test(engine_keywords, one_letter_in_all_folders)
{
	struct rig rig;
	words_begin(&rig, "");
	words_expect_both(&rig, WORDS_FOUR, "first");
	words_expect_letters(&rig, 1, "a");
	words_expect_letters(&rig, 2, "b");
	words_expect_letters(&rig, 3, "b");
	words_expect_letters(&rig, 4, "a");
	rig_end(&rig);
}

Test(engine_keywords, a_moved_file_keeps_its_keyword)
{
	struct rig rig;
	words_begin(&rig, "");
	words_rename(&rig, 1, "Other", NULL);
	words_rename(&rig, 3, "INBOX", NULL);
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 2 S home\nINBOX 3 S home\nOther 1 S work\nOther 4 S work\n",
			  "moved");
	/* Also to a folder that had no letters. */
	rig_make_folder(&rig, "Plain");
	words_rename(&rig, 1, "Plain", NULL);
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 2 S home\nINBOX 3 S home\nOther 4 S work\nPlain 1 S work\n",
			  "moved further");
	rig_end(&rig);
}

/* As mu's server does when it is told to move a message: rename(2), and no letters but its own. */
Test(engine_keywords, a_moved_file_keeps_a_keyword_that_its_mover_drops)
{
	struct rig rig;
	words_begin(&rig, "");
	words_rename(&rig, 1, "Other", ":2,S");
	words_rename(&rig, 3, "INBOX", ":2,FS");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 2 S home\nINBOX 3 SF home\nOther 1 S work\nOther 4 S work\n",
			  "moved without letters");
	rig_end(&rig);
}

Test(engine_keywords, the_table_outlives_the_state)
{
	struct rig rig;
	words_begin(&rig, "");
	lose_state(&rig);
	rig_run(&rig, NULL);
	words_expect_both(&rig, WORDS_FOUR, "without a state");
	words_expect_letters(&rig, 3, "b");
	/* And the server: another one, on which nothing is. */
	lose_state(&rig);
	world_clear(rig.world);
	rig_make_folder(&rig, "Other");
	(void)world_make(rig.world, "Other");
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	words_expect_both(&rig, WORDS_FOUR, "on another server");
	rig_end(&rig);
}

/* --- Readers --- */

Test(engine_keywords, stay_when_a_reader_drops_letters_with_a_flag)
{
	struct rig rig;
	words_begin(&rig, "");
	words_rename(&rig, 1, NULL, ":2,FS");
	words_rename(&rig, 2, NULL, ":2,");
	words_rename(&rig, 4, NULL, ":2,ST");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 1 SF work\nINBOX 2  home\nOther 3 S home\nOther 4 ST work\n",
			  "dropped");
	rig_end(&rig);
}

/* While the server moved it: where it is now it has them, with the flag that was changed here. */
Test(engine_keywords, stay_also_of_what_the_server_moved_meanwhile)
{
	for (int objects = 0; objects < 2; objects++) {
		struct rig rig;
		words_begin(&rig, "");
		rig.world->ways.with_objects = objects;
		struct world_mailbox *inbox = world_find(rig.world, "INBOX");
		for (uint32_t uid = 1; uid <= 2; uid++) {
			const struct world_message message = *world_message(inbox, uid);
			(void)world_copy(world_find(rig.world, "Other"), &message);
			world_remove(inbox, uid);
		}
		words_rename(&rig, 1, NULL, ":2,FS");
		rig_make_folder(&rig, "Third");
		words_rename(&rig, 2, "Third", ":2,FS"); /* and both sides moved that */
		rig_run(&rig, NULL);
		words_expect_both(&rig,
				  "Other 1 SF work\nOther 2 SF home\nOther 3 S home\n"
				  "Other 4 S work\n",
				  "moved there");
		rig_end(&rig);
	}
}

Test(engine_keywords, go_when_letters_alone_go_and_come)
{
	struct rig rig;
	words_begin(&rig, "");
	words_rename(&rig, 1, NULL, ":2,S");
	words_rename(&rig, 2, NULL, ":2,Sab");
	words_rename(&rig, 3, NULL, ":2,FSa");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 1 S\nINBOX 2 S home work\nOther 3 SF work\nOther 4 S work\n",
			  "letters");
	rig_end(&rig);
}

/* In new/ a reader only moved it on. */
Test(engine_keywords, stay_when_a_reader_moves_a_file_on)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)words_add(&rig, "INBOX", 1, 0, "work");
	rig_run(&rig, NULL);
	words_rename(&rig, 1, NULL, ":2,");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 1  work\n", "moved on");
	rig_end(&rig);
}

/* --- Rules --- */

Test(engine_keywords, are_only_shown_with_pull)
{
	struct rig rig;
	words_begin(&rig, "keywords = pull\n");
	words_rename(&rig, 1, NULL, ":2,FSb");
	struct world_mailbox *inbox = world_find(rig.world, "INBOX");
	world_set_flags(inbox, 2, FLAG_SEEN | world_keyword(rig.world, "work"));
	rig_run(&rig, NULL);
	words_expect(&rig, "INBOX 1 SF home\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n",
		     "INBOX 1 SF work\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n", "pull");
	/* What was held back goes when it may. */
	rig_configure(&rig, "");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 1 SF home\nINBOX 2 S work\nOther 3 S home\nOther 4 S work\n",
			  "both");
	rig_end(&rig);
}

Test(engine_keywords, are_each_sides_own_with_none)
{
	struct rig rig;
	words_begin(&rig, "");
	rig_configure(&rig, "keywords = none\n");
	words_rename(&rig, 1, NULL, ":2,FSb");
	world_set_flags(world_find(rig.world, "INBOX"), 2, 0);
	struct world_mailbox *other = world_find(rig.world, "Other");
	world_remove(other, 1);
	rig_run(&rig, NULL);
	words_expect(&rig, "INBOX 1 SF home\nINBOX 2  home\nOther 4 S work\n",
		     "INBOX 1 SF work\nINBOX 2 \nOther 4 S work\n", "none");
	uint64_t effects = rig.world->effects;
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->effects, effects);
	rig_end(&rig);
}

Test(engine_keywords, beyond_the_limit_stay_on_the_server)
{
	struct rig rig;
	rig_begin(&rig, "keyword-limit = 1\n");
	(void)words_add(&rig, "INBOX", 1, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	(void)words_add(&rig, "INBOX", 2, FLAG_SEEN, "home");
	(void)words_add(&rig, "Other", 3, FLAG_SEEN, "work");
	rig_run(&rig, NULL);
	const char *far = "INBOX 1 S work\nINBOX 2 S home\nOther 3 S work\n";
	words_expect(&rig, "INBOX 1 S work\nINBOX 2 S\nOther 3 S work\n", far, "beyond");
	/* A change of another flag does not touch it there. */
	words_rename(&rig, 2, NULL, ":2,FS");
	rig_run(&rig, NULL);
	words_expect(&rig, "INBOX 1 S work\nINBOX 2 SF\nOther 3 S work\n",
		     "INBOX 1 S work\nINBOX 2 SF home\nOther 3 S work\n", "flagged");
	rig_configure(&rig, "");
	rig_run(&rig, NULL);
	words_expect_both(&rig, "INBOX 1 S work\nINBOX 2 SF home\nOther 3 S work\n", "without it");
	rig_end(&rig);
}

Test(engine_keywords, that_the_server_does_not_take_stay_here)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.without_keywords = true;
	rig_make_folder(&rig, "INBOX");
	words_write_table(&rig, "INBOX", "3 work\n");
	rig_deliver(&rig, "INBOX", "1.x:2,Sd", 1, 0);
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	words_expect(&rig, "INBOX 1 S work\n", "INBOX 1 S\n", "system flags alone");
	words_expect_letters(&rig, 1, "d");
	rig_end(&rig);
}
