/* The connections of a run and the threads that work with them: one thread a connection,
 * straight-line code in each. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_POOL_H
#define NAVETTE_SYNC_POOL_H

#include <stdatomic.h>

#include "far/far.h"

struct pool;

/* What the workers do with a task. Tasks are whatever the owner makes of them. */
struct pool_work {
	void *context;
	/* Whether the task talks to the server; begin and finish get a session only then. */
	bool (*needs_session)(const void *task);
	/* Puts the task's commands into the pipeline. When it returns 0, finish follows in the same
	 * thread with the same session, also when that has broken meanwhile. May be NULL. */
	int (*begin)(void *context, void *task, struct far_session *session, struct error *error);
	/* Does the rest. May add tasks. */
	int (*finish)(void *context, void *task, struct far_session *session, struct error *error);
	/* The task's end, in the thread that worked on it. RESULT and ERROR are those of the step
	 * that failed or was last. May add the task anew. */
	void (*end)(void *context, void *task, int result, struct error *error);
	/* How many tasks a worker begins before it finishes the first. */
	size_t window;
	/* How much a task that was begun has on its way: a worker begins no further one beyond
	 * ROOM of that, and goes on when half of it is there. NULL: only the window counts. */
	size_t (*weigh)(const void *task);
	size_t room;
};

/* At most CONNECTIONS at a time (1 or more) to SIDE, which is borrowed, as is CANCEL (may be NULL).
 * PATIENCE: seconds that a server may say nothing. */
struct pool *pool_create(struct far_side *side, size_t connections, unsigned int patience,
			 const atomic_bool *cancel);
/* Closes the connections. */
void pool_destroy(struct pool **pool);

/* The connection of that number, below the most that there may be, opened when there is none: for
 * work outside of pool_run(). An error with a
 * pause is worth another try in this run, as in pool_run(). */
int pool_session(struct pool *pool, size_t number, struct far_session **session_r,
		 struct error *error);
/* Adds a task to the queue; TASK is borrowed until its end. */
void pool_add(struct pool *pool, void *task);
/* The same before all that waits. */
void pool_add_first(struct pool *pool, void *task);
/* Works until the queue is empty and nothing is under way, with up to WORKERS threads, the calling
 * one among them. A further connection that cannot be opened is no error: fewer are used from then
 * on. When the last one cannot be opened either, the tasks end with that error. */
void pool_run(struct pool *pool, const struct pool_work *work, size_t workers);
/* Which worker of a pool the calling thread is: from 0 on, which is the one that called pool_run();
 * each has a connection of its own. */
size_t pool_worker_number(void);
/* In the finish of a task: the one that this worker finishes next, with the same session; NULL:
 * none is begun. */
void *pool_next_task(void);
/* In the begin of a task: the one that this worker began last, and has not finished; NULL: none. */
void *pool_last_task(void);
/* No task is begun any more; those left in the queue are dropped without their end. May be called
 * by the work. */
void pool_stop(struct pool *pool);
/* After pool_stop(), and between rounds: tasks are begun again, with the connections that are
 * open. */
void pool_resume(struct pool *pool);
/* Closes the connections, so that the next work gets new ones, also after pool_stop(). Not while
 * pool_run() goes on. */
void pool_begin_anew(struct pool *pool);
/* As many connections as there may be are tried again, whatever the server refused before. Not
 * while pool_run() goes on. */
void pool_forget_limit(struct pool *pool);

#endif
