/* Lines between a run and the watch that does it. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/wire.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* --- Fields: "=TEXT", with what would end it written otherwise; nothing stands for NULL --- */

static void begin_field(struct buffer *line)
{
	if (line->length > 0)
		buffer_add_byte(line, '\t');
}

void wire_add_text(struct buffer *line, const char *text)
{
	begin_field(line);
	if (!text)
		return;
	buffer_add_byte(line, '=');
	for (; *text; text++) {
		if (*text == '\t' || *text == '\n' || *text == '\\')
			buffer_add_byte(line, '\\');
		buffer_add_byte(line, *text == '\t' ? 't' : *text == '\n' ? 'n' : *text);
	}
}

void wire_add_number(struct buffer *line, uint64_t number)
{
	begin_field(line);
	buffer_add_format(line, "%llu", (unsigned long long)number);
}

/* Cuts the next field off. */
static char *take_field(char **line)
{
	char *field = *line;
	if (!field)
		return NULL;
	char *end = strchr(field, '\t');
	if (end)
		*end = '\0';
	*line = end ? end + 1 : NULL;
	return field;
}

static void resolve(char *text)
{
	char *to = text;
	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			text++;
			*to++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

bool wire_take_text(char **line, const char **text_r)
{
	char *field = take_field(line);
	if (!field || (*field && *field != '='))
		return false;
	if (*field)
		resolve(field + 1);
	*text_r = *field ? field + 1 : NULL;
	return true;
}

bool wire_take_number(char **line, uint64_t *number_r)
{
	const char *field = take_field(line);
	return field && text_parse_number(field, UINT64_MAX, number_r);
}

/* --- Counts --- */

#define COUNTS 14

/* In the order of the wire. */
static void list_counts(struct sync_counts *counts, uint64_t *fields[COUNTS])
{
	uint64_t *all[COUNTS] = { &counts->downloaded,   &counts->uploaded,
				  &counts->adopted,      &counts->fetched,
				  &counts->near_flags,   &counts->far_flags,
				  &counts->near_removed, &counts->far_removed,
				  &counts->moved,        &counts->expired,
				  &counts->skipped,      &counts->bytes_down,
				  &counts->bytes_up,     NULL };
	memcpy(fields, all, sizeof all);
}

static void add_counts(struct buffer *line, const struct sync_counts *counts)
{
	struct sync_counts copy = *counts;
	uint64_t *fields[COUNTS];
	list_counts(&copy, fields);
	for (size_t i = 0; fields[i]; i++)
		wire_add_number(line, *fields[i]);
}

static bool take_counts(char **line, struct sync_counts *counts)
{
	uint64_t *fields[COUNTS];
	list_counts(counts, fields);
	for (size_t i = 0; fields[i]; i++) {
		if (!wire_take_number(line, fields[i]))
			return false;
	}
	return true;
}

/* A number that stands for a word of an enum, or another that is small. */
static bool take_small(char **line, uint64_t maximum, uint64_t *number_r)
{
	return wire_take_number(line, number_r) && *number_r <= maximum;
}

/* --- Events --- */

void wire_add_folder(struct buffer *line, const struct sync_folder_report *report)
{
	wire_add_text(line, "folder");
	wire_add_text(line, report->account);
	wire_add_text(line, report->folder);
	wire_add_number(line, (uint64_t)report->action);
	wire_add_number(line, (uint64_t)report->outcome);
	add_counts(line, &report->counts);
}

static bool take_folder(char *line, const struct sync_events *events)
{
	struct sync_folder_report report = { .dry_run = false };
	uint64_t action;
	uint64_t outcome;
	if (!wire_take_text(&line, &report.account) || !wire_take_text(&line, &report.folder) ||
	    !report.account || !report.folder || !take_small(&line, FOLDER_SKIP, &action) ||
	    !take_small(&line, SYNC_FOLDER_SKIPPED, &outcome) ||
	    !take_counts(&line, &report.counts))
		return false;
	report.action = (enum folder_action)action;
	report.outcome = (enum sync_folder_outcome)outcome;
	if (events->folder)
		events->folder(events->context, &report);
	return true;
}

void wire_add_failure(struct buffer *line, const char *account, const char *folder,
		      const struct error *error)
{
	wire_add_text(line, "failed");
	wire_add_text(line, account);
	wire_add_text(line, folder);
	wire_add_number(line, (uint64_t)error->kind);
	wire_add_text(line, error->text);
}

static bool take_failure(char *line, const struct sync_events *events)
{
	const char *account;
	const char *folder;
	const char *text;
	uint64_t kind;
	struct error error = ERROR_INITIAL;
	if (!wire_take_text(&line, &account) || !account || !wire_take_text(&line, &folder) ||
	    !take_small(&line, ERROR_LOGIN, &kind) || !wire_take_text(&line, &text) || !text)
		return false;
	(void)error_set(&error, (enum error_kind)kind, folder ? SCOPE_FOLDER : SCOPE_ACCOUNT, "%s",
			text); /* always -1 */
	if (events->failed)
		events->failed(events->context, account, folder, &error);
	return true;
}

void wire_add_change(struct buffer *line, const struct sync_change *change)
{
	wire_add_text(line, "changed");
	wire_add_text(line, change->account);
	wire_add_text(line, change->folder);
	wire_add_number(line, (uint64_t)change->kind);
	wire_add_text(line, change->path);
	wire_add_text(line, change->from);
}

static bool take_change(char *line, const struct sync_events *events)
{
	struct sync_change change;
	uint64_t kind;
	if (!wire_take_text(&line, &change.account) || !change.account ||
	    !wire_take_text(&line, &change.folder) || !change.folder ||
	    !take_small(&line, SYNC_CHANGE_GONE, &kind) || !wire_take_text(&line, &change.path) ||
	    !change.path || !wire_take_text(&line, &change.from))
		return false;
	change.kind = (enum sync_change_kind)kind;
	if (events->changed)
		events->changed(events->context, &change);
	return true;
}

void wire_add_progress(struct buffer *line, const struct sync_progress *progress)
{
	wire_add_text(line, "progress");
	wire_add_text(line, progress->account);
	wire_add_text(line, progress->folder);
	wire_add_text(line, progress->phase);
	wire_add_number(line, progress->done);
	wire_add_number(line, progress->total);
	wire_add_number(line, progress->bytes);
}

static bool take_progress(char *line, const struct sync_events *events)
{
	struct sync_progress progress;
	if (!wire_take_text(&line, &progress.account) || !progress.account ||
	    !wire_take_text(&line, &progress.folder) || !wire_take_text(&line, &progress.phase) ||
	    !progress.phase || !wire_take_number(&line, &progress.done) ||
	    !wire_take_number(&line, &progress.total) || !wire_take_number(&line, &progress.bytes))
		return false;
	if (events->progress)
		events->progress(events->context, &progress);
	return true;
}

void wire_add_operation(struct buffer *line, const char *described)
{
	wire_add_text(line, "operation");
	wire_add_text(line, described);
}

static bool take_operation(char *line, const struct sync_events *events)
{
	const char *described;
	(void)events; /* it is a sentence already */
	if (!wire_take_text(&line, &described) || !described)
		return false;
	log_line(LOG_VERBOSE, "%s", described);
	return true;
}

/* --- The end --- */

void wire_add_result(struct buffer *line, const struct sync_result *result)
{
	wire_add_text(line, "result");
	wire_add_number(line, (uint64_t)result->worst);
	wire_add_number(line, result->folders);
	wire_add_number(line, result->folders_failed);
	wire_add_number(line, result->folders_refused);
	add_counts(line, &result->counts);
}

static bool take_result(char *line, struct sync_result *result)
{
	uint64_t worst;
	uint64_t folders;
	uint64_t failed;
	uint64_t refused;
	if (!take_small(&line, ERROR_LOGIN, &worst) || !take_small(&line, UINT32_MAX, &folders) ||
	    !take_small(&line, UINT32_MAX, &failed) || !take_small(&line, UINT32_MAX, &refused) ||
	    !take_counts(&line, &result->counts))
		return false;
	result->worst = (enum error_kind)worst;
	result->folders = (uint32_t)folders;
	result->folders_failed = (uint32_t)failed;
	result->folders_refused = (uint32_t)refused;
	return true;
}

enum wire_line wire_take_line(char *line, const struct sync_events *events,
			      struct sync_result *result_r)
{
	static const struct {
		const char *word;
		bool (*take)(char *line, const struct sync_events *events);
	} kinds[] = { { "folder", take_folder },
		      { "failed", take_failure },
		      { "changed", take_change },
		      { "progress", take_progress },
		      { "operation", take_operation } };
	const char *word;
	if (!wire_take_text(&line, &word) || !word)
		return WIRE_BAD;
	if (strcmp(word, "result") == 0)
		return take_result(line, result_r) ? WIRE_RESULT : WIRE_BAD;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(word, kinds[i].word) == 0)
			return kinds[i].take(line, events) ? WIRE_EVENT : WIRE_BAD;
	}
	return WIRE_BAD;
}

/* --- How an account is --- */

void wire_add_view(struct buffer *line, const struct live_view *view)
{
	wire_add_text(line, "view");
	wire_add_number(line, (uint64_t)view->phase);
	wire_add_number(line, (uint64_t)view->since);
	wire_add_number(line, (uint64_t)view->looked);
	wire_add_number(line, (uint64_t)view->again);
	wire_add_number(line, (uint64_t)view->waiting_from);
	wire_add_text(line, view->reason);
}

bool wire_take_view(char *line, struct live_view *view_r)
{
	const char *word;
	const char *reason;
	uint64_t numbers[5];
	if (!wire_take_text(&line, &word) || !word || strcmp(word, "view") != 0)
		return false;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (!take_small(&line, INT64_MAX, &numbers[i]))
			return false;
	}
	if (numbers[0] > LIVE_WAITING || !wire_take_text(&line, &reason) || !reason)
		return false;
	*view_r = (struct live_view){ .phase = (enum live_phase)numbers[0],
				      .since = (int64_t)numbers[1],
				      .looked = (int64_t)numbers[2],
				      .again = (int64_t)numbers[3],
				      .waiting_from = (int64_t)numbers[4] };
	(void)strncpy(view_r->reason, reason, sizeof view_r->reason - 1);
	return true;
}
