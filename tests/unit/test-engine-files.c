/* The real engine: files that somebody else named, copied, edited or keeps from being read.
 * SPDX-License-Identifier: GPL-3.0-or-later */
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

TestSuite(engine_files, .fini = end, .timeout = 120);

/* INBOX has the messages 1 to 4, from here, and all are in sync. */
static void begin_with(const char *rules)
{
	char *text = memory_format("connections = 1\n%s", rules);
	rig_begin(&rig, text);
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "3.y:2,S", 3, 0);
	rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	free(text);
}

static struct world_mailbox *inbox(void)
{
	return world_find(rig.world, "INBOX");
}

/* The UID of message NUMBER. */
static uint32_t uid_of(unsigned int number)
{
	char *subject = memory_format("Subject: number %u\r", number);
	uint32_t uid = 0;
	for (size_t i = 0; i < world_count(inbox()); i++) {
		const struct world_message *message = world_nth(inbox(), i);
		if (strstr((char *)rig.world->bytes + message->body, subject) &&
		    memmem(rig.world->bytes + message->body, message->length, subject,
			   strlen(subject)))
			uid = message->uid;
	}
	free(subject);
	cr_assert_neq(uid, 0);
	return uid;
}

static void remove_file(const char *name)
{
	char *directory = rig_path(&rig, "INBOX", "cur");
	char *path = memory_format("%s/%s", directory, name);
	cr_assert_eq(unlink(path), 0, "%s", path);
	rig_stamp(&rig, "INBOX", "cur");
	free(directory);
	free(path);
}

static void rename_file(const char *from, const char *to)
{
	char *directory = rig_path(&rig, "INBOX", "cur");
	char *old = memory_format("%s/%s", directory, from);
	char *new = memory_format("%s/%s", directory, to);
	cr_assert_eq(rename(old, new), 0, "%s", old);
	rig_stamp(&rig, "INBOX", "cur");
	free(directory);
	free(old);
	free(new);
}

/* --- Other names --- */

Test(engine_files, another_base_name)
{
	begin_with("");
	rename_file("1.y:2,S", "other:2,FS");
	rename_file("2.y:2,S", "another:2,S");
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX flags 1/2\n"
		     "INBOX flags 2/2\n",
		     "1 far_flags", "");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 SF cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	cr_expect_eq(world_message(inbox(), uid_of(1))->flags, FLAG_SEEN | FLAG_FLAGGED);
	cr_expect_eq(rig.world->bodies_taken, 4);
	story_expect_nothing(&rig);
}

/* With the same base name, and so with one of its own. */
Test(engine_files, a_copy_beside_it)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n"
				   "INBOX 7.0 5\n";
	begin_with("");
	rig_write(&rig, "INBOX", "cur", "1.y:2,FS", 7, 0);
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	story_expect_nothing(&rig);
}

Test(engine_files, an_editors_copy_alone)
{
	begin_with("");
	rename_file("1.y:2,S", "1.y:2,S~");
	rename_file("2.y:2,S", "#2.y:2,S#");
	rig_write(&rig, "INBOX", "cur", "3.y:2,S~", 3, 0);
	story_expect(
		&rig, NULL, NULL, "2 skipped",
		"INBOX: 2 messages have only names of editors' copies in ~/mail/INBOX (x~ or #x#), so it cannot be told whether they were removed; nothing was done with them: give the files their names back, or remove the copies\n");
	cr_expect_eq(world_count(inbox()), 4);
	cr_expect_eq(rig.effects, 0);
	rename_file("1.y:2,S~", "1.y:2,FS");
	story_expect(
		&rig, NULL, NULL, "1 far_flags, 1 skipped",
		"INBOX: 1 message has only names of editors' copies in ~/mail/INBOX (x~ or #x#), so it cannot be told whether it was removed; nothing was done with it: give the files their names back, or remove the copies\n");
	rename_file("#2.y:2,S#", "2.y:2,S");
	story_expect(&rig, NULL, NULL, "", "");
	story_expect_nothing(&rig);
}

/* --- Edits --- */

Test(engine_files, an_edit_with_flags_of_both_sides)
{
	begin_with("");
	rename_file("1.y:2,S", "1.y:2,FS");
	rig_write(&rig, "INBOX", "cur", "1.y:2,FS", 1, 1);
	world_set_flags(inbox(), uid_of(1), FLAG_SEEN | FLAG_ANSWERED);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX uploading 1/1\n"
		     "INBOX removing 0/1\n",
		     "1 uploaded, 1 far_removed, 455 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "5 SF cur 455 file body identity\n");
	cr_expect_eq(world_message(inbox(), 5)->flags, FLAG_SEEN | FLAG_FLAGGED | FLAG_ANSWERED);
	/* What came from there is seen when the new version is. */
	story_expect(&rig, NULL, NULL, "1 near_flags", "");
	story_expect_nothing(&rig);
}

Test(engine_files, an_edit_of_what_is_removed_there)
{
	begin_with("");
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", 1, 1);
	world_remove(inbox(), uid_of(1));
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX uploading 1/1\n",
		     "1 uploaded, 455 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 6, 4 there, 0 withheld, far known near known\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "5 S cur 455 file body identity\n");
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	story_expect_nothing(&rig);
}

/* Nothing new goes to the server: the edit stays here. */
Test(engine_files, an_edit_that_may_not_go)
{
	begin_with("");
	rig_configure(&rig, "connections = 1\npush = flags deletions\n");
	rig_run(&rig, NULL);
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", 1, 1);
	world_remove(inbox(), uid_of(1));
	story_expect(&rig, NULL, NULL, "", "");
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n");
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   "INBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	story_expect(&rig, NULL, NULL, "", "");
	cr_expect_eq(rig.effects, 0);
}

/* A time alone is no edit. */
Test(engine_files, one_that_is_only_touched)
{
	begin_with("");
	char *directory = rig_path(&rig, "INBOX", "cur");
	char *path = memory_format("%s/1.y:2,S", directory);
	const struct timespec times[2] = { { .tv_sec = 1600000000 }, { .tv_sec = 1600000000 } };
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	rig_stamp(&rig, "INBOX", "cur");
	free(directory);
	free(path);
	story_expect(&rig, NULL, NULL, "", "");
	cr_expect_eq(rig.effects, 0);
	story_expect_nothing(&rig);
}

/* What the guard weighs is what would be no more: of an edit the new version is there first. */
Test(engine_files, edits_are_no_losses)
{
	begin_with("max-delete = 2 10%\n");
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", 1, 1);
	rig_write(&rig, "INBOX", "cur", "2.y:2,S", 2, 1);
	rig_write(&rig, "INBOX", "cur", "3.y:2,S", 3, 1);
	remove_file("4.y:2,S");
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 2.1 1\nINBOX 3.1 1\n",
		   "INBOX 1.1 1\nINBOX 2.1 1\nINBOX 3.1 1\n", ERROR_NONE);
}

/* Nor do they make up for any. */
Test(engine_files, edits_beside_losses)
{
	begin_with("max-delete = 2 10%\n");
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", 1, 1);
	remove_file("2.y:2,S");
	remove_file("3.y:2,S");
	remove_file("4.y:2,S");
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.1 1\n", "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
		   ERROR_SAFETY);
}

/* --- Drafts are edited in place, which no directory tells --- */

static void edit_in_place(const char *name, unsigned int number, unsigned int version)
{
	char *directory = rig_path(&rig, "INBOX", "cur");
	struct stat before;
	cr_assert_eq(stat(directory, &before), 0);
	rig_write(&rig, "INBOX", "cur", name, number, version);
	const struct timespec times[2] = { before.st_mtim, before.st_mtim };
	cr_assert_eq(utimensat(AT_FDCWD, directory, times, 0), 0);
	free(directory);
}

Test(engine_files, a_draft_that_is_edited_in_place)
{
	begin_with("");
	rename_file("1.y:2,S", "1.y:2,DS");
	rig_run(&rig, NULL);
	story_expect_state(&rig, "INBOX",
			   "next 5, 4 there, 0 withheld, far known near known\n"
			   "1 SD cur 445 file body identity\n"
			   "2 S cur 189 file body identity\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "watched 1\n");
	rig_run(&rig, NULL);
	edit_in_place("1.y:2,DS", 1, 1);
	edit_in_place("2.y:2,S", 2, 1);
	story_expect(&rig, NULL,
		     "INBOX looking 0/0\n"
		     "INBOX uploading 1/2\n"
		     "INBOX uploading 2/2\n"
		     "INBOX removing 0/2\n",
		     "2 uploaded, 2 far_removed, 654 bytes_up", "");
	story_expect_state(&rig, "INBOX",
			   "next 7, 4 there, 0 withheld, far known near known\n"
			   "3 S cur 509 file body identity\n"
			   "4 S cur 253 file body identity\n"
			   "5 SD cur 455 file body identity\n"
			   "6 S cur 199 file body identity\n"
			   "watched 1,5\n");
	story_expect_nothing(&rig);
}

/* --- Files that cannot be read --- */

/* A run of which the N-th call of that kind fails. Whether it came to that. */
static bool run_failing(const char *kind, unsigned int n)
{
	char *fail = memory_format("%s:%u:5", kind, n);
	faults_begin(NULL, fail);
	rig_run(&rig, NULL);
	faults_end();
	free(fail);
	return faults_counts()->fired > 0;
}

/* Both sides have 1 and 2, and nobody knows yet that they are the same: neither is doubled. */
static void fail_each(const char *kind, const char *rules, const char *said)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\n";
	unsigned int told = 0;
	bool failed = true;
	for (unsigned int n = 1; failed && n < 200; n++) {
		rig_clear(&rig);
		rig.world->ways.size_error = strcmp(kind, "read") == 0 ? 7 : 0;
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
		rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
		rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
		rig_configure(&rig, rules);
		failed = run_failing(kind, n);
		told += strstr(rig.failures, said) != NULL;
		rig_run(&rig, NULL);
		rig_expect(&rig, both, both, ERROR_NONE);
	}
	cr_expect_gt(told, 0, "nothing was told");
}

Test(engine_files, those_that_cannot_be_compared_wait)
{
	rig_begin(&rig, "connections = 1\n");
	fail_each("open", "connections = 1\n",
		  "it may be a message that the server has too, so it waits, and so does what is "
		  "new there and of its size; the next run tries again");
	fail_each("read", "connections = 1\n",
		  "it may be a message that the server has too, so it waits, and so does what is "
		  "new there and of its size; the next run tries again");
}
