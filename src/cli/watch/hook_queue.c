/* The hooks of an account that is watched. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/hook_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

struct hook_news {
	struct cli_hooks hooks;
	struct cli_account_hooks mine;
};

struct hook_queue {
	const struct config *config;
	const struct config_account *account;
	void (*after)(void *context);
	void *context;
	pthread_t thread;
	bool started; /* there are hooks, and a thread for them */
	atomic_bool cancel;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct hook_news next;     /* what they are told next */
	struct sync_result result; /* of the rounds that it is about */
	bool due;                  /* there is something to tell */
};

static void lock(struct hook_queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock); /* fails only for wrong use, as all of these */
}

static void unlock(struct hook_queue *queue)
{
	(void)pthread_mutex_unlock(&queue->lock);
}

/* --- Its thread --- */

static void resume(struct hook_queue *queue)
{
	cli_hooks_resume(&queue->next.hooks, &queue->next.mine, queue->config, queue->account,
			 &queue->cancel);
}

/* What is to be told now; further rounds fill a new one. Under the lock. */
static struct hook_news take_next(struct hook_queue *queue, struct sync_result *result_r)
{
	struct hook_news taken = queue->next;
	*result_r = queue->result;
	resume(queue);
	queue->result = (struct sync_result){ .worst = ERROR_NONE };
	queue->due = false;
	return taken;
}

static void tell(struct hook_queue *queue, struct hook_news *news, const struct sync_result *result)
{
	if (atomic_load(&queue->cancel)) {
		cli_hooks_drop(&news->hooks, &news->mine);
		return;
	}
	cli_hooks_take_result(&news->hooks, &news->mine, result);
	cli_hooks_end_account(&news->hooks, &news->mine);
	cli_hooks_end(&news->hooks);
	if (queue->after)
		queue->after(queue->context);
}

/* Not before the interval has passed since the hooks ran last; under the lock. */
static void await_turn(struct hook_queue *queue, int64_t last)
{
	int64_t due = last + (int64_t)queue->account->hooks.interval * 1000;
	while (!atomic_load(&queue->cancel)) {
		int64_t left = due - clock_monotonic_ms();
		struct timespec until;
		if (left <= 0)
			return;
		(void)clock_gettime(CLOCK_MONOTONIC, &until); /* always there */
		until.tv_sec += (time_t)(left / 1000 + 1);
		(void)pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
	}
}

static void *run(void *context)
{
	struct hook_queue *queue = context;
	struct sync_result result;
	int64_t last = INT64_MIN / 2;
	lock(queue);
	while (!atomic_load(&queue->cancel)) {
		if (!queue->due) {
			(void)pthread_cond_wait(&queue->changed, &queue->lock);
			continue;
		}
		await_turn(queue, last);
		struct hook_news news = take_next(queue, &result);
		unlock(queue);
		last = clock_monotonic_ms();
		tell(queue, &news, &result);
		lock(queue);
	}
	unlock(queue);
	return NULL;
}

/* --- Begin and end --- */

static void begin_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	if (pthread_condattr_init(&attributes) != 0 ||
	    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(condition, &attributes) != 0)
		memory_fail();
	(void)pthread_condattr_destroy(&attributes);
}

static bool has_any(const struct config_hooks *hooks)
{
	return hooks->post_new || hooks->post_sync;
}

struct hook_queue *hook_queue_create(const struct config *config,
				     const struct config_account *account,
				     void (*after)(void *context), void *context)
{
	struct hook_queue *queue = memory_allocate(sizeof *queue);
	queue->after = after;
	queue->context = context;
	queue->config = config;
	queue->account = account;
	if (pthread_mutex_init(&queue->lock, NULL) != 0)
		memory_fail();
	begin_condition(&queue->changed);
	resume(queue);
	queue->started = (has_any(&config->global.hooks) || has_any(&account->hooks)) &&
			 pthread_create(&queue->thread, NULL, run, queue) == 0;
	return queue;
}

void hook_queue_run_first(struct hook_queue *queue)
{
	struct hook_news first;
	cli_hooks_begin(&first.hooks, queue->config, true, &queue->cancel);
	cli_hooks_begin_account(&first.hooks, &first.mine, queue->account);
	cli_hooks_drop(&first.hooks, &first.mine);
}

void hook_queue_stop(struct hook_queue *queue)
{
	atomic_store(&queue->cancel, true);
	lock(queue);
	(void)pthread_cond_broadcast(&queue->changed);
	unlock(queue);
}

void hook_queue_destroy(struct hook_queue **queue_p)
{
	struct hook_queue *queue = queue_p ? *queue_p : NULL;
	if (!queue)
		return;
	hook_queue_stop(queue);
	if (queue->started)
		(void)pthread_join(queue->thread, NULL);
	cli_hooks_drop(&queue->next.hooks, &queue->next.mine);
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->lock);
	free(queue);
	*queue_p = NULL;
}

/* --- What rounds tell --- */

void hook_queue_take_folder(struct hook_queue *queue, const struct sync_folder_report *folder)
{
	if (!queue->started)
		return;
	lock(queue);
	cli_hooks_take_folder(&queue->next.hooks, &queue->next.mine, folder);
	unlock(queue);
}

void hook_queue_take_change(struct hook_queue *queue, const struct sync_change *change)
{
	if (!queue->started)
		return;
	lock(queue);
	cli_hooks_take_change(&queue->next.hooks, &queue->next.mine, change);
	unlock(queue);
}

void hook_queue_take_end(struct hook_queue *queue, const struct sync_result *result, bool changed)
{
	if (!queue->started || !changed)
		return;
	lock(queue);
	queue->result.counts.downloaded += result->counts.downloaded;
	queue->result.counts.fetched += result->counts.fetched;
	queue->result.worst = result->worst;
	queue->due = true;
	(void)pthread_cond_signal(&queue->changed);
	unlock(queue);
}
