/* The real engine: what of a mailbox is not here, by a window or because the server does not show
 * it.
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

TestSuite(engine_outside, .fini = end, .timeout = 120);

/* Messages 1 to COUNT of INBOX, that both sides agree on. */
static void begin_with(const char *rules, unsigned int count)
{
	begin(rules);
	rig_agree(&rig, count);
}

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

static void remove_folder(const char *folder)
{
	char *path = rig_path(&rig, folder, "");
	rig_remove(path);
	free(path);
}

Test(engine_outside, a_mailbox_that_hides_some)
{
	begin_with("", 1);
	rig.world->ways.newest_only = 2;
	for (unsigned int i = 2; i <= 4; i++)
		(void)rig_append(&rig, "Lists", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	remove_folder("Lists");
	story_expect(
		&rig, NULL, NULL, "",
		"Lists: the whole folder is gone from the Maildir, where the last run left 2 messages; nothing was done. If you removed it, run `navette sync --force-delete work/Lists` to remove it from the server too, or set `remove` in the configuration; to bring it back, run with --restore instead\n");
	cr_expect_eq(rig.result.worst, ERROR_SAFETY);
	cr_expect_eq(world_count(world_find(rig.world, "Lists")), 3);
}

Test(engine_outside, what_passes_out_of_sight_is_told)
{
	begin_with("", 1);
	rig.world->ways.newest_only = 2;
	for (unsigned int i = 2; i <= 3; i++)
		(void)rig_append(&rig, "Lists", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 4, 0);
	story_expect(
		&rig, NULL, NULL, "1 downloaded, 253 bytes_down",
		"navette: Lists: the server shows only the newest 2 messages of the mailbox now, without 1 older one that is here. It stays here; if you removed it on the server, run `navette sync --force-delete work/Lists`\n");
	story_expect_state(&rig, "Lists",
			   "next 4, 2 there, 0 withheld, far known near known\n"
			   "1 S cur 189 file body identity absent 6\n"
			   "2 S cur 509 file body identity\n"
			   "3 S cur 253 file body identity\n");
	story_expect(&rig, NULL, NULL, "", NULL);
}

/* --- Windows --- */

/* What it does not find it is asked for one by one. */
Test(engine_outside, a_search_that_finds_nothing)
{
	begin("max-age = 6d\nmax-size = 317\nkeep = flagged\n");
	rig_begin_day(&rig);
	rig.world->ways.cannot_search = true;
	for (unsigned int i = 1; i <= 8; i++)
		(void)rig_append(&rig, "INBOX", i == 5 ? FLAG_FLAGGED : 0, i, 0);
	story_expect(&rig, NULL, NULL, "4 downloaded, 1332 bytes_down", "");
	story_expect_state(
		&rig, "INBOX",
		"next 9, 8 there, 0 withheld, far known near known window since then largest 317 flagged\n"
		"2 - new 189 file body identity\n"
		"4 - new 253 file body identity\n"
		"5 F new 573 file body identity\n"
		"6 - new 317 file body identity\n"
		"outside 1,3,7:8\n");
	story_expect_nothing(&rig);
	(void)rig_append(&rig, "INBOX", 0, 9, 0);
	(void)rig_append(&rig, "INBOX", 0, 12, 0);
	world_set_flags(inbox(), 5, 0);
	world_set_flags(inbox(), 8, FLAG_FLAGGED);
	story_expect(&rig, NULL, NULL, "2 downloaded, 1 expired, 506 bytes_down", "");
	story_expect_state(
		&rig, "INBOX",
		"next 11, 10 there, 0 withheld, far known near known window since then largest 317 flagged\n"
		"2 - new 189 file body identity\n"
		"4 - new 253 file body identity\n"
		"6 - new 317 file body identity\n"
		"8 F new 381 file body identity\n"
		"9 - new 125 file body identity\n"
		"outside 1,3,5,7,10\n");
	story_expect_nothing(&rig);
}

/* A refusal is not a window without messages, but of an empty mailbox. */
Test(engine_outside, a_search_that_is_refused)
{
	begin("max-age = 30d\n");
	(void)world_make(rig.world, "Empty");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig_configure(&rig, "connections = 1\nmax-age = 20d\n");
	rig.world->ways.refuses_searches = true;
	story_expect(&rig, NULL, NULL, "", "INBOX: it does not search\n");
	rig_expect(&rig, "INBOX 1.0 1\n", "INBOX 1.0 1\n", ERROR_FAILED);
	rig.world->ways.refuses_searches = false;
	story_expect(&rig, NULL, NULL, "", "");
	story_expect_nothing(&rig);
}
