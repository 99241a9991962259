/* The file "dovecot-keywords". SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/keywords_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "maildir/private.h"

#define FILE_NAME "dovecot-keywords"
#define LOCK_NAME "dovecot-keywords.lock"
#define OWN_NAME "dovecot-keywords.navette" /* what is being written */
#define FILE_MAX 65536                      /* 26 names are shorter */

#define LOCK_TRIES 40
#define LOCK_PAUSE_MS 50
#define LOCK_STALE_NS (INT64_C(120) * 1000000000)

/* Threads share the file's name. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static int fail(const struct maildir *maildir, const char *what, const char *name,
		struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
			       "cannot %s %s/%s, which says what letters in file names mean", what,
			       maildir->path, name);
}

/* --- Reading --- */

/* LINE ends where the text does. */
static void take_line(struct keyword_table *table, char *line)
{
	uint64_t number;
	char *space = strchr(line, ' ');
	if (!space)
		return;
	*space = '\0';
	const char *name = space + 1;
	if (!text_parse_number(line, FLAG_KEYWORD_COUNT - 1, &number) || table->names[number] ||
	    !keyword_name_is_valid(name) || keyword_table_find(table, name) != 0)
		return;
	table->names[number] = memory_text(name);
}

static void take_lines(struct keyword_table *table, char *text)
{
	while (text) {
		char *end = strchr(text, '\n');
		if (end)
			*end = '\0';
		take_line(table, text);
		text = end ? end + 1 : NULL;
	}
}

/* As much as can be of use. Returns 0 or -1. */
static int read_all(int descriptor, struct buffer *out)
{
	char bytes[4096];
	ssize_t got = 1;
	while (got != 0 && out->length < FILE_MAX) {
		got = read(descriptor, bytes, sizeof bytes);
		if (got > 0)
			buffer_add(out, bytes, (size_t)got);
		else if (got < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

/* 1, 0: it is not there, -1 with errno. */
static int read_text(const struct maildir *maildir, struct buffer *text_r)
{
	int descriptor =
		openat(maildir->root, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (descriptor < 0)
		return errno == ENOENT ? 0 : -1;
	int result = read_all(descriptor, text_r);
	int reason = errno;
	(void)close(descriptor);
	errno = reason;
	return result == 0 ? 1 : -1;
}

int maildir_keywords_read(const struct maildir *maildir, struct keyword_table *table_r,
			  struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	*table_r = (struct keyword_table){ .names = { NULL } };
	int found = read_text(maildir, &text);
	if (found < 0)
		(void)fail(maildir, "read", FILE_NAME, error); /* always -1 */
	if (found > 0) {
		char *lines = buffer_take(&text);
		take_lines(table_r, lines);
		free(lines);
	}
	buffer_release(&text);
	return found;
}

/* --- The lock --- */

static bool status_of(const struct maildir *maildir, const char *name, struct stat *status_r)
{
	return fstatat(maildir->root, name, status_r, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool lock_is_stale(const struct maildir *maildir)
{
	struct stat status;
	return status_of(maildir, LOCK_NAME, &status) &&
	       clock_real_ns() - (int64_t)status.st_mtim.tv_sec * 1000000000 > LOCK_STALE_NS;
}

/* 0 also where it is not there; else -1 with errno. */
static int remove_file(const struct maildir *maildir, const char *name)
{
	return unlinkat(maildir->root, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

/* The lock is a link of our file, so that one which a killed run left is known as such. */
static int drop_own_lock(const struct maildir *maildir)
{
	struct stat own;
	struct stat lock;
	if (status_of(maildir, OWN_NAME, &own) && status_of(maildir, LOCK_NAME, &lock) &&
	    own.st_dev == lock.st_dev && own.st_ino == lock.st_ino &&
	    remove_file(maildir, LOCK_NAME) != 0)
		return -1;
	return remove_file(maildir, OWN_NAME);
}

/* 0, or -1 with errno. */
static int link_lock(const struct maildir *maildir)
{
	if (linkat(maildir->root, OWN_NAME, maildir->root, LOCK_NAME, 0) == 0)
		return 0;
	/* Some file systems have no links. */
	return errno == EEXIST ? -1
			       : maildir_rename_exclusively(maildir->root, OWN_NAME, maildir->root,
							    LOCK_NAME);
}

static int take_lock(const struct maildir *maildir, struct error *error)
{
	for (unsigned int tried = 0; tried < LOCK_TRIES; tried++) {
		if (link_lock(maildir) == 0)
			return 0;
		if (errno != EEXIST)
			return fail(maildir, "create", LOCK_NAME, error);
		if (!lock_is_stale(maildir))
			(void)clock_sleep(LOCK_PAUSE_MS, NULL);
		else if (remove_file(maildir, LOCK_NAME) != 0)
			return fail(maildir, "remove", LOCK_NAME, error);
	}
	return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
			 "%s/%s is held by another program, so what letters in file names mean "
			 "could not be noted there; the next run tries again",
			 maildir->path, LOCK_NAME);
}

/* --- Writing --- */

static int write_all(int descriptor, const struct buffer *text)
{
	size_t done = 0;
	while (done < text->length) {
		ssize_t wrote = write(descriptor, text->bytes + done, text->length - done);
		if (wrote < 0 && errno != EINTR)
			return -1;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

/* Dovecot may serve the mail to others than its owner: the file stays as readable as it was. */
static int keep_mode(const struct maildir *maildir, int descriptor)
{
	struct stat status;
	return status_of(maildir, FILE_NAME, &status) ? fchmod(descriptor, status.st_mode & 0666)
						      : 0;
}

/* As a whole, before anybody waits for it. */
static int write_own(const struct maildir *maildir, const struct buffer *text)
{
	int descriptor =
		openat(maildir->root, OWN_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return -1;
	int result = keep_mode(maildir, descriptor);
	if (result == 0)
		result = write_all(descriptor, text);
	if (result == 0)
		result = fsync(descriptor);
	int reason = errno;
	bool closed = close(descriptor) == 0;
	if (result != 0)
		errno = reason;
	return closed ? result : -1;
}

static int replace(const struct maildir *maildir, const struct buffer *text, struct error *error)
{
	if (drop_own_lock(maildir) != 0 || write_own(maildir, text) != 0)
		return fail(maildir, "write", OWN_NAME, error);
	if (take_lock(maildir, error) != 0)
		return -1;
	if (renameat(maildir->root, LOCK_NAME, maildir->root, FILE_NAME) != 0) {
		(void)fail(maildir, "write", FILE_NAME, error); /* always -1 */
		(void)unlinkat(maildir->root, LOCK_NAME, 0);    /* a stale one is nobody's */
		return -1;
	}
	if (remove_file(maildir, OWN_NAME) != 0)
		return fail(maildir, "remove", OWN_NAME, error);
	return fsync(maildir->root) == 0 ? 0 : fail(maildir, "write", FILE_NAME, error);
}

static void add_lines(struct buffer *text, const struct keyword_table *table)
{
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		if (table->names[i])
			buffer_add_format(text, "%zu %s\n", i, table->names[i]);
	}
}

static bool holds(const struct maildir *maildir, const struct buffer *text)
{
	struct buffer now = BUFFER_INITIAL;
	bool same = read_text(maildir, &now) > 0 && now.length == text->length &&
		    memcmp(now.bytes, text->bytes, now.length) == 0;
	buffer_release(&now);
	return same;
}

int maildir_keywords_write(const struct maildir *maildir, const struct keyword_table *table,
			   struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	int result = 0;
	add_lines(&text, table);
	(void)pthread_mutex_lock(&writing);
	if (text.length > 0 && !holds(maildir, &text))
		result = replace(maildir, &text, error);
	(void)pthread_mutex_unlock(&writing);
	buffer_release(&text);
	return result;
}

int maildir_keywords_stamp(const struct maildir *maildir, int64_t *stamp_ns_r, struct error *error)
{
	const struct buffer nothing = BUFFER_INITIAL;
	struct stat status;
	(void)pthread_mutex_lock(&writing);
	int result = drop_own_lock(maildir);
	if (result == 0)
		result = write_own(maildir, &nothing);
	if (result == 0)
		result = status_of(maildir, OWN_NAME, &status) ? 0 : -1;
	if (result == 0)
		result = remove_file(maildir, OWN_NAME);
	if (result != 0)
		(void)fail(maildir, "write", OWN_NAME, error); /* always -1 */
	(void)pthread_mutex_unlock(&writing);
	if (result != 0)
		return -1;
	*stamp_ns_r = (int64_t)status.st_ctim.tv_sec * 1000000000 + status.st_ctim.tv_nsec;
	return 0;
}
