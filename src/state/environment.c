/* Opening the state: lock, environment, version, owner. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

#define MAP_SIZE_MIN ((size_t)256 * 1024 * 1024) /* address space, not memory and not disk */
#define LOCK_POLL_MS 200
#define KEY_FORMAT "format"
#define KEY_ACCOUNT "account"

static const char *const table_names[STATE_TABLE_COUNT] = { "meta",     "folders", "counts",
							    "messages", "names",   "downloads",
							    "uploads" };

/* --- The lock --- */

static int open_lock(struct state *state, struct error *error)
{
	char *path = path_join(state->directory, "lock");
	state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int result = 0;
	if (state->lock < 0)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					 "cannot open the lock %s", path);
	free(path);
	return result;
}

static void sleep_ms(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000L };
	(void)nanosleep(&pause, NULL); /* waking early only means asking again */
}

/* Classic record locks, because they tell who holds them and die with the process. They do not
 * exclude a second state_open() in the same process. */
static int take_lock(struct state *state, unsigned int wait_seconds, struct error *error)
{
	int64_t give_up = clock_monotonic_ms() + (int64_t)wait_seconds * 1000;
	for (;;) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		if (fcntl(state->lock, F_SETLK, &lock) == 0)
			return 0;
		if (errno != EACCES && errno != EAGAIN)
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					       "cannot lock %s/lock", state->directory);
		if (clock_monotonic_ms() < give_up) {
			sleep_ms(LOCK_POLL_MS);
			continue;
		}
		lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
		(void)fcntl(state->lock, F_GETLK, &lock);
		return error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			"another navette (process %ld) is working on this account; run again "
			"when it is done, or wait for it with --wait SECONDS",
			(long)lock.l_pid);
	}
}

/* --- The environment --- */

static int refuse(const struct state *state, const char *what, struct error *error)
{
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s %s; nothing was done. It can be moved away: the next run "
		"rebuilds it from both sides by the messages' identity and transfers nothing "
		"twice",
		state->directory, what);
}

static int file_size(const struct state *state, off_t *size_r)
{
	struct stat status;
	char *path = path_join(state->directory, "data.mdb");
	int result = stat(path, &status);
	free(path);
	*size_r = result == 0 ? status.st_size : 0;
	return result;
}

/* LMDB reads through the map: a page that the file has lost would be a SIGBUS, so it is looked for
 * first. */
static int check_size(struct state *state, struct error *error)
{
	MDB_envinfo info;
	MDB_stat statistics;
	off_t size;
	(void)mdb_env_info(state->env, &info);
	(void)mdb_env_stat(state->env, &statistics);
	if (file_size(state, &size) != 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
				       "cannot look at %s/data.mdb", state->directory);
	/* A new environment has its two meta pages in the file, or nothing yet. */
	uint64_t pages = (uint64_t)info.me_last_pgno + 1;
	if (size > 0 && info.me_last_txnid > 0 && (uint64_t)size < pages * statistics.ms_psize)
		return refuse(state, "is cut off (its file is shorter than it should be)", error);
	return 0;
}

static int open_environment(struct state *state, enum state_mode mode, struct error *error)
{
	off_t size;
	unsigned int flags = MDB_NOTLS | (mode == STATE_READ_ONLY ? MDB_RDONLY : 0);
	(void)file_size(state, &size);
	size_t map = (size_t)size > MAP_SIZE_MIN / 2 ? (size_t)size * 2 : MAP_SIZE_MIN;
	int code = mdb_env_create(&state->env);
	if (code != 0)
		return state_fail(state, NULL, code, "open", error);
	(void)mdb_env_set_maxdbs(state->env, STATE_TABLE_COUNT); /* fails only when open */
	code = mdb_env_set_mapsize(state->env, (map + 4095) / 4096 * 4096);
	if (code == 0)
		code = mdb_env_open(state->env, state->directory, flags, 0600);
	if (code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND)
		return refuse(state, "is damaged", error);
	if (code == MDB_VERSION_MISMATCH)
		return refuse(state, "was written by another version of LMDB", error);
	if (code != 0)
		return state_fail(state, NULL, code, "open", error);
	return check_size(state, error);
}

/* --- Version and owner --- */

static int get_meta(struct state_transaction *transaction, const char *name, char **value_r,
		    struct error *error)
{
	MDB_val key = { .mv_size = strlen(name), .mv_data = (void *)name };
	MDB_val value;
	*value_r = NULL;
	int found = state_get(transaction, STATE_TABLE_META, &key, &value, error);
	if (found > 0)
		*value_r = memory_text_length(value.mv_data, value.mv_size);
	return found;
}

static int put_meta(struct state_transaction *transaction, const char *name, const char *text,
		    struct error *error)
{
	MDB_val key = { .mv_size = strlen(name), .mv_data = (void *)name };
	MDB_val value = { .mv_size = strlen(text), .mv_data = (void *)text };
	return state_put(transaction, STATE_TABLE_META, &key, &value, error);
}

static int check_version(struct state *state, const char *version, struct error *error)
{
	if (strcmp(version, "1") == 0)
		return 0;
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s has format %s, which this navette does not know: it was "
		"written by a newer one. Use that one; or move the directory away, then the "
		"next run rebuilds it",
		state->directory, version);
}

static int check_owner(struct state *state, const char *owner, const char *account_key,
		       struct error *error)
{
	if (strcmp(owner, account_key) == 0)
		return 0;
	return error_set(
		error, ERROR_SAFETY, SCOPE_ACCOUNT,
		"the state in %s belongs to %s, but the account is now %s; nothing was done. If "
		"it is the same mail under another name, move that directory away: the next "
		"run rebuilds it and transfers nothing twice. Else give the account another "
		"name and Maildir",
		state->directory, owner, account_key);
}

static int check_meta(struct state *state, struct state_transaction *transaction,
		      const char *account_key, struct error *error)
{
	char *version = NULL;
	char *owner = NULL;
	int result = 0;
	if (get_meta(transaction, KEY_FORMAT, &version, error) < 0 ||
	    get_meta(transaction, KEY_ACCOUNT, &owner, error) < 0)
		result = -1;
	if (result == 0 && version)
		result = check_version(state, version, error);
	if (result == 0 && owner)
		result = check_owner(state, owner, account_key, error);
	free(version);
	free(owner);
	return result;
}

struct creation {
	struct state *state;
	const char *account_key;
};

/* Opens the tables, making them where they are missing, and signs a new state. */
static int open_tables_writing(struct state_transaction *transaction, void *context,
			       struct error *error)
{
	struct creation *creation = context;
	struct state *state = creation->state;
	for (size_t i = 0; i < STATE_TABLE_COUNT; i++) {
		int code = mdb_dbi_open(transaction->txn, table_names[i], 0, &state->tables[i]);
		if (code == MDB_NOTFOUND) {
			code = mdb_dbi_open(transaction->txn, table_names[i], MDB_CREATE,
					    &state->tables[i]);
		}
		if (code != 0)
			return state_fail(state, transaction, code, "open", error);
	}
	char *version = NULL;
	int found = get_meta(transaction, KEY_FORMAT, &version, error);
	free(version);
	if (found < 0)
		return -1;
	if (found > 0)
		return check_meta(state, transaction, creation->account_key, error);
	if (put_meta(transaction, KEY_FORMAT, "1", error) != 0)
		return -1;
	return put_meta(transaction, KEY_ACCOUNT, creation->account_key, error);
}

/* *empty_r: no run has signed it yet. */
static int open_tables_reading(struct state *state, MDB_txn *txn, bool *empty_r,
			       struct error *error)
{
	*empty_r = false;
	for (size_t i = 0; i < STATE_TABLE_COUNT; i++) {
		int code = mdb_dbi_open(txn, table_names[i], 0, &state->tables[i]);
		if (code == MDB_NOTFOUND)
			*empty_r = true;
		else if (code != 0)
			return state_fail(state, NULL, code, "open", error);
	}
	return 0;
}

static int prepare_read_only(struct state *state, const char *account_key, struct error *error)
{
	MDB_txn *txn;
	bool empty = false;
	int code = mdb_txn_begin(state->env, NULL, MDB_RDONLY, &txn);
	if (code != 0)
		return state_fail(state, NULL, code, "open", error);
	int result = open_tables_reading(state, txn, &empty, error);
	if (result == 0 && !empty) {
		struct state_transaction transaction = { .state = state, .txn = txn };
		result = check_meta(state, &transaction, account_key, error);
	}
	/* Committing keeps the handles of the tables. */
	code = mdb_txn_commit(txn);
	if (result == 0 && code != 0)
		result = state_fail(state, NULL, code, "open", error);
	if (result == 0 && empty) {
		mdb_env_close(state->env);
		state->env = NULL;
	}
	return result;
}

static int open_read_only(struct state *state, const char *account_key, struct error *error)
{
	off_t size;
	if (file_size(state, &size) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0; /* nothing there yet: the empty view */
	if (open_environment(state, STATE_READ_ONLY, error) != 0)
		return -1;
	return prepare_read_only(state, account_key, error);
}

static int open_read_write(struct state *state, const char *account_key, unsigned int wait_seconds,
			   struct error *error)
{
	struct creation creation = { .state = state, .account_key = account_key };
	if (path_make_directories(state->directory, error) != 0)
		return error_widen(error, SCOPE_ACCOUNT);
	if (open_lock(state, error) != 0 || take_lock(state, wait_seconds, error) != 0 ||
	    open_environment(state, STATE_READ_WRITE, error) != 0)
		return -1;
	return state_write(state, open_tables_writing, &creation, error);
}

int state_open(const char *directory, const char *account_key, enum state_mode mode,
	       unsigned int wait_seconds, struct state **state_r, struct error *error)
{
	struct state *state = memory_allocate(sizeof *state);
	state->directory = memory_text(directory);
	state->lock = -1;
	if (pthread_rwlock_init(&state->map, NULL) != 0)
		memory_fail();
	int result = mode == STATE_READ_ONLY
			     ? open_read_only(state, account_key, error)
			     : open_read_write(state, account_key, wait_seconds, error);
	if (result != 0) {
		state_close(&state);
		return -1;
	}
	*state_r = state;
	return 0;
}

void state_close(struct state **state)
{
	if (!state || !*state)
		return;
	if ((*state)->env)
		mdb_env_close((*state)->env);
	if ((*state)->lock >= 0)
		(void)close((*state)->lock); /* which also unlocks */
	(void)pthread_rwlock_destroy(&(*state)->map);
	free((*state)->directory);
	free(*state);
	*state = NULL;
}
