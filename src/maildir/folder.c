/* One Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/memory.h"
#include "base/path.h"
#include "maildir/linux.h"
#include "maildir/private.h"

/* How old a directory's mtime must be before an unchanged mtime proves that nothing happened since:
 * local file systems stamp with the kernel's coarse clock, others (network, FAT) with whole seconds
 * or another host's clock. */
#define GRAIN_LOCAL_NS INT64_C(20000000)
#define GRAIN_OTHER_NS INT64_C(2000000000)
#define NS_PER_S INT64_C(1000000000)

const char *maildir_place_name(enum maildir_place place)
{
	return place == MAILDIR_NEW ? "new" : "cur";
}

static int open_directory(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Opens a subdirectory; makes it where CREATE and it is missing. */
static int open_part(const struct maildir *maildir, const char *name, bool create,
		     struct error *error)
{
	int descriptor = open_directory(maildir->root, name);
	if (descriptor < 0 && errno == ENOENT && create) {
		if (mkdirat(maildir->root, name, 0700) != 0 && errno != EEXIST)
			return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					       "cannot make the directory %s/%s", maildir->path,
					       name);
		descriptor = open_directory(maildir->root, name);
	}
	if (descriptor < 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				       "cannot open the directory %s/%s", maildir->path, name);
	return descriptor;
}

static int open_parts(struct maildir *maildir, struct error *error)
{
	maildir->places[MAILDIR_CUR] = open_part(maildir, "cur", false, error);
	if (maildir->places[MAILDIR_CUR] < 0)
		return -1;
	maildir->places[MAILDIR_NEW] = open_part(maildir, "new", true, error);
	if (maildir->places[MAILDIR_NEW] < 0)
		return -1;
	maildir->tmp = open_part(maildir, "tmp", true, error);
	return maildir->tmp < 0 ? -1 : 0;
}

/* Whether there is anything of that name: 1, 0, or -1 (error set) where that cannot be seen. A link
 * that leads nowhere counts: what it led to is not mounted. */
static int find_part(const struct maildir *maildir, const char *name, struct error *error)
{
	struct stat status;
	if (fstatat(maildir->root, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno, "cannot look at %s/%s",
			       maildir->path, name);
}

/* Opens what is there, and makes what may be missing. */
static enum maildir_open_result complete(struct maildir *maildir, struct error *error)
{
	int cur = find_part(maildir, "cur", error);
	if (cur > 0)
		return open_parts(maildir, error) == 0 ? MAILDIR_OPEN_OK : MAILDIR_OPEN_ERROR;
	int new = cur < 0 ? -1 : find_part(maildir, "new", error);
	int tmp = new < 0 ? -1 : find_part(maildir, "tmp", error);
	if (tmp < 0)
		return MAILDIR_OPEN_ERROR;
	if (new == 0 && tmp == 0)
		return MAILDIR_OPEN_MISSING;
	(void)error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			"the Maildir %s has lost its directory cur, so its mail is not what it "
			"was; nothing was done. Put cur back, or make an empty one if that is "
			"right",
			maildir->path);
	return MAILDIR_OPEN_ERROR;
}

enum maildir_open_result maildir_open(const char *path, struct maildir **maildir_r,
				      struct error *error)
{
	int root = open_directory(AT_FDCWD, path);
	if (root < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return MAILDIR_OPEN_MISSING;
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				      "cannot open the Maildir %s", path);
		return MAILDIR_OPEN_ERROR;
	}
	struct maildir *maildir = memory_allocate(sizeof *maildir);
	*maildir = (struct maildir){ .path = memory_text(path),
				     .root = root,
				     .places = { -1, -1 },
				     .tmp = -1,
				     .separator = ':' };
	enum maildir_open_result result = complete(maildir, error);
	if (result == MAILDIR_OPEN_OK)
		*maildir_r = maildir;
	else
		maildir_close(&maildir);
	return result;
}

static bool lacks_part(const char *path, const char *name)
{
	struct stat status;
	char *part = path_join(path, name);
	bool lacks = lstat(part, &status) != 0 && errno == ENOENT;
	free(part);
	return lacks;
}

static bool has_part(const char *path, const char *name)
{
	struct stat status;
	char *part = path_join(path, name);
	bool has = lstat(part, &status) == 0;
	free(part);
	return has;
}

bool maildir_lacks(const char *path, enum maildir_place place)
{
	return lacks_part(path, maildir_place_name(place));
}

bool maildir_is_torn(const char *path)
{
	return lacks_part(path, "cur") && (has_part(path, "new") || has_part(path, "tmp"));
}

int maildir_create(const char *path, struct error *error)
{
	/* cur last: what has it is a Maildir, and then the others are there. */
	static const char *const parts[] = { "tmp", "new", "cur" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *part = path_join(path, parts[i]);
		int result = path_make_directories(part, error);
		free(part);
		if (result != 0)
			return -1;
	}
	return 0;
}

static void close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor); /* directories: nothing can be lost */
	*descriptor = -1;
}

void maildir_close(struct maildir **maildir)
{
	if (!maildir || !*maildir)
		return;
	close_descriptor(&(*maildir)->root);
	close_descriptor(&(*maildir)->places[MAILDIR_NEW]);
	close_descriptor(&(*maildir)->places[MAILDIR_CUR]);
	close_descriptor(&(*maildir)->tmp);
	free((*maildir)->path);
	free(*maildir);
	*maildir = NULL;
}

const char *maildir_path(const struct maildir *maildir)
{
	return maildir->path;
}

void maildir_set_separator(struct maildir *maildir, char separator)
{
	maildir->separator = separator;
}

char maildir_separator(const struct maildir *maildir)
{
	return maildir->separator;
}

void maildir_set_digest_key(struct maildir *maildir, struct digest_key *key)
{
	maildir->digest_key = key;
}

int maildir_identify(const struct maildir *maildir, dev_t *device_r, ino_t *inode_r,
		     struct error *error)
{
	struct stat status;
	if (fstat(maildir->places[MAILDIR_CUR], &status) != 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				       "cannot look at %s/cur", maildir->path);
	*device_r = status.st_dev;
	*inode_r = status.st_ino;
	return 0;
}

int maildir_rename_exclusively(int from_directory, const char *from, int to_directory,
			       const char *to)
{
	if (renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return maildir_rename_after_look(from_directory, from, to_directory, to);
}

int maildir_rename_after_look(int from_directory, const char *from, int to_directory,
			      const char *to)
{
	struct stat status;
	/* The source first: that it is gone must be told even where the target stands. */
	if (fstatat(from_directory, from, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	/* Names are unique, so nobody makes this one between the look and the rename. */
	if (fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from_directory, from, to_directory, to) : -1;
}

int maildir_rename_exchanging(int from_directory, const char *from, int to_directory,
			      const char *to)
{
	struct stat status;
	if (renameat2(from_directory, from, to_directory, to, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* File systems that cannot exchange: a reader that renames between the look and the rename
	 * leaves two files of one base name, of which the second then counts as a copy. */
	if (fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return renameat(from_directory, from, to_directory, to);
}

int maildir_part_is_removed(const struct maildir *maildir, int directory, const char *name)
{
	struct stat opened;
	struct stat named;
	if (fstat(directory, &opened) != 0)
		return errno == ESTALE ? 1 : -1;
	if (opened.st_nlink > 0)
		return 0;
	/* Some file systems count no links at all. */
	if (fstatat(maildir->root, name, &named, 0) != 0)
		return errno == ENOENT || errno == ESTALE ? 1 : -1;
	return named.st_ino != opened.st_ino || named.st_dev != opened.st_dev;
}

/* --- Fingerprints --- */

/* Nanoseconds; what does not fit (after 2262, on file systems that can say so) as the nearest. */
static int64_t time_in_ns(int64_t seconds, int64_t nanoseconds)
{
	if (seconds >= INT64_MAX / NS_PER_S)
		return INT64_MAX;
	if (seconds <= INT64_MIN / NS_PER_S)
		return INT64_MIN;
	return seconds * NS_PER_S + nanoseconds;
}

void maildir_stamp_of_status(const struct stat *status, struct file_stamp *stamp)
{
	stamp->inode = status->st_ino;
	stamp->size = (uint64_t)status->st_size;
	stamp->mtime_ns = time_in_ns(status->st_mtim.tv_sec, status->st_mtim.tv_nsec);
}

/* The clock that such file systems stamp with, so that it does not matter how late its tick is. */
static int64_t coarse_clock_ns(void)
{
	struct timespec now;
	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
		return INT64_MIN; /* nothing is safe then */
	return time_in_ns(now.tv_sec, now.tv_nsec);
}

bool maildir_stamp_is_safe(int64_t stamp_ns, int64_t now_ns, bool fine)
{
	/* A whole second most likely comes from a file system that knows no more: ext3, and ext4
	 * with small inodes, look the same as one with nanoseconds. */
	bool whole_seconds = stamp_ns % NS_PER_S == 0;
	int64_t grain = fine && !whole_seconds ? GRAIN_LOCAL_NS : GRAIN_OTHER_NS;
	return now_ns > INT64_MIN + grain && stamp_ns < now_ns - grain;
}

/* Asks a network file system's server rather than the cache. */
static int look_at_place(const struct maildir *maildir, enum maildir_place place,
			 struct maildir_fingerprint *fingerprint, struct error *error)
{
	const char *name = maildir_place_name(place);
	struct statx status;
	int removed = -1;
	if (statx(maildir->places[place], "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
		  STATX_INO | STATX_MTIME, &status) == 0)
		removed = maildir_part_is_removed(maildir, maildir->places[place], name);
	if (removed < 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				       "cannot look at %s/%s", maildir->path, name);
	if (removed)
		return error_set(
			error, ERROR_SAFETY, SCOPE_FOLDER,
			"the directory %s/%s was removed while navette looked at it, which "
			"does not count as removing its messages; put it back",
			maildir->path, name);
	fingerprint->inode[place] = status.stx_ino;
	fingerprint->change_ns[place] =
		time_in_ns(status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec);
	return 0;
}

int64_t maildir_born_ns(const struct maildir *maildir)
{
	struct statx status;
	if (statx(maildir->places[MAILDIR_CUR], "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 ||
	    !(status.stx_mask & STATX_BTIME))
		return 0;
	return time_in_ns(status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
}

int maildir_fingerprint_take(const struct maildir *maildir,
			     struct maildir_fingerprint *fingerprint_r, bool *safe_r,
			     struct error *error)
{
	if (look_at_place(maildir, MAILDIR_NEW, fingerprint_r, error) != 0 ||
	    look_at_place(maildir, MAILDIR_CUR, fingerprint_r, error) != 0)
		return -1;
	/* The clock is read after the stamps: what happens later than now gets a later stamp. */
	int64_t now = coarse_clock_ns();
	*safe_r = true;
	for (int place = 0; place < 2; place++) {
		bool fine = file_system_of_descriptor(maildir->places[place]) == FILE_SYSTEM_DISK;
		if (!maildir_stamp_is_safe(fingerprint_r->change_ns[place], now, fine))
			*safe_r = false;
	}
	return 0;
}

/* The kernel stamps a directory and then tells of it, both under its lock, for which the look for a
 * name that nobody has looked for before has to wait. */
void maildir_await_changes(const struct maildir *maildir)
{
	static atomic_uint_fast64_t number;
	char name[32];
	struct stat status;
	(void)snprintf(name, sizeof name, ".navette.%llx",
		       (unsigned long long)atomic_fetch_add(&number, 1)); /* it fits */
	for (enum maildir_place place = MAILDIR_NEW; place <= MAILDIR_CUR; place++)
		(void)fstatat(maildir->places[place], name, &status, 0); /* it is not there */
}

bool maildir_fingerprint_equal(const struct maildir_fingerprint *a,
			       const struct maildir_fingerprint *b)
{
	for (int place = 0; place < 2; place++) {
		if (a->inode[place] != b->inode[place] ||
		    a->change_ns[place] != b->change_ns[place])
			return false;
	}
	return true;
}

static int fail_to_sync(const struct maildir *maildir, struct error *error)
{
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
			       "cannot make what was written to %s durable", maildir->path);
}

static bool is_synced(const struct maildir_devices *synced, dev_t device)
{
	for (size_t i = 0; i < synced->count; i++)
		if (synced->items[i] == device)
			return true;
	return false;
}

static int sync_file_system(int descriptor)
{
	int result;
	do {
		result = syncfs(descriptor);
	} while (result != 0 && errno == EINTR);
	return result;
}

int maildir_sync_once(const struct maildir *maildir, struct maildir_devices *synced,
		      struct error *error)
{
	/* Any of them may be a link to another file system. */
	const int directories[] = { maildir->places[MAILDIR_CUR], maildir->places[MAILDIR_NEW],
				    maildir->tmp };
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
		struct stat status;
		if (fstat(directories[i], &status) != 0)
			return fail_to_sync(maildir, error);
		if (is_synced(synced, status.st_dev))
			continue;
		if (sync_file_system(directories[i]) != 0)
			return fail_to_sync(maildir, error);
		if (synced->count < MAILDIR_DEVICES_MAX) /* one that is not noted is synced again */
			synced->items[synced->count++] = status.st_dev;
	}
	return 0;
}

int maildir_sync(const struct maildir *maildir, struct error *error)
{
	struct maildir_devices synced = { .count = 0 };
	return maildir_sync_once(maildir, &synced, error);
}
