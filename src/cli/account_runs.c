/* The runs of several accounts at a time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/account_runs.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/hooks.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/watch/client.h"
#include "config/config.h"

struct account_runs {
	const struct cli_options *options;
	const struct cli_selection *selection;
	const atomic_bool *cancelled;
	pthread_mutex_t lock; /* over all that follows, and whatever is reported */
	struct cli_progress progress;
	struct cli_hooks hooks;
	struct sync_fetch *fetch;
	size_t next;  /* of the selection */
	bool *tagged; /* which of them have tags and had their run here */
	enum error_kind worst;
};

/* One of them. */
struct account_run {
	struct account_runs *all;
	struct cli_account_hooks hooks;
	struct cli_report report;
	struct sync_events reporting; /* of the report */
};

static void lock(struct account_runs *all)
{
	(void)pthread_mutex_lock(&all->lock); /* fails only for wrong use, as below */
}

static void unlock(struct account_runs *all)
{
	(void)pthread_mutex_unlock(&all->lock);
}

/* --- What one tells: one line at a time --- */

static void tell_operation(void *context, const struct sync_operation_report *operation)
{
	const struct account_run *run = context;
	lock(run->all);
	run->reporting.operation(run->reporting.context, operation);
	unlock(run->all);
}

static void tell_progress(void *context, const struct sync_progress *progress)
{
	const struct account_run *run = context;
	lock(run->all);
	run->reporting.progress(run->reporting.context, progress);
	unlock(run->all);
}

static void tell_folder(void *context, const struct sync_folder_report *folder)
{
	const struct account_run *run = context;
	lock(run->all);
	run->reporting.folder(run->reporting.context, folder);
	unlock(run->all);
}

static void tell_change(void *context, const struct sync_change *change)
{
	const struct account_run *run = context;
	lock(run->all);
	run->reporting.changed(run->reporting.context, change);
	unlock(run->all);
}

static void tell_failed(void *context, const char *account, const char *folder,
			const struct error *error)
{
	const struct account_run *run = context;
	lock(run->all);
	run->reporting.failed(run->reporting.context, account, folder, error);
	unlock(run->all);
}

/* --- One run --- */

/* What is asked for may be in any account. The caller's; NULL: nothing is. */
static bool *begin_found(const struct sync_fetch *fetch)
{
	return fetch ? memory_array(fetch->count + 1, sizeof(bool)) : NULL;
}

static void end_found(struct sync_fetch *fetch, bool *found)
{
	for (size_t i = 0; fetch && found && i < fetch->count; i++)
		fetch->found[i] = fetch->found[i] || found[i];
	free(found);
}

static void run_account(struct account_runs *all, const struct cli_selected *selected)
{
	struct account_run run = { .all = all };
	struct sync_result result;
	struct sync_fetch fetch = { .found = begin_found(all->fetch) };
	const struct sync_events events = { .context = &run,
					    .operation = tell_operation,
					    .progress = tell_progress,
					    .folder = tell_folder,
					    .changed = tell_change,
					    .failed = tell_failed };
	const struct sync_options sync = { .dry_run = all->options->dry_run,
					   .force_delete = all->options->force_delete,
					   .restore = all->options->restore,
					   .folders = selected->folders,
					   .channels = selected->channels,
					   .fetch = all->fetch ? &fetch : NULL,
					   .lock_wait = all->options->lock_wait,
					   .cancel = all->cancelled };
	if (all->fetch) {
		fetch.ids = all->fetch->ids;
		fetch.count = all->fetch->count;
	}
	cli_report_begin(&run.report, all->options, &all->progress, &all->hooks, &run.hooks);
	run.reporting = cli_report_events(&run.report);
	cli_hooks_begin_account(&all->hooks, &run.hooks, selected->account);
	lock(all);
	cli_report_start(&run.report, selected->account->name);
	unlock(all);
	bool here = !watch_client_sync(selected->account, &sync, &events, &result);
	if (here)
		sync_account(selected->account, &sync, &events, &result);
	lock(all);
	all->tagged[selected - all->selection->items] =
		here && !all->fetch && sync_has_tags(selected->account);
	cli_report_account(&run.report, selected->account->name, &result);
	cli_hooks_take_result(&all->hooks, &run.hooks, &result);
	all->worst = error_worse(all->worst, result.worst);
	end_found(all->fetch, fetch.found);
	unlock(all);
	cli_hooks_end_account(&all->hooks, &run.hooks);
}

/* --- All of them --- */

/* The next whose turn it is; NULL: there is none. */
static const struct cli_selected *take(struct account_runs *all)
{
	const struct cli_selected *taken = NULL;
	lock(all);
	while (!taken && all->next < all->selection->count && !atomic_load(all->cancelled)) {
		const struct cli_selected *selected = &all->selection->items[all->next++];
		if (selected->account)
			taken = selected;
	}
	unlock(all);
	return taken;
}

static void *work(void *context)
{
	const struct cli_selected *selected;
	while ((selected = take(context)))
		run_account(context, selected);
	return NULL;
}

static size_t count_jobs(const struct cli_selection *selection)
{
	size_t accounts = 0;
	size_t jobs = selection->config->global.jobs;
	for (size_t i = 0; i < selection->count; i++)
		accounts += selection->items[i].account != NULL;
	return accounts < jobs ? accounts : jobs;
}

/* This thread is one of them; where the system gives no more, those that are there do it. */
static void run_all(struct account_runs *all)
{
	size_t count = count_jobs(all->selection);
	size_t started = 0;
	pthread_t *threads = memory_array(count + 1, sizeof *threads);
	while (started + 1 < count && pthread_create(&threads[started], NULL, work, all) == 0)
		started++;
	(void)work(all);
	while (started > 0)
		(void)pthread_join(threads[--started], NULL);
	free(threads);
}

/* --- Tags, when the commands of the run have told notmuch what is new --- */

static bool runs_commands(const struct config_hooks *hooks)
{
	return hooks->post_new || hooks->post_sync;
}

static void settle_tags(struct account_runs *all, const struct cli_selected *selected)
{
	struct cli_report report;
	struct sync_result result;
	const struct sync_options options = { .lock_wait = all->options->lock_wait,
					      .cancel = all->cancelled };
	cli_report_begin(&report, all->options, &all->progress, NULL, NULL);
	const struct sync_events events = cli_report_events(&report);
	sync_settle_tags(selected->account, &options, &events, &result);
	all->worst = error_worse(all->worst, result.worst);
}

static void settle_all_tags(struct account_runs *all)
{
	for (size_t i = 0; i < all->selection->count && !all->options->dry_run; i++) {
		const struct cli_selected *selected = &all->selection->items[i];
		if (all->tagged[i] && !atomic_load(all->cancelled) &&
		    (runs_commands(&selected->account->hooks) ||
		     runs_commands(&all->selection->config->global.hooks)))
			settle_tags(all, selected);
	}
}

enum error_kind cli_sync_accounts(const struct cli_options *options,
				  const struct cli_selection *selection, struct sync_fetch *fetch)
{
	struct account_runs all = { .options = options,
				    .selection = selection,
				    .cancelled = cli_signals_catch(),
				    .lock = PTHREAD_MUTEX_INITIALIZER,
				    .fetch = fetch,
				    .tagged = memory_array(selection->count + 1, sizeof(bool)),
				    .worst = selection->worst };
	cli_progress_begin(&all.progress, !options->quiet && !options->json, options->verbose > 0);
	cli_hooks_begin(&all.hooks, selection->config, !options->dry_run, all.cancelled);
	run_all(&all);
	cli_progress_end(&all.progress);
	cli_hooks_end(&all.hooks);
	settle_all_tags(&all);
	free(all.tagged);
	return all.worst;
}
