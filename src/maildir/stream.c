/* Reading a directory by its descriptor. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "maildir/private.h"

static int fail(int reason, const char *path, const char *name, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, reason,
			       "cannot read the directory %s%s%s", path, *name ? "/" : "", name);
}

DIR *maildir_stream_open(int directory, const char *path, const char *name, struct error *error)
{
	/* A descriptor of its own: the shared one has one position for everybody. */
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	if (stream)
		return stream;
	int reason = errno;
	if (copy >= 0)
		(void)close(copy); /* only opened */
	(void)fail(reason, path, name, error);
	return NULL;
}

int maildir_stream_next(DIR *stream, const char *path, const char *name,
			const struct dirent **entry_r, struct error *error)
{
	const struct dirent *entry;
	do {
		errno = 0; /* the only way to tell an error from the end */
		entry = readdir(stream);
		if (!entry && errno != 0)
			return fail(errno, path, name, error);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	*entry_r = entry;
	return 0;
}
