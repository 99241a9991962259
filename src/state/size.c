/* Whether the data file still has its end. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"
#include "state/private.h"

/* A file that lost its end must be refused before LMDB reads beyond it through the map, which would
 * be a SIGBUS. The last page that LMDB notes does not tell by itself: pages that were taken and
 * given back in one transaction are counted but never written, so a whole file is often shorter.
 * But LMDB never shrinks a file; so its size after each commit is noted in the lock file. The note
 * is not synced: one that is lost or behind makes the check weaker, never wrong. A file that was
 * compacted by hand is shorter than the note, but not than LMDB's number. The file's time is noted
 * as well: one that was written to by anybody else is looked through (pages.c). */

#define NOTE_DIGITS 20 /* of the largest uint64_t */

uint64_t state_data_size(const struct state *state, bool *missing_r)
{
	struct stat status;
	char *path = path_join(state->directory, STATE_DATA_FILE);
	int result = stat(path, &status);
	int reason = errno;
	free(path);
	uint64_t size = result == 0 && status.st_size > 0 ? (uint64_t)status.st_size : 0;
	/* An empty file: LMDB was killed before it wrote its first page. What cannot be looked at
	 * is not missing: opening it will say why. */
	*missing_r = result == 0 ? size == 0 : reason == ENOENT || reason == ENOTDIR;
	return size;
}

int64_t state_data_age(const struct state *state)
{
	struct stat status;
	char *path = path_join(state->directory, STATE_DATA_FILE);
	int result = stat(path, &status);
	free(path);
	int64_t now = clock_real_ns() / 1000000000;
	return result == 0 && now > status.st_mtime ? now - status.st_mtime : 0;
}

/* What the note says; zeroed without one. */
struct note {
	uint64_t size;
	uint64_t changed_ns; /* when the data file was last written to */
};

static struct note parse_note(int descriptor)
{
	char text[2 * (NOTE_DIGITS + 1) + 1] = "";
	struct note note = { .size = 0 };
	/* Anything that is not a number is as no note. */
	ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
	if (length < NOTE_DIGITS)
		return note;
	text[NOTE_DIGITS] = text[2 * NOTE_DIGITS + 1] = '\0';
	if (!text_parse_number(text, INT64_MAX, &note.size))
		note.size = 0;
	else if (!text_parse_number(text + NOTE_DIGITS + 1, INT64_MAX, &note.changed_ns))
		note.changed_ns = 0;
	return note;
}

static struct note read_note(const struct state *state)
{
	struct note note = { .size = 0 };
	if (state->lock >= 0)
		return parse_note(state->lock);
	char *path = path_join(state->directory, STATE_LOCK_FILE);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (descriptor < 0)
		return note;
	note = parse_note(descriptor);
	(void)close(descriptor); /* nothing was written through it */
	return note;
}

bool state_is_torn_at_birth(const struct state *state)
{
	bool missing;
	uint64_t size = state_data_size(state, &missing);
	uint64_t first_write = 2 * (uint64_t)sysconf(_SC_PAGESIZE);
	return size > 0 && size < first_write && read_note(state).size == 0;
}

int state_size_check(const struct state *state, struct error *error)
{
	MDB_envinfo info;
	MDB_stat statistics;
	struct stat status;
	int descriptor;
	(void)mdb_env_info(state->env, &info); /* fails only without an environment */
	(void)mdb_env_stat(state->env, &statistics);
	uint64_t noted = read_note(state).size; /* before the size: a run may be adding to it */
	(void)mdb_env_get_fd(state->env, &descriptor);
	if (fstat(descriptor, &status) != 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
				       "cannot look at %s/" STATE_DATA_FILE, state->directory);
	uint64_t size = (uint64_t)status.st_size;
	if (size < noted && info.me_last_pgno >= size / statistics.ms_psize)
		return state_refuse(state, "is damaged (" STATE_DATA_FILE " has lost its end)",
				    error);
	return 0;
}

static uint64_t changed_ns(const struct stat *status)
{
	return (uint64_t)status->st_mtim.tv_sec * 1000000000 + (uint64_t)status->st_mtim.tv_nsec;
}

bool state_size_is_noted(const struct state *state, const struct stat *status)
{
	struct note note = read_note(state);
	return note.size == (uint64_t)status->st_size && note.changed_ns == changed_ns(status);
}

void state_size_note(struct state *state)
{
	struct stat status;
	int descriptor;
	if (mdb_env_get_fd(state->env, &descriptor) != 0)
		return;
	(void)pthread_mutex_lock(&state->noting);
	if (fstat(descriptor, &status) == 0 && !state_size_is_noted(state, &status)) {
		char text[2 * (NOTE_DIGITS + 1) + 1];
		int length =
			snprintf(text, sizeof text, "%0*" PRIu64 "\n%0*" PRIu64 "\n", NOTE_DIGITS,
				 (uint64_t)status.st_size, NOTE_DIGITS, changed_ns(&status));
		/* Where it fails (a full disk) the older note stays. */
		ssize_t written = pwrite(state->lock, text, (size_t)length, 0);
		(void)written;
	}
	(void)pthread_mutex_unlock(&state->noting);
}
