/* A message that is here already comes into another Maildir. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "maildir/delivery.h"
#include "maildir/name.h"
#include "maildir/private.h"

#define COPY_SIZE (64u * 1024u)

/* What is to be done, and whose words an error takes. */
struct linking {
	const struct maildir *from, *to;
	const struct maildir_location *location;
	const char *temporary_name;
};

static int fail(const struct linking *linking, int reason, struct error *error)
{
	(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, reason, /* always -1 */
			      "cannot bring %s/%s/%s into %s/tmp", linking->from->path,
			      maildir_place_name(linking->location->place), linking->location->name,
			      linking->to->path);
	return -1;
}

static enum maildir_message_result ended(const struct linking *linking, int reason,
					 struct error *error)
{
	if (reason == ENOENT || reason == ESTALE)
		return MAILDIR_MESSAGE_GONE;
	(void)fail(linking, reason, error);
	return MAILDIR_MESSAGE_ERROR;
}

/* --- A copy --- */

static int write_all(int file, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t wrote = write(file, bytes, length);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote == 0) /* and no reason: do not try for ever */
			errno = EIO;
		if (wrote <= 0)
			return -1;
		bytes += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

/* Returns 0, or -1 with errno. */
static int copy_bytes(int from, int to)
{
	char *buffer = memory_resize_array(NULL, COPY_SIZE, 1);
	int result = 0;
	for (;;) {
		ssize_t got = read(from, buffer, COPY_SIZE);
		if (got < 0 && errno == EINTR)
			continue;
		result = got < 0 || (got > 0 && write_all(to, buffer, (size_t)got) != 0) ? -1 : 0;
		if (got <= 0 || result != 0)
			break;
	}
	int reason = errno;
	free(buffer);
	errno = reason;
	return result;
}

/* With the time of the file; ESTALE where that was written to meanwhile. Returns 0, or -1 with
 * errno. */
static int copy_opened(int from, int to)
{
	struct stat before;
	struct stat after;
	if (fstat(from, &before) != 0 || copy_bytes(from, to) != 0 || fstat(from, &after) != 0)
		return -1;
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, before.st_mtim };
	if (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
	    before.st_mtim.tv_nsec != after.st_mtim.tv_nsec) {
		errno = ESTALE;
		return -1;
	}
	return futimens(to, times);
}

static int copy(const struct linking *linking)
{
	int from = openat(linking->from->places[linking->location->place], linking->location->name,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return -1;
	int to = openat(linking->to->tmp, linking->temporary_name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result = to < 0 ? -1 : copy_opened(from, to);
	int reason = errno;
	/* On network file systems errors come as late as that. */
	if (to >= 0 && close(to) != 0 && errno != EINTR && result == 0) {
		result = -1;
		reason = errno;
	}
	(void)close(from);
	errno = reason;
	return result;
}

/* --- A link --- */

/* Whether a copy may do where a link failed for REASON: another file system, or one that has none;
 * a file of another user; too many links. */
static bool needs_copy(int reason)
{
	return reason == EXDEV || reason == EPERM || reason == EACCES || reason == EMLINK ||
	       reason == EOPNOTSUPP || reason == ENOSYS;
}

static int bring(const struct linking *linking, bool as_copy)
{
	if (as_copy)
		return copy(linking);
	if (linkat(linking->from->places[linking->location->place], linking->location->name,
		   linking->to->tmp, linking->temporary_name, 0) == 0)
		return 0;
	return needs_copy(errno) ? copy(linking) : -1;
}

enum maildir_message_result maildir_delivery_link(const struct maildir *maildir,
						  const struct maildir *from,
						  const struct maildir_location *location,
						  bool as_copy, char **temporary_name_r,
						  struct file_stamp *file_r, struct error *error)
{
	struct stat status;
	char *unique = maildir_name_unique();
	char *name = memory_format(MAILDIR_TEMPORARY_PREFIX "%s", unique);
	const struct linking linking = {
		.from = from, .to = maildir, .location = location, .temporary_name = name
	};
	int reason = 0;
	free(unique);
	if (bring(&linking, as_copy) != 0 ||
	    fstatat(maildir->tmp, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		reason = errno;
	else if (!S_ISREG(status.st_mode))
		reason = ENOENT; /* it is no message */
	if (reason != 0) {
		(void)unlinkat(maildir->tmp, name, 0);
		enum maildir_message_result result = ended(&linking, reason, error);
		free(name);
		return result;
	}
	maildir_stamp_of_status(&status, file_r);
	*temporary_name_r = name;
	return MAILDIR_MESSAGE_OK;
}
