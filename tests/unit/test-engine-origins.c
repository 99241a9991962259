/* The real engine: what other clients move and copy on the server comes from the files that are
 * here. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_origins, .fini = end, .timeout = 120);

/* Messages 0, 1 ... of INBOX with UIDs from 1 on, and 100 in Archive. */
static void begin_with(const char *rules, bool objects, unsigned int count)
{
	rig_begin(&rig, rules);
	rig.world->ways.with_objects = objects;
	for (unsigned int i = 0; i < count; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Archive", FLAG_SEEN, 100, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	rig.world->bodies_given = 0;
}

/* The file of message NUMBER in that folder, which there must be. */
static struct rig_file find(const struct rig_files *files, const char *folder, unsigned int number)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->items[i].folder, folder) == 0 &&
		    files->items[i].content.number == number)
			return files->items[i];
	}
	cr_assert_fail("there is no message %u in %s", number, folder);
	return (struct rig_file){ .folder = NULL };
}

static char *path_of(const struct rig_file *file)
{
	char *directory = rig_path(&rig, file->folder, file->place);
	char *path = memory_format("%s/%s", directory, file->name);
	free(directory);
	return path;
}

static struct stat look_at(const char *folder, unsigned int number)
{
	struct stat status;
	struct rig_files files;
	rig_files_read(&rig, &files);
	struct rig_file file = find(&files, folder, number);
	char *path = path_of(&file);
	cr_assert_eq(stat(path, &status), 0, "%s", path);
	free(path);
	rig_files_release(&files);
	return status;
}

static void flag_here(const char *folder, unsigned int number)
{
	struct rig_files files;
	rig_files_read(&rig, &files);
	struct rig_file file = find(&files, folder, number);
	char *from = path_of(&file);
	char *directory = rig_path(&rig, folder, "cur");
	char *to =
		memory_format("%s/%.*s:2,FS", directory, (int)strcspn(file.name, ":"), file.name);
	cr_assert_eq(rename(from, to), 0);
	rig_stamp(&rig, folder, "cur");
	free(from);
	free(to);
	free(directory);
	rig_files_release(&files);
}

/* A run brings both sides to that, fetches so many bodies, and leaves nothing to do. */
static void run_to(const char *both, unsigned int bodies)
{
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	cr_expect_eq(rig.world->bodies_given, bodies, "%u bodies were fetched",
		     (unsigned int)rig.world->bodies_given);
	char *before = rig_names(&rig);
	rig_run(&rig, NULL);
	char *after = rig_names(&rig);
	cr_expect_str_eq(before, after);
	cr_expect_eq(rig.effects, 0);
	free(before);
	free(after);
}

/* --- Moves --- */

Test(engine_origins, a_message_that_moved_there_moves_here)
{
	for (int objects = 0; objects <= 1; objects++) {
		begin_with("", objects, 3);
		ino_t inode = look_at("INBOX", 1).st_ino;
		world_carry(rig.world, "INBOX", 2, "Archive", true);
		run_to("Archive 1.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 2.0 1\n", 0);
		struct stat now = look_at("Archive", 1);
		cr_expect_eq(now.st_ino, inode, "it is the same file");
		cr_expect_eq(now.st_nlink, 1);
		cr_expect_eq(rig.result.counts.downloaded, 0);
		if (objects == 0)
			rig_end(&rig);
	}
}

Test(engine_origins, is_told_and_counted_as_a_move)
{
	begin_with("", true, 3);
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	world_carry(rig.world, "INBOX", 1, "Archive", false);
	rig_run(&rig, &(struct sync_options){ .dry_run = true });
	for (int dry = 1; dry >= 0; dry--) {
		cr_expect_eq(rig.result.counts.moved, 1);
		cr_expect_eq(rig.result.counts.linked, 2);
		cr_expect_eq(rig.result.counts.downloaded, 0);
		cr_expect_eq(rig.result.counts.near_removed, 0);
		rig_run(&rig, NULL);
	}
	cr_expect_eq(rig.world->bodies_given, 0);
}

/* The server has no names for contents, and has lost nothing: a copy is as new. */
Test(engine_origins, a_copy_is_a_link_where_the_server_names_its_content)
{
	static const char both[] = "Archive 1.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 1.0 1\n";
	begin_with("", false, 2);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	run_to(both, 1);
	rig_end(&rig);
	begin_with("", true, 2);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	run_to(both, 0);
	cr_expect_eq(look_at("Archive", 1).st_ino, look_at("INBOX", 1).st_ino);
	cr_expect_eq(look_at("Archive", 1).st_nlink, 2);
	rig_end(&rig);
	begin_with("duplicates = copy\n", true, 2);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	run_to(both, 0);
	cr_expect_eq(look_at("Archive", 1).st_nlink, 1);
	cr_expect_eq(look_at("Archive", 1).st_mtime, look_at("INBOX", 1).st_mtime);
}

Test(engine_origins, swaps_and_chains)
{
	for (int objects = 0; objects <= 1; objects++) {
		begin_with("", objects, 2);
		world_carry(rig.world, "INBOX", 1, "Archive", true);
		world_carry(rig.world, "Archive", 1, "INBOX", true);
		run_to("Archive 0.0 1\nINBOX 1.0 1\nINBOX 100.0 1\n", 0);
		world_carry(rig.world, "INBOX", 2, "Archive", true);
		world_carry(rig.world, "Archive", 2, "New", true);
		run_to("Archive 1.0 1\nINBOX 100.0 1\nNew 0.0 1\n", 0);
		world_carry(rig.world, "New", 1, "Archive", true);
		world_carry(rig.world, "Archive", 4, "New", true);
		/* Without a name it looks like an edit. */
		run_to("Archive 1.0 1\nINBOX 100.0 1\nNew 0.0 1\n", objects ? 0 : 1);
		if (objects == 0)
			rig_end(&rig);
	}
}

Test(engine_origins, a_folder_that_is_emptied_there_by_moving)
{
	for (int objects = 0; objects <= 1; objects++) {
		begin_with("", objects, 4);
		for (uint32_t uid = 1; uid <= 4; uid++)
			world_carry(rig.world, "INBOX", uid, "New", true);
		run_to("Archive 100.0 1\nNew 0.0 1\nNew 1.0 1\nNew 2.0 1\nNew 3.0 1\n", 0);
		if (objects == 0)
			rig_end(&rig);
	}
}

/* --- What does not count --- */

Test(engine_origins, what_was_edited_here_is_fetched)
{
	begin_with("", true, 3);
	struct rig_files files;
	rig_files_read(&rig, &files);
	struct rig_file file = find(&files, "INBOX", 1);
	rig_write(&rig, "INBOX", file.place, file.name, 1, 1);
	rig_files_release(&files);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 1.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 1.1 1\nINBOX 2.0 1\n",
		   "Archive 1.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 1.1 1\nINBOX 2.0 1\n",
		   ERROR_NONE);
	cr_expect_eq(rig.world->bodies_given, 1);
}

/* Nobody looked at its folder: it is seen when it is linked. */
Test(engine_origins, what_is_not_as_it_was_recorded_is_fetched)
{
	begin_with("", true, 3);
	struct stat before = look_at("INBOX", 1);
	struct rig_files files;
	rig_files_read(&rig, &files);
	struct rig_file file = find(&files, "INBOX", 1);
	char *path = path_of(&file);
	FILE *stream = fopen(path, "ae");
	cr_assert_not_null(stream);
	(void)fputs("more\n", stream);
	(void)fclose(stream);
	const struct timespec times[2] = { before.st_mtim, before.st_mtim };
	cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
	rig_files_release(&files);
	world_carry(rig.world, "INBOX", 2, "Archive", false);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->bodies_given, 1);
	cr_expect_neq(look_at("Archive", 1).st_ino, before.st_ino);
	cr_expect_eq(look_at("Archive", 1).st_size, before.st_size);
}

Test(engine_origins, a_draft_is_fetched)
{
	begin_with("", true, 3);
	struct world_mailbox *inbox = world_find(rig.world, "INBOX");
	world_set_flags(inbox, 2, FLAG_DRAFT);
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->bodies_given, 1);
}

/* Removed in one folder, and appended to another with the same header, size and date, but another
 * body: nothing but its name tells. */
Test(engine_origins, names_tell_apart_what_looks_the_same)
{
	begin_with("", true, 3);
	const struct world_message old = *world_message(world_find(rig.world, "INBOX"), 2);
	char *text = rig_message(1, 0, true);
	char *body = strstr(text, "\r\n\r\n") + 4;
	memcpy(body, "BODY", 4);
	(void)world_add(rig.world, world_find(rig.world, "Archive"), FLAG_SEEN, old.date, text,
			strlen(text));
	world_remove(world_find(rig.world, "INBOX"), 2);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->bodies_given, 1);
	free(text);
}

/* An edit there, as mail programs do it: in one folder nothing is taken for what it was. */
Test(engine_origins, an_edit_there_is_fetched)
{
	begin_with("", false, 3);
	const struct world_message old = *world_message(world_find(rig.world, "INBOX"), 2);
	char *text = rig_message(1, 0, true);
	char *body = strstr(text, "\r\n\r\n") + 4;
	memcpy(body, "BODY", 4);
	(void)world_add(rig.world, world_find(rig.world, "INBOX"), FLAG_SEEN, old.date, text,
			strlen(text));
	world_remove(world_find(rig.world, "INBOX"), 2);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->bodies_given, 1);
	free(text);
}

/* --- Labels: one content in many folders --- */

Test(engine_origins, each_body_of_many_labels_comes_once)
{
	rig_begin(&rig, "");
	rig.world->ways.with_objects = true;
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t uid = rig_append(&rig, "All", FLAG_SEEN, i, 0);
		world_carry(rig.world, "All", uid, "INBOX", false);
		world_carry(rig.world, "All", uid, "Label", false);
		world_carry(rig.world, "All", uid, "Work", false);
	}
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.world->bodies_given, 20);
	cr_expect_eq(rig.result.counts.downloaded, 20);
	cr_expect_eq(rig.result.counts.linked, 60);
	for (unsigned int i = 0; i < 20; i++)
		cr_expect_eq(look_at("Label", i).st_nlink, 4);
	char *near = rig_near(&rig);
	char *far = rig_far(&rig);
	cr_expect_str_eq(near, far);
	free(near);
	free(far);
}

/* --- What happened here meanwhile --- */

Test(engine_origins, flags_that_changed_here_go_along)
{
	for (int objects = 0; objects <= 1; objects++) {
		begin_with("", objects, 3);
		flag_here("INBOX", 1);
		world_carry(rig.world, "INBOX", 2, "Archive", true);
		char *far;
		rig_run(&rig, NULL);
		far = rig_far(&rig);
		rig_expect(&rig, far, far, ERROR_NONE);
		cr_expect_not_null(strstr(far, "Archive 1.0"));
		cr_expect_null(strstr(far, "INBOX 1.0"));
		cr_expect_eq(world_nth(world_find(rig.world, "Archive"), 1)->flags,
			     FLAG_SEEN | FLAG_FLAGGED);
		cr_expect_eq(rig.world->bodies_given, 0);
		free(far);
		rig_run(&rig, NULL);
		cr_expect_eq(rig.effects, 0);
		if (objects == 0)
			rig_end(&rig);
	}
}

/* Whenever the run dies the change is not lost, and the message is in one place. */
Test(engine_origins, flags_go_along_also_when_the_run_is_killed, .timeout = 600)
{
	bool killed = true;
	unsigned int kills = 0;
	for (unsigned int number = 1; killed; number++) {
		char *kill = memory_format("%u:after", number);
		begin_with("connections = 1\n", true, 3);
		flag_here("INBOX", 1);
		world_carry(rig.world, "INBOX", 2, "Archive", true);
		killed = rig_run_to_death(&rig, NULL, kill);
		kills += killed;
		rig_run(&rig, NULL);
		rig_run(&rig, NULL);
		char *far = rig_far(&rig);
		rig_expect(&rig, far, far, ERROR_NONE);
		cr_expect_null(strstr(far, "INBOX 1.0"), "%s", kill);
		cr_expect_eq(world_nth(world_find(rig.world, "Archive"), 1)->flags,
			     FLAG_SEEN | FLAG_FLAGGED, "%s", kill);
		free(far);
		free(kill);
		if (killed)
			rig_end(&rig);
	}
	cr_expect_gt(kills, 10);
}

/* Removed here and moved there: what is where it was moved to came from the server. */
Test(engine_origins, a_file_that_is_gone_here_is_fetched)
{
	begin_with("", true, 3);
	struct rig_files files;
	rig_files_read(&rig, &files);
	struct rig_file file = find(&files, "INBOX", 1);
	char *path = path_of(&file);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(&rig, "INBOX", file.place);
	free(path);
	rig_files_release(&files);
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	run_to("Archive 1.0 1\nArchive 100.0 1\nINBOX 0.0 1\nINBOX 2.0 1\n", 1);
}

/* --- Rules --- */

Test(engine_origins, deletions_that_are_not_pulled_leave_the_old_place)
{
	begin_with("pull = new flags\n", true, 3);
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.world->bodies_given, 0);
	cr_expect_eq(look_at("INBOX", 1).st_ino, look_at("Archive", 1).st_ino);
}

Test(engine_origins, a_stub_moves_as_a_message)
{
	begin_with("body = headers\n", true, 3);
	ino_t inode = look_at("INBOX", 1).st_ino;
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(look_at("Archive", 1).st_ino, inode);
	cr_expect_eq(rig.world->bodies_given, 0);
	/* It is still known as one: flagged it is made whole. */
	flag_here("Archive", 1);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->bodies_given, 1);
	cr_expect_neq(look_at("Archive", 1).st_ino, inode);
}

/* Where bodies are wanted a header does not do. */
Test(engine_origins, a_stub_is_fetched_where_messages_are_whole)
{
	begin_with("[channel work/stubs]\nfolders = INBOX\nbody = headers\n[channel work/all]\n"
		   "folders = *\n",
		   true, 3);
	off_t size = look_at("INBOX", 1).st_size;
	world_carry(rig.world, "INBOX", 2, "Archive", true);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.world->bodies_given, 1);
	cr_expect_neq(look_at("Archive", 1).st_size, size);
}
