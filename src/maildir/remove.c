/* Removing a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "maildir/private.h"

/* Called for every name of a directory but "." and "..". -1 stops. */
typedef int name_function(int directory, const char *name, struct error *error);

static int each_name(int directory, const char *path, name_function *function, struct error *error)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		int reason = errno;
		if (copy >= 0)
			(void)close(copy);
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, reason,
				       "cannot read the directory %s", path);
	}
	int result = 0;
	const struct dirent *entry;
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = function(directory, entry->d_name, error);
	}
	(void)closedir(stream);
	return result;
}

/* A message, or anything that could be one. */
static int refuse_message(int directory, const char *name, struct error *error)
{
	(void)directory;
	return error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			 "it was not removed: it still holds the file %s", name);
}

/* What is in tmp/ was never delivered. */
static int remove_temporary(int directory, const char *name, struct error *error)
{
	(void)error;
	(void)unlinkat(directory, name, 0); /* what stays keeps the directory, and that is told */
	return 0;
}

/* Index files that readers and servers leave beside the messages; worthless without them. */
static int remove_index(int directory, const char *name, struct error *error)
{
	static const char *const known[] = { "dovecot",  ".uidvalidity",  ".mh_sequences",
					     "courier",  "maildirfolder", ".mbsyncstate",
					     ".isyncuid" };
	(void)error;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (text_starts_with(name, known[i]))
			(void)unlinkat(directory, name, 0);
	}
	return 0;
}

static int remove_parts(const struct maildir *maildir, struct error *error)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (unlinkat(maildir->root, parts[i], AT_REMOVEDIR) != 0)
			return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					       "cannot remove %s/%s", maildir->path, parts[i]);
	}
	return 0;
}

int maildir_remove(const char *path, struct error *error)
{
	struct maildir *maildir;
	enum maildir_open_result opened = maildir_open(path, &maildir, error);
	if (opened != MAILDIR_OPEN_OK)
		return opened == MAILDIR_OPEN_MISSING ? 0 : -1;
	int result = each_name(maildir->places[MAILDIR_NEW], path, refuse_message, error);
	if (result == 0)
		result = each_name(maildir->places[MAILDIR_CUR], path, refuse_message, error);
	if (result == 0)
		result = each_name(maildir->tmp, path, remove_temporary, error);
	if (result == 0)
		result = each_name(maildir->root, path, remove_index, error);
	if (result == 0)
		result = remove_parts(maildir, error);
	maildir_close(&maildir);
	/* Subfolders, or files of somebody else, keep the directory. */
	if (result == 0 && rmdir(path) != 0 && errno != ENOTEMPTY && errno != EEXIST)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					 "cannot remove the directory %s", path);
	return result;
}
