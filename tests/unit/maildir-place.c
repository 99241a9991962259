/* Maildirs for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir-place.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/path.h"
#include "mail/message_digest.h"

static char *place;

void place_make(void)
{
	const char *base = getenv("TMPDIR");
	place = path_join(base ? base : "/tmp", "navette-maildir-XXXXXX");
	cr_assert_not_null(mkdtemp(place));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void place_remove(void)
{
	if (seteuid(getuid()) != 0) /* a test may have become nobody */
		abort();
	cr_assert_eq(nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(place);
}

const char *place_path(void)
{
	return place;
}

char *place_join(const char *name)
{
	return path_join(place, name);
}

/* One for all, as an account has. */
static struct digest_key *digest_key(void)
{
	static const uint8_t bytes[DIGEST_KEY_SIZE] = "one half of it, and the other..";
	static struct digest_key *key;
	if (!key)
		key = digest_key_create(bytes);
	return key;
}

struct maildir *place_maildir(const char *name)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = NULL;
	char *path = place_join(name);
	cr_assert_eq(maildir_create(path, &error), 0, "%s", error.text);
	cr_assert_eq(maildir_open(path, &maildir, &error), MAILDIR_OPEN_OK, "%s", error.text);
	maildir_set_digest_key(maildir, digest_key());
	free(path);
	return maildir;
}

void place_write(const char *name, const void *bytes, size_t length)
{
	char *path = place_join(name);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_geq(file, 0, "%s", path);
	cr_assert_eq(write(file, bytes, length), (ssize_t)length);
	cr_assert_eq(close(file), 0);
	free(path);
}

void place_write_text(const char *name, const char *text)
{
	place_write(name, text, strlen(text));
}

char *place_read(const char *name, size_t *length_r)
{
	struct buffer content = BUFFER_INITIAL;
	char part[4096];
	ssize_t got;
	char *path = place_join(name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(file, 0, "%s", path);
	while ((got = read(file, part, sizeof part)) > 0)
		buffer_add(&content, part, (size_t)got);
	cr_assert_eq(got, 0);
	(void)close(file);
	free(path);
	*length_r = content.length;
	return buffer_take(&content);
}

bool place_has(const char *name)
{
	struct stat status;
	char *path = place_join(name);
	bool has = lstat(path, &status) == 0;
	free(path);
	return has;
}

char *place_list(const char *name)
{
	struct buffer list = BUFFER_INITIAL;
	struct dirent **entries;
	char *path = place_join(name);
	int count = scandir(path, &entries, NULL, alphasort);
	cr_assert_geq(count, 0, "%s", path);
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			buffer_add_format(&list, "%s ", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(path);
	return buffer_take(&list);
}

void place_set_time(const char *name, long seconds, long nanoseconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
					   { .tv_sec = seconds, .tv_nsec = nanoseconds } };
	char *path = place_join(name);
	cr_assert_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0, "%s", path);
	free(path);
}

bool place_become_nobody(void)
{
	if (geteuid() != 0)
		return true;
	return chmod(place, 0755) == 0 && seteuid(65534) == 0;
}
