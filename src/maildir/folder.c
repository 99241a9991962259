/* One Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "maildir/private.h"

/* How old a directory's mtime must be before an unchanged mtime proves that nothing happened since:
 * file systems of Linux stamp with the time of the last tick, others (network, FAT) with whole
 * seconds. */
#define GRAIN_LOCAL_NS INT64_C(20000000)
#define GRAIN_OTHER_NS INT64_C(2000000000)

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

static bool has_part(const struct maildir *maildir, const char *name)
{
	struct stat status;
	return fstatat(maildir->root, name, &status, 0) == 0;
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
	*maildir = (struct maildir){
		.path = memory_text(path), .root = root, .places = { -1, -1 }, .tmp = -1
	};
	bool has_cur = has_part(maildir, "cur");
	if (!has_cur && !has_part(maildir, "new") && !has_part(maildir, "tmp")) {
		maildir_close(&maildir);
		return MAILDIR_OPEN_MISSING;
	}
	int result =
		has_cur ? open_parts(maildir, error)
			: error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
				    "the Maildir %s has lost its directory cur, so its mail is not "
				    "what it was; nothing was done. Put cur back, or make an empty "
				    "one if that is right",
				    path);
	if (result != 0) {
		maildir_close(&maildir);
		return MAILDIR_OPEN_ERROR;
	}
	*maildir_r = maildir;
	return MAILDIR_OPEN_OK;
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

int maildir_rename_exclusively(int from_directory, const char *from, int to_directory,
			       const char *to)
{
	if (renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without that: look first. Names are unique, so nobody else makes this one.
	 */
	struct stat status;
	if (fstatat(to_directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_directory, from, to_directory, to);
}

/* --- Fingerprints --- */

/* Magic numbers of statfs(2) for file systems that stamp with the kernel's tick. */
static bool stamps_finely(int descriptor)
{
	struct statfs status;
	if (fstatfs(descriptor, &status) != 0)
		return false;
	switch ((unsigned long)status.f_type) {
	case 0xef53:     /* ext4 */
	case 0x58465342: /* xfs */
	case 0x9123683e: /* btrfs */
	case 0x01021994: /* tmpfs */
	case 0xf2f52010: /* f2fs */
	case 0x2fc12fc1: /* zfs */
	case 0x794c7630: /* overlayfs */
		return true;
	default:
		return false;
	}
}

int maildir_fingerprint_take(const struct maildir *maildir,
			     struct maildir_fingerprint *fingerprint_r, bool *safe_r,
			     struct error *error)
{
	int64_t grain = stamps_finely(maildir->root) ? GRAIN_LOCAL_NS : GRAIN_OTHER_NS;
	*safe_r = true;
	for (int place = 0; place < 2; place++) {
		struct stat status;
		if (fstat(maildir->places[place], &status) != 0)
			return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					       "cannot look at %s/%s", maildir->path,
					       maildir_place_name((enum maildir_place)place));
		fingerprint_r->inode[place] = (uint64_t)status.st_ino;
		fingerprint_r->change_ns[place] =
			(int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
	}
	/* The clock is read after the stamps: what happens later than now gets a later stamp. */
	int64_t now = clock_real_ns();
	for (int place = 0; place < 2; place++) {
		if (fingerprint_r->change_ns[place] > now - grain)
			*safe_r = false;
	}
	return 0;
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

int maildir_sync(const struct maildir *maildir, struct error *error)
{
	if (syncfs(maildir->root) == 0)
		return 0;
	return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
			       "cannot make what was written to %s durable", maildir->path);
}
