/* Faults on demand: a library that is loaded before all others (LD_PRELOAD) and stands between
 * navette and what it calls. For tests only; nothing of it is installed.
 *
 * Environment:
 *   FAULTS_JOURNAL=FILE      what becomes of files is added to this file (journal.c)
 *   FAULTS_MAP=BYTES         LMDB's map begins as small as this, so that it has to grow
 *   FAULTS_REPORT=FILE       counts are kept in this file (struct faults_report), also after a kill
 *   FAULTS_KILL=N:MODE       the process kills itself at its N-th change to the world: "before" it,
 *                            "after" it, or when "half" of its bytes are written; "answered": after
 *                            it, and bytes that were sent were answered. KIND:N:MODE: at the N-th
 *                            call of that kind
 *   FAULTS_FAIL=KIND:N:CODE  the N-th call of that kind fails with this errno (or LMDB's code);
 *                            "short" instead of a code: it does half. N+: from the N-th on all do.
 *                            What such a call was to make durable is noted as lost.
 *   FAULTS_NETWORK=PATH      what is at or below this path is on NFS
 *   FAULTS_REFUSE=BYTES      vfat, in one that lasts: none of these bytes in names
 *   FAULTS_SECOND=T+MS       a file system that stamps whole seconds, in one that lasts:
 * directories that changed since second T have the stamp T, and its clock says T and so many
 * milliseconds
 *
 * Only the programme named navette is meddled with, not what it starts.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* In the order of the report; tests/e2e/harness/faults.py has the same names in the same order. */
#define FAULT_KINDS(X)                    \
	X(OPEN, "open")                   \
	X(CREATE, "create")               \
	X(READ, "read")                   \
	X(WRITE, "write")                 \
	X(PWRITE, "pwrite")               \
	X(RENAME, "rename")               \
	X(UNLINK, "unlink")               \
	X(MKDIR, "mkdir")                 \
	X(TRUNCATE, "truncate")           \
	X(SYNC, "sync")                   \
	X(UTIME, "utime")                 \
	X(CLOSE, "close")                 \
	X(OPENDIR, "opendir")             \
	X(READDIR, "readdir")             \
	X(STAT, "stat")                   \
	X(LOCK, "lock")                   \
	X(SPAWN, "spawn")                 \
	X(SOCKET, "socket")               \
	X(CONNECT, "connect")             \
	X(SEND, "send")                   \
	X(RECV, "recv")                   \
	X(POLL, "poll")                   \
	X(MEMORY, "memory")               \
	X(MMAP, "mmap")                   \
	X(THREAD, "thread")               \
	X(MDB_OPEN, "mdb-open")           \
	X(MDB_RESIZE, "mdb-resize")       \
	X(MDB_BEGIN, "mdb-begin")         \
	X(MDB_COMMIT, "mdb-commit")       \
	X(MDB_GET, "mdb-get")             \
	X(MDB_PUT, "mdb-put")             \
	X(MDB_DEL, "mdb-del")             \
	X(TLS_NEW, "tls-new")             \
	X(TLS_CONNECT, "tls-connect")     \
	X(TLS_READ, "tls-read")           \
	X(TLS_WRITE, "tls-write")         \
	X(INFLATE, "inflate")             \
	X(DEFLATE, "deflate")             \
	X(STDIO, "stdio")                 \
	X(SEEK, "seek")                   \
	X(RESOLVE, "resolve")             \
	X(RANDOM, "random")               \
	X(WAIT, "wait")                   \
	X(SLEEP, "sleep")                 \
	X(DIGEST, "digest")               \
	X(SASL, "sasl")                   \
	X(PREAD, "pread")                 \
	X(FCNTL, "fcntl")                 \
	X(MDB_SYNC, "mdb-sync")           \
	X(CLOSE_WRITTEN, "close-written") \
	X(MDB_META, "mdb-meta")

#define FAULT_NAME(name, word) FAULT_##name,
enum fault_kind { FAULT_KINDS(FAULT_NAME) FAULT_KIND_COUNT };
#undef FAULT_NAME

/* What FAULTS_REPORT holds. */
struct faults_report {
	atomic_uint_least64_t changes;
	atomic_uint_least64_t fired; /* calls that were made to fail, and kills */
	atomic_uint_least64_t calls[FAULT_KIND_COUNT];
};

#define FAULT_SHORT INT32_MAX /* a code: half is done */

/* What is to happen in one call. */
struct fault {
	int code; /* it fails with this; 0: it does not */
	bool dies_half;
	bool dies_after;
	bool dies_answered; /* likewise, but not before the peer has done what it was told */
};

/* Counts a call; kills the process where its time has come. CHANGES: it would change something that
 * outlives the process. */
struct fault faults_enter(enum fault_kind kind, bool changes);

/* After the call: for errno, too, is as the call left it. */
void faults_leave(const struct fault *fault);

_Noreturn void faults_die(void);

/* Whether the last part of PATH has a byte that is refused; errno is EINVAL then, as of vfat. */
bool faults_refuse(const char *path);
bool faults_refuse_any(void);
/* Whether PATH is to be on NFS. */
bool faults_is_of_network(const char *path);

/* Remembers where to find the next function of that name. */
void *faults_real(_Atomic(void *) *found, const char *name);

/* False in what navette starts. */
bool faults_are_active(void);

/* From now on pauses take no time, but all clocks go on by them. */
void faults_skip_pauses(void);

/* Instead of the environment, for a program that this is linked into: the process that calls it is
 * meddled with until faults_end(), as FAULTS_KILL and FAULTS_FAIL say (or NULL), and counts from 0
 * on. */
void faults_begin(const char *kill, const char *fail);
void faults_end(void);
/* Likewise of what lasts, between faults_begin() and faults_end(): none of these bytes in names
 * (NULL: any), and so many bytes free on each disk (UINT64_MAX: as many as there are). */
void faults_set_disk(const char *refused, uint64_t free_bytes);
/* What a disk that has FREE_BYTES says to have. */
uint64_t faults_free(uint64_t free_bytes);
/* What has been counted. */
const struct faults_report *faults_counts(void);

/* FAULTS_SECOND: T; 0 without. *NOW_R: what the clock says. */
time_t faults_second(struct timespec *now_r);

#define FAULTS_MAP_FROM ((size_t)256 * 1024 * 1024) /* such a size is not one that it grew to */

/* FAULTS_MAP; 0 without. */
size_t faults_map_size(void);

/* --- journal.c, with FAULTS_JOURNAL --- */

enum journal_event {
	JOURNAL_CREATE = 1,
	JOURNAL_WRITE,
	JOURNAL_TRUNCATE,
	JOURNAL_DATE,
	JOURNAL_SYNC, /* of a file or directory */
	JOURNAL_SYNC_ALL,
	JOURNAL_RENAME,
	JOURNAL_UNLINK,
	JOURNAL_MKDIR,
	JOURNAL_EXCHANGE, /* of two names */
	JOURNAL_LOST,     /* a file's bytes: it was to be synced or closed, and that failed */
	JOURNAL_LOST_ALL
};

#define FAULTS_PATH_SIZE 8192

void faults_journal_open(const char *path);

/* Holds other threads off, so that the order is the true one: from before the call until it is
 * noted. False, and nothing is held: there is no journal. */
bool faults_journal_lock(void);
void faults_journal_unlock(void);

bool faults_journal_exists(int directory, const char *name);
/* A name came, went, or (TO is not NULL) became another. */
void faults_journal_name(enum journal_event event, int directory, const char *name,
			 int to_directory, const char *to);
/* Something happened to a file that is no pipe and no socket. */
void faults_journal_file(enum journal_event event, int file, uint64_t number, const void *bytes,
			 size_t length);
void faults_journal_append(int file, const void *bytes, size_t length);

#define REAL(name)                                                \
	({                                                        \
		static _Atomic(void *) found_;                    \
		(__typeof__(&(name)))faults_real(&found_, #name); \
	})

/* Defines a cover of a function that fails with RESULT and errno. */
#define FAULT_COVER(kind, changes, type, failure, name, parameters, arguments) \
	type name parameters                                                   \
	{                                                                      \
		struct fault fault = faults_enter(kind, changes);              \
		if (fault.code != 0 && fault.code != FAULT_SHORT) {            \
			errno = fault.code;                                    \
			return failure;                                        \
		}                                                              \
		type result = REAL(name) arguments;                            \
		faults_leave(&fault);                                          \
		return result;                                                 \
	}

/* The same of a change that is noted when it succeeded. CALL: what does it. */
#define NOTED_COVER(kind, name, parameters, arguments, note) \
	NOTED_CALL(kind, name, parameters, REAL(name) arguments, note)
#define NOTED_CALL(kind, name, parameters, call, note)              \
	int name parameters                                         \
	{                                                           \
		struct fault fault = faults_enter(kind, true);      \
		if (fault.code != 0 && fault.code != FAULT_SHORT) { \
			errno = fault.code;                         \
			return -1;                                  \
		}                                                   \
		bool noted = faults_journal_lock();                 \
		int result = call;                                  \
		int reason = errno;                                 \
		if (noted && result == 0)                           \
			note;                                       \
		if (noted)                                          \
			faults_journal_unlock();                    \
		errno = reason;                                     \
		faults_leave(&fault);                               \
		return result;                                      \
	}

#endif
