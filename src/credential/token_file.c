/* A file that holds one secret. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

#define SIZE_MAX_READ ((size_t)256 * 1024)
#define ROOM 32768 /* tokens of the great providers have up to 4 kB */

static int fail(const char *what, const char *path, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno, "cannot %s %s", what,
			       path);
}

/* --- Reading --- */

static int check_owner(const char *path, const struct stat *status, struct error *error)
{
	if (!S_ISREG(status->st_mode))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s, where tokens are kept, is no file: remove it", path);
	if (status->st_uid != geteuid())
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "%s, where tokens are kept, belongs to another user (number %u): "
				 "remove it and log in anew",
				 path, (unsigned int)status->st_uid);
	if (status->st_mode & (S_IRWXG | S_IRWXO))
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"others can read the tokens in %s, so they may be known: remove the "
			"file and log in anew, or chmod 600 it if nobody else was here",
			path);
	return 0;
}

static int read_all(int descriptor, const char *path, struct buffer *text, struct error *error)
{
	char bytes[4096];
	ssize_t got = 1;
	while (got != 0 && text->length < SIZE_MAX_READ) {
		got = read(descriptor, bytes, sizeof bytes);
		if (got > 0)
			buffer_add(text, bytes, (size_t)got);
		else if (got < 0 && errno != EINTR)
			break;
	}
	memory_wipe(bytes, sizeof bytes);
	return got < 0 ? fail("read the tokens in", path, error) : 0;
}

int token_file_read(const char *path, struct buffer *text, bool *found_r, struct error *error)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	*found_r = descriptor >= 0;
	if (descriptor < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : fail("read the tokens in", path, error);
	int result = fstat(descriptor, &status) == 0 ? check_owner(path, &status, error)
						     : fail("look at", path, error);
	if (result == 0)
		result = read_all(descriptor, path, text, error);
	(void)close(descriptor); /* only read from */
	return result;
}

/* --- Writing --- */

static char *new_name(const char *path)
{
	return memory_format("%s:new", path);
}

/* Left from a run that was killed, it may be there. */
static int open_new(const char *fresh, struct error *error)
{
	int descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (descriptor >= 0 && fchmod(descriptor, 0600) == 0)
		return descriptor;
	(void)fail("make the file for tokens,", fresh, error); /* always -1 */
	if (descriptor >= 0)
		(void)close(descriptor);
	return -1;
}

int token_file_make_room(const char *path, int *room_r, struct error *error)
{
	char *fresh = new_name(path);
	*room_r = open_new(fresh, error);
	int result = *room_r < 0 ? -1 : 0;
	/* The size stays, so that what is written is all there is. A file system that cannot
	 * reserve says so when it is written to. */
	if (result == 0 && fallocate(*room_r, FALLOC_FL_KEEP_SIZE, 0, ROOM) != 0 &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG)) {
		result = fail("make room for new tokens in", fresh, error);
		token_file_give_up_room(path, *room_r);
	}
	free(fresh);
	return result;
}

void token_file_give_up_room(const char *path, int room)
{
	char *fresh = new_name(path);
	(void)close(room);   /* nothing that counts was written through it */
	(void)unlink(fresh); /* left over it is no harm */
	free(fresh);
}

static int write_all(int descriptor, const char *text)
{
	size_t length = strlen(text);
	size_t done = 0;
	while (done < length) {
		ssize_t written = write(descriptor, text + done, length - done);
		if (written == 0)
			errno = EIO;
		if (written > 0)
			done += (size_t)written;
		else if (written == 0 || errno != EINTR)
			return -1;
	}
	return 0;
}

static int write_new(const char *fresh, int room, const char *text, struct error *error)
{
	int result = write_all(room, text);
	while (result == 0 && fsync(room) != 0) {
		if (errno != EINTR)
			result = -1;
	}
	return result == 0 ? 0 : fail("write the new tokens to", fresh, error);
}

static char *directory_of(const char *path)
{
	return memory_text_length(path, (size_t)(strrchr(path, '/') - path));
}

int token_file_write(const char *path, int room, const char *text, struct error *error)
{
	char *fresh = new_name(path);
	char *directory = directory_of(path);
	int result = write_new(fresh, room, text, error);
	if (result == 0 && rename(fresh, path) != 0)
		result = fail("replace the tokens in", path, error);
	if (result == 0 && path_sync_directory(directory, error) != 0)
		result = error_widen(error, SCOPE_ACCOUNT);
	(void)close(room); /* it is durable */
	free(directory);
	free(fresh);
	return result;
}

int token_file_remove(const char *path, bool *had_r, struct error *error)
{
	char *fresh = new_name(path);
	char *directory = directory_of(path);
	int result = 0;
	*had_r = unlink(path) == 0;
	if (!*had_r && errno != ENOENT && errno != ENOTDIR)
		result = fail("remove the tokens in", path, error);
	(void)unlink(fresh); /* mostly there is none */
	if (*had_r && path_sync_directory(directory, error) != 0)
		result = error_widen(error, SCOPE_ACCOUNT);
	free(directory);
	free(fresh);
	return result;
}
