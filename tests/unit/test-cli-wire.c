/* Lines between a run and the watch that does it. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/watch/wire.h"

/* What was told last. */
static struct sync_folder_report folder;
static struct error failure;
static struct sync_change change;
static struct sync_progress progress;
static char names[4][64];
static int told;

static const char *keep(int i, const char *text)
{
	(void)strncpy(names[i], text ? text : "NULL", sizeof names[i] - 1);
	return names[i];
}

static void see_folder(void *context, const struct sync_folder_report *report)
{
	(void)context;
	folder = *report;
	(void)keep(0, report->account);
	(void)keep(1, report->folder);
	told++;
}

static void see_failure(void *context, const char *account, const char *of,
			const struct error *error)
{
	(void)context;
	(void)keep(0, account);
	(void)keep(1, of);
	failure = *error;
	told++;
}

static void see_change(void *context, const struct sync_change *one)
{
	(void)context;
	change = *one;
	(void)keep(2, one->path);
	(void)keep(3, one->from);
	told++;
}

static void see_progress(void *context, const struct sync_progress *one)
{
	(void)context;
	progress = *one;
	(void)keep(1, one->folder);
	told++;
}

static const struct sync_events events = {
	.folder = see_folder, .failed = see_failure, .changed = see_change, .progress = see_progress
};

static enum wire_line pass(struct buffer *line, struct sync_result *result)
{
	char *text = buffer_take(line);
	cr_assert_null(strchr(text, '\n'), "it is one line: %s", text);
	enum wire_line kind = wire_take_line(text, &events, result);
	free(text);
	return kind;
}

Test(cli_wire, texts_come_as_they_were)
{
	static const char *const texts[] = {
		"", "a b", "=", "\t", "\n", "\\", "\\t", "a\\\nb\t\\"
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct buffer line = BUFFER_INITIAL;
		const char *first;
		const char *second;
		const char *third;
		wire_add_text(&line, texts[i]);
		wire_add_text(&line, NULL);
		wire_add_text(&line, texts[i]);
		char *text = buffer_take(&line);
		char *at = text;
		cr_assert(wire_take_text(&at, &first) && wire_take_text(&at, &second) &&
			  wire_take_text(&at, &third));
		cr_assert_str_eq(first, texts[i]);
		cr_assert_null(second);
		cr_assert_str_eq(third, texts[i]);
		cr_assert_not(wire_take_text(&at, &first), "there are no more");
		free(text);
	}
}

Test(cli_wire, events_come_as_they_were)
{
	struct buffer line = BUFFER_INITIAL;
	struct sync_result result;
	struct error error = ERROR_INITIAL;
	const struct sync_folder_report report = { .account = "work",
						   .folder = "a\tb",
						   .action = FOLDER_CREATE_NEAR,
						   .outcome = SYNC_FOLDER_REFUSED,
						   .counts = { .downloaded = 3, .bytes_up = 9 } };
	const struct sync_change moved = { .account = "work",
					   .folder = "x",
					   .kind = SYNC_CHANGE_MOVED,
					   .path = "/m/cur/a:2,S",
					   .from = "/m/new/a" };
	const struct sync_progress far = { .account = "work", .phase = "looking", .total = 7 };
	wire_add_folder(&line, &report);
	cr_assert_eq(pass(&line, &result), WIRE_EVENT);
	cr_assert_str_eq(names[1], "a\tb");
	cr_assert_eq(folder.action, FOLDER_CREATE_NEAR);
	cr_assert_eq(folder.outcome, SYNC_FOLDER_REFUSED);
	cr_assert_eq(folder.counts.downloaded, 3);
	cr_assert_eq(folder.counts.bytes_up, 9);
	(void)error_set(&error, ERROR_SAFETY, SCOPE_FOLDER, "no\nway");
	wire_add_failure(&line, "work", NULL, &error);
	cr_assert_eq(pass(&line, &result), WIRE_EVENT);
	cr_assert_str_eq(names[1], "NULL");
	cr_assert_eq(failure.kind, ERROR_SAFETY);
	cr_assert_str_eq(failure.text, error.text);
	wire_add_change(&line, &moved);
	cr_assert_eq(pass(&line, &result), WIRE_EVENT);
	cr_assert_eq(change.kind, SYNC_CHANGE_MOVED);
	cr_assert_str_eq(names[3], "/m/new/a");
	wire_add_progress(&line, &far);
	cr_assert_eq(pass(&line, &result), WIRE_EVENT);
	cr_assert_eq(progress.total, 7);
	cr_assert_eq(told, 4);
}

Test(cli_wire, the_result_comes_as_it_was)
{
	struct buffer line = BUFFER_INITIAL;
	struct sync_result result;
	const struct sync_result was = { .counts = { .uploaded = 5, .expired = 2 },
					 .folders = 9,
					 .folders_failed = 1,
					 .folders_refused = 2,
					 .worst = ERROR_LOGIN };
	wire_add_result(&line, &was);
	cr_assert_eq(pass(&line, &result), WIRE_RESULT);
	cr_assert_eq(result.worst, ERROR_LOGIN);
	cr_assert_eq(result.folders, 9);
	cr_assert_eq(result.folders_failed, 1);
	cr_assert_eq(result.folders_refused, 2);
	cr_assert_eq(result.counts.uploaded, 5);
	cr_assert_eq(result.counts.expired, 2);
}

Test(cli_wire, a_view_comes_as_it_was)
{
	struct buffer line = BUFFER_INITIAL;
	struct live_view view;
	const struct live_view was = { .phase = LIVE_WAITING,
				       .since = 1,
				       .looked = 2,
				       .again = 3,
				       .waiting_from = 4,
				       .reason = "no route" };
	wire_add_view(&line, &was);
	char *text = buffer_take(&line);
	cr_assert(wire_take_view(text, &view));
	cr_assert_eq(view.phase, LIVE_WAITING);
	cr_assert_eq(view.again, 3);
	cr_assert_eq(view.waiting_from, 4);
	cr_assert_str_eq(view.reason, "no route");
	free(text);
}

Test(cli_wire, what_makes_no_sense_is_refused)
{
	static const char *const lines[] = {
		"",
		"folder",
		"=folder",
		"=folder\t=a\t=b\t99\t0",
		"=folder\t=a\t\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0",
		"=failed\t=a\t=b\t77\t=x",
		"=changed\t=a\t=b\t0\t\t",
		"=result\t0\t1\t2",
		"=what"
	};
	struct sync_result result;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buffer line = BUFFER_INITIAL;
		buffer_add_text(&line, lines[i]);
		cr_assert_eq(pass(&line, &result), WIRE_BAD, "%s", lines[i]);
	}
	cr_assert_eq(told, 0);
}
