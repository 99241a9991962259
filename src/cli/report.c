/* What a run prints. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/json.h"

void cli_print_line(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		memory_fail();
	char *printable = text_printable(text, (size_t)length);
	(void)printf("%s\n", printable);
	free(printable);
	free(text);
}

/* --- Words --- */

static const char *outcome_word(enum sync_folder_outcome outcome)
{
	switch (outcome) {
	case SYNC_FOLDER_DONE:
		return "done";
	case SYNC_FOLDER_FAILED:
		return "failed";
	case SYNC_FOLDER_REFUSED:
		return "refused";
	case SYNC_FOLDER_SKIPPED:
		break;
	}
	return "skipped";
}

const char *cli_kind_word(enum error_kind kind)
{
	switch (kind) {
	case ERROR_NONE:
		return "none";
	case ERROR_CONFIG:
		return "configuration";
	case ERROR_TEMPORARY:
		return "temporary";
	case ERROR_SAFETY:
		return "safety";
	case ERROR_LOGIN:
		return "login";
	case ERROR_FAILED:
		break;
	}
	return "failed";
}

/* What happened to the folder as such; NULL: it was there on both sides before. */
static const char *action_word(enum folder_action action, bool dry_run)
{
	switch (action) {
	case FOLDER_CREATE_NEAR:
		return dry_run ? "would be created here" : "created here";
	case FOLDER_CREATE_FAR:
		return dry_run ? "would be created on the server" : "created on the server";
	case FOLDER_REMOVE_NEAR:
		return dry_run ? "would be removed here" : "removed here";
	case FOLDER_REMOVE_FAR:
		return dry_run ? "would be removed on the server" : "removed on the server";
	case FOLDER_RENAMED_NEAR:
		return dry_run ? "would be renamed here" : "renamed here";
	case FOLDER_RENAMED_FAR:
		return dry_run ? "would be renamed on the server" : "renamed on the server";
	case FOLDER_SYNC:
	case FOLDER_FORGET:
	case FOLDER_GONE_NEAR:
	case FOLDER_GONE_FAR:
	case FOLDER_BLOCKED:
	case FOLDER_SKIP:
		break;
	}
	return NULL;
}

static void clear_progress(const struct cli_report *report)
{
	if (report->progress)
		cli_progress_clear(report->progress);
}

/* --- Operations: -n and -v --- */

static void print_operation_json(const struct sync_operation_report *operation)
{
	struct json_object object;
	json_begin(&object, "operation");
	json_add_text(&object, "account", operation->account);
	json_add_text(&object, "folder", operation->folder);
	json_add_text(&object, "operation", operation->verb);
	if (operation->uid != 0) {
		json_add_number(&object, "uid", operation->uid);
		json_add_number(&object, "last-uid", operation->last_uid);
	}
	if (operation->file)
		json_add_text(&object, "file", operation->file);
	if (operation->to)
		json_add_text(&object, "to", operation->to);
	if (operation->from)
		json_add_text(&object, "from", operation->from);
	if (text_starts_with(operation->verb, "flags-")) {
		struct buffer add = BUFFER_INITIAL;
		struct buffer remove = BUFFER_INITIAL;
		cli_plan_add_flag_names(&add, operation->flags_to & ~operation->flags_from,
					operation->keywords);
		cli_plan_add_flag_names(&remove, operation->flags_from & ~operation->flags_to,
					operation->keywords);
		json_add_text(&object, "add", buffer_text(&add));
		json_add_text(&object, "remove", buffer_text(&remove));
		buffer_release(&add);
		buffer_release(&remove);
	}
	json_print(&object);
}

static void report_operation(void *context, const struct sync_operation_report *operation)
{
	struct cli_report *report = context;
	const struct cli_options *options = report->options;
	if (report->progress)
		cli_progress_plan(report->progress,
				  operation->last_uid > operation->uid
					  ? (uint64_t)operation->last_uid - operation->uid + 1
					  : 1);
	if (options->json && options->dry_run) {
		print_operation_json(operation);
		return;
	}
	if (options->dry_run && options->verbose == 0) {
		cli_plan_add(&report->plan, operation);
		return;
	}
	struct buffer line = BUFFER_INITIAL;
	cli_plan_describe(&line, operation);
	if (!options->dry_run) {
		log_line(LOG_VERBOSE, "%s", buffer_text(&line));
	} else {
		clear_progress(report);
		cli_print_line("%s", buffer_text(&line));
	}
	buffer_release(&line);
}

static void print_plan(struct cli_report *report)
{
	if (report->plan.count > 0)
		clear_progress(report);
	cli_plan_print(&report->plan);
}

/* --- Folders --- */

static bool anything_done(const struct sync_counts *counts)
{
	return counts->downloaded || counts->fetched || counts->uploaded || counts->adopted ||
	       counts->near_flags || counts->far_flags || counts->near_removed ||
	       counts->far_removed || counts->moved || counts->linked || counts->copied ||
	       counts->expired || counts->skipped;
}

static void add_count(struct buffer *line, uint64_t count, const char *what)
{
	if (count == 0)
		return;
	buffer_add_format(line, "%s%llu %s", line->length > 0 ? ", " : "",
			  (unsigned long long)count, what);
}

static void add_transfer(struct buffer *line, uint64_t count, uint64_t bytes, const char *what)
{
	char size[CLI_SIZE_TEXT];
	add_count(line, count, what);
	if (count == 0 || bytes == 0)
		return;
	cli_format_size(bytes, size);
	buffer_add_format(line, " (%s)", size);
}

static void describe_folder(struct buffer *line, const struct sync_folder_report *folder)
{
	const struct sync_counts *counts = &folder->counts;
	bool dry = folder->dry_run;
	const char *action = action_word(folder->action, dry);
	if (action)
		buffer_add_text(line, action);
	if (folder->from)
		buffer_add_format(line, ", it was %s", folder->from);
	add_transfer(line, counts->downloaded, counts->bytes_down,
		     dry ? "to download" : "downloaded");
	add_count(line, counts->fetched, dry ? "to make whole" : "made whole");
	add_transfer(line, counts->uploaded, counts->bytes_up, dry ? "to upload" : "uploaded");
	add_count(line, counts->linked,
		  dry ? "to come from another folder here" : "came from another folder here");
	add_count(line, counts->moved,
		  dry ? "to move to another folder" : "moved to another folder");
	add_count(line, counts->copied,
		  dry ? "to copy from another folder on the server"
		      : "copied from another folder on the server");
	add_count(line, counts->adopted, "recognised on both sides");
	add_count(line, counts->near_flags, dry ? "to get new flags here" : "got new flags here");
	add_count(line, counts->far_flags,
		  dry ? "to get new flags on the server" : "got new flags on the server");
	add_count(line, counts->near_removed, dry ? "to remove here" : "removed here");
	add_count(line, counts->far_removed,
		  dry ? "to remove on the server" : "removed on the server");
	add_count(line, counts->expired,
		  dry ? "to leave the window (they stay on the server)"
		      : "left the window (they are on the server)");
	add_count(line, counts->skipped, "failed, to be tried again next time");
}

static void print_folder_json(const struct sync_folder_report *folder)
{
	const struct sync_counts *counts = &folder->counts;
	struct json_object object;
	json_begin(&object, "folder");
	json_add_text(&object, "account", folder->account);
	json_add_text(&object, "folder", folder->folder);
	json_add_text(&object, "outcome", outcome_word(folder->outcome));
	json_add_boolean(&object, "dry-run", folder->dry_run);
	json_add_text(&object, "action", action_word(folder->action, false));
	if (folder->from)
		json_add_text(&object, "from", folder->from);
	json_add_number(&object, "downloaded", counts->downloaded);
	json_add_number(&object, "fetched", counts->fetched);
	json_add_number(&object, "uploaded", counts->uploaded);
	json_add_number(&object, "moved", counts->moved);
	json_add_number(&object, "linked", counts->linked);
	json_add_number(&object, "copied", counts->copied);
	json_add_number(&object, "adopted", counts->adopted);
	json_add_number(&object, "flags-near", counts->near_flags);
	json_add_number(&object, "flags-far", counts->far_flags);
	json_add_number(&object, "removed-near", counts->near_removed);
	json_add_number(&object, "removed-far", counts->far_removed);
	json_add_number(&object, "left-window", counts->expired);
	json_add_number(&object, "skipped", counts->skipped);
	json_add_number(&object, "bytes-down", counts->bytes_down);
	json_add_number(&object, "bytes-up", counts->bytes_up);
	json_print(&object);
}

static void report_folder(void *context, const struct sync_folder_report *folder)
{
	struct cli_report *report = context;
	print_plan(report);
	if (report->hooks)
		cli_hooks_take_folder(report->hooks, report->mine, folder);
	bool changed = anything_done(&folder->counts) ||
		       (folder->outcome == SYNC_FOLDER_DONE && action_word(folder->action, false));
	if (!changed)
		return;
	if (report->options->json) {
		print_folder_json(folder);
		return;
	}
	if (report->options->quiet)
		return;
	struct buffer line = BUFFER_INITIAL;
	describe_folder(&line, folder);
	clear_progress(report);
	if (line.length > 0)
		cli_print_line("%s/%s: %s", folder->account, folder->folder, buffer_text(&line));
	buffer_release(&line);
}

/* --- Files --- */

static void report_change(void *context, const struct sync_change *change)
{
	struct cli_report *report = context;
	if (report->hooks)
		cli_hooks_take_change(report->hooks, report->mine, change);
	if (!report->options->json)
		return;
	struct json_object object;
	json_begin(&object, "change");
	json_add_text(&object, "account", change->account);
	json_add_text(&object, "folder", change->folder);
	json_add_text(&object, "change", cli_change_word(change->kind));
	json_add_text(&object, "path", change->path);
	json_add_text(&object, "from", change->from);
	json_print(&object);
}

/* --- Problems --- */

void cli_report_error(const struct cli_options *options, const char *account, const char *folder,
		      const struct error *error)
{
	if (account && folder)
		log_line(LOG_ERROR, "%s/%s: %s", account, folder, error->text);
	else if (account)
		log_line(LOG_ERROR, "%s: %s", account, error->text);
	else
		log_line(LOG_ERROR, "%s", error->text);
	if (!options->json)
		return;
	struct json_object object;
	json_begin(&object, "error");
	json_add_text(&object, "account", account);
	json_add_text(&object, "folder", folder);
	json_add_text(&object, "kind", cli_kind_word(error->kind));
	json_add_text(&object, "message", error->text);
	json_print(&object);
}

static void report_failed(void *context, const char *account, const char *folder,
			  const struct error *error)
{
	struct cli_report *report = context;
	cli_report_error(report->options, account, folder, error);
}

static void report_progress(void *context, const struct sync_progress *progress)
{
	struct cli_report *report = context;
	if (report->progress)
		cli_progress_update(report->progress, progress);
}

/* --- The whole --- */

void cli_report_begin(struct cli_report *report, const struct cli_options *options,
		      struct cli_progress *progress, struct cli_hooks *hooks,
		      struct cli_account_hooks *mine)
{
	*report = (struct cli_report){
		.options = options, .progress = progress, .hooks = hooks, .mine = mine
	};
}

struct sync_events cli_report_events(struct cli_report *report)
{
	return (struct sync_events){ .context = report,
				     .operation = report_operation,
				     .progress = report_progress,
				     .folder = report_folder,
				     .changed = report_change,
				     .failed = report_failed };
}

void cli_report_start(struct cli_report *report, const char *account)
{
	const struct sync_progress connecting = { .account = account, .phase = "connecting" };
	report_progress(report, &connecting);
}

void cli_report_account(struct cli_report *report, const char *account,
			const struct sync_result *result)
{
	print_plan(report); /* of a folder that came to no end */
	if (report->options->json) {
		struct json_object object;
		json_begin(&object, "account");
		json_add_text(&object, "account", account);
		json_add_text(&object, "worst", cli_kind_word(result->worst));
		json_add_number(&object, "folders", result->folders);
		json_add_number(&object, "failed", result->folders_failed);
		json_add_number(&object, "refused", result->folders_refused);
		json_print(&object);
	}
	/* What this account did is told now, also where it goes into a pipe. Whether it could be
	 * written shows at the end of the programme. */
	(void)fflush(stdout);
	/* Where somebody watches, silence could mean anything. */
	if (report->progress && report->progress->active && result->worst == ERROR_NONE &&
	    !anything_done(&result->counts))
		log_line(LOG_NOTICE, "%s: in sync, nothing to do in %u %s", account,
			 result->folders, text_plural(result->folders, "folder", "folders"));
}
