/* The real engine: messages that move, or are copied, from folder to folder here.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static struct rig rig;

/* Messages 0, 1 ... of INBOX, and an Archive with another one, that both sides agree on. */
static void begin_with(const char *rules, unsigned int count)
{
	rig_begin(&rig, rules);
	for (unsigned int i = 0; i < count; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	(void)rig_append(&rig, "Archive", FLAG_SEEN, 100, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_moves, .fini = end, .timeout = 120);

/* --- What a user does --- */

/* The path of the file of message NUMBER in that folder. The caller's. */
static char *find(const char *folder, unsigned int number)
{
	struct rig_files files;
	char *path = NULL;
	rig_files_read(&rig, &files);
	for (size_t i = 0; !path && i < files.count; i++) {
		const struct rig_file *file = &files.items[i];
		if (strcmp(file->folder, folder) != 0 || file->content.number != number)
			continue;
		char *directory = rig_path(&rig, folder, file->place);
		path = memory_format("%s/%s", directory, file->name);
		free(directory);
	}
	rig_files_release(&files);
	cr_assert_not_null(path, "there is no message %u in %s", number, folder);
	return path;
}

static void stamp(const char *folder)
{
	rig_stamp(&rig, folder, "cur");
	rig_stamp(&rig, folder, "new");
}

/* NAME: the file's new one; NULL: as it was. */
static void move_as(const char *from, unsigned int number, const char *to, const char *name)
{
	char *old = find(from, number);
	char *directory = rig_path(&rig, to, "cur");
	char *new = memory_format("%s/%s", directory, name ? name : strrchr(old, '/') + 1);
	rig_make_folder(&rig, to);
	cr_assert_eq(rename(old, new), 0, "%s to %s", old, new);
	stamp(from);
	stamp(to);
	free(old);
	free(directory);
	free(new);
}

static void move(const char *from, unsigned int number, const char *to)
{
	move_as(from, number, to, NULL);
}

static void remove_file(const char *folder, unsigned int number)
{
	char *path = find(folder, number);
	cr_assert_eq(unlink(path), 0);
	stamp(folder);
	free(path);
}

/* --- The guard: what only moved is no loss --- */

Test(engine_moves, an_inbox_that_is_emptied_by_moving)
{
	begin_with("", 3);
	for (unsigned int i = 0; i < 3; i++)
		move("INBOX", i, "Archive");
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\nArchive 2.0 1\n",
		   "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\nArchive 2.0 1\n", ERROR_NONE);
}

Test(engine_moves, an_account_of_which_all_moved)
{
	rig_begin(&rig, "");
	for (unsigned int i = 0; i < 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 0; i < 3; i++)
		move("INBOX", i, "New");
	rig_run(&rig, NULL);
	rig_expect(&rig, "New 0.0 1\nNew 1.0 1\nNew 2.0 1\n", "New 0.0 1\nNew 1.0 1\nNew 2.0 1\n",
		   ERROR_NONE);
}

/* As many were removed as moved: somebody tidied up. */
Test(engine_moves, some_of_it_is_removed)
{
	begin_with("", 4);
	move("INBOX", 0, "Archive");
	move("INBOX", 1, "Archive");
	remove_file("INBOX", 2);
	remove_file("INBOX", 3);
	rig_run(&rig, NULL);
	rig_expect(&rig, "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\n",
		   "Archive 0.0 1\nArchive 1.0 1\nArchive 100.0 1\n", ERROR_NONE);
}

/* One moved, and then all others were lost: the folder is stopped, and the move waits with it. */
Test(engine_moves, most_of_it_is_lost)
{
	begin_with("", 4);
	move("INBOX", 0, "Archive");
	for (unsigned int i = 1; i < 4; i++)
		remove_file("INBOX", i);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
	cr_expect_eq(world_count(world_find(rig.world, "INBOX")), 4);
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig_expect(&rig, "Archive 0.0 1\nArchive 100.0 1\n", "Archive 0.0 1\nArchive 100.0 1\n",
		   ERROR_NONE);
}
