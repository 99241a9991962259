/* Letters by another table: of other programs' Maildirs, and of states of before.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine-old-state.h"
#include "engine-words.h"

/* --- Maildirs of others --- */

/* Two with tables that do not agree, and letters that none explains. */
static void make_foreign(struct rig *rig)
{
	rig_make_folder(rig, "INBOX");
	rig_make_folder(rig, "Other");
	words_write_table(rig, "INBOX", "0 work\n1 home\n");
	words_write_table(rig, "Other", "0 home\n1 work\n2 $Forwarded\nx 9\n27 none\n");
	rig_deliver(rig, "INBOX", "1.x:2,Sa", 1, 0);
	rig_deliver(rig, "INBOX", "2.x:2,Sby", 2, 0);
	rig_deliver(rig, "Other", "3.x:2,Sa", 3, 0);
	rig_deliver(rig, "Other", "4.x:2,Sbcz", 4, 0);
}

#define FOREIGN_NEAR "INBOX 1 S work\nINBOX 2 S ? home\nOther 3 S home\nOther 4 SP ? work\n"
#define FOREIGN_FAR "INBOX 1 S work\nINBOX 2 S home\nOther 3 S home\nOther 4 SP work\n"

Test(engine_letters, foreign_maildirs_are_read_by_their_own_tables)
{
	struct rig rig;
	rig_begin(&rig, "");
	make_foreign(&rig);
	rig_run(&rig, NULL);
	words_expect(&rig, FOREIGN_NEAR, FOREIGN_FAR, "taken over");
	words_expect_letters(&rig, 3, "b");
	/* What is new gets no letter that stands in a name and means nothing. */
	for (unsigned int i = 0; i < 24; i++) {
		char word[8];
		(void)snprintf(word, sizeof word, "k%u", i);
		(void)words_add(&rig, "Other", 10 + i, FLAG_SEEN, word);
	}
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	words_expect_letters(&rig, 4, "az");
	words_expect_letters(&rig, 2, "by");
	char *far = words_far(&rig);
	cr_expect_not_null(strstr(far, "INBOX 2 S home\n"), "%s", far);
	cr_expect_not_null(strstr(far, "Other 4 SP work\n"), "%s", far);
	free(far);
	rig_end(&rig);
}

/* A Dovecot that serves the Maildir gives a letter of its own choice. */
Test(engine_letters, letters_of_another_program_are_adopted)
{
	struct rig rig;
	words_begin(&rig, "");
	words_write_table(&rig, "INBOX", "0 work\n1 home\n5 travel\n");
	words_rename(&rig, 1, NULL, ":2,Saf");
	rig_run(&rig, NULL);
	words_expect_both(&rig,
			  "INBOX 1 S travel work\nINBOX 2 S home\nOther 3 S home\nOther 4 S work\n",
			  "a free one");
	/* Elsewhere it chooses one that the account has given meanwhile. */
	(void)words_add(&rig, "INBOX", 5, FLAG_SEEN, "fun");
	rig_run(&rig, NULL);
	words_expect_letters(&rig, 5, "c");
	words_write_table(&rig, "Other", "0 work\n1 home\n2 books\n");
	words_rename(&rig, 3, NULL, ":2,Sbc");
	rig_run(&rig, NULL);
	words_expect_both(
		&rig,
		"INBOX 1 S travel work\nINBOX 2 S home\nINBOX 5 S fun\nOther 3 S books home\n"
		"Other 4 S work\n",
		"one in use");
	rig_end(&rig);
}

/* Pauses take no time here, so files may be as young as what the run does to them. */
static void wait_for_tick(void)
{
	int64_t begun = clock_stamp_ns();
	while (clock_stamp_ns() == begun)
		(void)sched_yield();
}

Test(engine_letters, foreign_tables_survive_kills, .timeout = 300)
{
	unsigned int died = 0;
	struct rig rig;
	rig_begin(&rig, "connections = 1\n");
	for (unsigned int number = 1; number < 2000; number++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:after", number);
		rig_clear(&rig);
		make_foreign(&rig);
		wait_for_tick();
		if (!rig_run_to_death(&rig, NULL, kill))
			break;
		died++;
		rig_run(&rig, NULL);
		words_expect(&rig, FOREIGN_NEAR, FOREIGN_FAR, kill);
	}
	cr_expect_gt(died, 30);
	rig_end(&rig);
}

/* --- States of before --- */

Test(engine_letters, a_state_with_a_table_a_folder_is_rewritten)
{
	struct rig rig;
	words_begin(&rig, "");
	old_state_make_lettered(&rig, "Other");
	words_expect_letters(&rig, 3, "a");
	/* Meanwhile a reader changed a flag, and the server a keyword. */
	words_rename(&rig, 3, NULL, ":2,FSa");
	world_set_flags(world_find(rig.world, "Other"), 2,
			FLAG_SEEN | world_keyword(rig.world, "work") |
				world_keyword(rig.world, "fun"));
	rig_run(&rig, NULL);
	words_expect_both(&rig,
			  "INBOX 1 S work\nINBOX 2 S home\nOther 3 SF home\nOther 4 S fun work\n",
			  "rewritten");
	words_expect_letters(&rig, 3, "b");
	words_expect_letters(&rig, 1, "a");
	rig_end(&rig);
}

/* A run that only looks reads letters as they are. */
Test(engine_letters, a_dry_run_knows_a_state_of_before)
{
	struct rig rig;
	const struct sync_options dry = { .dry_run = true };
	words_begin(&rig, "");
	old_state_make_lettered(&rig, "Other");
	rig_stamp(&rig, "Other", "cur");
	rig_run(&rig, &dry);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.effects, 0);
	words_expect_letters(&rig, 3, "a");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0, "the server is touched");
	words_expect_both(&rig, WORDS_FOUR, "rewritten");
	rig_end(&rig);
}

Test(engine_letters, rewriting_survives_kills, .timeout = 300)
{
	unsigned int died = 0;
	struct rig rig;
	rig_begin(&rig, "connections = 1\n");
	for (unsigned int number = 1; number < 2000; number++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:after", number);
		rig_end(&rig);
		words_begin(&rig, "connections = 1\n");
		(void)words_add(&rig, "Other", 5, FLAG_SEEN, "home");
		rig_run(&rig, NULL);
		old_state_make_lettered(&rig, "Other");
		words_rename(&rig, 3, NULL, ":2,FSa");
		wait_for_tick();
		if (!rig_run_to_death(&rig, NULL, kill))
			break;
		died++;
		rig_run(&rig, NULL);
		words_expect_both(
			&rig,
			"INBOX 1 S work\nINBOX 2 S home\nOther 3 SF home\nOther 4 S work\n"
			"Other 5 S home\n",
			kill);
	}
	cr_expect_gt(died, 15);
	rig_end(&rig);
}
