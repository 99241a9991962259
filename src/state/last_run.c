/* The file that says what the last run did. Lines of a word and its value; texts have no control
 * bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "state/last_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "mail/folder_name.h"
#include "state/private.h"

#define FILE_NAME "last-run"
#define NEW_NAME "last-run.new"
#define HEADER "navette last run 1"
#define SIZE_MAX_READ ((size_t)1024 * 1024) /* far more than STATE_PROBLEMS_MAX problems need */

/* --- The record --- */

static void add(struct state_last_run *last, enum error_kind kind, char *folder, char *text)
{
	memory_grow((void **)&last->problems, &last->problem_capacity, last->problem_count + 1,
		    sizeof *last->problems);
	last->problems[last->problem_count++] =
		(struct state_problem){ .folder = folder, .text = text, .kind = kind };
}

static struct state_problem *find(const struct state_last_run *last, const char *folder,
				  const char *text)
{
	for (size_t i = 0; i < last->problem_count; i++) {
		struct state_problem *problem = &last->problems[i];
		if (strcmp(problem->folder, folder) == 0 && strcmp(problem->text, text) == 0)
			return problem;
	}
	return NULL;
}

/* A name of ours has no control bytes, and stays as it is: it is to be recognised. */
static char *name_to_keep(const char *folder)
{
	return folder_name_is_valid(folder) ? memory_text(folder)
					    : text_printable(folder, strlen(folder));
}

/* Takes both texts. */
static bool add_new(struct state_last_run *last, enum error_kind kind, char *folder, char *text)
{
	struct state_problem *known = find(last, folder, text);
	bool kept = !known && last->problem_count < STATE_PROBLEMS_MAX;
	if (known)
		known->doubted = false;
	else if (!kept)
		last->more_problems++;
	if (kept) {
		add(last, kind, folder, text);
		return true;
	}
	free(folder);
	free(text);
	return !known;
}

bool state_last_run_add_problem(struct state_last_run *last, const char *folder,
				const struct error *problem)
{
	return add_new(last, problem->kind, name_to_keep(folder ? folder : ""),
		       text_printable(problem->text, strlen(problem->text)));
}

void state_last_run_doubt(struct state_last_run *last, const char *folder)
{
	char *name = name_to_keep(folder);
	for (size_t i = 0; i < last->problem_count; i++) {
		if (strcmp(last->problems[i].folder, name) == 0)
			last->problems[i].doubted = true;
	}
	free(name);
}

void state_last_run_release(struct state_last_run *last)
{
	for (size_t i = 0; i < last->problem_count; i++) {
		free(last->problems[i].folder);
		free(last->problems[i].text);
	}
	free(last->problems);
	*last = (struct state_last_run){ .begun = 0 };
}

/* --- Writing --- */

static void encode(struct buffer *out, const struct state_last_run *last)
{
	buffer_add_format(out,
			  HEADER "\nbegun %" PRIu64 "\nended %" PRIu64
				 "\nworst %d\npartial %d\nfolders %" PRIu32 "\nfailed %" PRIu32
				 "\nrefused %" PRIu32 "\nmore %" PRIu64 "\nsucceeded %" PRIu64
				 "\nfailures %" PRIu64 "\n",
			  last->begun, last->ended, (int)last->worst, last->partial, last->folders,
			  last->failed, last->refused, last->more_problems, last->succeeded,
			  last->failures);
	for (size_t i = 0; i < last->problem_count; i++) {
		if (last->problems[i].doubted)
			continue;
		buffer_add_format(out, "problem %d\t%s\t%s\n", (int)last->problems[i].kind,
				  last->problems[i].folder, last->problems[i].text);
	}
}

/* 0 or -1 with errno. */
static int write_file(const char *path, const struct buffer *content)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t done = 0;
	if (descriptor < 0)
		return -1;
	while (done < content->length) {
		ssize_t written = write(descriptor, content->bytes + done, content->length - done);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) { /* nothing written and no reason: do not try for ever */
			int reason = written < 0 ? errno : EIO;
			(void)close(descriptor); /* the first reason counts */
			errno = reason;
			return -1;
		}
		done += (size_t)written;
	}
	return close(descriptor) == 0 || errno == EINTR ? 0 : -1; /* it is closed in either case */
}

/* LAST with what is true over all runs, from the file as it is. Texts are borrowed. */
static struct state_last_run count_runs(const struct state *state,
					const struct state_last_run *last)
{
	struct state_last_run counted = *last;
	struct state_last_run before;
	struct error ignored = ERROR_INITIAL; /* a damaged one says nothing */
	counted.succeeded = 0;
	counted.failures = 0;
	if (state_last_run_read(state->directory, &before, &ignored) > 0) {
		/* Older ones did not note it. */
		bool was_good = before.worst == ERROR_NONE && before.succeeded == 0;
		counted.succeeded = was_good ? before.ended : before.succeeded;
		counted.failures = before.failures;
	}
	state_last_run_release(&before);
	counted.failures = last->worst == ERROR_NONE ? 0 : counted.failures + 1;
	if (last->worst == ERROR_NONE)
		counted.succeeded = last->ended;
	return counted;
}

int state_last_run_write(const struct state *state, const struct state_last_run *last,
			 struct error *error)
{
	const struct state_last_run counted = count_runs(state, last);
	struct buffer content = BUFFER_INITIAL;
	char *fresh = path_join(state->directory, NEW_NAME);
	char *path = path_join(state->directory, FILE_NAME);
	encode(&content, &counted);
	int result = write_file(fresh, &content);
	if (result == 0)
		result = rename(fresh, path);
	if (result != 0)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					 "cannot note in %s what this run did", path);
	buffer_release(&content);
	free(fresh);
	free(path);
	return result;
}

/* --- Reading --- */

/* LINE is "WORD NUMBER": takes the number where the word is the one. */
static bool take_number(const char *line, const char *word, uint64_t maximum, uint64_t *number_r)
{
	size_t length = strlen(word);
	return strncmp(line, word, length) == 0 && line[length] == ' ' &&
	       text_parse_number(line + length + 1, maximum, number_r);
}

static bool take_problem(char *line, struct state_last_run *last)
{
	uint64_t kind;
	char *folder = strchr(line, '\t');
	char *text = folder ? strchr(folder + 1, '\t') : NULL;
	if (!text || last->problem_count == STATE_PROBLEMS_MAX)
		return false;
	*folder++ = '\0';
	*text++ = '\0';
	if (!take_number(line, "problem", ERROR_LOGIN, &kind))
		return false;
	add(last, (enum error_kind)kind, memory_text(folder), memory_text(text));
	return true;
}

static bool decode_line(char *line, struct state_last_run *last)
{
	uint64_t number;
	if (take_number(line, "begun", INT64_MAX, &number))
		last->begun = number;
	else if (take_number(line, "ended", INT64_MAX, &number))
		last->ended = number;
	else if (take_number(line, "worst", ERROR_LOGIN, &number))
		last->worst = (enum error_kind)number;
	else if (take_number(line, "partial", 1, &number))
		last->partial = number == 1;
	else if (take_number(line, "folders", UINT32_MAX, &number))
		last->folders = (uint32_t)number;
	else if (take_number(line, "failed", UINT32_MAX, &number))
		last->failed = (uint32_t)number;
	else if (take_number(line, "refused", UINT32_MAX, &number))
		last->refused = (uint32_t)number;
	else if (take_number(line, "more", UINT64_MAX, &number))
		last->more_problems = number;
	else if (take_number(line, "succeeded", INT64_MAX, &number))
		last->succeeded = number;
	else if (take_number(line, "failures", UINT64_MAX, &number))
		last->failures = number;
	else
		return take_problem(line, last);
	return true;
}

/* Total: any text gives a record or false. */
static bool decode(char *text, struct state_last_run *last)
{
	bool good = false;
	for (char *line = text; *line;) {
		char *end = strchr(line, '\n');
		if (!end)
			return false;
		*end = '\0';
		if (line == text ? strcmp(line, HEADER) != 0 : !decode_line(line, last))
			return false;
		good = true;
		line = end + 1;
	}
	return good;
}

static void read_all(FILE *file, struct buffer *content)
{
	char part[4096];
	size_t length;
	while (content->length < SIZE_MAX_READ && (length = fread(part, 1, sizeof part, file)) > 0)
		buffer_add(content, part, length);
}

int state_last_run_read(const char *directory, struct state_last_run *last_r, struct error *error)
{
	char *path = path_join(directory, FILE_NAME);
	struct buffer content = BUFFER_INITIAL;
	FILE *file = fopen(path, "re");
	int result = 1;
	*last_r = (struct state_last_run){ .begun = 0 };
	if (file) {
		read_all(file, &content);
		bool whole = ferror(file) == 0 && strlen(buffer_text(&content)) == content.length;
		(void)fclose(file); /* only read from */
		if (!whole || content.length == 0 || !decode(content.bytes, last_r)) {
			state_last_run_release(last_r);
			result = error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
					   "what the last run did is not known: %s is damaged; "
					   "the next run writes it anew",
					   path);
		}
	} else {
		result = errno == ENOENT || errno == ENOTDIR
				 ? 0
				 : error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
						   "cannot open %s", path);
	}
	buffer_release(&content);
	free(path);
	return result;
}
