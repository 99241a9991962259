/* Whether the data file still has its end. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_size, .fini = fixture_end);

static off_t data_size(void)
{
	struct stat status;
	char *path = fixture_path(STATE_DATA_FILE);
	cr_assert_eq(stat(path, &status), 0);
	free(path);
	return status.st_size;
}

static void cut(off_t size)
{
	char *path = fixture_path(STATE_DATA_FILE);
	cr_assert_eq(truncate(path, size), 0);
	free(path);
}

static void create(uint32_t messages)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	fixture_fill(state, fixture_folder(state, "INBOX"), 1, messages);
	state_close(&state);
}

/* Cut by a byte, by pages, within the first two pages, which LMDB itself looks at. */
Test(state_size, a_file_that_lost_its_end_is_refused)
{
	create(2000);
	off_t whole = data_size();
	off_t sizes[] = { whole - 1, whole - 4096, whole / 2, 3 * 4096, 8192, 8191, 4096, 100, 1 };
	for (size_t i = 0; i < COUNT(sizes); i++) {
		cut(sizes[i]);
		fixture_refused(STATE_READ_ONLY, FIXTURE_KEY, ERROR_SAFETY, "can be moved away");
		fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "can be moved away");
	}
}

/* Whether LMDB's last page lies beyond the end of the file. */
static bool is_short(struct state *state)
{
	MDB_envinfo info;
	MDB_stat statistics;
	cr_assert_eq(mdb_env_info(state->env, &info), 0);
	cr_assert_eq(mdb_env_stat(state->env, &statistics), 0);
	return (size_t)data_size() < (info.me_last_pgno + 1) * statistics.ms_psize;
}

/* Works on a new state until the file is short; false when that has not happened in 20 rounds. */
static bool make_short(unsigned int seed)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct fixture_churn work = { .folder = fixture_folder(state, "INBOX"),
				      .seed = seed,
				      .operations = 200,
				      .uids = 400,
				      .clear_one_in = 3 };
	bool found = false;
	for (int round = 0; !found && round < 20; round++) {
		fixture_write(state, fixture_churn, &work);
		found = is_short(state);
	}
	state_close(&state);
	if (!found)
		fixture_end();
	return found;
}

Test(state_size, a_whole_file_may_be_shorter_than_lmdb_says)
{
	unsigned int seed = 1;
	while (!make_short(seed) && seed < 40)
		seed++;
	cr_assert_lt(seed, 40, "the test shows nothing");
	struct state *state = fixture_open(STATE_READ_ONLY);
	uint32_t count = fixture_count(state, 1);
	state_close(&state);
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_count(state, 1), count);
	state_close(&state);
	cut(data_size() - 4096);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "has lost its end");
}

static void write_note(const char *text)
{
	char *path = fixture_path(STATE_LOCK_FILE);
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
	free(path);
}

static void assert_note_is_right(void)
{
	size_t size;
	char *path = fixture_path(STATE_LOCK_FILE);
	char *note = fixture_slurp(path, &size);
	char expected[32];
	int length = snprintf(expected, sizeof expected, "%020jd", (intmax_t)data_size());
	cr_assert_geq(size, (size_t)length);
	cr_assert_arr_eq(note, expected, (size_t)length);
	free(note);
	free(path);
}

/* Without a usable note the check cannot be made; a whole file must open. */
Test(state_size, a_note_that_is_no_number_is_none)
{
	static const char *const notes[] = { "",
					     "\n",
					     "123",
					     "99999999999999999999",
					     "-0000000000000000001",
					     "xxxxxxxxxxxxxxxxxxxxxxxxx" };
	create(10);
	for (size_t i = 0; i < COUNT(notes); i++) {
		write_note(notes[i]);
		struct state *state = fixture_open(STATE_READ_ONLY);
		cr_assert_eq(fixture_count(state, 1), 10);
		state_close(&state);
	}
	/* A run for writing makes it right again. */
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	cut(data_size() - 4096);
	fixture_refused(STATE_READ_ONLY, FIXTURE_KEY, ERROR_SAFETY, "is damaged");
}

/* Somebody puts a compacted copy in place of the file. */
Test(state_size, a_compacted_file_is_whole)
{
	MDB_env *env;
	create(5000);
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct fixture_churn work = {
		.folder = 1, .seed = 3, .operations = 200, .uids = 400, .clear_one_in = 3
	};
	fixture_write(state, fixture_churn, &work);
	uint32_t count = fixture_count(state, 1);
	state_close(&state);
	char *data = fixture_path(STATE_DATA_FILE);
	char *copy = fixture_path("copy");
	off_t before = data_size();
	cr_assert_eq(mdb_env_create(&env), 0);
	cr_assert_eq(mdb_env_open(env, fixture_directory(), MDB_RDONLY, 0600), 0);
	cr_assert_eq(mkdir(copy, 0700), 0);
	cr_assert_eq(mdb_env_copy2(env, copy, MDB_CP_COMPACT), 0);
	mdb_env_close(env);
	char *compact = path_join(copy, STATE_DATA_FILE);
	cr_assert_eq(rename(compact, data), 0);
	cr_assert_lt(data_size(), before);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(fixture_count(state, 1), count);
	fixture_reopen(&state);
	cr_assert_eq(fixture_count(state, 1), count);
	state_close(&state);
	assert_note_is_right();
	free(compact);
	free(copy);
	free(data);
}

/* The lock file of a large state beside a new, small one. */
Test(state_size, a_file_moved_away_alone_is_rebuilt)
{
	create(5000);
	char *data = fixture_path(STATE_DATA_FILE);
	cr_assert_eq(unlink(data), 0);
	free(data);
	create(10);
	assert_note_is_right();
	struct state *state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(fixture_count(state, 1), 10);
	state_close(&state);
}
