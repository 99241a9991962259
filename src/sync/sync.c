/* An account is opened, runs rounds, and is closed. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/sync.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "far/imap.h"
#include "state/keywords.h"
#include "sync/account.h"
#include "sync/folders/mailboxes.h"
#include "sync/live/between.h"
#include "sync/near_lock.h"
#include "sync/run.h"

struct sync {
	const struct config_account *account;
	struct sync_events events;
	struct far_side *own_side; /* NULL: the caller has one */
	struct pool *pool;
	struct state *state;   /* NULL: not open yet */
	struct mailboxes kept; /* what the server listed last; where somebody gives hints */
};

struct sync *sync_open(const struct config_account *account, const struct sync_options *options,
		       const struct sync_events *events)
{
	struct sync *sync = memory_allocate(sizeof *sync);
	sync->account = account;
	sync->events = *events;
	if (!options->far)
		sync->own_side = far_imap_create(account, options->cancel);
	sync->pool = pool_create(options->far ? options->far : sync->own_side, account->connections,
				 account->timeout, options->cancel);
	return sync;
}

void sync_close(struct sync **sync)
{
	if (!sync || !*sync)
		return;
	pool_destroy(&(*sync)->pool);
	far_side_destroy(&(*sync)->own_side);
	state_close(&(*sync)->state);
	mailboxes_release(&(*sync)->kept);
	free(*sync);
	*sync = NULL;
}

/* --- The locks, as long as a round --- */

/* Another run may hold the state for long: in between we look whether we are to go on waiting. */
#define LOCK_SLICE_SECONDS 1

static int open_state(struct sync *sync, const struct sync_options *options, unsigned int seconds,
		      struct error *error)
{
	char *directory = account_state_directory(sync->account);
	char *key = account_key(sync->account);
	int result = state_open_any(directory, key,
				    options->dry_run ? STATE_READ_ONLY : STATE_READ_WRITE, seconds,
				    &sync->state, error);
	free(key);
	free(directory);
	return result;
}

static int hold_state(struct sync *sync, const struct sync_options *options, struct error *error)
{
	unsigned int left = options->lock_wait;
	for (;;) {
		struct error failure = ERROR_INITIAL;
		unsigned int slice = left < LOCK_SLICE_SECONDS ? left : LOCK_SLICE_SECONDS;
		if (sync->state ? state_hold(sync->state, slice, &failure) == 0
				: open_state(sync, options, slice, &failure) == 0)
			return 0;
		left -= slice;
		*error = failure;
		if (left == 0 || failure.kind != ERROR_TEMPORARY ||
		    (options->cancel && atomic_load(options->cancel)))
			return -1;
	}
}

static int hold(struct sync *sync, struct run *run, struct error *error)
{
	const struct sync_options *options = run->context.options;
	if (hold_state(sync, options, error) != 0)
		return -1;
	run->context.state = sync->state;
	return options->dry_run ? 0 : near_lock_take(&run->context, &run->near_lock, error);
}

static void let_go(struct sync *sync, struct run *run)
{
	maildir_roots_unlock(&run->near_lock);
	if (sync->state)
		state_let_go(sync->state);
}

/* --- A round --- */

static uint64_t now_seconds(void)
{
	return (uint64_t)(clock_real_ns() / 1000000000);
}

/* For `status`. A run that could not open the state leaves the file alone: it may be another's. */
static void note_run(struct run *run)
{
	struct state_last_run *last = &run->context.last_run;
	struct error error = ERROR_INITIAL;
	if (run->context.options->hints) /* it says little of the account */
		return;
	if (!run->context.state || state_owner(run->context.state) || run->context.options->dry_run)
		return;
	last->ended = now_seconds();
	last->worst = run->result->worst;
	if (last->worst == ERROR_NONE) /* further tries cured whatever there was */
		last->more_problems = 0;
	last->partial = choice_is_partial(run->context.options);
	last->folders = run->result->folders;
	last->failed = run->result->folders_failed;
	last->refused = run->result->folders_refused;
	/* What ended the account may be the reason of this, too: the disk is full. */
	if (state_last_run_write(run->context.state, last, &error) != 0 && !run->gave_up)
		run_tell_failure(run, NULL, &error);
}

/* Those that no record needs, too: what was told is not told again. */
static void save_keywords(struct run *run)
{
	struct error error = ERROR_INITIAL;
	if (!run->context.options->dry_run && !run->gave_up &&
	    state_keywords_save(run->context.state, &error) != 0)
		run_tell_failure(run, NULL, &error);
}

static void begin(struct sync *sync, struct run *run, const struct sync_options *options,
		  struct sync_result *result)
{
	*result = (struct sync_result){ .worst = ERROR_NONE };
	*run = (struct run){ .context = { .account = sync->account,
					  .options = options,
					  .events = &sync->events },
			     .pool = sync->pool,
			     .kept = sync->events.listed ? &sync->kept : NULL,
			     .result = result };
	if (pthread_mutex_init(&run->context.lock, NULL) != 0)
		memory_fail();
	run->context.last_run.begun = now_seconds();
	run->context.now = (int64_t)run->context.last_run.begun;
	choice_begin(&run->choice, options);
	pool_resume(sync->pool);
}

static void end(struct sync *sync, struct run *run)
{
	run_release_round(run);
	run_release_again(run);
	let_go(sync, run);
	state_last_run_release(&run->context.last_run);
	state_fresh_release(&run->context.fresh);
	choice_end(&run->choice);
	(void)pthread_mutex_destroy(&run->context.lock);
}

void sync_round(struct sync *sync, const struct sync_options *options, struct sync_result *result_r)
{
	struct run run;
	struct error error = ERROR_INITIAL;
	begin(sync, &run, options, result_r);
	if (hold(sync, &run, &error) != 0) {
		run_tell_failure(&run, NULL, &error);
	} else {
		if (!options->dry_run)
			state_fresh_take(run.context.state, &run.context.fresh);
		do
			run_once(&run);
		while (run_goes_on(&run));
		save_keywords(&run);
	}
	note_run(&run);
	end(sync, &run);
}

void sync_account(const struct config_account *account, const struct sync_options *options,
		  const struct sync_events *events, struct sync_result *result_r)
{
	struct sync *sync = sync_open(account, options, events);
	sync_round(sync, options, result_r);
	sync_close(&sync);
}

/* --- Tags, after the commands of a run --- */

bool sync_has_tags(const struct config_account *account)
{
	return tags_are_wanted(account);
}

void sync_settle_tags(const struct config_account *account, const struct sync_options *options,
		      const struct sync_events *events, struct sync_result *result_r)
{
	struct run run;
	struct error error = ERROR_INITIAL;
	struct sync *sync = sync_open(account, options, events);
	begin(sync, &run, options, result_r);
	if (hold(sync, &run, &error) != 0)
		run_tell_failure(&run, NULL, &error);
	else
		run_tags_settle(&run);
	end(sync, &run);
	sync_close(&sync);
}

/* --- For those who wait between rounds (sync/live/) --- */

int sync_session(struct sync *sync, size_t number, struct far_session **session_r,
		 struct error *error)
{
	return pool_session(sync->pool, number, session_r, error);
}

void sync_disconnect(struct sync *sync)
{
	pool_begin_anew(sync->pool);
	pool_forget_limit(sync->pool);
	mailboxes_release(&sync->kept);
}

int sync_read_begin(struct sync *sync, struct state_transaction **transaction_r,
		    struct error *error)
{
	*transaction_r = NULL;
	return sync->state ? state_read_begin(sync->state, transaction_r, error) : 0;
}

/* --- A list --- */

/* For a run without a report: what it ended by. */
static void keep_failure(void *context, const char *account, const char *folder,
			 const struct error *error)
{
	(void)account; /* there is one */
	if (!folder)
		*(struct error *)context = *error;
}

/* Asked for again as often as a run would. */
static int list_patiently(struct run *run, struct error *error)
{
	struct error failure = ERROR_INITIAL;
	while (run_list(run, &failure) != 0) {
		*error = failure;
		if (!run_error_may_pass(&failure))
			return -1;
		run_interrupt(run, &failure);
		if (!run_goes_on(run))
			return -1;
		error_clear(&failure);
	}
	error_clear(error);
	return 0;
}

static int see_views(const struct run *run, struct folder_view *const *views, size_t count,
		     int (*see)(void *context, const struct folder_view *folder), void *context)
{
	for (size_t i = 0; i < count; i++) {
		if (choice_takes(&run->choice, views[i]) && see(context, views[i]) != 0)
			return -1;
	}
	return 0;
}

int sync_list(const struct config_account *account, const struct sync_options *options,
	      int (*see)(void *context, const struct folder_view *folder), void *context,
	      struct error *error)
{
	struct run run;
	struct sync_result ignored;
	struct sync_options listing = *options;
	const struct sync_events events = { .context = error, .failed = keep_failure };
	listing.dry_run = true;
	struct sync *sync = sync_open(account, &listing, &events);
	begin(sync, &run, &listing, &ignored);
	int result = hold(sync, &run, error);
	if (result == 0)
		result = list_patiently(&run, error);
	if (result == 0)
		result = see_views(&run, run.table.items, run.table.count, see, context);
	if (result == 0)
		result = see_views(&run, run.table.strangers, run.table.stranger_count, see,
				   context);
	end(sync, &run);
	sync_close(&sync);
	return result;
}
