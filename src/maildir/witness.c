/* Whether somebody emptied tmp/ while messages waited there. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir/delivery.h"
#include "maildir/private.h"

#define WITNESS "navette.witness"
#define BOOT_ID_SIZE 36

static int read_all(int directory, const char *name, char *bytes, size_t size)
{
	int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file < 0)
		return -1;
	ssize_t got = read(file, bytes, size);
	(void)close(file); /* only read from */
	return got == (ssize_t)size ? 0 : -1;
}

/* Another one after each start of the machine: what a power cut made of renames is never known. */
static int read_boot_id(char id[BOOT_ID_SIZE])
{
	return read_all(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, BOOT_ID_SIZE);
}

static int fail(const struct maildir *maildir, const char *what, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
			       "cannot %s %s/tmp/" WITNESS, what, maildir->path);
}

static int write_id(int file, const char id[BOOT_ID_SIZE])
{
	size_t done = 0;
	while (done < BOOT_ID_SIZE) {
		ssize_t wrote = write(file, id + done, BOOT_ID_SIZE - done);
		if (wrote < 0 && errno != EINTR)
			return -1;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

int maildir_witness_place(const struct maildir *maildir, struct error *error)
{
	/* Cleaners go by age: this one is always the first to go. */
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char id[BOOT_ID_SIZE];
	if (read_boot_id(id) != 0 || maildir_witness_stands(maildir))
		return 0; /* without one, what is missing is downloaded again */
	int file = openat(maildir->tmp, WITNESS,
			  O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return fail(maildir, "write", error);
	int result = write_id(file, id) == 0 && futimens(file, old) == 0 ? 0 : -1;
	if (result != 0)
		(void)fail(maildir, "write", error);
	/* On network file systems errors come that late. */
	if (close(file) != 0 && errno != EINTR && result == 0)
		result = fail(maildir, "write", error);
	return result;
}

bool maildir_witness_stands(const struct maildir *maildir)
{
	char id[BOOT_ID_SIZE];
	char now[BOOT_ID_SIZE];
	return read_boot_id(now) == 0 && read_all(maildir->tmp, WITNESS, id, sizeof id) == 0 &&
	       memcmp(id, now, sizeof id) == 0;
}

int maildir_witness_remove(const struct maildir *maildir, struct error *error)
{
	if (unlinkat(maildir->tmp, WITNESS, 0) == 0 || errno == ENOENT)
		return 0;
	return fail(maildir, "remove", error);
}
