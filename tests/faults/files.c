/* Covers of calls on files and directories. SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "faults.h"

/* --- Opening --- */

static int open_any(int directory, const char *path, int flags, mode_t mode)
{
	bool creates = (flags & O_CREAT) != 0;
	if (creates && faults_refuse(path))
		return -1;
	struct fault fault = faults_enter(creates ? FAULT_CREATE : FAULT_OPEN, creates);
	if (fault.code != 0) {
		errno = fault.code;
		return -1;
	}
	bool noted = creates && faults_journal_lock();
	bool existed = noted && faults_journal_exists(directory, path);
	int result = REAL(openat)(directory, path, flags, mode);
	int reason = errno;
	if (noted && result >= 0 && !existed)
		faults_journal_name(JOURNAL_CREATE, directory, path, 0, NULL);
	if (noted && result >= 0 && (flags & O_TRUNC) != 0)
		faults_journal_file(JOURNAL_TRUNCATE, result, 0, NULL, 0);
	if (noted)
		faults_journal_unlock();
	errno = reason;
	faults_leave(&fault);
	return result;
}

#define TAKE_MODE(flags, mode)                          \
	mode_t mode = 0;                                \
	if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) { \
		va_list arguments;                      \
		va_start(arguments, flags);             \
		mode = va_arg(arguments, mode_t);       \
		va_end(arguments);                      \
	}

int open(const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_any(directory, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_any(AT_FDCWD, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_any(directory, path, flags, mode);
}

FAULT_COVER(FAULT_OPEN, false, FILE *, NULL, fopen, (const char *path, const char *mode),
	    (path, mode))

/* Whether errors of what was written to it can come as late as at its close: not with LMDB's files,
 * which sync their writes. */
static bool is_written(int file)
{
	struct stat status;
	long flags = syscall(SYS_fcntl, file, F_GETFL);
	return flags >= 0 && (flags & (O_ACCMODE | O_DSYNC)) == O_WRONLY &&
	       syscall(SYS_newfstatat, file, "", &status, AT_EMPTY_PATH) == 0 &&
	       S_ISREG(status.st_mode);
}

static void note_lost(enum journal_event event, int file, int reason)
{
	if (reason == EINTR || !faults_journal_lock())
		return;
	faults_journal_file(event, file, 0, NULL, 0);
	faults_journal_unlock();
}

/* Linux gives the descriptor back in any case. */
int close(int file)
{
	bool written = faults_are_active() && is_written(file);
	struct fault fault = faults_enter(written ? FAULT_CLOSE_WRITTEN : FAULT_CLOSE, false);
	if (fault.code != 0 && written)
		note_lost(JOURNAL_LOST, file, fault.code);
	int result = REAL(close)(file);
	faults_leave(&fault);
	if (fault.code == 0)
		return result;
	errno = fault.code;
	return -1;
}

/* --- Streams: what they call is within libc --- */

/* As after a failed read. */
static bool stream_fails(FILE *stream)
{
	struct fault fault = faults_enter(FAULT_STDIO, false);
	if (fault.code == 0)
		return false;
	stream->_flags |= 0x20; /* what ferror() asks for */
	errno = fault.code;
	return true;
}

char *fgets(char *bytes, int size, FILE *stream)
{
	return stream_fails(stream) ? NULL : REAL(fgets)(bytes, size, stream);
}

size_t fread(void *bytes, size_t size, size_t count, FILE *stream)
{
	return stream_fails(stream) ? 0 : REAL(fread)(bytes, size, count, stream);
}

ssize_t getline(char **line, size_t *capacity, FILE *stream)
{
	return stream_fails(stream) ? -1 : REAL(getline)(line, capacity, stream);
}

/* What getline() becomes by glibc's headers. */
ssize_t __getdelim(char **line, size_t *capacity, int end, FILE *stream)
{
	return stream_fails(stream) ? -1 : REAL(getdelim)(line, capacity, end, stream);
}

/* --- Bytes --- */

static size_t half(const struct fault *fault, size_t length)
{
	return (fault->code == FAULT_SHORT || fault->dies_half) && length > 1 ? length / 2 : length;
}

#define COVER_BYTES(kind, changes, name, parameters, ...)           \
	ssize_t name parameters                                     \
	{                                                           \
		struct fault fault = faults_enter(kind, changes);   \
		if (fault.code != 0 && fault.code != FAULT_SHORT) { \
			errno = fault.code;                         \
			return -1;                                  \
		}                                                   \
		ssize_t result = REAL(name)(__VA_ARGS__);           \
		faults_leave(&fault);                               \
		return result;                                      \
	}

COVER_BYTES(FAULT_READ, false, read, (int file, void *bytes, size_t length), file, bytes,
	    half(&fault, length))
COVER_BYTES(FAULT_PREAD, false, pread, (int file, void *bytes, size_t length, off_t offset), file,
	    bytes, half(&fault, length), offset)

#define COVER_WRITE(kind, changes, name, parameters, note, ...)     \
	ssize_t name parameters                                     \
	{                                                           \
		struct fault fault = faults_enter(kind, changes);   \
		if (fault.code != 0 && fault.code != FAULT_SHORT) { \
			errno = fault.code;                         \
			return -1;                                  \
		}                                                   \
		bool noted = faults_journal_lock();                 \
		ssize_t result = REAL(name)(__VA_ARGS__);           \
		int reason = errno;                                 \
		if (noted && result > 0)                            \
			note;                                       \
		if (noted)                                          \
			faults_journal_unlock();                    \
		errno = reason;                                     \
		faults_leave(&fault);                               \
		return result;                                      \
	}

static void note_parts(int file, const struct iovec *parts, size_t written)
{
	char bytes[1u << 20];
	size_t length = 0;
	for (; length < written && length + parts->iov_len <= sizeof bytes; parts++) {
		memcpy(bytes + length, parts->iov_base, parts->iov_len);
		length += parts->iov_len;
	}
	if (length < written) /* more than anybody writes here */
		faults_die();
	faults_journal_append(file, bytes, written);
}

COVER_WRITE(FAULT_WRITE, file > STDERR_FILENO, write, (int file, const void *bytes, size_t length),
	    faults_journal_append(file, bytes, (size_t)result), file, bytes, half(&fault, length))
/* LMDB's page that makes a transaction count. */
static enum fault_kind pwrite_kind(int file)
{
	long flags = faults_are_active() ? syscall(SYS_fcntl, file, F_GETFL) : 0;
	return flags >= 0 && (flags & O_DSYNC) ? FAULT_MDB_META : FAULT_PWRITE;
}

COVER_WRITE(pwrite_kind(file), true, pwrite,
	    (int file, const void *bytes, size_t length, off_t offset),
	    faults_journal_file(JOURNAL_WRITE, file, (uint64_t)offset, bytes, (size_t)result), file,
	    bytes, half(&fault, length), offset)
/* As a full disk does it: the first parts. */
COVER_WRITE(FAULT_PWRITE, true, writev, (int file, const struct iovec *parts, int count),
	    note_parts(file, parts, (size_t)result), file, parts, (int)half(&fault, (size_t)count))

NOTED_COVER(FAULT_TRUNCATE, ftruncate, (int file, off_t length), (file, length),
	    faults_journal_file(JOURNAL_TRUNCATE, file, (uint64_t)length, NULL, 0))

/* What a failed one was to write is lost: the kernel takes it for written, and a further sync says
 * that all is well. */
#define SYNC_COVER(kind, name, done, lost)                                                    \
	int name(int file)                                                                    \
	{                                                                                     \
		struct fault fault = faults_enter(kind, true);                                \
		if (fault.code != 0 && fault.code != FAULT_SHORT) {                           \
			note_lost(lost, file, fault.code);                                    \
			faults_leave(&fault);                                                 \
			errno = fault.code;                                                   \
			return -1;                                                            \
		}                                                                             \
		bool noted = faults_journal_lock();                                           \
		int result = REAL(name)(file);                                                \
		int reason = errno;                                                           \
		if (noted)                                                                    \
			faults_journal_file(result == 0 ? (done) : (lost), file, 0, NULL, 0); \
		if (noted)                                                                    \
			faults_journal_unlock();                                              \
		errno = reason;                                                               \
		faults_leave(&fault);                                                         \
		return result;                                                                \
	}

SYNC_COVER(FAULT_SYNC, fsync, JOURNAL_SYNC, JOURNAL_LOST)
/* Only LMDB calls it, and it does not try again. */
SYNC_COVER(FAULT_MDB_SYNC, fdatasync, JOURNAL_SYNC, JOURNAL_LOST)
SYNC_COVER(FAULT_SYNC, syncfs, JOURNAL_SYNC_ALL, JOURNAL_LOST_ALL)
NOTED_COVER(FAULT_UTIME, futimens, (int file, const struct timespec times[2]), (file, times),
	    faults_journal_file(JOURNAL_DATE, file, (uint64_t)times[1].tv_sec, NULL, 0))
FAULT_COVER(FAULT_SEEK, false, off_t, -1, lseek, (int file, off_t offset, int from),
	    (file, offset, from))

/* --- Names --- */

#define RENAME_COVER(name, parameters, arguments, note)                                           \
	NOTED_CALL(FAULT_RENAME, name, parameters, faults_refuse(to) ? -1 : REAL(name) arguments, \
		   note)

RENAME_COVER(rename, (const char *from, const char *to), (from, to),
	     faults_journal_name(JOURNAL_RENAME, AT_FDCWD, from, AT_FDCWD, to))
RENAME_COVER(renameat, (int from_directory, const char *from, int to_directory, const char *to),
	     (from_directory, from, to_directory, to),
	     faults_journal_name(JOURNAL_RENAME, from_directory, from, to_directory, to))
RENAME_COVER(renameat2,
	     (int from_directory, const char *from, int to_directory, const char *to,
	      unsigned int flags),
	     (from_directory, from, to_directory, to, flags),
	     faults_journal_name((flags & RENAME_EXCHANGE) ? JOURNAL_EXCHANGE : JOURNAL_RENAME,
				 from_directory, from, to_directory, to))
NOTED_COVER(FAULT_UNLINK, unlink, (const char *path), (path),
	    faults_journal_name(JOURNAL_UNLINK, AT_FDCWD, path, 0, NULL))
NOTED_COVER(FAULT_UNLINK, unlinkat, (int directory, const char *name, int flags),
	    (directory, name, flags), faults_journal_name(JOURNAL_UNLINK, directory, name, 0, NULL))
NOTED_COVER(FAULT_UNLINK, rmdir, (const char *path), (path),
	    faults_journal_name(JOURNAL_UNLINK, AT_FDCWD, path, 0, NULL))
NOTED_COVER(FAULT_MKDIR, mkdir, (const char *path, mode_t mode), (path, mode),
	    faults_journal_name(JOURNAL_MKDIR, AT_FDCWD, path, 0, NULL))
NOTED_COVER(FAULT_MKDIR, mkdirat, (int directory, const char *name, mode_t mode),
	    (directory, name, mode), faults_journal_name(JOURNAL_MKDIR, directory, name, 0, NULL))

/* --- Looking --- */

FAULT_COVER(FAULT_OPENDIR, false, DIR *, NULL, opendir, (const char *path), (path))
FAULT_COVER(FAULT_OPENDIR, false, DIR *, NULL, fdopendir, (int directory), (directory))
FAULT_COVER(FAULT_READDIR, false, struct dirent *, NULL, readdir, (DIR * stream), (stream))
FAULT_COVER(FAULT_STAT, false, int, -1, stat, (const char *path, struct stat *status),
	    (path, status))
FAULT_COVER(FAULT_STAT, false, int, -1, lstat, (const char *path, struct stat *status),
	    (path, status))
FAULT_COVER(FAULT_STAT, false, int, -1, fstat, (int file, struct stat *status), (file, status))
FAULT_COVER(FAULT_STAT, false, int, -1, fstatat,
	    (int directory, const char *name, struct stat *status, int flags),
	    (directory, name, status, flags))

int statx(int directory, const char *name, int flags, unsigned int mask, struct statx *status)
{
	struct timespec now;
	struct fault fault = faults_enter(FAULT_STAT, false);
	if (fault.code != 0) {
		errno = fault.code;
		return -1;
	}
	int result = REAL(statx)(directory, name, flags, mask, status);
	time_t second = faults_second(&now);
	if (result == 0 && second != 0 && status->stx_mtime.tv_sec >= second) {
		status->stx_mtime.tv_sec = second;
		status->stx_mtime.tv_nsec = 0;
	}
	faults_leave(&fault);
	return result;
}

FAULT_COVER(FAULT_STAT, false, int, -1, faccessat,
	    (int directory, const char *name, int mode, int flags), (directory, name, mode, flags))

#define VFAT 0x4d44
#define NFS 0x6969

int statfs(const char *path, struct statfs *status)
{
	struct fault fault = faults_enter(FAULT_STAT, false);
	if (fault.code != 0 && fault.code != FAULT_SHORT) {
		errno = fault.code;
		return -1;
	}
	int result = REAL(statfs)(path, status);
	if (result == 0 && faults_is_of_network(path))
		status->f_type = NFS;
	faults_leave(&fault);
	return result;
}

int fstatfs(int file, struct statfs *status)
{
	struct fault fault = faults_enter(FAULT_STAT, false);
	if (fault.code != 0 && fault.code != FAULT_SHORT) {
		errno = fault.code;
		return -1;
	}
	int result = REAL(fstatfs)(file, status);
	if (result == 0 && faults_refuse_any())
		status->f_type = VFAT;
	faults_leave(&fault);
	return result;
}

int statvfs(const char *path, struct statvfs *status)
{
	int result = REAL(statvfs)(path, status);
	if (result == 0)
		status->f_bavail =
			(fsblkcnt_t)(faults_free((uint64_t)status->f_bavail * status->f_frsize) /
				     status->f_frsize);
	return result;
}

FAULT_COVER(FAULT_STAT, false, char *, NULL, realpath, (const char *path, char *resolved),
	    (path, resolved))

int fcntl(int file, int command, ...)
{
	va_list arguments;
	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	bool locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK;
	struct fault fault = faults_enter(locks ? FAULT_LOCK : FAULT_FCNTL, false);
	if (fault.code != 0) {
		errno = fault.code;
		return -1;
	}
	return REAL(fcntl)(file, command, argument);
}
