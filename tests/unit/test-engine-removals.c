/* The real engine: removals on the server beside what goes elsewhere. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static char *path_of(const struct rig *rig, const char *folder, const char *name)
{
	char *directory = rig_path(rig, folder, "cur");
	char *path = memory_format("%s/%s", directory, name);
	free(directory);
	return path;
}

static void remove_file(struct rig *rig, const char *folder, const char *name)
{
	char *path = path_of(rig, folder, name);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(rig, folder, "cur");
	free(path);
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

/* INBOX has the messages 1 to 3, and all are in sync. */
static void begin(struct rig *rig, const char *rules)
{
	rig_begin(rig, rules);
	rig_deliver(rig, "INBOX", "1.y:2,S", 1, 0);
	rig_deliver(rig, "INBOX", "2.y:2,S", 2, 0);
	rig_deliver(rig, "INBOX", "3.y:2,S", 3, 0);
}

/* The trash got a copy of it before. */
Test(engine_removals, what_is_in_the_trash_goes_there_once)
{
	struct rig rig;
	begin(&rig, "trash = Trash\n");
	(void)rig_append(&rig, "Trash", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Trash", FLAG_SEEN, 9, 0);
	rig_run(&rig, NULL);
	remove_file(&rig, "INBOX", "1.y:2,S");
	remove_file(&rig, "INBOX", "2.y:2,S");
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 3.0 1\nTrash 1.0 1\nTrash 2.0 1\nTrash 9.0 1\n",
		   "INBOX 3.0 1\nTrash 1.0 1\nTrash 2.0 1\nTrash 9.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

/* The name of the N-th file of INBOX, by what they say of themselves. The caller's. */
static char *name_of(const struct rig *rig, size_t n)
{
	struct rig_files files;
	rig_files_read(rig, &files);
	cr_assert_lt(n, files.count);
	char *name = memory_text(files.items[n].name);
	rig_files_release(&files);
	return name;
}

/* Of a header the server has the rest: so also a Maildir that no channel takes is looked into. */
Test(engine_removals, a_header_goes_but_not_to_a_maildir_of_nobody)
{
	struct rig rig;
	rig_begin(&rig, "[channel work/one]\nfolders = INBOX\nbody = headers\n");
	for (unsigned int i = 1; i <= 3; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	char *first = name_of(&rig, 0);
	char *second = name_of(&rig, 1);
	rig_deliver(&rig, "Stray", "8.y:2,S", 8, 0);
	remove_file(&rig, "INBOX", first);
	rig_run(&rig, NULL);
	char *far = rig_far(&rig);
	cr_expect_str_eq(far, "INBOX 2.0 1\nINBOX 3.0 1\n", "%s%s", far, rig.failures);
	free(far);
	move_file(&rig, "INBOX", second, "Stray");
	rig_run(&rig, NULL);
	far = rig_far(&rig);
	cr_expect_str_eq(far, "INBOX 2.0 1\nINBOX 3.0 1\n", "%s%s", far, rig.failures);
	cr_expect_neq(rig.result.worst, ERROR_NONE);
	free(far);
	free(first);
	free(second);
	rig_end(&rig);
}

/* The account's Maildirs are looked for elsewhere now, where an old copy of them stands. */
Test(engine_removals, what_an_old_copy_lacks_was_not_removed)
{
	static const char all[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n";
	struct rig rig;
	begin(&rig, "");
	rig_run(&rig, NULL);
	char *command = memory_format("cp -a '%s' '%s-old'", rig.maildir, rig.maildir);
	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c) */
	free(command);
	char *elsewhere = memory_format("%s-old", rig.maildir);
	free(rig.maildir);
	rig.maildir = elsewhere;
	rig_configure(&rig, "");
	remove_file(&rig, "INBOX", "1.y:2,S");
	rig_run(&rig, NULL);
	rig_run(&rig, NULL);
	rig_expect(&rig, all, all, ERROR_NONE);
	rig_end(&rig);
}

/* Of one folder something waits for another folder, and the rest is done. */
Test(engine_removals, one_that_waits_holds_no_other_back)
{
	struct rig rig;
	begin(&rig, "");
	(void)world_make(rig.world, "Lists");
	rig_run(&rig, NULL);
	move_file(&rig, "INBOX", "1.y:2,S", "Lists");
	remove_file(&rig, "INBOX", "2.y:2,S");
	rig.world->ways.largest = 5;
	rig.world->ways.refuses_moves = true;
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig_expect(&rig, "INBOX 3.0 1\nLists 1.0 1\n", "INBOX 1.0 1\nINBOX 3.0 1\n", ERROR_FAILED);
	rig_end(&rig);
}
