/* The real engine: file systems that are small, or take not all names, and Maildirs that somebody
 * took apart. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_disks, .fini = end, .timeout = 120);

/* --- Room --- */

#define KB UINT64_C(1024)
#define MB (KB * 1024)
#define BLOCK (4 * KB)

static void run_with_free(uint64_t bytes, const char *counts, const char *said)
{
	faults_set_disk(NULL, bytes);
	faults_begin(NULL, NULL);
	story_expect(&rig, NULL, NULL, counts, said);
	faults_end();
}

/* Each takes whole blocks, and a megabyte stays free. */
Test(engine_disks, what_does_not_fit_is_not_fetched)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 2; i <= 4; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig.world->bodies_given = 0;
	run_with_free(
		MB + 3 * BLOCK - BLOCK, "",
		"-: the disk is full: the next 3 messages of INBOX need 12 kB and 1 MB to spare, and only 1032 kB are free in ~/mail/INBOX; make room there and run again. What came so far stays\n");
	cr_expect_eq(rig.world->bodies_given, 0);
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	story_expect_state(&rig, "INBOX",
			   "next 2, 1 there, 0 withheld, far known near known\n"
			   "1 S cur 445 file body identity\n");
	run_with_free(MB + 3 * BLOCK, "3 downloaded, 951 bytes_down", "");
	story_expect_nothing(&rig);
}

Test(engine_disks, one_that_does_not_fit)
{
	rig_begin_alone(&rig, "body = headers\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	run_with_free(
		MB + 2 * BLOCK - BLOCK, "",
		"-: the disk is full: the next 1 message of INBOX needs 8 kB and 1 MB to spare, and only 1028 kB are free in ~/mail/INBOX; make room there and run again. What came so far stays\n");
	run_with_free(MB + 2 * BLOCK, "1 downloaded, 109 bytes_down", "");
	story_expect_nothing(&rig);
}

/* Where there is much room nobody asks how much is needed. */
Test(engine_disks, much_room_costs_no_question)
{
	static const uint64_t rooms[] = { 256 * MB, 256 * MB - BLOCK };
	uint64_t steps[2];
	rig_begin_alone(&rig, "");
	for (size_t i = 0; i < 2; i++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		run_with_free(rooms[i], "1 downloaded, 445 bytes_down", "");
		steps[i] = rig.world->steps;
	}
	cr_expect_eq(steps[1], steps[0] + 1, "%llu and %llu", (unsigned long long)steps[0],
		     (unsigned long long)steps[1]);
}

/* --- Names --- */

static void run_refusing(const char *refused, const char *counts, const char *said)
{
	faults_set_disk(refused, UINT64_MAX);
	faults_begin(NULL, NULL);
	story_expect(&rig, NULL, NULL, counts, said);
	faults_end();
}

/* As vfat: those without flags can be kept. */
Test(engine_disks, no_colon_in_names)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", 0, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", world_keyword(rig.world, "work"), 3, 0);
	rig.world->bodies_given = 0;
	run_refusing(
		":", "1 downloaded, 2 skipped, 445 bytes_down",
		"INBOX: the file system of ~/mail/INBOX takes no ':' in file names, so messages that have flags cannot be kept there; say \"separator = ;\" in the configuration\n");
	cr_expect_eq(rig.world->bodies_given, 1);
	rig_configure(&rig, "connections = 1\nseparator = ;\n");
	run_refusing(":", "2 downloaded, 698 bytes_down", "");
	story_expect_state(&rig, "INBOX",
			   "next 4, 3 there, 0 withheld, far known\n"
			   "1 - new 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 - new 509 file body identity\n");
	cr_expect_eq(rig.world->bodies_given, 3);
}

/* What was recorded under a name that cannot be gets another one. */
Test(engine_disks, another_separator_for_what_was_recorded)
{
	bool died = true;
	unsigned int renamed = 0;
	rig_begin_alone(&rig, "");
	for (unsigned int n = 1; died; n++) {
		char kill[24];
		(void)snprintf(kill, sizeof kill, "%u:before", n);
		rig_clear(&rig);
		rig_configure(&rig, "connections = 1\n");
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		died = rig_run_to_death(&rig, NULL, kill);
		rig_configure(&rig, "connections = 1\nseparator = ;\n");
		faults_set_disk(":", UINT64_MAX);
		faults_begin(NULL, NULL);
		rig_run(&rig, NULL);
		if (rig.world->bodies_given == 1 && died)
			renamed++;
		rig_run(&rig, NULL);
		faults_end();
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s: %s", kill, rig.failures);
		char *near = rig_near(&rig);
		cr_expect(strncmp(near, "INBOX 1.0", 9) == 0 && strchr(near, '\n')[1] == '\0',
			  "%s: %s", kill, near);
		free(near);
		cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 1, "%s", kill);
		cr_expect_eq(rig.world->bodies_taken, 0, "%s", kill);
		rig.world->bodies_given = 0;
	}
	cr_expect_gt(renamed, 0);
}

/* --- Names that fail for all --- */

/* PLACED of the messages come; each other is told. GIVES_UP: nothing else is done in the folder. */
static void fail_names(unsigned int messages, const char *fail, unsigned int placed, bool gives_up)
{
	size_t lines = 0;
	rig_begin_alone(&rig, "");
	rig_make_folder(&rig, "Lists");
	for (unsigned int i = 1; i <= messages; i++)
		(void)rig_append(&rig, "Lists", FLAG_SEEN, i, 0);
	rig_deliver(&rig, "Lists", "99.y:2,S", 99, 0);
	faults_begin(NULL, fail);
	rig_run(&rig, NULL);
	faults_end();
	for (const char *line = strstr(rig.failures, "Lists: "); line;
	     line = strstr(line + 1, "Lists: "))
		lines++;
	cr_expect_eq(lines, messages - placed, "%zu: %s", lines, rig.failures);
	cr_expect_eq(rig.world->bodies_taken, gives_up ? 0 : 1, "%u", messages);
	cr_expect_eq(rig.result.counts.downloaded, placed);
	cr_expect_eq(rig.result.counts.skipped, messages - placed);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.result.counts.downloaded, messages - placed);
	story_expect_nothing(&rig);
	rig_end(&rig);
}

/* Of many that all fail it is not the messages: then the folder is given up. */
Test(engine_disks, files_that_get_no_name)
{
	fail_names(10, "rename:1+:5", 0, false);
	fail_names(11, "rename:1+:5", 0, true);
	fail_names(12, "rename:2+:5", 1, false);
	rig_begin_alone(&rig, "");
}

/* How often the disk is asked to keep what a run fetches. */
static uint64_t count_syncs(const char *folder, const char *rules)
{
	rig_begin_alone(&rig, rules);
	rig_make_folder(&rig, folder);
	(void)rig_append(&rig, folder, FLAG_SEEN, 9, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 1; i <= 8; i++)
		(void)rig_append(&rig, folder, FLAG_SEEN, i, 0);
	faults_begin(NULL, NULL);
	rig_run(&rig, NULL);
	faults_end();
	cr_expect_eq(rig.result.counts.downloaded, 8, "%s", rig.failures);
	rig_end(&rig);
	return faults_counts()->calls[FAULT_SYNC];
}

/* Who waits for new mail sees the newest before all of it is here; elsewhere once is enough. */
Test(engine_disks, the_newest_of_the_inbox_come_first)
{
	uint64_t elsewhere = count_syncs("Lists", "");
	cr_expect_eq(count_syncs("INBOX", "order = oldest\n"), elsewhere);
	cr_expect_gt(count_syncs("INBOX", ""), elsewhere);
	rig_begin_alone(&rig, "");
}

/* --- Maildirs that were taken apart --- */

static void remove_place(const char *folder, const char *place)
{
	char *path = rig_path(&rig, folder, place);
	rig_remove(path);
	free(path);
}

Test(engine_disks, a_maildir_without_its_new)
{
	const struct sync_options restore = { .restore = true };
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", 0, 1, 0);
	(void)rig_append(&rig, "INBOX", 0, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 4, 0);
	rig_run(&rig, NULL);
	remove_place("Lists", "new"); /* nothing was in it */
	remove_place("INBOX", "new");
	story_expect(
		&rig, NULL, NULL, "",
		"INBOX: the Maildir ~/mail/INBOX has lost its directory new, in which were 2 messages; nothing was done. Put it back; or make an empty one if you removed what was in it; or run with --restore to download that again\n");
	cr_expect_eq(rig.result.worst, ERROR_SAFETY);
	cr_expect_eq(rig.effects, 0);
	story_expect(&rig, &restore, NULL, "2 downloaded, 634 bytes_down", "");
	story_expect_nothing(&rig);
	remove_place("INBOX", "new");
	story_expect(
		&rig, NULL, NULL, "",
		"INBOX: the Maildir ~/mail/INBOX has lost its directory new, in which were 2 messages; nothing was done. Put it back; or make an empty one if you removed what was in it; or run with --restore to download that again\n");
	story_expect(&rig, &(struct sync_options){ .force_delete = true }, NULL, "2 far_removed",
		     "");
	cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 1);
	story_expect_nothing(&rig);
}

/* One directory for two folders. */
Test(engine_disks, a_link_to_another_folder)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 3, 0);
	rig_run(&rig, NULL);
	remove_place("Lists", "");
	char *path = rig_path(&rig, "Lists", "");
	path[strlen(path) - 1] = '\0';
	cr_assert_eq(symlink("INBOX", path), 0);
	free(path);
	story_expect(
		&rig, NULL, NULL, "",
		"Lists: ~/mail/Lists is one directory for the two folders INBOX and Lists, by a link or because the file system takes their names for one; this one was left alone: rename its mailbox on the server, or remove the link\n");
	rig_expect(&rig, "INBOX 1.0 1\n", "INBOX 1.0 1\nLists 2.0 1\nLists 3.0 1\n",
		   rig.result.worst);
}

static void take_away(struct rig *here, const struct sync_progress *progress)
{
	if (progress->folder && strcmp(progress->folder, "INBOX") == 0 &&
	    strcmp(progress->phase, "looking") == 0)
		rig_rename(here, "INBOX", "../away");
}

static void bring_back(void)
{
	rig_rename(&rig, "../away", "INBOX");
}

Test(engine_disks, a_maildir_that_vanishes)
{
	rig_begin_alone(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
	rig.meanwhile = take_away;
	rig_run(&rig, NULL);
	rig.meanwhile = NULL;
	cr_expect_neq(rig.result.worst, ERROR_NONE);
	cr_expect_not_null(strstr(rig.failures, "vanished while navette worked on it; run again"),
			   "%s", rig.failures);
	cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 3);
	bring_back();
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}
