/* navette status: what the state tells, without the network. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <time.h>

#include "base/buffer.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "sync/status.h"

/* --- JSON --- */

static void print_account_json(const char *account, const struct sync_status *status)
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
	if (status->last_known) {
		json_add_number(&object, "begun", last->begun);
		json_add_number(&object, "ended", last->ended);
		json_add_text(&object, "worst", cli_kind_word(last->worst));
		json_add_boolean(&object, "partial", last->partial);
		json_add_number(&object, "folders", last->folders);
		json_add_number(&object, "failed", last->failed);
		json_add_number(&object, "refused", last->refused);
		json_add_number(&object, "problems", last->problem_count + last->more_problems);
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

static void print_json(const char *account, const struct sync_status *status)
{
	print_account_json(account, status);
	for (size_t i = 0; i < status->last.problem_count; i++)
		print_problem_json(account, &status->last.problems[i]);
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

static void print_last_run(const char *account, const struct sync_status *status)
{
	const struct state_last_run *last = &status->last;
	struct buffer line = BUFFER_INITIAL;
	if (!status->last_known) {
		cli_print_line("%s: no run is on record", account);
		return;
	}
	add_time(&line, last->ended);
	buffer_add_text(&line, ", ");
	add_outcome(&line, last);
	cli_print_line("%s: last run %s", account, buffer_text(&line));
	buffer_release(&line);
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

static void print_text(const char *account, const struct sync_status *status)
{
	if (status->running && status->process > 0)
		cli_print_line("%s: a run is going on (process %lld)", account,
			       (long long)status->process);
	else if (status->running)
		cli_print_line("%s: a run is going on", account);
	print_last_run(account, status);
	cli_print_line("%s: state in %s%s", account, status->directory,
		       status->state_exists ? "" : " (not there yet, or not readable)");
	for (size_t i = 0; i < status->folder_count; i++)
		print_folder(account, &status->folders[i]);
	for (size_t i = 0; i < status->folder_count; i++)
		print_deferred(account, &status->folders[i]);
}

/* --- The command --- */

/* The kind that the account's status ends with: the last run's, unless the state is worse. */
static enum error_kind show(const struct cli_options *options, const char *account,
			    const struct config_account *config)
{
	struct sync_status status;
	struct error error = ERROR_INITIAL;
	enum error_kind kind = ERROR_NONE;
	if (sync_status_read(config, &status, &error) != 0) {
		cli_report_error(options, account, NULL, &error);
		kind = error.kind;
	}
	if (options->json)
		print_json(account, &status);
	else if (!options->quiet)
		print_text(account, &status);
	kind = error_worse(kind, status.last.worst);
	sync_status_release(&status);
	return kind;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	enum cli_exit status = CLI_EXIT_USAGE;
	if (cli_selection_load(options, &config, &selection) &&
	    !cli_selection_refuse_parts(options, &selection, "status")) {
		enum error_kind worst = ERROR_NONE;
		for (size_t i = 0; i < selection.count; i++) {
			const struct config_account *account = selection.items[i].account;
			if (account)
				worst = error_worse(worst, show(options, account->name, account));
		}
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
