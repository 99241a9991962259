/* What users and their readers do in Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine-user.h"
#include "maildir/name.h"

static char *path_of(const struct user *user, const char *folder, const char *place,
		     const char *name)
{
	char *directory = rig_path(user->rig, folder, place);
	char *path = memory_format("%s/%s", directory, name);
	free(directory);
	return path;
}

static bool is_there(const struct user *user, const char *folder)
{
	struct stat status;
	char *path = rig_path(user->rig, folder, "cur");
	bool there = stat(path, &status) == 0;
	free(path);
	return there;
}

/* FILE under that name, and no longer or also as it was. */
static void give_name(struct user *user, const struct rig_file *file, const char *folder,
		      const char *place, const char *name, bool copies)
{
	char *from = path_of(user, file->folder, file->place, file->name);
	char *to = path_of(user, folder, place, name);
	struct stat status;
	if (stat(to, &status) != 0) {
		if (copies) {
			rig_write(user->rig, folder, place, name, file->content.number,
				  file->content.version);
		} else {
			cr_assert_eq(rename(from, to), 0, "%s", strerror(errno));
		}
		rig_stamp(user->rig, file->folder, file->place);
		rig_stamp(user->rig, folder, place);
	}
	free(from);
	free(to);
}

static char *new_name(struct user *user, uint32_t flags)
{
	char *base = memory_format("%u.user", user->names++);
	char *name =
		flags ? maildir_name_with_flags(base, flags, FLAGS_SYSTEM, ':') : memory_text(base);
	free(base);
	return name;
}

static const char *place_of(uint32_t flags)
{
	return flags & FLAG_SEEN ? "cur" : "new";
}

/* --- One thing --- */

/* Where one of that name has another now, its mail would have moved, message by message. */
static bool may_make(const struct user *user)
{
	return user->folders && !user->renamed;
}

static void adds(struct user *user)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	if (!is_there(user, folder) && !may_make(user))
		return;
	struct rig_content content = { .number = user_makes(user) };
	uint32_t flags = user_flags(user);
	char *name = new_name(user, flags);
	rig_make_folder(user->rig, folder);
	rig_write(user->rig, folder, place_of(flags), name, content.number, 0);
	user_notes(user, false, content, USER_ADDS, folder);
	free(name);
}

static void flags(struct user *user, const struct rig_file *file)
{
	char *name = maildir_name_with_flags(file->name, user_flags(user), FLAGS_SYSTEM, ':');
	user_notes(user, false, file->content, USER_CHANGES, name);
	give_name(user, file, file->folder, "cur", name, false);
	free(name);
}

/* Another base name: to navette the old is gone and a new one there. */
static void renames(struct user *user, const struct rig_file *file)
{
	char *name = new_name(user, file->flags);
	user_notes(user, false, file->content, USER_MOVES, "has another name");
	give_name(user, file, file->folder, file->place, name, false);
	free(name);
}

static void moves(struct user *user, const struct rig_file *file)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	bool keeps_name = user_random(user, 2) == 0;
	if (!is_there(user, folder) || strcmp(folder, file->folder) == 0)
		return;
	char *name = keeps_name ? memory_text(file->name) : new_name(user, file->flags);
	user_notes(user, false, file->content, USER_MOVES, folder);
	user->messages[file->content.number].near_moves++;
	give_name(user, file, folder, file->place, name, false);
	free(name);
}

/* Now and then in the other directory, under its name. */
static void copies(struct user *user, const struct rig_file *file)
{
	const char *folder = user_folders[user_random(user, USER_FOLDERS)];
	const char *other = strcmp(file->place, "new") == 0 ? "cur" : "new";
	struct stat status;
	if (!is_there(user, folder))
		return;
	bool same = user_random(user, 4) == 0;
	char *name = same ? memory_text(file->name) : new_name(user, file->flags);
	char *path = path_of(user, same ? file->folder : folder, same ? other : file->place, name);
	if (stat(path, &status) != 0) {
		user_notes(user, false, file->content, USER_ADDS, "is copied to");
		user_notes(user, false, file->content, USER_CHANGES, path);
		give_name(user, file, same ? file->folder : folder, same ? other : file->place,
			  name, true);
	}
	free(path);
	free(name);
}

/* In place, or where it has several links as readers do, by another file in its place. */
static void edits(struct user *user, const struct rig_file *file)
{
	struct rig_content content = file->content;
	struct stat status;
	char *path = path_of(user, file->folder, file->place, file->name);
	bool is_linked = stat(path, &status) == 0 && status.st_nlink > 1;
	if (!user_edits(user, false, &content)) {
		free(path);
		return;
	}
	if (is_linked)
		(void)unlink(path);
	free(path);
	rig_write(user->rig, file->folder, file->place, file->name, content.number,
		  content.version);
}

static void removes(struct user *user, const struct rig_file *file)
{
	char *path = path_of(user, file->folder, file->place, file->name);
	user_notes(user, false, file->content, USER_REMOVES, file->folder);
	cr_assert_eq(unlink(path), 0);
	rig_stamp(user->rig, file->folder, file->place);
	free(path);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

/* One that has no other below it. */
static void removes_folder(struct user *user, const struct rig_files *files)
{
	const char *folder = user_folders[2 + user_random(user, USER_FOLDERS - 2)];
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->items[i].folder, folder) == 0)
			removes(user, &files->items[i]);
	}
	user->reshaped = true;
	char *path = rig_path(user->rig, folder, "");
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

/* With what is below it. */
static void renames_folder(struct user *user)
{
	const char *folder = user_folders[1 + user_random(user, USER_FOLDERS - 1)];
	char *name = is_there(user, folder) ? user_names_folder(user, false, folder) : NULL;
	if (name)
		rig_rename(user->rig, folder, name);
	free(name);
}

static void acts_on(struct user *user, const struct rig_file *file)
{
	switch (user_random(user, 9)) {
	case 0:
	case 1:
		moves(user, file);
		break;
	case 2:
		copies(user, file);
		break;
	case 3:
		edits(user, file);
		break;
	case 4:
	case 5:
		removes(user, file);
		break;
	case 6:
		renames(user, file);
		break;
	default:
		flags(user, file);
		break;
	}
}

void user_acts_near(struct user *user)
{
	struct rig_files files;
	rig_files_read(user->rig, &files);
	uint32_t chosen = user_random(user, 40);
	if (chosen == 0 && user->folders)
		removes_folder(user, &files);
	else if (chosen == 1 && may_make(user))
		rig_make_folder(user->rig, user_folders[user_random(user, USER_FOLDERS)]);
	else if (chosen == 2 && user->folders)
		renames_folder(user);
	else if (chosen < 12 || files.count == 0)
		adds(user);
	else
		acts_on(user, &files.items[user_random(user, (uint32_t)files.count)]);
	rig_files_release(&files);
}
