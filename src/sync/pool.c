/* The connections of a run and the threads that work with them. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

/* A server that drops connections gets a pause: that many may break beyond one of each worker, for
 * a line that fails takes all of them along. */
#define CONNECTIONS_LOST_MAX 5

struct pool {
	struct far_side *side;
	unsigned int patience; /* seconds that a server may say nothing */
	const atomic_bool *cancel;
	struct far_session **sessions; /* one for each worker; NULL: not open */
	size_t session_count;

	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	size_t limit;      /* of connections: what the server was found to allow */
	unsigned int lost; /* connections that broke */
	void **queue;      /* a ring */
	size_t first, count, capacity;
	size_t under_way; /* tasks taken and not ended */
	bool stopped;
	bool was_open; /* a connection could be made in this run */
};

/* A task that was begun, and the session that it hangs on. */
struct begun {
	void *task;
	struct far_session *session;
	size_t weight;
};

/* One thread at work. */
struct worker {
	struct pool *pool;
	const struct pool_work *work;
	size_t number;
	pthread_t thread;
	bool started;
	bool ended;          /* it has no connection any more */
	struct begun *begun; /* a ring of the work's window */
	size_t first, count;
	size_t weight; /* of those that were begun */
	bool is_full;  /* until half of it is finished */
};

static _Thread_local size_t own_number;
static _Thread_local const struct worker *own_worker; /* NULL: outside of pool_run() */

size_t pool_worker_number(void)
{
	return own_number;
}

/* Of those that were begun and not taken to be finished. */
static const struct begun *begun_at(const struct worker *worker, size_t i)
{
	return &worker->begun[(worker->first + i) % worker->work->window];
}

void *pool_next_task(void)
{
	const struct worker *worker = own_worker;
	return worker && worker->count > 0 ? begun_at(worker, 0)->task : NULL;
}

void *pool_last_task(void)
{
	const struct worker *worker = own_worker;
	return worker && worker->count > 0 ? begun_at(worker, worker->count - 1)->task : NULL;
}

static void lock(struct pool *pool)
{
	(void)pthread_mutex_lock(&pool->lock); /* fails only for wrong use */
}

static void unlock(struct pool *pool)
{
	(void)pthread_mutex_unlock(&pool->lock);
}

struct pool *pool_create(struct far_side *side, size_t connections, unsigned int patience,
			 const atomic_bool *cancel)
{
	struct pool *pool = memory_allocate(sizeof *pool);
	pool->side = side;
	pool->patience = patience;
	pool->cancel = cancel;
	pool->session_count = pool->limit = connections > 0 ? connections : 1;
	pool->sessions = memory_array(pool->session_count, sizeof(struct far_session *));
	if (pthread_mutex_init(&pool->lock, NULL) != 0 ||
	    pthread_cond_init(&pool->changed, NULL) != 0)
		memory_fail();
	return pool;
}

void pool_destroy(struct pool **pool)
{
	if (!*pool)
		return;
	for (size_t i = 0; i < (*pool)->session_count; i++)
		far_close(&(*pool)->sessions[i]);
	(void)pthread_cond_destroy(&(*pool)->changed);
	(void)pthread_mutex_destroy(&(*pool)->lock);
	free((*pool)->sessions);
	free((*pool)->queue);
	free(*pool);
	*pool = NULL;
}

/* --- Connections --- */

/* Whether it is worth another try in this run: where the server let us connect it is there, though
 * it may be busy, and where it did so before it may be just starting anew. */
static int judge_opening(const struct pool *pool, bool was_open, int64_t spent_ms,
			 struct error *error)
{
	bool cancelled = pool->cancel && atomic_load(pool->cancel);
	/* For a server that says nothing we have waited long enough. */
	bool waited = spent_ms >= (int64_t)pool->patience * 1000;
	if (error->kind != ERROR_TEMPORARY || cancelled || waited)
		return error_widen(error, SCOPE_ACCOUNT);
	return was_open || error->scope == SCOPE_CONNECTION ? error_set_pause(error, 1) : -1;
}

static int open_session(struct pool *pool, size_t number, struct error *error)
{
	lock(pool);
	bool was_open = pool->was_open;
	unlock(pool);
	int64_t started = clock_monotonic_ms();
	if (far_open(pool->side, number, &pool->sessions[number], error) != 0)
		return judge_opening(pool, was_open, clock_monotonic_ms() - started, error);
	lock(pool);
	pool->was_open = true;
	unlock(pool);
	return 0;
}

/* Whether the connection was there and broke: then it is made anew, but not for ever. */
static bool lost_too_many(struct pool *pool, size_t number)
{
	if (!pool->sessions[number])
		return false;
	far_close(&pool->sessions[number]);
	lock(pool);
	bool too_many = ++pool->lost >= CONNECTIONS_LOST_MAX + pool->session_count - 1;
	unlock(pool);
	return too_many;
}

static int need_session(struct pool *pool, size_t number, struct error *error)
{
	if (pool->sessions[number] && far_is_alive(pool->sessions[number]))
		return 0;
	if (lost_too_many(pool, number)) {
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
				"the connection to the server broke again and again");
		return error_set_pause(error, 1);
	}
	return open_session(pool, number, error);
}

/* A server that lets in no more is asked for less from then on. The first connection must be. */
static int need_allowed_session(struct pool *pool, size_t number, struct error *error)
{
	lock(pool);
	bool allowed = number == 0 || number < pool->limit;
	unlock(pool);
	if (!allowed)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				 "the server was found to allow fewer connections");
	if (need_session(pool, number, error) == 0)
		return 0;
	if (number == 0)
		return -1;
	log_line(LOG_VERBOSE, "connection %zu cannot be opened, so there are only %zu: %s",
		 number + 1, number, error->text);
	lock(pool);
	if (number < pool->limit)
		pool->limit = number;
	unlock(pool);
	return -1;
}

int pool_session(struct pool *pool, size_t number, struct far_session **session_r,
		 struct error *error)
{
	int result = need_allowed_session(pool, number, error);
	*session_r = pool->sessions[number];
	return result;
}

/* Whether the worker has a connection. The others than the first do without. */
static bool may_work(struct worker *worker)
{
	struct error error = ERROR_INITIAL;
	return worker->number == 0 ||
	       need_allowed_session(worker->pool, worker->number, &error) == 0;
}

void pool_resume(struct pool *pool)
{
	pool->lost = 0;
	pool->stopped = false;
}

void pool_begin_anew(struct pool *pool)
{
	for (size_t i = 0; i < pool->session_count; i++)
		far_close(&pool->sessions[i]);
	pool_resume(pool);
}

void pool_forget_limit(struct pool *pool)
{
	pool->limit = pool->session_count;
}

/* --- The queue --- */

static void make_room(struct pool *pool)
{
	if (pool->count < pool->capacity)
		return;
	size_t capacity = pool->capacity > 0 ? pool->capacity * 2 : 64;
	void **queue = memory_array(capacity, sizeof *queue);
	for (size_t i = 0; pool->capacity > 0 && i < pool->count; i++)
		queue[i] = pool->queue[(pool->first + i) % pool->capacity];
	free(pool->queue);
	pool->queue = queue;
	pool->capacity = capacity;
	pool->first = 0;
}

void pool_add_first(struct pool *pool, void *task)
{
	lock(pool);
	make_room(pool);
	pool->first = (pool->first + pool->capacity - 1) % pool->capacity;
	pool->queue[pool->first] = task;
	pool->count++;
	(void)pthread_cond_signal(&pool->changed);
	unlock(pool);
}

void pool_add(struct pool *pool, void *task)
{
	lock(pool);
	make_room(pool);
	pool->queue[(pool->first + pool->count++) % pool->capacity] = task;
	(void)pthread_cond_signal(&pool->changed);
	unlock(pool);
}

void pool_stop(struct pool *pool)
{
	lock(pool);
	pool->stopped = true;
	(void)pthread_cond_broadcast(&pool->changed);
	unlock(pool);
}

/* A task, or NULL: with WAIT when none will come any more, else when there is none now. */
static void *take(struct pool *pool, bool wait)
{
	void *task = NULL;
	lock(pool);
	while (wait && !pool->stopped && pool->count == 0 && pool->under_way > 0)
		(void)pthread_cond_wait(&pool->changed, &pool->lock);
	if (!pool->stopped && pool->count > 0) {
		task = pool->queue[pool->first];
		pool->first = (pool->first + 1) % pool->capacity;
		pool->count--;
		pool->under_way++;
	}
	unlock(pool);
	return task;
}

/* --- Workers --- */

static void end_task(struct worker *worker, void *task, int result, struct error *error)
{
	struct pool *pool = worker->pool;
	worker->work->end(worker->work->context, task, result, error);
	lock(pool);
	pool->under_way--;
	(void)pthread_cond_broadcast(&pool->changed);
	unlock(pool);
}

/* For a worker that lost its connection and gets no other: the rest is for those that have one, and
 * the first, who has to have one, stays until the last task has ended. */
static void give_back(struct worker *worker, void *task)
{
	struct pool *pool = worker->pool;
	worker->ended = true;
	pool_add(pool, task);
	lock(pool);
	pool->under_way--;
	(void)pthread_cond_broadcast(&pool->changed);
	unlock(pool);
}

static void begin_task(struct worker *worker, void *task)
{
	const struct pool_work *work = worker->work;
	struct begun begun = { .task = task };
	struct error error = ERROR_INITIAL;
	int result = 0;
	if (work->needs_session(task)) {
		if (worker->count == 0 || !worker->pool->sessions[worker->number])
			result = need_session(worker->pool, worker->number, &error);
		if (result != 0 && worker->number > 0) {
			give_back(worker, task);
			return;
		}
		begun.session = worker->pool->sessions[worker->number];
	}
	if (result == 0 && work->begin)
		result = work->begin(work->context, task, begun.session, &error);
	if (result != 0) {
		end_task(worker, task, result, &error);
		return;
	}
	if (work->weigh)
		begun.weight = work->weigh(task);
	worker->weight += begun.weight;
	worker->begun[(worker->first + worker->count++) % work->window] = begun;
}

static void finish_oldest(struct worker *worker)
{
	const struct pool_work *work = worker->work;
	struct error error = ERROR_INITIAL;
	struct begun oldest = worker->begun[worker->first];
	worker->first = (worker->first + 1) % work->window;
	worker->count--;
	worker->weight -= oldest.weight;
	int result = work->finish(work->context, oldest.task, oldest.session, &error);
	end_task(worker, oldest.task, result, &error);
}

/* Whether another task may be begun. Half of the room stays in use, so that the server has
 * something to do, and several are begun in one flight. */
static bool has_room(struct worker *worker)
{
	const struct pool_work *work = worker->work;
	if (!work->weigh)
		return worker->count < work->window;
	if (worker->weight >= work->room || worker->count == work->window)
		worker->is_full = true;
	else if (worker->weight <= work->room / 2 && worker->count <= work->window / 2)
		worker->is_full = false;
	return !worker->is_full;
}

/* Begun tasks wait for their finish while there is more to begin; a broken connection is made anew
 * only when none of them hangs on the old one. */
static void work_on(struct worker *worker)
{
	while (!worker->ended) {
		void *task = NULL;
		if (has_room(worker))
			task = take(worker->pool, worker->count == 0);
		if (task)
			begin_task(worker, task);
		else if (worker->count > 0)
			finish_oldest(worker);
		else
			return;
	}
}

static void *run_worker(void *context)
{
	struct worker *worker = context;
	own_number = worker->number;
	own_worker = worker;
	if (may_work(worker))
		work_on(worker);
	own_worker = NULL;
	return NULL;
}

static void start_worker(struct worker *worker, struct pool *pool, const struct pool_work *work,
			 size_t number)
{
	*worker = (struct worker){ .pool = pool, .work = work, .number = number };
	worker->begun = memory_array(work->window, sizeof *worker->begun);
	if (number > 0)
		worker->started = pthread_create(&worker->thread, NULL, run_worker, worker) == 0;
}

void pool_run(struct pool *pool, const struct pool_work *work, size_t workers)
{
	if (workers > pool->limit)
		workers = pool->limit;
	if (workers == 0)
		workers = 1;
	struct worker *all = memory_array(workers, sizeof *all);
	for (size_t i = 0; i < workers; i++)
		start_worker(&all[i], pool, work, i);
	(void)run_worker(&all[0]);
	for (size_t i = 0; i < workers; i++) {
		if (all[i].started)
			(void)pthread_join(all[i].thread, NULL);
		free(all[i].begun);
	}
	free(all);
	pool->count = 0; /* of a pool that was stopped */
}
