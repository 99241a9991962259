/* Giving a Maildir another place. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/relocate.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "maildir/linux.h"
#include "maildir/private.h"

static int fail(const char *from, const char *to, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
			       "the Maildir %s cannot become %s", from, to);
}

/* The caller's. */
static char *parent_of(const char *path)
{
	char *copy = memory_text(path);
	char *parent = memory_text(dirname(copy));
	free(copy);
	return parent;
}

static int sync_parent(const char *path, struct error *error)
{
	char *parent = parent_of(path);
	int result = path_sync_directory(parent, error);
	free(parent);
	return result;
}

static int make_parent(const char *path, struct error *error)
{
	char *parent = parent_of(path);
	int result = path_make_directories(parent, error);
	free(parent);
	return result;
}

/* --- Part by part --- */

static bool is_part(const char *name)
{
	return strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0;
}

/* What is missing was moved before. An empty directory in the way is one that somebody made of a
 * Maildir that had lost it. */
static int move_part(const char *from, const char *to, const char *name, struct error *error)
{
	char *old = path_join(from, name);
	char *new = path_join(to, name);
	int result = maildir_rename_exclusively(AT_FDCWD, old, AT_FDCWD, new);
	if (result != 0 && errno == EEXIST && rmdir(new) == 0)
		result = maildir_rename_exclusively(AT_FDCWD, old, AT_FDCWD, new);
	if (result != 0 && errno == ENOENT)
		result = 0;
	if (result != 0)
		(void)fail(old, new, error); /* always -1 */
	free(old);
	free(new);
	return result;
}

/* What belongs to the Maildir beside its messages; directories are folders below it. */
static int list_files(const char *path, struct text_list *names, struct error *error)
{
	const struct dirent *entry;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = directory >= 0 ? maildir_stream_open(directory, path, "", error) : NULL;
	int result = stream ? 0 : -1;
	if (directory < 0)
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				      "cannot open the Maildir %s", path);
	while (result == 0 &&
	       (result = maildir_stream_next(stream, path, "", &entry, error)) == 0 && entry) {
		struct stat status;
		if (!is_part(entry->d_name) &&
		    fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode))
			text_list_add(names, entry->d_name);
	}
	if (stream)
		(void)closedir(stream); /* only read from */
	if (directory >= 0)
		(void)close(directory);
	return result;
}

/* cur last: what has it is the Maildir. */
static int move_parts(const char *from, const char *to, struct error *error)
{
	struct text_list files = { .items = NULL };
	int result = path_make_directories(to, error);
	if (result == 0)
		result = list_files(from, &files, error);
	if (result == 0)
		result = move_part(from, to, "tmp", error);
	if (result == 0)
		result = move_part(from, to, "new", error);
	for (size_t i = 0; result == 0 && i < files.count; i++)
		result = move_part(from, to, files.items[i], error);
	if (result == 0)
		result = path_sync_directory(to, error);
	if (result == 0)
		result = move_part(from, to, "cur", error);
	text_list_release(&files);
	if (result == 0)
		result = path_sync_directory(to, error);
	if (result == 0)
		result = path_sync_directory(from, error);
	/* Folders below it keep it. */
	if (result == 0 && rmdir(from) != 0 && errno != ENOTEMPTY && errno != EEXIST)
		result = fail(from, to, error);
	return result;
}

/* --- As a whole --- */

static bool is_there(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0;
}

int maildir_relocate(const char *from, const char *to, bool whole, struct error *error)
{
	if (!whole || is_there(to)) {
		if (move_parts(from, to, error) != 0)
			return -1;
	} else {
		if (make_parent(to, error) != 0)
			return -1;
		if (maildir_rename_exclusively(AT_FDCWD, from, AT_FDCWD, to) != 0)
			return fail(from, to, error);
	}
	return sync_parent(to, error) == 0 ? sync_parent(from, error) : -1;
}

int maildir_exchange(const char *from, const char *to, struct error *error)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) != 0)
		return fail(from, to, error);
	return sync_parent(to, error) == 0 ? sync_parent(from, error) : -1;
}
