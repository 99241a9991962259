/* Removing a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "maildir/private.h"

/* Called for every name of a directory. -1 (error set) stops. */
typedef int name_function(int directory, const char *name, struct error *error);

static int each_name(int directory, const char *path, const char *part, name_function *function,
		     struct error *error)
{
	DIR *stream = maildir_stream_open(directory, path, part, error);
	if (!stream)
		return -1;
	const struct dirent *entry;
	int result;
	while ((result = maildir_stream_next(stream, path, part, &entry, error)) == 0 && entry) {
		result = function(directory, entry->d_name, error);
		if (result != 0)
			break;
	}
	(void)closedir(stream); /* only read from */
	return result == 0 ? 0 : error_prefix(error, "the Maildir %s was not removed", path);
}

/* A message, or anything that could be one. */
static int refuse_message(int directory, const char *name, struct error *error)
{
	(void)directory;
	return error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			 "it still holds the file %s; move that away first", name);
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
	int result = each_name(maildir->places[MAILDIR_NEW], path, "new", refuse_message, error);
	if (result == 0)
		result =
			each_name(maildir->places[MAILDIR_CUR], path, "cur", refuse_message, error);
	if (result == 0)
		result = each_name(maildir->tmp, path, "tmp", remove_temporary, error);
	if (result == 0)
		result = each_name(maildir->root, path, "", remove_index, error);
	if (result == 0)
		result = remove_parts(maildir, error);
	maildir_close(&maildir);
	/* Subfolders, or files of somebody else, keep the directory. */
	if (result == 0 && rmdir(path) != 0 && errno != ENOTEMPTY && errno != EEXIST)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					 "cannot remove the directory %s", path);
	return result;
}
