/* navette status: what the state tells, without the network. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/timer.h"
#include "cli/watch/client.h"
#include "sync/status.h"

static uint64_t now_seconds(void)
{
	return (uint64_t)(clock_real_ns() / 1000000000);
}

/* --- JSON --- */

/* NULL: nobody watches the account. */
static const char *phase_word(const struct live_view *watch)
{
	static const char *const words[] = {
		[LIVE_LOOKING] = "looking", [LIVE_WATCHING] = "watching", [LIVE_WAITING] = "waiting"
	};
	return watch ? words[watch->phase] : NULL;
}

static void add_watch_json(struct json_object *object, const struct live_view *watch)
{
	json_add_text(object, "watch", phase_word(watch));
	if (!watch)
		return;
	json_add_number(
		object, "watch-since",
		(uint64_t)(watch->phase == LIVE_WAITING ? watch->waiting_from : watch->since));
	if (watch->phase == LIVE_WAITING) {
		json_add_number(object, "watch-again", (uint64_t)watch->again);
		json_add_text(object, "watch-reason", watch->reason);
	}
}

static void print_account_json(const char *account, const struct sync_status *status,
			       const struct live_view *watch)
{
	const struct state_last_run *last = &status->last;
	struct json_object object;
	json_begin(&object, "status");
	json_add_text(&object, "account", account);
	json_add_text(&object, "state", status->directory);
	json_add_boolean(&object, "exists", status->state_exists);
	json_add_boolean(&object, "running", status->running);
	if (status->process > 0)
		json_add_number(&object, "process", (uint64_t)status->process);
	add_watch_json(&object, watch);
	if (status->last_known) {
		json_add_number(&object, "begun", last->begun);
		json_add_number(&object, "ended", last->ended);
		json_add_text(&object, "worst", cli_kind_word(last->worst));
		json_add_boolean(&object, "partial", last->partial);
		json_add_number(&object, "folders", last->folders);
		json_add_number(&object, "failed", last->failed);
		json_add_number(&object, "refused", last->refused);
		json_add_number(&object, "problems", last->problem_count + last->more_problems);
		json_add_number(&object, "succeeded", last->succeeded);
		json_add_number(&object, "failures", last->failures);
	}
	json_print(&object);
}

static void print_folder_json(const char *account, const struct sync_status_folder *folder)
{
	struct json_object object;
	json_begin(&object, "status-folder");
	json_add_text(&object, "account", account);
	json_add_text(&object, "folder", folder->name);
	json_add_number(&object, "messages", folder->messages);
	json_add_number(&object, "unread", folder->unread);
	json_add_number(&object, "stubs", folder->stubs);
	json_add_boolean(&object, "changed-here", folder->changed_here);
	json_add_number(&object, "downloads-begun", folder->downloads);
	json_add_number(&object, "uploads-begun", folder->uploads);
	json_print(&object);
}

static void print_deferred_json(const char *account, const struct sync_status_folder *folder)
{
	for (size_t i = 0; i < folder->deferred_count; i++) {
		const struct sync_status_message *message = &folder->deferred[i];
		struct json_object object;
		json_begin(&object, "deferred");
		json_add_text(&object, "account", account);
		json_add_text(&object, "folder", folder->name);
		json_add_number(&object, "uid", message->uid);
		json_add_number(&object, "since", (uint64_t)message->since);
		json_add_number(&object, "again", (uint64_t)message->again);
		json_add_text(&object, "message", message->reason);
		json_print(&object);
	}
}

static void print_problem_json(const char *account, const struct state_problem *problem)
{
	struct json_object object;
	json_begin(&object, "problem");
	json_add_text(&object, "account", account);
	json_add_text(&object, "folder", problem->folder[0] ? problem->folder : NULL);
	json_add_text(&object, "kind", cli_kind_word(problem->kind));
	json_add_text(&object, "message", problem->text);
	json_print(&object);
}

static void print_keyword_json(const char *account, const char *keyword)
{
	struct json_object object;
	json_begin(&object, "keyword");
	json_add_text(&object, "account", account);
	json_add_text(&object, "keyword", keyword);
	json_add_boolean(&object, "shown", false);
	json_print(&object);
}

static void print_json(const char *account, const struct sync_status *status,
		       const struct live_view *watch)
{
	print_account_json(account, status, watch);
	for (size_t i = 0; i < status->last.problem_count; i++)
		print_problem_json(account, &status->last.problems[i]);
	for (size_t i = 0; i < status->beyond.count; i++)
		print_keyword_json(account, status->beyond.items[i]);
	for (size_t i = 0; i < status->folder_count; i++)
		print_folder_json(account, &status->folders[i]);
	for (size_t i = 0; i < status->folder_count; i++)
		print_deferred_json(account, &status->folders[i]);
}

/* --- Text --- */

static void add_time(struct buffer *line, uint64_t seconds)
{
	char text[40];
	struct tm parts;
	time_t when = (time_t)seconds;
	if (localtime_r(&when, &parts) && strftime(text, sizeof text, "%F %T", &parts) > 0)
		buffer_add_text(line, text);
	else
		buffer_add_text(line, "at a time that makes no sense");
}

static void add_outcome(struct buffer *line, const struct state_last_run *last)
{
	if (last->worst == ERROR_NONE)
		buffer_add_format(line, "all in sync, %u %s", last->folders,
				  text_plural(last->folders, "folder", "folders"));
	else if (last->failed + last->refused == 0 && last->worst == ERROR_TEMPORARY)
		buffer_add_text(line, "broken off, to be tried again");
	else if (last->failed + last->refused == 0)
		buffer_add_text(line, "not all in sync");
	else
		buffer_add_format(line, "of %u %s %u failed and %u %s refused", last->folders,
				  text_plural(last->folders, "folder", "folders"), last->failed,
				  last->refused, text_plural(last->refused, "was", "were"));
	if (last->partial)
		buffer_add_text(line, " (a run over chosen folders only)");
}

/* "3 hours ago": the largest unit alone. */
static void add_age(struct buffer *line, uint64_t when, uint64_t now)
{
	static const struct {
		uint64_t seconds;
		const char *one, *many;
	} units[] = { { 86400, "day", "days" },
		      { 3600, "hour", "hours" },
		      { 60, "minute", "minutes" },
		      { 1, "second", "seconds" } };
	uint64_t age = now > when ? now - when : 0;
	size_t i = 0;
	while (i < 3 && age < units[i].seconds)
		i++;
	uint64_t count = age / units[i].seconds;
	buffer_add_format(line, "%llu %s ago", (unsigned long long)count,
			  text_plural(count, units[i].one, units[i].many));
}

/* Nothing where the last run was one. */
static void print_last_success(const char *account, const struct state_last_run *last)
{
	struct buffer line = BUFFER_INITIAL;
	if (last->worst == ERROR_NONE)
		return;
	if (last->succeeded == 0) {
		buffer_add_text(&line, "no run succeeded yet");
	} else {
		buffer_add_text(&line, "last success ");
		add_time(&line, last->succeeded);
		buffer_add_text(&line, ", ");
		add_age(&line, last->succeeded, now_seconds());
	}
	if (last->failures > 0)
		buffer_add_format(
			&line, "; %llu %s since", (unsigned long long)last->failures,
			text_plural(last->failures, "run failed", "runs in a row failed"));
	cli_print_line("%s: %s", account, buffer_text(&line));
	buffer_release(&line);
}

static void print_last_run(const char *account, const struct sync_status *status)
{
	const struct state_last_run *last = &status->last;
	struct buffer line = BUFFER_INITIAL;
	if (!status->last_known) {
		cli_print_line("%s: no run is on record", account);
		return;
	}
	add_time(&line, last->ended);
	buffer_add_text(&line, " (");
	add_age(&line, last->ended, now_seconds());
	buffer_add_text(&line, "), ");
	add_outcome(&line, last);
	cli_print_line("%s: last run %s", account, buffer_text(&line));
	buffer_release(&line);
	print_last_success(account, last);
	for (size_t i = 0; i < last->problem_count; i++) {
		const struct state_problem *problem = &last->problems[i];
		cli_print_line("%s%s%s: last run: %s", account, problem->folder[0] ? "/" : "",
			       problem->folder, problem->text);
	}
	if (last->more_problems > 0)
		cli_print_line("%s: last run: and %llu more %s", account,
			       (unsigned long long)last->more_problems,
			       text_plural(last->more_problems, "problem", "problems"));
}

static void print_folder(const char *account, const struct sync_status_folder *folder)
{
	struct buffer line = BUFFER_INITIAL;
	buffer_add_format(&line, "%s/%s: %u %s", account, folder->name, folder->messages,
			  text_plural(folder->messages, "message", "messages"));
	if (folder->unread > 0)
		buffer_add_format(&line, ", %u unread", folder->unread);
	if (folder->stubs > 0)
		buffer_add_format(&line, ", %u %s", folder->stubs,
				  text_plural(folder->stubs, "with its header alone here",
					      "with their headers alone here"));
	if (folder->changed_here)
		buffer_add_text(&line, ", changed here since");
	if (folder->downloads > 0)
		buffer_add_format(&line, ", %u %s to be finished", folder->downloads,
				  text_plural(folder->downloads, "download", "downloads"));
	if (folder->uploads > 0)
		buffer_add_format(&line, ", %u %s to be finished", folder->uploads,
				  text_plural(folder->uploads, "upload", "uploads"));
	cli_print_line("%s", buffer_text(&line));
	buffer_release(&line);
}

/* Messages that the server fails to give. */
static void print_deferred(const char *account, const struct sync_status_folder *folder)
{
	for (size_t i = 0; i < folder->deferred_count; i++) {
		const struct sync_status_message *message = &folder->deferred[i];
		struct buffer line = BUFFER_INITIAL;
		buffer_add_format(
			&line,
			"%s/%s: the message with UID %u is not here: %s; asked for again from ",
			account, folder->name, message->uid, message->reason);
		add_time(&line, (uint64_t)message->again);
		cli_print_line("%s on", buffer_text(&line));
		buffer_release(&line);
	}
}

static void print_beyond(const char *account, const struct text_list *keywords)
{
	struct buffer line = BUFFER_INITIAL;
	if (keywords->count == 0)
		return;
	for (size_t i = 0; i < keywords->count; i++)
		buffer_add_format(&line, " %s", keywords->items[i]);
	cli_print_line(
		"%s: on the server alone, since there are not letters for so many keywords:%s",
		account, buffer_text(&line));
	buffer_release(&line);
}

static void print_watch(const char *account, const struct live_view *watch)
{
	struct buffer line = BUFFER_INITIAL;
	switch (watch->phase) {
	case LIVE_LOOKING:
		buffer_add_text(&line, "a round goes on since ");
		add_time(&line, (uint64_t)watch->since);
		break;
	case LIVE_WATCHING:
		buffer_add_text(&line, "in sync since ");
		add_time(&line, (uint64_t)watch->since);
		break;
	case LIVE_WAITING:
		buffer_add_text(&line, "but waiting since ");
		add_time(&line, (uint64_t)watch->waiting_from);
		buffer_add_text(&line, ", to try again at ");
		add_time(&line, (uint64_t)watch->again);
		buffer_add_format(&line, ": %s", watch->reason);
		break;
	}
	cli_print_line("%s: watched, %s", account, buffer_text(&line));
	buffer_release(&line);
}

static void print_text(const char *account, const struct sync_status *status,
		       const struct live_view *watch)
{
	if (watch)
		print_watch(account, watch);
	if (status->running && status->process > 0)
		cli_print_line("%s: a run is going on (process %lld)", account,
			       (long long)status->process);
	else if (status->running)
		cli_print_line("%s: a run is going on", account);
	print_last_run(account, status);
	cli_print_line("%s: state in %s%s", account, status->directory,
		       status->state_exists ? "" : " (not there yet, or not readable)");
	print_beyond(account, &status->beyond);
	for (size_t i = 0; i < status->folder_count; i++)
		print_folder(account, &status->folders[i]);
	for (size_t i = 0; i < status->folder_count; i++)
		print_deferred(account, &status->folders[i]);
}

static void print_timers(const struct cli_options *options)
{
	struct text_list lines = { .items = NULL };
	if (options->json || options->quiet)
		return;
	cli_timer_list(&lines);
	for (size_t i = 0; i < lines.count; i++)
		cli_print_line("%s", lines.items[i]);
	text_list_release(&lines);
}

/* --- For monitoring --- */

/* "90", "30s", "5m", "2h", "1d" in seconds. */
static bool read_age(const char *text, uint64_t *seconds_r)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t length = strlen(text);
	uint64_t factor = 1;
	for (size_t i = 0; length > 0 && i < 4; i++) {
		if (text[length - 1] == units[i].unit) {
			factor = units[i].seconds;
			length--;
			break;
		}
	}
	char *digits = memory_text_length(text, length);
	bool good = text_parse_number(digits, UINT32_MAX, seconds_r);
	free(digits);
	*seconds_r *= factor;
	return good;
}

/* Says so where the account had no success for so long; ERROR_FAILED then. */
static enum error_kind check_age(const struct cli_options *options, const char *account,
				 const struct state_last_run *last, uint64_t maximum)
{
	struct error error = ERROR_INITIAL;
	struct buffer text = BUFFER_INITIAL;
	uint64_t now = now_seconds();
	if (last->succeeded != 0 && (now <= last->succeeded || now - last->succeeded <= maximum))
		return ERROR_NONE;
	if (last->succeeded == 0) {
		buffer_add_text(&text, "no run has succeeded yet");
	} else {
		buffer_add_text(&text, "the last success was ");
		add_age(&text, last->succeeded, now);
	}
	(void)error_set(&error, ERROR_FAILED, SCOPE_ACCOUNT, "%s", buffer_text(&text));
	cli_report_error(options, account, NULL, &error);
	buffer_release(&text);
	return ERROR_FAILED;
}

/* --- The command --- */

/* The kind that the account's status ends with: the last run's, unless the state is worse. */
static enum error_kind show(const struct cli_options *options, const char *account,
			    const struct config_account *config, const uint64_t *max_age)
{
	struct sync_status status;
	struct live_view view;
	struct error error = ERROR_INITIAL;
	enum error_kind kind = ERROR_NONE;
	const struct live_view *watch = watch_client_see(config, &view) ? &view : NULL;
	if (sync_status_read(config, &status, &error) != 0) {
		cli_report_error(options, account, NULL, &error);
		kind = error.kind;
	}
	if (options->json)
		print_json(account, &status, watch);
	else if (!options->quiet)
		print_text(account, &status, watch);
	if (watch && watch->phase == LIVE_WATCHING) /* that is a success at any moment */
		status.last.succeeded = now_seconds();
	/* With a limit it is the success that counts, not how the last run ended. */
	kind = max_age ? error_worse(kind, check_age(options, account, &status.last, *max_age))
		       : error_worse(kind, status.last.worst);
	sync_status_release(&status);
	return kind;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	const char *said = options->text[CLI_TEXT_MAX_AGE];
	uint64_t max_age = 0;
	enum cli_exit status = CLI_EXIT_USAGE;
	if (said && !read_age(said, &max_age)) {
		log_line(LOG_ERROR, "--max-age takes a time such as 30m, 2h or 1d, not %s", said);
		return CLI_EXIT_USAGE;
	}
	if (cli_selection_load(options, &config, &selection) &&
	    !cli_selection_refuse_parts(options, &selection, "status")) {
		enum error_kind worst = selection.worst;
		for (size_t i = 0; i < selection.count; i++) {
			const struct config_account *account = selection.items[i].account;
			if (account)
				worst = error_worse(worst, show(options, account->name, account,
								said ? &max_age : NULL));
		}
		print_timers(options);
		status = cli_exit_of(worst);
	}
	cli_selection_release(&selection);
	config_destroy(&config);
	return status;
}

const struct cli_command cli_command_status = {
	.name = "status",
	.arguments = "[ACCOUNT ...]",
	.summary = "last run, message counts, what is to be finished; no network",
	.run = run,
};
