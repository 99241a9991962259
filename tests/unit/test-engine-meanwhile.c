/* The real engine: what others do while it runs. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-rig.h"

static bool is_at(const struct sync_progress *progress, const char *folder, const char *phase)
{
	return progress->folder && strcmp(progress->folder, folder) == 0 &&
	       strcmp(progress->phase, phase) == 0;
}

/* Whether a file is there, and has that name from now on. */
static bool move_file(struct rig *rig, const char *from, const char *place, const char *name,
		      const char *to, const char *to_place, const char *to_name)
{
	char *from_directory = rig_path(rig, from, place);
	char *to_directory = rig_path(rig, to, to_place);
	char *old = memory_format("%s/%s", from_directory, name);
	char *new = memory_format("%s/%s", to_directory, to_name);
	bool moved = rename(old, new) == 0;
	rig_stamp(rig, from, place);
	rig_stamp(rig, to, to_place);
	free(old);
	free(new);
	free(from_directory);
	free(to_directory);
	return moved;
}

/* The name of the only file. The caller's. */
static char *name_of_file(const struct rig *rig)
{
	struct rig_files files;
	rig_files_read(rig, &files);
	char *name = memory_text(files.items[0].name);
	rig_files_release(&files);
	return name;
}

/* --- Flags --- */

static void flag_first(struct rig *rig, const struct sync_progress *progress)
{
	if (is_at(progress, "INBOX", "uploading"))
		world_set_flags(world_find(rig->world, "INBOX"), 1, FLAG_FLAGGED);
}

Test(engine_meanwhile, a_flag_that_is_set_there_comes_with_the_next_run)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "INBOX", "2.x", 2, 0);
	rig.meanwhile = flag_first;
	rig_run(&rig, NULL);
	rig.meanwhile = NULL;
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 4\nINBOX 2.0 0\n", "INBOX 1.0 4\nINBOX 2.0 0\n", ERROR_NONE);
	rig_end(&rig);
}

static char *file_name;

static void read_first(struct rig *rig, const struct sync_progress *progress)
{
	if (is_at(progress, "INBOX", "uploading"))
		cr_expect(move_file(rig, "INBOX", "cur", file_name, "INBOX", "cur", "1.y:2,RS"));
}

/* The file has another name when its flags come. */
Test(engine_meanwhile, a_flag_whose_file_was_renamed_comes_with_the_next_run)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_run(&rig, NULL);
	file_name = name_of_file(&rig);
	world_set_flags(world_find(rig.world, "INBOX"), 1, FLAG_SEEN | FLAG_FLAGGED);
	rig_deliver(&rig, "INBOX", "2.x", 2, 0);
	rig.meanwhile = read_first;
	rig_run(&rig, NULL);
	rig.meanwhile = NULL;
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 7\nINBOX 2.0 0\n", "INBOX 1.0 7\nINBOX 2.0 0\n", ERROR_NONE);
	free(file_name);
	rig_end(&rig);
}

/* --- Files --- */

static void edit_first(struct rig *rig, const struct sync_progress *progress)
{
	if (is_at(progress, "INBOX", "uploading"))
		rig_write(rig, "INBOX", "cur", "1.y:2,S", 1, 1);
}

Test(engine_meanwhile, a_file_that_is_edited_is_not_removed)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig_deliver(&rig, "INBOX", "1.y:2,S", 1, 0);
	rig_run(&rig, NULL);
	world_remove(world_find(rig.world, "INBOX"), 1);
	rig_deliver(&rig, "INBOX", "2.x", 2, 0);
	rig.meanwhile = edit_first;
	rig_run(&rig, &(struct sync_options){ .force_delete = true });
	rig.meanwhile = NULL;
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.1 1\nINBOX 2.0 0\n", "INBOX 1.1 1\nINBOX 2.0 0\n", ERROR_NONE);
	rig_end(&rig);
}

static void move_on(struct rig *rig, const struct sync_progress *progress)
{
	if (is_at(progress, "Lists", "comparing"))
		(void)move_file(rig, "Archive", "cur", "1.y:2,S", "Zoo", "cur", "1.y:2,S");
}

/* Of what moved on before it was looked into nobody knows what it was. */
Test(engine_meanwhile, a_file_that_moves_on_holds_removals)
{
	struct rig rig;
	rig_begin(&rig, "connections = 1\n");
	rig_make_folder(&rig, "Archive");
	rig_make_folder(&rig, "Zoo");
	rig_deliver(&rig, "Lists", "1.y:2,S", 1, 0);
	rig_deliver(&rig, "Lists", "2.y:2,S", 2, 0);
	rig_run(&rig, NULL);
	cr_expect(move_file(&rig, "Lists", "cur", "1.y:2,S", "Archive", "cur", "1.y:2,S"));
	/* Something to compare, when the first folder was looked through. */
	rig_deliver(&rig, "Lists", "3.y:2,S", 3, 0);
	(void)rig_append(&rig, "Lists", FLAG_SEEN, 4, 0);
	rig.meanwhile = move_on;
	rig_run(&rig, NULL);
	rig.meanwhile = NULL;
	char *far = rig_far(&rig);
	cr_expect_not_null(strstr(far, " 1.0 "), "%s%s", far, rig.failures);
	free(far);
	rig_run(&rig, NULL);
	static const char all[] = "Lists 2.0 1\nLists 3.0 1\nLists 4.0 1\nZoo 1.0 1\n";
	rig_expect(&rig, all, all, ERROR_NONE);
	rig_end(&rig);
}

/* --- A header without its body, whose message only the server has --- */

static void move_header(struct rig *rig, const struct sync_progress *progress)
{
	if (is_at(progress, "Late", "looking"))
		(void)move_file(rig, "Late", "cur", file_name, "Early", "cur", file_name);
}

/* Its new folder was looked at before its old one. */
Test(engine_meanwhile, a_header_that_moves_behind_the_look_keeps_its_message)
{
	struct rig rig;
	rig_begin(&rig, "connections = 1\nmax-delete = none\n"
			"[channel work/late]\nfolders = Late\nbody = headers\n"
			"[channel work/rest]\nfolders = *\n");
	(void)rig_append(&rig, "Late", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	file_name = name_of_file(&rig);
	(void)rig_append(&rig, "Early", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "Late", "3.x", 3, 0);
	rig.meanwhile = move_header;
	rig_run(&rig, NULL);
	rig.meanwhile = NULL;
	cr_expect_eq(world_count(world_find(rig.world, "Late")), 2, "%s", rig.failures);
	rig_run(&rig, NULL);
	cr_expect_eq(world_count(world_find(rig.world, "Late")), 1, "%s", rig.failures);
	cr_expect_eq(world_count(world_find(rig.world, "Early")), 2, "%s", rig.failures);
	free(file_name);
	rig_end(&rig);
}
