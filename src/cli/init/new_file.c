/* A file that is made as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/init/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return memory_text(".");
	return slash == path ? memory_text("/") : memory_text_length(path, (size_t)(slash - path));
}

static int refuse_existing(const char *path, struct error *error)
{
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"there is a configuration already, and it stays as it is: %s. Have a new one "
		"written elsewhere with navette -c FILE init, and copy from it what you need",
		path);
}

int new_file_begin(struct new_file *file, const char *path, struct error *error)
{
	struct stat status;
	*file = (struct new_file){ .path = memory_text(path) };
	if (lstat(path, &status) == 0)
		return refuse_existing(path, error);
	if (errno != ENOENT && errno != ENOTDIR)
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
				       "cannot look at %s", path);
	char *directory = directory_of(path);
	int result = path_make_directories(directory, error);
	free(directory);
	return result;
}

static int write_all(int descriptor, const struct buffer *text)
{
	size_t done = 0;
	while (done < text->length) {
		ssize_t written = write(descriptor, text->bytes + done, text->length - done);
		if (written < 0 && errno != EINTR)
			return -1;
		done += written > 0 ? (size_t)written : 0;
	}
	return fsync(descriptor);
}

int new_file_write(struct new_file *file, const struct buffer *text, struct error *error)
{
	if (file->temporary)
		(void)unlink(file->temporary); /* another one takes its place */
	free(file->temporary);
	file->temporary = memory_format("%s.XXXXXX", file->path);
	int descriptor = mkostemp(file->temporary, O_CLOEXEC); /* mode 0600 */
	if (descriptor < 0) {
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
				      "cannot make a file beside %s", file->path); /* always -1 */
		free(file->temporary);
		file->temporary = NULL;
		return -1;
	}
	int failure = write_all(descriptor, text) == 0 ? 0 : errno;
	if (close(descriptor) != 0 && failure == 0)
		failure = errno;
	if (failure == 0)
		return 0;
	return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, failure, "cannot write %s",
			       file->temporary);
}

int new_file_publish(struct new_file *file, struct error *error)
{
	struct stat status;
	/* link(2) never replaces anything; some file systems have no links. */
	int result = link(file->temporary, file->path);
	if (result != 0 && errno != EEXIST && lstat(file->path, &status) != 0)
		result = rename(file->temporary, file->path);
	if (result != 0 && errno == EEXIST)
		return refuse_existing(file->path, error);
	if (result != 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno, "cannot make %s",
				       file->path);
	char *directory = directory_of(file->path);
	result = path_sync_directory(directory, error);
	free(directory);
	return result;
}

void new_file_end(struct new_file *file)
{
	if (file->temporary)
		(void)unlink(file->temporary); /* may be renamed already */
	free(file->temporary);
	free(file->path);
	*file = (struct new_file){ .path = NULL };
}
