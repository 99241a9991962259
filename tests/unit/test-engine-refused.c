/* The real engine: what a server refuses, or says that it did. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"
#include "maildir/root_lock.h"

#define TRASH "trash = Trash\n"

static char *path_of(const struct rig *rig, const char *folder, const char *name)
{
	char *directory = rig_path(rig, folder, "cur");
	char *path = memory_format("%s/%s", directory, name);
	free(directory);
	return path;
}

static void move_file(struct rig *rig, const char *from, const char *name, const char *to)
{
	char *old = path_of(rig, from, name);
	char *new = path_of(rig, to, name);
	rig_make_folder(rig, to);
	cr_assert_eq(rename(old, new), 0);
	rig_stamp(rig, from, "cur");
	rig_stamp(rig, to, "cur");
	free(old);
	free(new);
}

static void remove_file(struct rig *rig, const char *folder, const char *name)
{
	char *path = path_of(rig, folder, name);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(rig, folder, "cur");
	free(path);
}

/* Without any field that would tell it from others. */
static void deliver_nameless(struct rig *rig, const char *folder, const char *name)
{
	static const char text[] = "\nnothing more\n";
	rig_make_folder(rig, folder);
	char *path = path_of(rig, folder, name);
	int file = open(path, O_WRONLY | O_CREAT, 0600);
	cr_assert(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
	cr_assert_eq(close(file), 0);
	rig_stamp(rig, folder, "cur");
	free(path);
}

static void run_times(struct rig *rig, int times)
{
	for (int i = 0; i < times; i++)
		rig_run(rig, NULL);
}

Test(engine_refused, a_body_that_does_not_come_is_told_once)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig.world->ways.refuses_body_of = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_FAILED);
	cr_expect_eq(rig.result.counts.skipped, 1, "%llu: %s",
		     (unsigned long long)rig.result.counts.skipped, rig.failures);
	cr_expect_null(strstr(rig.failures, "gives nothing"), "%s", rig.failures);
	rig_end(&rig);
}

/* Not before the server has it there, nor into the trash. */
Test(engine_refused, what_moved_stays_until_it_arrives)
{
	static const char far[] = "INBOX 0.0 1\nINBOX 1.0 1\n";
	struct rig rig;
	rig_begin(&rig, TRASH);
	(void)world_make(rig.world, "Trash");
	(void)world_make(rig.world, "Lists");
	deliver_nameless(&rig, "INBOX", "0.y:2,S");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_run(&rig, NULL);
	rig_expect(&rig, far, far, ERROR_NONE);
	move_file(&rig, "INBOX", "0.y:2,S", "Lists");
	move_file(&rig, "INBOX", "1.y:2,S", "Lists");
	rig.world->ways.largest = 5;
	rig.world->ways.refuses_moves = true;
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig_expect(&rig, "Lists 0.0 1\nLists 1.0 1\n", far, ERROR_FAILED);
	rig_end(&rig);
}

/* The file of message 1 becomes one of that NUMBER, which the server does not take at first. */
static void refuse_new_version(unsigned int number)
{
	struct rig rig;
	char *near = memory_format(
		number < 2 ? "INBOX %u.1 1\nINBOX 2.0 1\n" : "INBOX 2.0 1\nINBOX %u.1 1\n", number);
	rig_begin(&rig, "");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_run(&rig, NULL);
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", number, 1);
	rig.world->ways.largest = 5;
	for (int i = 0; i < 3; i++) {
		rig_run(&rig, NULL);
		rig_expect(&rig, near, "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_FAILED);
		cr_expect_not_null(strstr(rig.failures, "1.y:2,S: it is not taken"), "%s",
				   rig.failures);
	}
	rig.world->ways.largest = 0;
	run_times(&rig, 2);
	rig_expect(&rig, near, near, ERROR_NONE);
	free(near);
	rig_end(&rig);
}

/* Its old version is all that the server has. */
Test(engine_refused, a_new_version_that_is_not_taken_leaves_the_old_one)
{
	refuse_new_version(1);
}

/* Nothing in it tells of which message it is one. */
Test(engine_refused, a_new_version_with_another_header_leaves_the_old_one)
{
	refuse_new_version(3);
}

/* An OK is no proof. */
Test(engine_refused, an_old_version_that_stays_is_not_a_new_message)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.with_replace = true;
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_run(&rig, NULL);
	rig_write(&rig, "INBOX", "cur", "1.y:2,S", 1, 1);
	for (rig.world->ways.keeps = 1;; rig.world->ways.keeps++) {
		const struct world_message *message =
			world_message(world_find(rig.world, "INBOX"), rig.world->ways.keeps);
		cr_assert_not_null(message);
		if (strstr((char *)rig.world->bytes + message->body, "Subject: number 1"))
			break;
	}
	run_times(&rig, 2);
	char *near = rig_near(&rig);
	cr_expect_str_eq(near, "INBOX 1.1 1\nINBOX 2.0 1\n", "%s", rig.failures);
	free(near);
	rig.world->ways.keeps = 0;
	run_times(&rig, 2);
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 2.0 1\n", "INBOX 1.1 1\nINBOX 2.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

Test(engine_refused, a_mailbox_that_is_not_empty_does_not_go)
{
	struct rig rig;
	rig_begin(&rig, TRASH);
	(void)world_make(rig.world, "Trash");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 9, 0);
	uint32_t uid = rig_append(&rig, "Lists", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	char *path = rig_path(&rig, "Lists", "");
	char *command = memory_format("rm -r '%s'", path);
	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c) */
	free(command);
	free(path);
	rig.world->ways.keeps = uid;
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	char *far = rig_far(&rig);
	cr_expect_str_eq(far, "INBOX 9.0 1\nLists 1.0 1\nTrash 2.0 1\n", "%s%s", far, rig.failures);
	free(far);
	rig.world->ways.keeps = 0;
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig_run(&rig, NULL);
	far = rig_far(&rig);
	cr_expect_str_eq(far, "INBOX 9.0 1\nTrash 1.0 1\nTrash 2.0 1\n", "%s%s", far, rig.failures);
	free(far);
	rig_end(&rig);
}

/* A server may keep one message of two with the same bytes. */
static void begin_with_double(struct rig *rig)
{
	rig_begin(rig, "");
	rig->world->ways.keeps_once = true;
	rig_deliver(rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(rig, "INBOX", "2.y:2,S", 2, 0);
	rig_run(rig, NULL);
	rig_deliver(rig, "INBOX", "3.y:2,S", 2, 0);
	rig_run(rig, NULL);
	rig_expect(rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 2.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n",
		   ERROR_NONE);
}

Test(engine_refused, what_the_server_keeps_once_is_not_sent_again)
{
	struct rig rig;
	begin_with_double(&rig);
	for (int i = 0; i < 3; i++) {
		rig_run(&rig, NULL);
		cr_expect_eq(rig.effects, 0, "run %d", i);
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	}
	rig_end(&rig);
}

/* With other UIDs it may be another message that it was a double of. */
Test(engine_refused, what_it_kept_once_is_sent_to_a_mailbox_made_anew)
{
	struct rig rig;
	begin_with_double(&rig);
	struct world_mailbox *inbox = world_find(rig.world, "INBOX");
	world_remove(inbox, 1);
	world_remove(inbox, 2);
	world_renumber(rig.world, inbox);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 4, 0);
	rig.world->ways.keeps_once = false;
	run_times(&rig, 2);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 2.0 1\nINBOX 4.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 2.0 1\nINBOX 4.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

/* A message that came to both sides by itself, and whose header the server cannot give: neither
 * goes to the other side before it is known to be the same. All else comes. */
Test(engine_refused, a_header_that_ends_the_connection_doubles_nothing)
{
	struct rig rig;
	rig_begin(&rig, "connections = 1\ntimeout = 6s\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig.world->ways.ends_with = rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n", ERROR_FAILED);
	cr_expect_not_null(strstr(rig.failures, "2.y:2,S is to be compared"), "%s", rig.failures);
	rig.world->ways.ends_with = 0;
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
		   "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n", ERROR_NONE);
	cr_expect_eq(rig.effects, 0);
	rig_end(&rig);
}

/* --- What is not to be done at all --- */

Test(engine_refused, each_folder_lost_its_one_message)
{
	static const char *const folders[] = { "INBOX", "Lists", "Work" };
	static const char near[] = "INBOX 1.0 1\nLists 2.0 1\nWork 3.0 1\n";
	struct rig rig;
	rig_begin(&rig, "");
	for (unsigned int i = 0; i < 3; i++)
		(void)rig_append(&rig, folders[i], FLAG_SEEN, i + 1, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 0; i < 3; i++)
		world_remove(world_find(rig.world, folders[i]), 1);
	rig_run(&rig, NULL);
	rig_expect(&rig, near, "", ERROR_SAFETY);
	rig_end(&rig);
}

/* It moved to a folder that is new, and that this run is not about. */
Test(engine_refused, what_moved_out_of_the_run_stays)
{
	struct rig rig;
	struct sync_options options = { .force_delete = false };
	rig_begin(&rig, "");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_run(&rig, NULL);
	move_file(&rig, "INBOX", "1.y:2,S", "New");
	text_list_add(&options.folders, "INBOX");
	rig_run(&rig, &options);
	rig_expect(&rig, "INBOX 2.0 1\nNew 1.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_FAILED);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 2.0 1\nNew 1.0 1\n", "INBOX 2.0 1\nNew 1.0 1\n", ERROR_NONE);
	text_list_release(&options.folders);
	rig_end(&rig);
}

/* What was removed here goes there too, however much comes here at the same time. */
Test(engine_refused, a_removal_in_a_window_is_one_beside_new_mail)
{
	struct rig rig;
	rig_begin(&rig, "max-messages = 2\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_deliver(&rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(&rig, "INBOX", "3.y:2,S", 3, 0);
	run_times(&rig, 2);
	remove_file(&rig, "INBOX", "2.y:2,S");
	rig_deliver(&rig, "INBOX", "4.y:2,S", 4, 0);
	rig_deliver(&rig, "INBOX", "5.y:2,S", 5, 0);
	run_times(&rig, 2);
	rig_expect(&rig, "INBOX 4.0 1\nINBOX 5.0 1\n",
		   "INBOX 1.0 1\nINBOX 3.0 1\nINBOX 4.0 1\nINBOX 5.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

/* What is sent takes the place of older mail in the window; the next run sees that it is outside
 * itself. */
Test(engine_refused, what_is_sent_and_too_large_moves_no_window)
{
	struct rig rig;
	rig_begin(&rig, "max-messages = 2\nmax-size = 400\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 4, 0);
	run_times(&rig, 2);
	rig_deliver(&rig, "INBOX", "7.y:2,S", 7, 0);
	run_times(&rig, 3);
	rig_expect(&rig, "INBOX 2.0 1\nINBOX 4.0 1\n", "INBOX 2.0 1\nINBOX 4.0 1\nINBOX 7.0 1\n",
		   ERROR_NONE);
	rig_end(&rig);
}

/* --- Others at the same Maildirs --- */

/* Whether a run waits for who has the lock of that root. */
static void expect_locked(struct rig *rig, const char *root)
{
	struct maildir_root_lock *lock;
	struct error error = ERROR_INITIAL;
	char *path = memory_format("%s/%s", rig->maildir, root);
	cr_assert_eq(maildir_roots_lock((const char *const[]){ path }, 1, 0, NULL, &lock, &error),
		     0, "%s", error.text);
	rig_run(rig, NULL);
	cr_expect_eq(rig->result.worst, ERROR_TEMPORARY, "%s: %s", root, rig->failures);
	maildir_roots_unlock(&lock);
	free(path);
}

Test(engine_refused, each_root_is_locked)
{
	struct rig rig;
	rig_begin(&rig, "");
	char *rules = memory_format("[channel work/a]\nfolders = INBOX\n"
				    "maildir = %s/a\n[channel work/b]\n"
				    "folders = Lists\nmaildir = %s/b\n",
				    rig.maildir, rig.maildir);
	rig_configure(&rig, rules);
	free(rules);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	expect_locked(&rig, "a");
	expect_locked(&rig, "b");
	rig_end(&rig);
}

/* --- Servers that want a pause --- */

/* What the run did not come to is done after it. */
Test(engine_refused, a_pause_leaves_no_folder_out)
{
	static const char *const folders[] = { "INBOX", "Lists", "Mine", "Work" };
	static const char all[] = "INBOX 1.0 1\nLists 2.0 1\nMine 3.0 1\nWork 4.0 1\n";
	struct rig rig;
	uint64_t steps = 1;
	rig_begin(&rig, "connections = 1\n");
	for (uint64_t n = 1; n <= steps; n++) {
		rig_clear(&rig);
		for (unsigned int i = 0; i < 4; i++)
			(void)rig_append(&rig, folders[i], FLAG_SEEN, i + 1, 0);
		rig.world->fault = WORLD_PAUSES;
		rig.world->fault_at = n == 1 ? 0 : n - 1;
		rig_run(&rig, NULL);
		rig_expect(&rig, all, all, ERROR_NONE);
		if (n == 1)
			steps = rig.world->steps;
	}
	rig_end(&rig);
}
