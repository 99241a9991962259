/* The scenes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-scenes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "maildir/name.h"

#define BASE 5u /* messages that both sides agree on */

/* --- One file --- */

enum deed { REMOVE, MOVE, MOVE_BACK, MOVE_ON, COPY, EDIT, FLAG, ANSWER };

static void rename_file(struct rig *rig, const struct rig_file *file, const char *folder,
			const char *name)
{
	char *from_directory = rig_path(rig, file->folder, file->place);
	char *to_directory = rig_path(rig, folder, "cur");
	char *from = memory_format("%s/%s", from_directory, file->name);
	char *to = memory_format("%s/%s", to_directory, name);
	cr_assert_eq(rename(from, to), 0, "%s to %s", from, to);
	rig_stamp(rig, file->folder, file->place);
	rig_stamp(rig, folder, "cur");
	free(from);
	free(to);
	free(from_directory);
	free(to_directory);
}

static void remove_file(struct rig *rig, const struct rig_file *file)
{
	char *directory = rig_path(rig, file->folder, file->place);
	char *path = memory_format("%s/%s", directory, file->name);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(rig, file->folder, file->place);
	free(path);
	free(directory);
}

static void do_to(struct rig *rig, const struct rig_file *file, enum deed deed)
{
	char *flagged = maildir_name_with_flags(file->name, FLAG_FLAGGED, FLAGS_SYSTEM, ':');
	char *answered = maildir_name_with_flags(file->name, FLAG_ANSWERED, FLAGS_SYSTEM, ':');
	switch (deed) {
	case REMOVE:
		remove_file(rig, file);
		break;
	case MOVE:
		rename_file(rig, file, "Other", file->name);
		break;
	case MOVE_BACK:
		rename_file(rig, file, "INBOX", file->name);
		break;
	case MOVE_ON:
		rename_file(rig, file, "Near", file->name);
		break;
	case COPY:
		rig_write(rig, "Other", "cur", file->name, file->content.number, 0);
		break;
	case EDIT:
		rig_write(rig, file->folder, file->place, file->name, file->content.number, 1);
		break;
	case FLAG:
		rename_file(rig, file, file->folder, flagged);
		break;
	case ANSWER:
		rename_file(rig, file, file->folder, answered);
		break;
	}
	free(flagged);
	free(answered);
}

static void near(struct rig *rig, unsigned int number, enum deed deed)
{
	struct rig_files files;
	rig_files_read(rig, &files);
	bool found = false;
	for (size_t i = 0; !found && i < files.count; i++) {
		found = files.items[i].content.number == number;
		if (found)
			do_to(rig, &files.items[i], deed);
	}
	cr_assert(found, "there is no message %u", number);
	rig_files_release(&files);
}

/* --- Parts of scenes --- */

static void set_base(struct rig *rig)
{
	for (unsigned int i = 0; i < BASE; i++)
		(void)rig_append(rig, "INBOX", i % 2 ? FLAG_SEEN : 0, i, 0);
}

static void set_base_and_other(struct rig *rig)
{
	set_base(rig);
	(void)rig_append(rig, "Other", FLAG_SEEN, 20, 0);
}

static void add_far(struct rig *rig)
{
	static const uint32_t flags[] = { 0, FLAG_SEEN, FLAG_FLAGGED, FLAG_SEEN | FLAG_ANSWERED };
	for (unsigned int i = 0; i < sizeof flags / sizeof *flags; i++)
		(void)rig_append(rig, "INBOX", flags[i], 30 + i, 0);
}

static void add_near(struct rig *rig)
{
	rig_deliver(rig, "INBOX", "40.test", 40, 0);
	rig_deliver(rig, "INBOX", "41.test:2,S", 41, 0);
	rig_deliver(rig, "INBOX", "42.test:2,FR", 42, 0);
}

static void add_both(struct rig *rig)
{
	add_far(rig);
	add_near(rig);
	(void)rig_append(rig, "INBOX", FLAG_SEEN, 50, 0);
	rig_deliver(rig, "INBOX", "50.test:2,S", 50, 0);
}

static void change_flags(struct rig *rig)
{
	struct world_mailbox *inbox = world_find(rig->world, "INBOX");
	world_set_flags(inbox, 1, FLAG_FLAGGED | FLAG_ANSWERED);
	world_set_flags(inbox, 2, 0);
	near(rig, 3, FLAG);
}

static void remove_some(struct rig *rig)
{
	world_remove(world_find(rig->world, "INBOX"), 1);
	near(rig, 4, REMOVE);
}

static void move_far(struct rig *rig, uint32_t uid, unsigned int number)
{
	(void)rig_append(rig, "Other", 0, number, 0);
	world_remove(world_find(rig->world, "INBOX"), uid);
}

static void move_some(struct rig *rig)
{
	near(rig, 1, MOVE);
	near(rig, 2, MOVE);
	move_far(rig, 1, 0);
}

static void carry_far(struct rig *rig, const char *from, uint32_t uid, const char *to, bool moves)
{
	struct world_mailbox *mailbox = world_find(rig->world, from);
	const struct world_message message = *world_message(mailbox, uid);
	(void)world_copy(world_find(rig->world, to), &message);
	if (moves)
		world_remove(mailbox, uid);
}

/* Another client moves and copies on the server, some into a folder that is new. */
static void move_there(struct rig *rig)
{
	(void)world_make(rig->world, "New");
	carry_far(rig, "INBOX", 1, "Other", true);
	carry_far(rig, "Other", 1, "INBOX", true);
	carry_far(rig, "INBOX", 3, "Other", false);
	carry_far(rig, "INBOX", 3, "New", false);
	carry_far(rig, "INBOX", 4, "New", true);
	(void)rig_append(rig, "INBOX", 0, 30, 0);
	carry_far(rig, "INBOX", 7, "New", false);
}

/* Two change places, one is copied, and one goes to a new folder. */
static void carry_some(struct rig *rig)
{
	near(rig, 20, MOVE_BACK);
	near(rig, 1, MOVE);
	near(rig, 2, COPY);
	rig_make_folder(rig, "Near");
	near(rig, 3, MOVE_ON);
}

/* Both sides changed flags of what moves. */
static void move_flagged(struct rig *rig)
{
	world_set_flags(world_find(rig->world, "INBOX"), 2, FLAG_FLAGGED);
	near(rig, 1, ANSWER);
	near(rig, 1, MOVE);
	near(rig, 2, FLAG);
	near(rig, 2, MOVE);
}

static void edit_some(struct rig *rig)
{
	near(rig, 1, EDIT);
	near(rig, 2, EDIT);
	near(rig, 2, FLAG);
}

static void change_folders(struct rig *rig)
{
	(void)rig_append(rig, "Far", FLAG_SEEN, 60, 0);
	rig_deliver(rig, "Near", "61.test:2,S", 61, 0);
	world_find(rig->world, "Other")->exists = false;
}

static void do_all(struct rig *rig)
{
	(void)rig_append(rig, "Far", FLAG_SEEN, 60, 0);
	rig_deliver(rig, "Near", "61.test:2,S", 61, 0);
	near(rig, 3, FLAG);
	near(rig, 1, MOVE);
	near(rig, 2, EDIT);
	remove_some(rig);
	add_near(rig);
	add_far(rig);
}

static void do_everything(struct rig *rig)
{
	struct world_mailbox *inbox = world_find(rig->world, "INBOX");
	world_set_flags(inbox, 1, FLAG_FLAGGED | FLAG_ANSWERED);
	world_set_flags(inbox, 2, 0); /* it moves here */
	do_all(rig);
}

static void set_trash(struct rig *rig)
{
	set_base(rig);
	(void)rig_append(rig, "Trash", FLAG_SEEN, 70, 0);
}

static void set_trash_and_other(struct rig *rig)
{
	set_trash(rig);
	(void)rig_append(rig, "Other", FLAG_SEEN, 20, 0);
}

/* What moves is not thrown away, whenever the run ends. */
static void refile_some(struct rig *rig)
{
	near(rig, 1, MOVE);
	near(rig, 2, MOVE);
	near(rig, 3, REMOVE);
}

static void throw_away(struct rig *rig)
{
	near(rig, 0, REMOVE);
	near(rig, 2, REMOVE);
	near(rig, 3, FLAG);
}

static void want_whole(struct rig *rig)
{
	world_set_flags(world_find(rig->world, "INBOX"), 1, FLAG_FLAGGED);
	near(rig, 2, FLAG);
	(void)rig_append(rig, "INBOX", FLAG_FLAGGED, 30, 0);
	(void)rig_append(rig, "INBOX", 0, 31, 0);
}

static void move_window(struct rig *rig)
{
	add_far(rig);
	near(rig, 2, FLAG);
	rig_deliver(rig, "INBOX", "41.test:2,S", 41, 0);
}

static void renumber(struct rig *rig)
{
	world_renumber(rig->world, world_find(rig->world, "INBOX"));
	near(rig, 3, FLAG);
	add_near(rig);
	(void)rig_append(rig, "INBOX", 0, 30, 0);
}

/* --- The scenes --- */

const struct scene scene_first = { .name = "first", .act = add_both };
const struct scene scene_download = { .name = "download", .set = set_base, .act = add_far };
const struct scene scene_upload = { .name = "upload", .set = set_base, .act = add_near };
const struct scene scene_both = { .name = "both", .set = set_base, .act = add_both };
const struct scene scene_flags = { .name = "flags", .set = set_base, .act = change_flags };
const struct scene scene_removal = { .name = "removal", .set = set_base, .act = remove_some };
const struct scene scene_moves = { .name = "moves", .set = set_base_and_other, .act = move_some };
const struct scene scene_arrivals = { .name = "arrivals",
				      .set = set_base_and_other,
				      .act = move_there };
const struct scene scene_carried = { .name = "carried",
				     .set = set_base_and_other,
				     .act = carry_some };
const struct scene scene_refiled = { .name = "refiled",
				     .rules = "trash = Trash\n",
				     .set = set_trash_and_other,
				     .act = refile_some,
				     .runs = 2 };
const struct scene scene_flagged = {
	.name = "flagged", .set = set_base_and_other, .act = move_flagged, .runs = 2
};
const struct scene scene_everything = {
	.name = "everything", .set = set_base_and_other, .act = do_everything, .runs = 2
};
const struct scene scene_edits = { .name = "edits", .set = set_base, .act = edit_some };
const struct scene scene_folders = { .name = "folders",
				     .set = set_base_and_other,
				     .act = change_folders };
const struct scene scene_trash = { .name = "trash",
				   .rules = "[channel work/all]\nfolders = INBOX\ntrash = Trash\n",
				   .set = set_trash,
				   .act = throw_away };
const struct scene scene_trashed = { .name = "trashed",
				     .rules = "trash = Trash\n",
				     .set = set_trash,
				     .act = throw_away,
				     .runs = 2 };
const struct scene scene_stubs = {
	.name = "stubs", .rules = "body = headers\n", .set = set_base, .act = want_whole
};
const struct scene scene_window = {
	.name = "window", .new_rules = "max-messages = 4\n", .set = set_base, .act = move_window
};
const struct scene scene_renumbered = { .name = "renumbered", .set = set_base, .act = renumber };
const struct scene scene_all = { .name = "all", .set = set_base_and_other, .act = do_all };
