/* A state in a directory of its own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "state/private.h"

static char *root;
static char *directory;

const char *fixture_directory(void)
{
	if (!directory) {
		const char *parent = getenv("TMPDIR");
		root = path_join(parent ? parent : "/tmp", "navette-state-XXXXXX");
		cr_assert_not_null(mkdtemp(root));
		directory = path_join(root, "navette/work");
	}
	return directory;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void fixture_end(void)
{
	if (root)
		(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(root);
	free(directory);
	root = directory = NULL;
}

void fixture_use(const char *path)
{
	fixture_end();
	directory = memory_text(path);
}

char *fixture_path(const char *name)
{
	return path_join(fixture_directory(), name);
}

/* --- Opening --- */

struct state *fixture_open(enum state_mode mode)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	int result = state_open(fixture_directory(), FIXTURE_KEY, mode, 0, &state, &error);
	cr_assert_eq(result, 0, "%s", error.text);
	return state;
}

struct state *fixture_open_with_map(size_t map_size)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	int result = state_open_with_map(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE, 0,
					 map_size, &state, &error);
	cr_assert_eq(result, 0, "%s", error.text);
	return state;
}

void fixture_reopen(struct state **state)
{
	state_close(state);
	cr_assert_null(*state);
	*state = fixture_open(STATE_READ_WRITE);
}

void fixture_refused(enum state_mode mode, const char *key, enum error_kind kind, const char *part)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	cr_assert_eq(state_open(fixture_directory(), key, mode, 0, &state, &error), -1);
	cr_assert_null(state);
	cr_assert_eq(error.kind, kind, "%s", error.text);
	cr_assert_eq(error.scope, SCOPE_ACCOUNT);
	cr_assert_not_null(strstr(error.text, part), "\"%s\" is not in: %s", part, error.text);
	cr_assert_not_null(strstr(error.text, fixture_directory()), "%s", error.text);
}

/* --- Transactions --- */

void fixture_write(struct state *state, state_work_function *work, void *context)
{
	struct error error = ERROR_INITIAL;
	int result = state_write(state, work, context, &error);
	cr_assert_eq(result, 0, "%s", error.text);
	cr_assert_eq(error.kind, ERROR_NONE);
}

struct state_transaction *fixture_read(struct state *state)
{
	struct error error = ERROR_INITIAL;
	struct state_transaction *transaction = NULL;
	cr_assert_eq(state_read_begin(state, &transaction, &error), 0, "%s", error.text);
	return transaction;
}

static int put_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	struct state_folder *folder = context;
	struct state_folder old;
	int found = state_folder_get(transaction, folder->name, &old, error);
	if (found > 0) {
		folder->id = old.id;
		state_folder_release(&old);
	}
	return found == 0 ? state_folder_put(transaction, folder, error) : found > 0 ? 0 : -1;
}

uint32_t fixture_folder(struct state *state, const char *name)
{
	struct state_folder folder = { .name = (char *)name, .far_name = (char *)name };
	fixture_write(state, put_folder, &folder);
	cr_assert_neq(folder.id, 0);
	return folder.id;
}

struct state_message fixture_message(uint32_t uid, char *name, size_t name_size)
{
	int base_length = snprintf(name, name_size, "%u.x", uid);
	(void)snprintf(name + base_length, name_size - (size_t)base_length, ":2,S");
	struct state_message message = { .uid = uid,
					 .flags = FLAG_SEEN,
					 .place = 1,
					 .name = name,
					 .base_length = (size_t)base_length,
					 .size = 1000 + (uint64_t)uid };
	memset(message.identity.bytes, (int)(uid & 0xff), IDENTITY_SIZE);
	return message;
}

struct filling {
	uint32_t folder;
	uint32_t first;
	uint32_t last;
};

static int fill(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct filling *filling = context;
	for (uint32_t uid = filling->first; uid <= filling->last; uid++) {
		char name[40];
		struct state_message message = fixture_message(uid, name, sizeof name);
		if (state_message_put(transaction, filling->folder, &message, error) != 0)
			return -1;
	}
	return 0;
}

void fixture_fill(struct state *state, uint32_t folder, uint32_t first, uint32_t last)
{
	struct filling filling = { .folder = folder, .first = first, .last = last };
	fixture_write(state, fill, &filling);
}

int fixture_churn(struct state_transaction *transaction, void *context, struct error *error)
{
	struct fixture_churn *work = context;
	int operations = 1 + rand_r(&work->seed) % work->operations;
	for (int i = 0; i < operations; i++) {
		char name[40];
		uint32_t uid = 1 + (uint32_t)rand_r(&work->seed) % work->uids;
		struct state_message message = fixture_message(uid, name, sizeof name);
		int result = rand_r(&work->seed) % 5 < 3
				     ? state_message_put(transaction, work->folder, &message, error)
				     : state_message_remove(transaction, work->folder, uid, error);
		if (result != 0)
			return -1;
	}
	if (rand_r(&work->seed) % work->clear_one_in != 0)
		return 0;
	return state_folder_clear(transaction, work->folder, error);
}

uint32_t fixture_count(struct state *state, uint32_t folder)
{
	struct error error = ERROR_INITIAL;
	struct state_transaction *transaction = fixture_read(state);
	uint32_t count = UINT32_MAX;
	int result = state_message_count(transaction, folder, &count, &error);
	cr_assert_eq(result, 0, "%s", error.text);
	state_read_end(&transaction);
	return count;
}

/* --- Files --- */

char *fixture_slurp(const char *path, size_t *size_r)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(descriptor, 0, "%s", path);
	cr_assert_eq(fstat(descriptor, &status), 0);
	char *bytes = memory_allocate((size_t)status.st_size);
	cr_assert_eq(read(descriptor, bytes, (size_t)status.st_size), status.st_size);
	(void)close(descriptor);
	*size_r = (size_t)status.st_size;
	return bytes;
}

static void open_raw(MDB_env **env_r, MDB_txn **txn_r)
{
	cr_assert_eq(mdb_env_create(env_r), 0);
	cr_assert_eq(mdb_env_set_maxdbs(*env_r, STATE_TABLE_COUNT), 0);
	cr_assert_eq(mdb_env_set_mapsize(*env_r, (size_t)64 << 20), 0);
	cr_assert_eq(mdb_env_open(*env_r, fixture_directory(), 0, 0600), 0);
	cr_assert_eq(mdb_txn_begin(*env_r, NULL, 0, txn_r), 0);
}

static void close_raw(MDB_env *env, MDB_txn *txn)
{
	int code = mdb_txn_commit(txn);
	cr_assert_eq(code, 0, "%s", mdb_strerror(code));
	mdb_env_close(env);
}

void fixture_tamper(const char *table, const void *key, size_t key_size, const void *value,
		    size_t value_size)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi handle;
	MDB_val key_value = { .mv_size = key_size, .mv_data = (void *)key };
	MDB_val new_value = { .mv_size = value_size, .mv_data = (void *)value };
	open_raw(&env, &txn);
	cr_assert_eq(mdb_dbi_open(txn, table, 0, &handle), 0);
	if (value)
		cr_assert_eq(mdb_put(txn, handle, &key_value, &new_value, 0), 0);
	else
		cr_assert_eq(mdb_del(txn, handle, &key_value, NULL), 0);
	close_raw(env, txn);
}

bool fixture_damage(const char *table, size_t n)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi handle;
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	char byte = 'x';
	open_raw(&env, &txn);
	cr_assert_eq(mdb_dbi_open(txn, table, 0, &handle), 0);
	cr_assert_eq(mdb_cursor_open(txn, handle, &cursor), 0);
	int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	for (size_t i = 0; code == 0 && i < n; i++)
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	value = (MDB_val){ .mv_size = 1, .mv_data = &byte };
	if (code == 0)
		cr_assert_eq(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), 0);
	mdb_cursor_close(cursor);
	close_raw(env, txn);
	return code == 0;
}

void fixture_drop_table(const char *name)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	open_raw(&env, &txn);
	cr_assert_eq(mdb_dbi_open(txn, name, 0, &table), 0);
	cr_assert_eq(mdb_drop(txn, table, 1), 0);
	close_raw(env, txn);
}

/* Without what format 6 added. */
void fixture_make_format_6(void)
{
	unsigned char begin[1] = { 0 };
	fixture_drop_table("letters");
	fixture_tamper("meta", "keywords", 8, begin, sizeof begin); /* so that it is there */
	fixture_tamper("meta", "keywords", 8, NULL, 0);
	fixture_tamper("meta", "format", 6, "6", 1);
}

void fixture_make_format_5(void)
{
	unsigned char begin[8] = { 0 };
	fixture_make_format_6();
	fixture_drop_table("identities");
	fixture_drop_table("unindexed");
	fixture_tamper("meta", "indexed", 7, begin, sizeof begin); /* so that it is there */
	fixture_tamper("meta", "indexed", 7, NULL, 0);
	fixture_tamper("meta", "digest-key", 10, NULL, 0);
	fixture_tamper("meta", "format", 6, "5", 1);
}
