/* Opening and closing the state. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

#define MAP_SIZE_MIN ((size_t)256 * 1024 * 1024) /* address space, not memory and not disk */
#define READERS_MAX 2048 /* many threads, each with many folders under way; 64 bytes each */
#define MAP_GRANULE ((size_t)64 * 1024) /* a multiple of every page size in use */

/* --- The environment --- */

static size_t initial_map(const struct state *state, size_t at_least)
{
	bool missing;
	uint64_t twice = state_data_size(state, &missing) * 2;
	size_t map = twice > at_least ? (size_t)twice : at_least;
	return (map + MAP_GRANULE - 1) / MAP_GRANULE * MAP_GRANULE;
}

/* LMDB leaves the data file open in the programmes that are started: they could write to it. */
static int close_on_exec(struct state *state, struct error *error)
{
	int descriptor;
	int code = mdb_env_get_fd(state->env, &descriptor);
	if (code == 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
		code = errno;
	return code == 0 ? 0 : state_fail(state, NULL, code, "open", error);
}

static int open_environment(struct state *state, unsigned int flags, size_t map_size,
			    struct error *error)
{
	int dead; /* readers that died are forgotten, else they hold old pages for ever */
	int code = mdb_env_create(&state->env);
	if (code != 0)
		return state_fail(state, NULL, code, "open", error);
	/* Both fail only when it is open. */
	(void)mdb_env_set_maxdbs(state->env, STATE_TABLE_COUNT);
	(void)mdb_env_set_maxreaders(state->env, READERS_MAX);
	code = mdb_env_set_mapsize(state->env, initial_map(state, map_size));
	if (code == 0)
		code = mdb_env_open(state->env, state->directory, MDB_NOTLS | flags, 0600);
	if (code == 0)
		code = mdb_reader_check(state->env, &dead);
	if (code != 0)
		return state_fail(state, NULL, code, "open", error);
	if (close_on_exec(state, error) != 0)
		return -1;
	state_map_find(state);
	return state_size_check(state, error);
}

/* --- Reading only --- */

static int open_read_only(struct state *state, const char *account_key, size_t map_size,
			  struct error *error)
{
	struct state_transaction *transaction;
	bool missing;
	(void)state_data_size(state, &missing);
	if (missing || state_is_torn_at_birth(state))
		return state_digest_key_load(state, NULL, false, error); /* the empty view */
	if (state_pages_check(state, error) != 0 ||
	    open_environment(state, MDB_RDONLY, map_size, error) != 0 ||
	    state_read_begin(state, &transaction, error) != 0)
		return -1;
	int found = state_tables_open(transaction, account_key, false, error);
	if (found >= 0 &&
	    state_digest_key_load(state, found > 0 ? transaction : NULL, false, error) != 0)
		found = -1;
	state_read_end(&transaction);
	if (found == 0) { /* the run that creates it has not got far */
		mdb_env_close(state->env);
		state->env = NULL;
	}
	return found < 0 ? -1 : 0;
}

/* --- Reading and writing --- */

static int open_tables(struct state_transaction *transaction, void *context, struct error *error)
{
	const char *account_key = context;
	int found = state_tables_open(transaction, account_key, true, error);
	if (found < 0 || (found == 0 && state_tables_create(transaction, account_key, error) != 0))
		return -1;
	return state_digest_key_load(transaction->state, transaction, true, error);
}

/* Lets LMDB begin anew where it did not get through its first write. */
static int drop_torn_birth(const struct state *state, struct error *error)
{
	int result = 0;
	if (!state_is_torn_at_birth(state))
		return 0;
	char *path = path_join(state->directory, STATE_DATA_FILE);
	if (truncate(path, 0) != 0)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					 "cannot empty %s, which a run that died only began", path);
	free(path);
	return result;
}

/* What stands in the directory, whose lock is held. */
static int open_held(struct state *state, struct error *error)
{
	if (drop_torn_birth(state, error) != 0 || state_pages_check(state, error) != 0 ||
	    open_environment(state, 0, state->map_size, error) != 0)
		return -1;
	state_size_note(state); /* the file may be a new one, and the note another's */
	return state_write(state, open_tables, state->account_key, error);
}

int state_refuse_network(const char *directory, struct error *error)
{
	if (file_system_of_nearest(directory) != FILE_SYSTEM_NETWORK)
		return 0;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "%s is on a network file system, where the state is not safe: set "
			 "XDG_STATE_HOME to a directory on a disk of this machine, and run again",
			 directory);
}

static int open_read_write(struct state *state, unsigned int wait_seconds, struct error *error)
{
	if (state_refuse_network(state->directory, error) != 0)
		return -1;
	if (path_make_directories(state->directory, error) != 0)
		return error_widen(error, SCOPE_ACCOUNT);
	if (state_lock(state, wait_seconds, error) != 0 || open_held(state, error) != 0)
		return -1;
	/* Every time: the run that created the file may have died just before. */
	return path_sync_directory(state->directory, error) == 0
		       ? 0
		       : error_widen(error, SCOPE_ACCOUNT);
}

/* --- Between two runs of one process --- */

void state_let_go(struct state *state)
{
	if (state->lock < 0)
		return;
	(void)close(state->lock); /* which also unlocks */
	state->lock = -1;
}

/* Whether the open file is the one that stands there. */
static bool is_the_same(const struct state *state)
{
	struct stat open_file;
	struct stat there;
	int descriptor;
	char *path = path_join(state->directory, STATE_DATA_FILE);
	bool same = state->env && mdb_env_get_fd(state->env, &descriptor) == 0 &&
		    fstat(descriptor, &open_file) == 0 && stat(path, &there) == 0 &&
		    open_file.st_dev == there.st_dev && open_file.st_ino == there.st_ino;
	free(path);
	return same;
}

static void forget_environment(struct state *state)
{
	if (state->env)
		mdb_env_close(state->env);
	state->env = NULL;
	free(state->owner);
	state->owner = NULL;
	digest_key_destroy(&state->digest_key);
	state_keywords_forget(state);
}

/* Others may have given letters meanwhile. */
static int reload(struct state *state, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(state, &transaction, error) != 0)
		return -1;
	int result = state_keywords_load(state, transaction, error);
	state_read_end(&transaction);
	return result;
}

static int take_over(struct state *state, struct error *error)
{
	state->rested_seconds = state_data_age(state);
	if (is_the_same(state) && !state->map_lost)
		return state_size_check(state, error) == 0 ? reload(state, error) : -1;
	forget_environment(state);
	return open_held(state, error);
}

int state_hold(struct state *state, unsigned int wait_seconds, struct error *error)
{
	if (state->reads_only || state->lock >= 0)
		return 0;
	if (path_make_directories(state->directory, error) != 0)
		return error_widen(error, SCOPE_ACCOUNT);
	if (state_lock(state, wait_seconds, error) == 0 && take_over(state, error) == 0)
		return 0;
	state_let_go(state);
	return -1;
}

int state_open_with_map(const char *directory, const char *account_key, enum state_mode mode,
			unsigned int wait_seconds, size_t map_size, struct state **state_r,
			struct error *error)
{
	struct state *state = memory_allocate(sizeof *state);
	state->directory = memory_text(directory);
	state->lock = -1;
	state->identity_run = STATE_IDENTITY_RUN;
	state->rested_seconds = state_data_age(state);
	if (pthread_rwlock_init(&state->map, NULL) != 0 ||
	    pthread_mutex_init(&state->noting, NULL) != 0)
		memory_fail();
	state_keywords_begin(state);
	state->account_key = memory_text(account_key);
	state->map_size = map_size;
	state->reads_only = mode == STATE_READ_ONLY;
	int result = state->reads_only ? open_read_only(state, account_key, map_size, error)
				       : open_read_write(state, wait_seconds, error);
	if (result != 0) {
		state_close(&state);
		return -1;
	}
	*state_r = state;
	return 0;
}

const char *state_owner(const struct state *state)
{
	return state->owner;
}

int state_open_any(const char *directory, const char *account_key, enum state_mode mode,
		   unsigned int wait_seconds, struct state **state_r, struct error *error)
{
	return state_open_with_map(directory, account_key, mode, wait_seconds, MAP_SIZE_MIN,
				   state_r, error);
}

int state_open(const char *directory, const char *account_key, enum state_mode mode,
	       unsigned int wait_seconds, struct state **state_r, struct error *error)
{
	if (state_open_any(directory, account_key, mode, wait_seconds, state_r, error) != 0)
		return -1;
	if (!(*state_r)->owner)
		return 0;
	(void)state_refuse_owner(*state_r, account_key, error); /* always -1 */
	state_close(state_r);
	return -1;
}

bool state_exists(const struct state *state)
{
	return state->env != NULL;
}

int64_t state_rested_seconds(const struct state *state)
{
	return state->rested_seconds;
}

void state_close(struct state **state)
{
	if (!state || !*state)
		return;
	forget_environment(*state);
	state_let_go(*state);
	(void)pthread_rwlock_destroy(&(*state)->map); /* fail only when held: no thread is left */
	(void)pthread_mutex_destroy(&(*state)->noting);
	state_keywords_end(*state);
	free((*state)->directory);
	free((*state)->account_key);
	free(*state);
	*state = NULL;
}
