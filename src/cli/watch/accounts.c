/* The accounts that are watched, each with a thread of its own, and what they say. SPDX-License-
 * Identifier: GPL-3.0-or-later */
#include "cli/watch/accounts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/report.h"
#include "cli/watch/hook_queue.h"
#include "sync/account.h"

struct watched_account {
	struct watched_accounts *all;
	const struct config_account *account;
	char *state; /* its directory */
	struct live *live;
	pthread_t thread;
	bool started;
	struct cli_report report;
	struct sync_events reporting; /* of the report */
	struct hook_queue *hooks;
	atomic_uint beats;   /* what it did, as a number that grows */
	unsigned int before; /* when the watchdog looked last */
};

/* Results and the line of state are of several threads. */
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;
/* Also cleared by the log, under a lock of its own. */
static atomic_bool line_drawn;

static void clear_line(void)
{
	if (atomic_exchange(&line_drawn, false))
		(void)fputs("\r\033[K", stderr);
}

static void clear_for_log(void *context)
{
	(void)context;
	clear_line();
}

static void begin_output(void)
{
	(void)pthread_mutex_lock(&output); /* fails only for wrong use */
	clear_line();
}

static void end_output(void)
{
	(void)fflush(stdout); /* whether it could be written shows at the end of the programme */
	(void)pthread_mutex_unlock(&output);
}

/* --- What an account tells --- */

static void beat(struct watched_account *one)
{
	(void)atomic_fetch_add(&one->beats, 1);
}

static void tell_operation(void *context, const struct sync_operation_report *operation)
{
	struct watched_account *one = context;
	beat(one);
	begin_output();
	one->reporting.operation(one->reporting.context, operation);
	end_output();
}

static void tell_progress(void *context, const struct sync_progress *progress)
{
	(void)progress; /* nothing is drawn of it */
	beat(context);
}

static void tell_folder(void *context, const struct sync_folder_report *report)
{
	struct watched_account *one = context;
	beat(one);
	begin_output();
	one->reporting.folder(one->reporting.context, report);
	end_output();
	hook_queue_take_folder(one->hooks, report);
}

static void tell_failed(void *context, const char *account, const char *folder,
			const struct error *error)
{
	struct watched_account *one = context;
	beat(one);
	begin_output();
	one->reporting.failed(one->reporting.context, account, folder, error);
	end_output();
}

static void tell_change(void *context, const struct sync_change *change)
{
	struct watched_account *one = context;
	hook_queue_take_change(one->hooks, change);
}

static void begins(void *context)
{
	struct watched_account *one = context;
	hook_queue_run_first(one->hooks);
}

static bool changed_anything(const struct sync_counts *counts)
{
	return counts->downloaded || counts->fetched || counts->uploaded || counts->near_flags ||
	       counts->far_flags || counts->near_removed || counts->far_removed || counts->moved ||
	       counts->expired;
}

static void ended(void *context, const struct sync_result *result, bool full)
{
	struct watched_account *one = context;
	bool changed = changed_anything(&result->counts);
	(void)full;
	hook_queue_take_end(one->hooks, result, changed);
	if (!changed && result->worst == ERROR_NONE)
		return;
	begin_output();
	cli_report_account(&one->report, one->account->name, result);
	end_output();
}

static void phase(void *context, const struct live_view *view)
{
	struct watched_account *one = context;
	const uint64_t number = 1;
	(void)view; /* who wakes up asks all of them */
	beat(one);
	(void)!write(one->all->changed, &number, sizeof number); /* fails only when it is awake */
}

/* What notmuch was told of by a hook may have tags that wait for it. */
static void look_at_tags(void *context)
{
	struct watched_account *one = context;
	live_ask(one->live, LIVE_REQUEST_LOOK);
}

/* --- Threads --- */

static void *run(void *context)
{
	struct watched_account *one = context;
	live_run(one->live);
	return NULL;
}

static int start(struct watched_account *one, struct error *error)
{
	const struct live_events events = { .sync = { .context = one,
						      .operation = tell_operation,
						      .progress = tell_progress,
						      .changed = tell_change,
						      .folder = tell_folder,
						      .failed = tell_failed },
					    .context = one,
					    .begins = begins,
					    .ended = ended,
					    .phase = phase };
	cli_report_begin(&one->report, one->all->options, NULL, NULL, NULL);
	one->reporting = cli_report_events(&one->report);
	one->state = account_state_directory(one->account);
	one->hooks = hook_queue_create(one->all->config, one->account,
				       sync_has_tags(one->account) ? look_at_tags : NULL, one);
	one->live = live_create(one->account, &events, NULL);
	one->started = pthread_create(&one->thread, NULL, run, one) == 0;
	if (one->started)
		return 0;
	return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			 "the system gives no thread for the account %s; end other programs, or "
			 "watch fewer accounts at a time",
			 one->account->name);
}

int watched_accounts_start(struct watched_accounts *accounts, const struct cli_options *options,
			   const struct cli_selection *selection, struct error *error)
{
	*accounts = (struct watched_accounts){ .options = options, .config = selection->config };
	accounts->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	accounts->draws = !options->quiet && !options->json && isatty(STDERR_FILENO) == 1;
	watch_server_begin(&accounts->server);
	if (accounts->draws)
		log_set_hooks(clear_for_log, NULL, NULL);
	accounts->items = memory_array(selection->count + 1, sizeof *accounts->items);
	for (size_t i = 0; i < selection->count; i++) {
		struct watched_account *one = &accounts->items[accounts->count];
		if (!selection->items[i].account)
			continue;
		*one = (struct watched_account){ .all = accounts,
						 .account = selection->items[i].account };
		accounts->count++;
		if (start(one, error) != 0) {
			watched_accounts_stop(accounts);
			return -1;
		}
		watch_server_add(&accounts->server, one->live, one->state);
	}
	return 0;
}

void watched_accounts_stop(struct watched_accounts *accounts)
{
	for (size_t i = 0; i < accounts->count; i++) {
		hook_queue_stop(accounts->items[i].hooks);
		live_stop(accounts->items[i].live);
	}
	watch_server_close(&accounts->server);
	for (size_t i = 0; i < accounts->count; i++) {
		if (accounts->items[i].started)
			(void)pthread_join(accounts->items[i].thread, NULL);
	}
	watch_server_end(&accounts->server);
	for (size_t i = 0; i < accounts->count; i++) {
		struct watched_account *one = &accounts->items[i];
		live_destroy(&one->live);
		hook_queue_destroy(&one->hooks);
		free(one->state);
	}
	begin_output();
	end_output();
	free(accounts->items);
	if (accounts->changed >= 0)
		(void)close(accounts->changed); /* nothing is lost with it */
	*accounts = (struct watched_accounts){ .changed = -1 };
}

void watched_accounts_ask(struct watched_accounts *accounts, enum live_request request)
{
	for (size_t i = 0; i < accounts->count; i++)
		live_ask(accounts->items[i].live, request);
}

/* --- How they are --- */

bool watched_accounts_looked(const struct watched_accounts *accounts)
{
	for (size_t i = 0; i < accounts->count; i++) {
		struct live_view view;
		live_see(accounts->items[i].live, &view);
		if (!view.looked_once)
			return false;
	}
	return true;
}

bool watched_accounts_progress(struct watched_accounts *accounts)
{
	bool progress = true;
	for (size_t i = 0; i < accounts->count; i++) {
		struct watched_account *one = &accounts->items[i];
		struct live_view view;
		unsigned int beats = atomic_load(&one->beats);
		live_see(one->live, &view);
		if (view.phase == LIVE_LOOKING && beats == one->before)
			progress = false;
		one->before = beats;
	}
	return progress;
}

static void add_time(struct buffer *line, int64_t seconds)
{
	char text[16];
	struct tm parts;
	time_t when = (time_t)seconds;
	if (localtime_r(&when, &parts) && strftime(text, sizeof text, "%H:%M", &parts) > 0)
		buffer_add_text(line, text);
}

static void describe_one(struct buffer *line, const struct watched_account *one)
{
	struct live_view view;
	live_see(one->live, &view);
	if (line->length > 0)
		buffer_add_text(line, "; ");
	buffer_add_text(line, one->account->name);
	switch (view.phase) {
	case LIVE_LOOKING:
		buffer_add_text(line, ": looking");
		break;
	case LIVE_WATCHING:
		buffer_add_text(line, ": in sync since ");
		add_time(line, view.since);
		break;
	case LIVE_WAITING:
		buffer_add_text(line, ": waiting since ");
		add_time(line, view.waiting_from);
		buffer_add_format(line, " (%s)", view.reason);
		break;
	}
}

char *watched_accounts_describe(const struct watched_accounts *accounts)
{
	struct buffer line = BUFFER_INITIAL;
	for (size_t i = 0; i < accounts->count; i++)
		describe_one(&line, &accounts->items[i]);
	char *text = buffer_take(&line);
	char *printable = text_printable(text, strlen(text));
	free(text);
	return printable;
}

void watched_accounts_draw(struct watched_accounts *accounts)
{
	uint64_t ignored;
	(void)!read(accounts->changed, &ignored, sizeof ignored); /* it may be empty */
	if (!accounts->draws)
		return;
	char *text = watched_accounts_describe(accounts);
	char *cut = cli_progress_cut(text, cli_progress_columns());
	(void)pthread_mutex_lock(&output);
	(void)fprintf(stderr, "\r\033[K%s", cut);
	atomic_store(&line_drawn, true);
	(void)pthread_mutex_unlock(&output);
	free(cut);
	free(text);
}
