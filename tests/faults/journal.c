/* What the process did to files, in order and with all bytes: tests make a disk of it on which
 * things are missing. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "faults.h"

#define HIGH_DESCRIPTOR 500 /* out of the way */

/* A record; the two paths and the bytes follow. tests/e2e/harness/power.py reads it. */
struct record {
	uint32_t event;
	uint32_t durable; /* at once */
	uint64_t inode;
	uint64_t number; /* offset, length, or seconds */
	uint32_t lengths[3];
	uint32_t unused;
};

static struct {
	int file;
	pthread_mutex_t lock;
} journal = { .file = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

void faults_journal_open(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	journal.file = (int)syscall(SYS_fcntl, file, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
	(void)close(file);
}

bool faults_journal_lock(void)
{
	if (journal.file < 0 || !faults_are_active())
		return false;
	(void)pthread_mutex_lock(&journal.lock);
	return true;
}

void faults_journal_unlock(void)
{
	(void)pthread_mutex_unlock(&journal.lock);
}

/* DIRECTORY and NAME, or a descriptor alone (NAME is NULL), as one path. */
static void find_path(int directory, const char *name, char path[FAULTS_PATH_SIZE])
{
	char link[40];
	size_t length = 0;
	if (!name || *name != '/') {
		(void)snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
		ssize_t got = readlink(directory == AT_FDCWD ? "/proc/self/cwd" : link, path,
				       FAULTS_PATH_SIZE - 1);
		length = got > 0 ? (size_t)got : 0;
	}
	if (name)
		(void)snprintf(path + length, FAULTS_PATH_SIZE - length, "%s%s",
			       length > 0 ? "/" : "", name);
	else
		path[length] = '\0';
}

static void add(struct record *record, const char *path, const char *other, const void *bytes)
{
	record->lengths[0] = (uint32_t)strlen(path);
	record->lengths[1] = (uint32_t)strlen(other);
	const struct iovec parts[] = {
		{ .iov_base = record, .iov_len = sizeof *record },
		{ .iov_base = (void *)(uintptr_t)path, .iov_len = record->lengths[0] },
		{ .iov_base = (void *)(uintptr_t)other, .iov_len = record->lengths[1] },
		{ .iov_base = (void *)(uintptr_t)bytes, .iov_len = record->lengths[2] },
	};
	if (syscall(SYS_writev, journal.file, parts, 4) < 0)
		faults_die();
}

bool faults_journal_exists(int directory, const char *name)
{
	struct stat status;
	return syscall(SYS_newfstatat, directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void faults_journal_name(enum journal_event event, int directory, const char *name,
			 int to_directory, const char *to)
{
	char path[FAULTS_PATH_SIZE];
	char other[FAULTS_PATH_SIZE] = "";
	struct stat status = { .st_ino = 0 };
	struct record record = { .event = (uint32_t)event };
	find_path(directory, name, path);
	if (to)
		find_path(to_directory, to, other);
	(void)syscall(SYS_newfstatat, AT_FDCWD, to ? other : path, &status, AT_SYMLINK_NOFOLLOW);
	record.inode = status.st_ino;
	add(&record, path, other, NULL);
}

void faults_journal_file(enum journal_event event, int file, uint64_t number, const void *bytes,
			 size_t length)
{
	char path[FAULTS_PATH_SIZE];
	struct stat status;
	if (syscall(SYS_newfstatat, file, "", &status, AT_EMPTY_PATH) != 0 ||
	    (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
		return;
	struct record record = { .event = (uint32_t)event,
				 .inode = status.st_ino,
				 .number = number,
				 .lengths = { 0, 0, (uint32_t)length } };
	record.durable = (syscall(SYS_fcntl, file, F_GETFL) & O_DSYNC) != 0;
	find_path(file, NULL, path);
	add(&record, path, "", bytes);
}

/* After a write at the file's own position. */
void faults_journal_append(int file, const void *bytes, size_t length)
{
	off_t end = (off_t)syscall(SYS_lseek, file, 0, SEEK_CUR);
	if (end >= (off_t)length)
		faults_journal_file(JOURNAL_WRITE, file, (uint64_t)end - length, bytes, length);
}
