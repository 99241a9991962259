/* Where folders stand under the Maildir root. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "mail/folder_name.h"
#include "maildir/dotted.h"
#include "maildir/plusplus.h"

struct walk {
	enum maildir_layout layout; /* but MAILDIR_PLUSPLUS, which needs no walk */
	const char *root;
	struct text_list *folders;
	maildir_skipped_function *skipped;
	void *context;
};

/* The directories from the root to where the walk is, so that a loop of links is seen. */
struct ancestor {
	const struct ancestor *parent;
	dev_t device;
	ino_t inode;
};

const char *maildir_layout_name(enum maildir_layout layout)
{
	switch (layout) {
	case MAILDIR_PLUSPLUS:
		return "maildir++";
	case MAILDIR_FLAT:
		return "flat";
	case MAILDIR_LEGACY:
		return "legacy";
	case MAILDIR_NESTED:
		break;
	}
	return "nested";
}

static char *flat_path(const char *root, const char *folder)
{
	struct buffer directory = BUFFER_INITIAL;
	dotted_write(&directory, folder);
	char *path = path_join(root, buffer_text(&directory));
	buffer_release(&directory);
	return path;
}

static char *legacy_path(const char *root, const char *folder)
{
	struct buffer below = BUFFER_INITIAL;
	for (; *folder; folder++) {
		buffer_add_byte(&below, *folder);
		if (*folder == '/')
			buffer_add_byte(&below, '.');
	}
	char *path = path_join(root, buffer_text(&below));
	buffer_release(&below);
	return path;
}

static char *plusplus_path(const char *root, const char *folder)
{
	char *directory = plusplus_directory(folder);
	char *path = *directory ? path_join(root, directory) : memory_text(root);
	free(directory);
	return path;
}

char *maildir_layout_path(enum maildir_layout layout, const char *root, const char *folder)
{
	switch (layout) {
	case MAILDIR_PLUSPLUS:
		return plusplus_path(root, folder);
	case MAILDIR_FLAT:
		return flat_path(root, folder);
	case MAILDIR_LEGACY:
		return legacy_path(root, folder);
	case MAILDIR_NESTED:
		break;
	}
	return path_join(root, folder);
}

bool maildir_layout_can_hold(enum maildir_layout layout, const char *folder)
{
	char *path = maildir_layout_path(layout, "", folder);
	bool fits = true;
	for (const char *name = path; fits && *name; name += strspn(name, "/")) {
		size_t length = strcspn(name, "/");
		fits = length <= FOLDER_COMPONENT_MAX;
		name += length;
	}
	free(path);
	return fits;
}

int maildir_layout_mark(enum maildir_layout layout, const char *root, const char *path,
			struct error *error)
{
	if (layout != MAILDIR_PLUSPLUS || strcmp(root, path) == 0)
		return 0;
	/* For those who deliver into it: the quota is the root's. */
	char *mark = path_join(path, "maildirfolder");
	int descriptor = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result = descriptor >= 0 ? 0
				     : error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
						       "cannot make %s", mark);
	if (descriptor >= 0)
		(void)close(descriptor); /* it is empty */
	free(mark);
	return result;
}

static bool is_maildir_part(const char *name)
{
	return strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0;
}

/* A directory that cannot be looked into counts as a Maildir, and so does one whose cur is a link,
 * wherever that leads: opening it then tells the user why it cannot be synchronised, while a folder
 * that is left out would look removed. */
static bool holds_cur(const char *path)
{
	struct stat status;
	char *cur = path_join(path, "cur");
	bool seen = lstat(cur, &status) == 0;
	bool holds = seen ? S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode)
			  : errno != ENOENT && errno != ENOTDIR;
	free(cur);
	return holds;
}

static bool may_be_directory(const struct dirent *entry)
{
	return entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

static bool is_loop(const struct stat *status, const struct ancestor *parent)
{
	for (; parent; parent = parent->parent) {
		if (parent->device == status->st_dev && parent->inode == status->st_ino)
			return true;
	}
	return false;
}

static void skip(const struct walk *walk, const char *path, const char *folder, const char *reason)
{
	const struct maildir_skipped skipped = { .path = path, .local = folder, .reason = reason };
	walk->skipped(walk->context, &skipped);
}

/* Gone meanwhile, or a link that leads nowhere: nothing. Else it may be a folder, which must not
 * look removed. */
static int tell_why_not_seen(const struct walk *walk, const char *path, const char *folder,
			     int reason, struct error *error)
{
	if (reason == ENOENT || reason == ENOTDIR || reason == ELOOP)
		return 0;
	if (reason == ENAMETOOLONG) {
		skip(walk, path, folder, "its path is too long; move it up");
		return 0;
	}
	return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, reason,
			       "cannot look at the directory %s", path);
}

static int walk_directory(const struct walk *walk, const char *path, const char *folder,
			  const struct ancestor *self, struct error *error);

/* One subdirectory: a folder when it has cur/, and in any case a place to look for more. */
static int visit(const struct walk *walk, const char *path, const char *folder,
		 const struct ancestor *parent, struct error *error)
{
	struct stat status;
	if (stat(path, &status) != 0)
		return tell_why_not_seen(walk, path, folder, errno, error);
	if (!S_ISDIR(status.st_mode) || is_loop(&status, parent))
		return 0;
	if (!folder_name_is_safe(folder)) {
		if (holds_cur(path))
			skip(walk, path, folder, "its name cannot be that of a folder; rename it");
		return 0;
	}
	if (holds_cur(path))
		text_list_add(walk->folders, folder);
	if (walk->layout == MAILDIR_FLAT)
		return 0;
	const struct ancestor self = { .parent = parent,
				       .device = status.st_dev,
				       .inode = status.st_ino };
	return walk_directory(walk, path, folder, &self, error);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The folder that the entry NAME of the directory of FOLDER (NULL: the root) is in this layout;
 * NULL: none. */
static char *child_folder(const struct walk *walk, const char *folder, const char *name)
{
	bool wants_hidden = walk->layout == MAILDIR_LEGACY && folder;
	if ((name[0] == '.') != wants_hidden)
		return NULL;
	if (wants_hidden)
		return path_join(folder, name + 1);
	if (walk->layout == MAILDIR_FLAT)
		return dotted_read(name);
	return folder ? path_join(folder, name) : memory_text(name);
}

/* Not followed, but named: it may be of a tree in another layout. */
static void note_foreign(const struct walk *walk, const char *path, const char *name)
{
	const struct maildir_skipped skipped = {
		.path = path,
		.local = name,
		.reason = "there is no folder of that name in this layout",
		.foreign = true
	};
	if (holds_cur(path))
		walk->skipped(walk->context, &skipped);
}

static int read_entries(const struct walk *walk, DIR *stream, const char *path, const char *folder,
			const struct ancestor *self, struct error *error)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry && errno != 0)
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					       "cannot read the directory %s", path);
		if (!entry)
			return 0;
		if (is_maildir_part(entry->d_name) || is_dots(entry->d_name) ||
		    !may_be_directory(entry))
			continue;
		char *child_path = path_join(path, entry->d_name);
		char *child = child_folder(walk, folder, entry->d_name);
		int result = 0;
		if (child)
			result = visit(walk, child_path, child, self, error);
		else
			note_foreign(walk, child_path, entry->d_name);
		free(child);
		free(child_path);
		if (result != 0)
			return -1;
	}
}

static int walk_directory(const struct walk *walk, const char *path, const char *folder,
			  const struct ancestor *self, struct error *error)
{
	DIR *stream = opendir(path);
	if (!stream) { /* gone meanwhile; or closed to us: told when the folder is opened */
		int reason = errno;
		if (reason == ENOENT || reason == ENOTDIR ||
		    (reason == EACCES && folder && holds_cur(path)))
			return 0;
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, reason,
				       "cannot read the directory %s", path);
	}
	int result = read_entries(walk, stream, path, folder, self, error);
	(void)closedir(stream); /* only read from */
	return result;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_walking(const struct walk *walk, const struct stat *root, struct error *error)
{
	const struct ancestor self = { .device = root->st_dev, .inode = root->st_ino };
	return walk_directory(walk, walk->root, NULL, &self, error);
}

int maildir_layout_list(enum maildir_layout layout, const char *root, struct text_list *folders,
			maildir_skipped_function *skipped, void *context, struct error *error)
{
	const struct walk walk = { .layout = layout,
				   .root = root,
				   .folders = folders,
				   .skipped = skipped,
				   .context = context };
	struct stat status;
	if (stat(root, &status) != 0)
		return errno == ENOENT ? 0
				       : error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
							 "cannot look at the directory %s", root);
	int result = layout == MAILDIR_PLUSPLUS
			     ? plusplus_list(root, folders, skipped, context, error)
			     : list_walking(&walk, &status, error);
	memory_sort(folders->items, folders->count, sizeof *folders->items, compare_names);
	return result;
}
