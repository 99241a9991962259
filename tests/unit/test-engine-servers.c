/* The real engine: servers that say little, mailboxes that cannot be written to or opened, and
 * such to which more arrives. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void begin(const char *rules)
{
	char *text = memory_format("connections = 1\ntimeout = 6s\n%s", rules);
	rig_begin(&rig, text);
	free(text);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_servers, .fini = end, .timeout = 120);

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

/* --- What it does not say --- */

Test(engine_servers, which_uid_comes_next)
{
	for (int uids = 0; uids <= 1; uids++) {
		begin("");
		rig.world->ways.without_uidnext = true;
		rig.world->ways.without_uids = !uids;
		for (unsigned int i = 1; i <= 3; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
		rig_deliver(&rig, "INBOX", "5.y", 5, 0);
		rig.world->headers_given = 0;
		story_expect(&rig, NULL, NULL, "2 uploaded, 826 bytes_up", "");
		cr_expect_eq(rig.world->headers_given, uids ? 0 : 2, "those that came: %u",
			     (unsigned int)rig.world->headers_given);
		story_expect_state(&rig, "INBOX",
				   "next 0, 3 there, 0 withheld, near known\n"
				   "1 S cur 445 file body identity\n"
				   "2 S cur 189 file body identity\n"
				   "3 S cur 509 file body identity\n"
				   "4 S cur 253 file body identity\n"
				   "5 - new 573 file body identity\n");
		story_expect_nothing(&rig);
		if (!uids)
			rig_end(&rig);
	}
}

/* The first sync, and what is sent in it. */
Test(engine_servers, which_uid_comes_next_of_a_first_run)
{
	begin("");
	rig.world->ways.without_uidnext = true;
	rig.world->ways.without_uids = true;
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "3.y:2,S", 3, 0);
	story_expect(&rig, NULL, NULL,
		     "1 downloaded, 1 uploaded, 1 adopted, 445 bytes_down, 509 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 0, 2 there, 0 withheld, near known\n"
			   "1 S cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n");
	story_expect_nothing(&rig);
}

/* --- What may not be written to --- */

Test(engine_servers, a_mailbox_that_is_read_only_for_a_while)
{
	begin("");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	inbox()->read_only = true;
	(void)rig_append(&rig, "INBOX", 0, 4, 0);
	world_set_flags(inbox(), 1, FLAG_SEEN | FLAG_ANSWERED);
	words_rename(&rig, 2, NULL, ":2,FS");
	rig_deliver(&rig, "INBOX", "5.y:2,S", 5, 0);
	story_expect(&rig, NULL, NULL, "1 downloaded, 1 near_flags, 253 bytes_down",
		     "navette: work/INBOX: the server lets this mailbox only be read, so flags, "
		     "removals and new mail stay here and are not sent; say direction = pull for "
		     "it in a channel if that is as it should be\n");
	cr_expect_eq(rig.effects, 0);
	story_expect(&rig, NULL, NULL, "", "");
	cr_expect_eq(rig.effects, 0);
	inbox()->read_only = false;
	world_set_flags(inbox(), 3, FLAG_SEEN | FLAG_ANSWERED);
	story_expect(&rig, NULL, NULL, "1 uploaded, 1 near_flags, 1 far_flags, 573 bytes_up", "");
	rig_expect(&rig, "INBOX 1.0 3\nINBOX 2.0 5\nINBOX 3.0 3\nINBOX 4.0 0\nINBOX 5.0 1\n",
		   "INBOX 1.0 3\nINBOX 2.0 5\nINBOX 3.0 3\nINBOX 4.0 0\nINBOX 5.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

/* --- What cannot be opened --- */

/* One that is only a name above others is left out without a word. */
Test(engine_servers, a_mailbox_that_is_locked)
{
	begin("");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	world_make(rig.world, "Above")->locked = true;
	(void)rig_append(&rig, "Above/Below", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "Alone", FLAG_SEEN, 3, 0);
	world_find(rig.world, "Alone")->locked = true;
	story_expect(
		&rig, NULL, NULL, "2 downloaded, 634 bytes_down",
		"Alone: it is locked; if it is not to be synchronised, leave it out of `folders`\n");
	char *path = rig_path(&rig, "Above", "cur");
	cr_expect_neq(access(path, F_OK), 0, "%s was made", path);
	free(path);
	/* It is one now, and then it is not any more. */
	world_find(rig.world, "Alone")->locked = false;
	world_find(rig.world, "Above")->locked = false;
	story_expect(&rig, NULL, NULL, "1 downloaded, 509 bytes_down", "");
	world_find(rig.world, "Above")->locked = true;
	(void)rig_append(&rig, "Above", FLAG_SEEN, 4, 0);
	story_expect(
		&rig, NULL, NULL, "",
		"Above: it is locked; if it is not to be synchronised, leave it out of `folders`\n");
}

/* --- What arrives while nobody is there any more --- */

/* A run dies when the server has what was sent to it. */
static void die_unanswered(void)
{
	uint64_t effects = rig.world->effects;
	for (uint64_t n = 1; rig.world->effects == effects && n < 40; n++) {
		rig.world->fault = WORLD_DIES_AFTER;
		rig.world->fault_at = rig.world->steps + n;
		(void)rig_run_to_death(&rig, NULL, NULL);
	}
}

static void begin_unanswered(void)
{
	begin("");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	die_unanswered();
}

/* It is looked at until it rests: what would be new each time is not waited for without end. */
Test(engine_servers, more_that_arrives_is_waited_for)
{
	begin_unanswered();
	rig.world->ways.grows = true;
	rig.world->steps = 0;
	story_expect(
		&rig, NULL, NULL, "",
		"INBOX: messages that an earlier run sent keep arriving; the next run goes on\n");
	cr_expect_eq(rig.result.worst, ERROR_TEMPORARY);
	cr_expect_geq(rig.world->steps, 240);
	rig.world->ways.grows = false;
	rig.world->steps = 0;
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX waiting 0/0\n"
		     "INBOX comparing 0/0\n"
		     "INBOX flags 1/1\n",
		     "1 adopted", "");
	uint64_t steps = rig.world->steps;
	rig_end(&rig);
	/* Two minutes later there is nothing to wait for. */
	begin_unanswered();
	const struct timespec pause = { .tv_sec = 180 };
	(void)nanosleep(&pause, NULL); /* it takes no time */
	rig.world->steps = 0;
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX comparing 0/0\n"
		     "INBOX flags 1/1\n",
		     "1 adopted", "");
	cr_expect_eq(rig.world->steps + 7, steps, "%u and %u", (unsigned int)rig.world->steps,
		     (unsigned int)steps);
	story_expect_nothing(&rig);
}

/* --- Where a mailbox was made --- */

/* One of the same last name that the base knows was not made just now. */
Test(engine_servers, a_mailbox_that_is_made_nowhere)
{
	begin("");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Labels/Mine", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig.world->ways.makes_elsewhere = true;
	rig_deliver(&rig, "Mine", "3.y:2,S", 3, 0);
	story_expect(&rig, NULL, NULL, "", "Mine: there is no such mailbox\n");
	rig_deliver(&rig, "Yours", "4.y:2,S", 4, 0);
	story_expect(
		&rig, NULL, NULL, "",
		"Mine: there is no such mailbox\n"
		"Yours: the server did not make this mailbox but “Labels/Yours”; nothing was sent. The next run brings that folder here: move the messages into it, and remove this one\n");
}

/* --- Moves of which the new place does not come --- */

Test(engine_servers, the_old_place_stays_until_the_new_one_is_here)
{
	begin("");
	rig.world->ways.with_objects = true;
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Archive", FLAG_SEEN, 100, 0);
	rig_run(&rig, NULL);
	const struct world_message message = *world_message(inbox(), 1);
	rig.world->ways.refuses_body_of = world_copy(world_find(rig.world, "Archive"), &message);
	world_remove(inbox(), 1);
	/* Its file is not what was recorded, and nobody looks into INBOX for that. */
	struct rig_files files;
	rig_files_read(&rig, &files);
	char *directory = rig_path(&rig, "INBOX", files.items[0].place);
	char *path = memory_format("%s/%s", directory, files.items[0].name);
	struct stat before;
	cr_assert_eq(stat(path, &before), 0);
	FILE *file = fopen(path, "ae");
	cr_assert(file && fputs("more\n", file) >= 0 && fclose(file) == 0);
	const struct timespec times[2] = { before.st_mtim, before.st_mtim };
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	rig_files_release(&files);
	free(directory);
	free(path);
	story_expect(&rig, NULL, NULL, "1 skipped",
		     "Archive: message with UID 2: it cannot be read\n");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity object\n"
			   "2 S cur 189 file body identity object\n"
			   "3 S cur 509 file body identity object\n");
	story_expect_state(&rig, "Archive",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 451 file body identity object\n"
			   "deferred 2: 1, it cannot be read\n");
	char *near = rig_near(&rig);
	cr_expect_not_null(strstr(near, "INBOX 1.0 1\n"), "%s", near);
	free(near);
	rig.world->ways.refuses_body_of = 0;
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	near = rig_near(&rig);
	cr_expect_not_null(strstr(near, "Archive 1.0 1\n"), "%s", near);
	free(near);
	story_expect_nothing(&rig);
}
