/* The Maildir++ layout. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/plusplus.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "mail/folder_name.h"
#include "maildir/dotted.h"
#include "maildir/folder.h"

char *plusplus_directory(const char *folder)
{
	struct buffer directory = BUFFER_INITIAL;
	if (strcmp(folder, "INBOX") == 0)
		return memory_text("");
	buffer_add_byte(&directory, '.');
	dotted_write(&directory, folder);
	return buffer_take(&directory);
}

char *plusplus_folder(const char *directory)
{
	char *name = dotted_read(directory + 1);
	/* INBOX is the root. */
	if (folder_name_is_valid(name) && strcmp(name, "INBOX") != 0)
		return name;
	free(name);
	return NULL;
}

struct search {
	const char *root;
	struct text_list *folders;
	maildir_skipped_function *skipped;
	void *context;
};

static void see_maildir(const struct search *search, const char *path, const char *directory)
{
	char *folder = plusplus_folder(directory);
	if (folder) {
		text_list_adopt(search->folders, folder);
		return;
	}
	folder = dotted_read(directory + 1);
	const struct maildir_skipped skipped = {
		.path = path,
		.local = folder,
		.reason = "its name cannot be that of a folder; rename it"
	};
	search->skipped(search->context, &skipped);
	free(folder);
}

/* Gone meanwhile, a link that leads nowhere, a file: nothing. A Maildir that is closed to us is
 * listed: opening it tells why. */
static int see_entry(const struct search *search, const char *directory, struct error *error)
{
	struct stat status;
	char *path = path_join(search->root, directory);
	int reason = stat(path, &status) == 0 ? 0 : errno;
	if (reason == 0 && S_ISDIR(status.st_mode) && !maildir_lacks(path, MAILDIR_CUR))
		see_maildir(search, path, directory);
	if (reason == ENAMETOOLONG) {
		const struct maildir_skipped skipped = { .path = path,
							 .local = directory,
							 .reason = "its path is too long" };
		search->skipped(search->context, &skipped);
	}
	bool unknown = reason != 0 && reason != ENOENT && reason != ENOTDIR && reason != ELOOP &&
		       reason != ENAMETOOLONG;
	if (unknown)
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, reason,
				      "cannot look at the directory %s", path);
	free(path);
	return unknown ? -1 : 0;
}

static int read_entries(const struct search *search, DIR *stream, struct error *error)
{
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(stream);
		if (!entry && errno != 0)
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					       "cannot read the directory %s", search->root);
		if (!entry)
			return 0;
		const char *name = entry->d_name;
		if (name[0] != '.' || name[1] == '\0' || strcmp(name, "..") == 0)
			continue;
		if (see_entry(search, name, error) != 0)
			return -1;
	}
}

int plusplus_list(const char *root, struct text_list *folders, maildir_skipped_function *skipped,
		  void *context, struct error *error)
{
	const struct search search = {
		.root = root, .folders = folders, .skipped = skipped, .context = context
	};
	DIR *stream = opendir(root);
	if (!stream)
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
				       "cannot read the directory %s", root);
	if (!maildir_lacks(root, MAILDIR_CUR))
		text_list_add(folders, "INBOX");
	int result = read_entries(&search, stream, error);
	(void)closedir(stream); /* only read from */
	return result;
}
