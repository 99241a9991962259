/* Transactions. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_transaction, .fini = fixture_end);

/* --- All or nothing --- */

static int put_then_fail(struct state_transaction *transaction, void *context, struct error *error)
{
	char name[40];
	uint32_t folder = *(uint32_t *)context;
	struct state_message message = fixture_message(99, name, sizeof name);
	struct state_message back;
	if (state_message_put(transaction, folder, &message, error) != 0)
		return -1;
	cr_assert_eq(state_message_by_uid(transaction, folder, 99, &back, error), 1);
	return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER, "told so");
}

Test(state_transaction, failing_work_is_rolled_back)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	fixture_fill(state, id, 1, 3);
	cr_assert_eq(state_write(state, put_then_fail, &id, &error), -1);
	cr_assert_str_eq(error.text, "told so");
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_eq(state_write(state, put_then_fail, &id, NULL), -1, "and without an error");
	cr_assert_eq(fixture_count(state, id), 3);
	fixture_reopen(&state);
	cr_assert_eq(fixture_count(state, id), 3);
	state_close(&state);
}

Test(state_transaction, a_view_does_not_change)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	uint32_t count;
	fixture_fill(state, id, 1, 3);
	struct state_transaction *view = fixture_read(state);
	/* Another thread would write; a small write needs no larger map, so this one may. */
	fixture_fill(state, id, 4, 5);
	cr_assert_eq(state_message_count(view, id, &count, &error), 0);
	cr_assert_eq(count, 3);
	state_read_end(&view);
	cr_assert_eq(fixture_count(state, id), 5);
	state_close(&state);
}

static int succeed(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)transaction;
	(void)context;
	(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "borne by the work");
	return 0;
}

Test(state_transaction, success_leaves_the_error_alone)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	(void)error_set(&error, ERROR_CONFIG, SCOPE_FOLDER, "from before");
	cr_assert_eq(state_write(state, succeed, NULL, &error), 0);
	cr_assert_str_eq(error.text, "from before");
	cr_assert_eq(error.kind, ERROR_CONFIG);
	state_close(&state);
}

/* --- Nothing to write --- */

/* Everything a run with nothing to do may say: the same folder, the same message, removals of what
 * is not there. */
static int say_the_same(struct state_transaction *transaction, void *context, struct error *error)
{
	struct state_folder folder;
	char name[40];
	uint32_t id = *(uint32_t *)context;
	struct state_message message = fixture_message(2, name, sizeof name);
	cr_assert_eq(state_folder_get(transaction, "INBOX", &folder, error), 1);
	cr_assert_eq(state_folder_put(transaction, &folder, error), 0);
	state_folder_release(&folder);
	cr_assert_eq(state_message_put(transaction, id, &message, error), 0);
	cr_assert_eq(state_message_remove(transaction, id, 77, error), 0);
	cr_assert_eq(state_download_remove(transaction, id, 77, error), 0);
	cr_assert_eq(state_upload_remove(transaction, id, "none", 4, error), 0);
	cr_assert_eq(state_folder_clear(transaction, id + 1, error), 0);
	cr_assert_eq(state_folder_remove(transaction, id + 1, "none", error), 0);
	return 0;
}

Test(state_transaction, with_nothing_written_no_file_is_touched)
{
	static const char *const files[] = { STATE_DATA_FILE, STATE_LOCK_FILE };
	static const struct timespec past[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	fixture_fill(state, id, 1, 3);
	state_close(&state);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct stat status;
		size_t size;
		size_t size_after;
		char *path = fixture_path(files[i]);
		char *before = fixture_slurp(path, &size);
		cr_assert_eq(utimensat(0, path, past, 0), 0);
		state = fixture_open(STATE_READ_WRITE);
		fixture_write(state, say_the_same, &id);
		state_close(&state);
		char *after = fixture_slurp(path, &size_after);
		cr_assert_eq(size, size_after);
		cr_assert_arr_eq(before, after, size);
		cr_assert_eq(stat(path, &status), 0);
		cr_assert_eq(status.st_mtime, 1000, "%s was touched", files[i]);
		free(before);
		free(after);
		free(path);
	}
}

/* --- Growth --- */

static size_t map_size(struct state *state)
{
	MDB_envinfo info;
	cr_assert_eq(mdb_env_info(state->env, &info), 0);
	return info.me_mapsize;
}

Test(state_transaction, the_map_is_large_at_start)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(map_size(state), 256 * 1024 * 1024);
	state_close(&state);
}

struct growing {
	uint32_t folder;
	int runs;
};

static int put_much(struct state_transaction *transaction, void *context, struct error *error)
{
	struct growing *growing = context;
	struct state_folder folder = { .name = (char *)"fresh", .far_name = (char *)"fresh" };
	growing->runs++;
	if (state_folder_put(transaction, &folder, error) != 0)
		return -1;
	growing->folder = folder.id;
	for (uint32_t uid = 1; uid <= 3000; uid++) {
		char name[40];
		struct state_message message = fixture_message(uid, name, sizeof name);
		if (state_message_put(transaction, folder.id, &message, error) != 0)
			return -1;
	}
	return 0;
}

Test(state_transaction, work_is_run_again_when_the_map_grows)
{
	struct state *state = fixture_open_with_map(64 * 1024);
	struct growing growing = { .runs = 0 };
	size_t small = map_size(state);
	cr_assert_leq(small, 128 * 1024);
	fixture_write(state, put_much, &growing);
	cr_assert_gt(growing.runs, 1);
	cr_assert_gt(map_size(state), small);
	cr_assert_eq(fixture_count(state, growing.folder), 3000);
	/* The map is kept. */
	growing.runs = 0;
	fixture_write(state, put_much, &growing);
	cr_assert_eq(growing.runs, 1);
	state_close(&state);
	/* And a small one is made large enough for what is there. */
	state = fixture_open_with_map(64 * 1024);
	cr_assert_eq(fixture_count(state, growing.folder), 3000);
	state_close(&state);
}

/* Work that does not notice that its writes fail must not be committed half. */
static int put_much_blindly(struct state_transaction *transaction, void *context,
			    struct error *error)
{
	(void)put_much(transaction, context, error);
	return 0;
}

Test(state_transaction, a_full_map_is_noticed_where_the_work_does_not)
{
	struct state *state = fixture_open_with_map(64 * 1024);
	struct growing growing = { .runs = 0 };
	struct error error = ERROR_INITIAL;
	cr_assert_eq(state_write(state, put_much_blindly, &growing, &error), 0);
	cr_assert_eq(error.kind, ERROR_NONE, "a repeated try is no error: %s", error.text);
	cr_assert_eq(fixture_count(state, growing.folder), 3000);
	state_close(&state);
}

Test(state_transaction, a_folder_made_in_work_that_is_run_again_is_made_once)
{
	struct state *state = fixture_open_with_map(64 * 1024);
	struct growing growing = { .runs = 0 };
	fixture_write(state, put_much, &growing);
	cr_assert_gt(growing.runs, 1);
	cr_assert_eq(growing.folder, 1);
	cr_assert_eq(fixture_folder(state, "next"), 2);
	state_close(&state);
}

/* --- Threads: writers take turns, readers and growth keep out of each other's way --- */

struct worker {
	struct state *state;
	uint32_t folder;
	uint32_t first;
};

static int count_both_ways(struct state_transaction *view, uint32_t folder, uint32_t *counted_r,
			   uint32_t *seen_r)
{
	struct state_message message;
	int found;
	*seen_r = 0;
	for (uint32_t uid = 0; (found = state_message_next(view, folder, uid, &message, NULL)) > 0;
	     uid = message.uid + 1)
		(*seen_r)++;
	return found < 0 ? -1 : state_message_count(view, folder, counted_r, NULL);
}

static int fill_twenty(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct worker *worker = context;
	for (uint32_t i = 0; i < 20; i++) {
		char name[40];
		struct state_message message =
			fixture_message(worker->first + i, name, sizeof name);
		if (state_message_put(transaction, worker->folder, &message, error) != 0)
			return -1;
	}
	return 0;
}

/* NULL when all is well: asserting belongs to the main thread. */
static void *work(void *context)
{
	struct worker *worker = context;
	for (int round = 0; round < 50; round++, worker->first += 20) {
		struct state_transaction *view;
		uint32_t counted;
		uint32_t seen;
		if (state_write(worker->state, fill_twenty, worker, NULL) != 0 ||
		    state_read_begin(worker->state, &view, NULL) != 0)
			return worker;
		int result = count_both_ways(view, worker->folder, &counted, &seen);
		state_read_end(&view);
		if (result != 0 || counted != seen || counted % 20 != 0)
			return worker;
	}
	return NULL;
}

Test(state_transaction, threads_share_a_state_that_grows)
{
	struct state *state = fixture_open_with_map(64 * 1024);
	uint32_t folder = fixture_folder(state, "INBOX");
	struct worker workers[4];
	pthread_t threads[COUNT(workers)];
	for (size_t i = 0; i < COUNT(workers); i++) {
		workers[i] = (struct worker){ .state = state,
					      .folder = folder,
					      .first = 1 + (uint32_t)i * 100000 };
		cr_assert_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < COUNT(workers); i++) {
		void *trouble;
		cr_assert_eq(pthread_join(threads[i], &trouble), 0);
		cr_assert_null(trouble);
	}
	cr_assert_eq(fixture_count(state, folder), 4 * 50 * 20);
	cr_assert_gt(map_size(state), 128 * 1024);
	state_close(&state);
}

/* A process that reads while another one makes the map larger. */
Test(state_transaction, a_reader_follows_a_map_that_another_process_made_larger)
{
	int turn[2];
	int done[2];
	char byte = 0;
	struct growing growing = { .runs = 0 };
	struct state *state = fixture_open_with_map(64 * 1024);
	uint32_t folder = fixture_folder(state, "INBOX");
	state_close(&state);
	cr_assert_eq(pipe(turn), 0);
	cr_assert_eq(pipe(done), 0);
	pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		struct state *writer = NULL;
		bool good = read(turn[0], &byte, 1) == 1 &&
			    state_open_with_map(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE,
						0, 64 * 1024, &writer, NULL) == 0 &&
			    state_write(writer, put_much, &growing, NULL) == 0;
		state_close(&writer);
		byte = good ? 'g' : 'b';
		_exit(write(done[1], &byte, 1) == 1 ? 0 : 1);
	}
	struct error error = ERROR_INITIAL;
	cr_assert_eq(state_open_with_map(fixture_directory(), FIXTURE_KEY, STATE_READ_ONLY, 0,
					 64 * 1024, &state, &error),
		     0);
	size_t small = map_size(state);
	struct state_transaction *early;
	struct state_transaction *late;
	cr_assert_eq(fixture_count(state, folder), 0);
	cr_assert_eq(state_read_begin(state, &early, &error), 0);
	cr_assert_eq(write(turn[1], "t", 1), 1);
	cr_assert_eq(read(done[0], &byte, 1), 1);
	cr_assert_eq(byte, 'g');
	/* It cannot as long as this thread reads by the old map, and must not wait for itself. */
	cr_assert_eq(state_read_begin(state, &late, &error), -1);
	cr_assert_eq(error.kind, ERROR_TEMPORARY, "%s", error.text);
	state_read_end(&early);
	cr_assert_eq(fixture_count(state, 2), 3000);
	cr_assert_gt(map_size(state), small);
	state_close(&state);
}

/* As many as 32 threads with 32 folders each under way hold. */
Test(state_transaction, a_thousand_views_at_a_time)
{
	static struct state_transaction *views[1024];
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct error error = ERROR_INITIAL;

	for (size_t i = 0; i < COUNT(views); i++)
		cr_assert_eq(state_read_begin(state, &views[i], &error), 0, "%zu: %s", i,
			     error.text);
	for (size_t i = 0; i < COUNT(views); i++)
		state_read_end(&views[i]);
	state_close(&state);
}
