/* The pool's queue and its threads, with tasks that need no server.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sync/pool.h"

enum { TASKS = 500, WINDOW = 8 };

struct task {
	atomic_uint begun, finished, ended;
	unsigned int children; /* to be added when it is finished */
	bool fails;
	size_t weight;
	unsigned int begun_with; /* so many under way, itself among them */
};

struct test {
	struct pool *pool;
	struct task tasks[TASKS];
	size_t used, room;
	atomic_uint under_way, most_under_way, failures;
	size_t stop_after; /* ends; 0: never */
	atomic_uint ends;
};

static bool needs_nothing(const void *task)
{
	(void)task;
	return false;
}

static int begin(void *context, void *task, struct far_session *session, struct error *error)
{
	struct test *test = context;
	struct task *mine = task;
	unsigned int now = atomic_fetch_add(&test->under_way, 1) + 1;

	(void)error;
	cr_assert_null(session);
	atomic_fetch_add(&mine->begun, 1);
	mine->begun_with = now;
	if (now > atomic_load(&test->most_under_way))
		atomic_store(&test->most_under_way, now);
	return 0;
}

static int finish(void *context, void *task, struct far_session *session, struct error *error)
{
	struct test *test = context;
	struct task *mine = task;

	(void)session;
	atomic_fetch_sub(&test->under_way, 1);
	atomic_fetch_add(&mine->finished, 1);
	for (unsigned int i = 0; i < mine->children; i++)
		pool_add(test->pool, mine + 1 + i);
	return mine->fails ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it fails") : 0;
}

static void end(void *context, void *task, int result, struct error *error)
{
	struct test *test = context;
	struct task *mine = task;

	(void)error;
	atomic_fetch_add(&mine->ended, 1);
	if (result != 0)
		atomic_fetch_add(&test->failures, 1);
	if (atomic_fetch_add(&test->ends, 1) + 1 == test->stop_after)
		pool_stop(test->pool);
}

static size_t weigh(const void *task)
{
	const struct task *mine = task;

	return mine->weight;
}

static void run(struct test *test, size_t workers)
{
	const struct pool_work work = { .context = test,
					.needs_session = needs_nothing,
					.begin = begin,
					.finish = finish,
					.end = end,
					.window = WINDOW,
					.weigh = test->room > 0 ? weigh : NULL,
					.room = test->room };

	test->pool = pool_create(NULL, workers, 60, NULL);
	for (size_t i = 0; i < test->used; i++)
		pool_add(test->pool, &test->tasks[i]);
	pool_run(test->pool, &work, workers);
	pool_destroy(&test->pool);
}

Test(sync_pool, every_task_is_done_once)
{
	static struct test test;

	test.used = TASKS;
	test.tasks[7].fails = true;
	run(&test, 1);
	for (size_t i = 0; i < TASKS; i++) {
		cr_expect_eq(test.tasks[i].begun, 1);
		cr_expect_eq(test.tasks[i].finished, 1);
		cr_expect_eq(test.tasks[i].ended, 1);
	}
	cr_expect_eq(test.failures, 1);
	/* One thread begins a window before it finishes the first. */
	cr_expect_eq(test.most_under_way, WINDOW);
}

/* Of ten of weight 3 four fill a room of 10, and more are begun when two are left. */
Test(sync_pool, what_is_under_way_has_a_weight)
{
	static const unsigned int with[] = { 1, 2, 3, 4, 2, 3, 4, 2, 3, 4 };
	static struct test test;

	test.used = 10;
	test.room = 10;
	for (size_t i = 0; i < test.used; i++)
		test.tasks[i].weight = 3;
	run(&test, 1);
	for (size_t i = 0; i < test.used; i++) {
		cr_expect_eq(test.tasks[i].ended, 1);
		cr_expect_eq(test.tasks[i].begun_with, with[i], "%zu: %u", i,
			     test.tasks[i].begun_with);
	}
}

/* Light ones are as many as the window takes; behind a heavy one nothing is begun. */
Test(sync_pool, the_window_counts_beside_the_weight)
{
	static struct test test;

	test.used = 3 * WINDOW;
	test.room = 100;
	test.tasks[2 * WINDOW].weight = 100;
	run(&test, 1);
	for (size_t i = 0; i < test.used; i++)
		cr_expect_eq(test.tasks[i].ended, 1);
	cr_expect_eq(test.most_under_way, WINDOW);
	cr_expect_eq(test.tasks[2 * WINDOW + 1].begun_with, 1);
}

/* Tasks that come of a task are done in the same run. */
Test(sync_pool, a_task_may_add_others)
{
	static struct test test;

	test.used = 1;
	test.tasks[0].children = 20;
	run(&test, 1);
	for (size_t i = 0; i < 21; i++)
		cr_expect_eq(test.tasks[i].ended, 1);
	cr_expect_eq(test.tasks[21].begun, 0);
}

/* What was begun is finished, the rest is not begun any more. */
Test(sync_pool, a_stopped_pool_begins_nothing)
{
	static struct test test;
	unsigned int begun = 0;

	test.used = TASKS;
	test.stop_after = 3;
	run(&test, 1);
	for (size_t i = 0; i < TASKS; i++) {
		begun += test.tasks[i].begun;
		cr_expect_eq(test.tasks[i].begun, test.tasks[i].finished);
		cr_expect_eq(test.tasks[i].begun, test.tasks[i].ended);
	}
	cr_expect_leq(begun, 3 + WINDOW);
	cr_expect_geq(begun, 3);
}
