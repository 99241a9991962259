/* Files of a state of before digests had a key: no edit is missed, and none is seen where there is
 * none. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-histories.h"
#include "engine-old-state.h"

/* Both kinds of states go through the same scenes. */
static const bool is_old[] = { true, false };
#define KINDS (sizeof is_old / sizeof *is_old)

/* Messages 1 and 2 here, 3 there, in step; message 1 as "1.x:2,S". */
static void begin(struct rig *rig, bool old)
{
	rig_begin(rig, "");
	rig_deliver(rig, "INBOX", "1.x:2,S", 1, 0);
	rig_deliver(rig, "INBOX", "2.x:2,S", 2, 0);
	rig_make_folder(rig, "Other");
	(void)rig_append(rig, "INBOX", FLAG_SEEN, 3, 0);
	rig_run(rig, NULL);
	rig_run(rig, NULL);
	if (old)
		old_state_make(rig);
}

/* After a run, and after another one that must have nothing to do. */
static void expect_after(struct rig *rig, const char *expected, const char *why)
{
	for (int runs = 0; runs < 2; runs++) {
		uint64_t bodies = rig->world->bodies_given;
		rig_run(rig, NULL);
		char *near = rig_near(rig);
		char *far = rig_far(rig);
		cr_expect_str_eq(near, expected, "%s, near:\n%s%s", why, near, rig->failures);
		cr_expect_str_eq(far, expected, "%s, far:\n%s%s", why, far, rig->failures);
		cr_expect_eq(rig->world->bodies_given, bodies, "%s: something came anew", why);
		free(near);
		free(far);
	}
	cr_expect_eq(rig->effects, 0, "%s: a second run has something to do", why);
}

static void expect_no_effects(struct rig *rig, const char *why)
{
	uint64_t effects = rig->world->effects;
	expect_after(rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n", why);
	cr_expect_eq(rig->world->effects, effects, "%s: the server was changed", why);
}

static void expect_digested(struct rig *rig, const char *name)
{
	struct state_message message = old_state_record(rig, "INBOX", name);
	cr_expect(file_stamp_is_known(&message.file));
	cr_expect_eq(message.file.kind, FILE_DIGEST_KEYED);
	cr_expect(message.body.known);
}

static void rename_file(struct rig *rig, const char *from, const char *to_folder, const char *to)
{
	char *directory = rig_path(rig, "INBOX", "cur");
	char *to_directory = rig_path(rig, to_folder, "cur");
	char *path = memory_format("%s/%s", directory, from);
	char *to_path = memory_format("%s/%s", to_directory, to);
	cr_assert_eq(rename(path, to_path), 0);
	free(path);
	free(to_path);
	free(directory);
	free(to_directory);
	rig_stamp(rig, "INBOX", "cur");
	rig_stamp(rig, to_folder, "cur");
}

/* Another time, the same bytes. */
static void touch(struct rig *rig, const char *name)
{
	char *directory = rig_path(rig, "INBOX", "cur");
	char *path = memory_format("%s/%s", directory, name);
	const struct timespec times[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
	free(directory);
	rig_stamp(rig, "INBOX", "cur");
}

Test(engine_upgrade, what_is_new_is_digested)
{
	struct rig rig;
	begin(&rig, false);
	struct rig_files files;
	rig_files_read(&rig, &files);
	cr_expect_eq(files.count, 3);
	for (size_t i = 0; i < files.count; i++)
		expect_digested(&rig, files.items[i].name);
	rig_files_release(&files);
	rig_end(&rig);
}

/* The body of a stub is none. */
Test(engine_upgrade, bodies_of_stubs_are_digested_when_they_come)
{
	struct rig rig;
	rig_begin(&rig, "body = headers\n");
	(void)rig_append(&rig, "INBOX", FLAG_FLAGGED, 1, 0); /* comes whole */
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	for (int whole = 0; whole <= 1; whole++) {
		struct rig_files files;
		rig_run(&rig, NULL);
		rig_files_read(&rig, &files);
		cr_assert_eq(files.count, 2);
		for (size_t i = 0; i < files.count; i++) {
			struct state_message message =
				old_state_record(&rig, "INBOX", files.items[i].name);
			cr_expect_eq(message.file.kind, FILE_DIGEST_KEYED);
			cr_expect_eq(message.body.known,
				     whole || files.items[i].content.number == 1);
		}
		rig_files_release(&files);
		rig_configure(&rig, "");
	}
	rig_end(&rig);
}

Test(engine_upgrade, files_that_nobody_touched_are_not_read)
{
	struct rig rig;
	begin(&rig, true);
	struct state_message before = old_state_record(&rig, "INBOX", "1.x:2,S");
	cr_expect_eq(before.file.kind, FILE_DIGEST_SHA256);
	rig_stamp(&rig, "INBOX", "cur");
	expect_no_effects(&rig, "untouched");
	struct state_message after = old_state_record(&rig, "INBOX", "1.x:2,S");
	cr_expect_eq(after.file.kind, FILE_DIGEST_SHA256);
	cr_expect_not(after.body.known);
	rig_end(&rig);
}

Test(engine_upgrade, a_touched_file_is_no_new_version_and_gets_its_digests)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		begin(&rig, is_old[i]);
		touch(&rig, "1.x:2,S");
		expect_no_effects(&rig, "touched");
		expect_digested(&rig, "1.x:2,S");
		/* From then on an edit shows by them. */
		rig_write(&rig, "INBOX", "cur", "1.x:2,S", 1, 1);
		expect_after(&rig, "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\n", "edited later");
		rig_end(&rig);
	}
}

Test(engine_upgrade, an_edited_file_is_a_new_version)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		begin(&rig, is_old[i]);
		rig_write(&rig, "INBOX", "cur", "1.x:2,S", 1, 1);
		expect_after(&rig, "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\n", "edited");
		expect_digested(&rig, "1.x:2,S");
		rig_end(&rig);
	}
}

Test(engine_upgrade, an_edited_file_that_the_server_lost_is_kept)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		begin(&rig, is_old[i]);
		rig_write(&rig, "INBOX", "cur", "1.x:2,S", 1, 1);
		touch(&rig, "2.x:2,S");
		struct world_mailbox *inbox = world_find(rig.world, "INBOX");
		world_remove(inbox, world_nth(inbox, 1)->uid); /* messages 1 and 2 */
		world_remove(inbox, world_nth(inbox, 1)->uid);
		expect_after(&rig, "INBOX 1.1 1\nINBOX 3.0 1\n", "edited, removed there");
		rig_end(&rig);
	}
}

Test(engine_upgrade, another_name_is_no_new_message)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		begin(&rig, is_old[i]);
		rename_file(&rig, "1.x:2,S", "INBOX", "other.x:2,S");
		expect_no_effects(&rig, "the very file");
		touch(&rig, "other.x:2,S");
		rename_file(&rig, "other.x:2,S", "INBOX", "another.x:2,S");
		expect_no_effects(&rig, "with another time");
		expect_digested(&rig, "another.x:2,S");
		rename_file(&rig, "another.x:2,S", "INBOX", "last.x:2,S");
		rig_write(&rig, "INBOX", "cur", "last.x:2,S", 1, 1);
		expect_after(&rig, "INBOX 1.1 1\nINBOX 2.0 1\nINBOX 3.0 1\n", "with other bytes");
		rig_end(&rig);
	}
}

/* Some have one kind of digest and some the other. */
Test(engine_upgrade, names_that_change_places)
{
	struct rig rig;
	begin(&rig, true);
	touch(&rig, "1.x:2,S");
	expect_no_effects(&rig, "touched");
	rename_file(&rig, "1.x:2,S", "INBOX", "a.x:2,S");
	rename_file(&rig, "2.x:2,S", "INBOX", "b.x:2,S");
	touch(&rig, "a.x:2,S");
	touch(&rig, "b.x:2,S");
	expect_no_effects(&rig, "both have other names");
	expect_digested(&rig, "a.x:2,S");
	expect_digested(&rig, "b.x:2,S");
	rename_file(&rig, "a.x:2,S", "INBOX", "c.x:2,S");
	rename_file(&rig, "b.x:2,S", "INBOX", "a.x:2,S");
	rename_file(&rig, "c.x:2,S", "INBOX", "b.x:2,S");
	expect_after(&rig, "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n", "exchanged");
	rig_end(&rig);
}

Test(engine_upgrade, a_file_in_another_folder)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		begin(&rig, is_old[i]);
		rename_file(&rig, "1.x:2,S", "Other", "1.x:2,S");
		expect_after(&rig, "INBOX 2.0 1\nINBOX 3.0 1\nOther 1.0 1\n", "moved");
		rig_end(&rig);
	}
}

/* Sizes that the server told are taken over where the files are as they were. */
Test(engine_upgrade, a_mailbox_made_anew_on_a_server_that_tells_wrong_sizes)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct rig rig;
		rig_begin(&rig, "");
		rig.world->ways.size_error = 5;
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
		rig_run(&rig, NULL);
		rig_run(&rig, NULL);
		if (is_old[i])
			old_state_make(&rig);
		world_renumber(rig.world, world_find(rig.world, "INBOX"));
		expect_after(&rig, "INBOX 1.0 1\nINBOX 2.0 1\n", "made anew");
		rig_end(&rig);
	}
}

/* Each run finds a state of before. */
Test(engine_upgrade, histories_over_old_states_converge_and_lose_nothing, .timeout = 600)
{
	static struct history history;
	uint64_t count = history_count(100);
	history_begin(&history, "connections = 1\n");
	history.is_old = true;
	for (uint64_t seed = 2000001; seed < 2000001 + count; seed++) {
		if (!history_is_wanted(seed))
			continue;
		history_start(&history, seed);
		for (uint32_t rounds = 1 + user_random(&history.user, 4); rounds > 0; rounds--) {
			history_act(&history, 10);
			history_run(&history);
			old_state_make(&history.rig);
		}
	}
	history_end(&history);
}
