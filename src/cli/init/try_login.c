/* Trying what is about to be written. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/init/init.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "sync/survey.h"

#define SHOWN_MAX 40 /* folders; of more than that their number is told */

/* --- What the server has --- */

struct seen {
	struct init *init;
	size_t folders, hidden;
	uint64_t messages, bytes;
	bool bytes_known;
};

/* Names that a pattern would take for more than a name, or that would need a line of their own. */
static bool is_plain(const char *name)
{
	return strlen(name) < 80 && !strpbrk(name, "*?!,\\;");
}

static bool is_of_lists(const char *name)
{
	return text_starts_with_ignoring_case(name, "list") ||
	       text_starts_with_ignoring_case(name, "mailing");
}

/* All that stands below the same top folder is one pattern. */
static void note_list(struct draft *draft, const char *name)
{
	const char *slash = strchr(name, '/');
	char *pattern =
		slash ? memory_format("%.*s/**", (int)(slash - name), name) : memory_text(name);
	if (text_list_holds(&draft->lists, pattern))
		free(pattern);
	else
		text_list_adopt(&draft->lists, pattern);
}

static void see_folder(void *context, const struct sync_surveyed *folder)
{
	struct seen *seen = context;
	struct draft *draft = &seen->init->draft;
	char size[CLI_SIZE_TEXT] = "";
	if (folder->bytes_known)
		cli_format_size(folder->bytes, size);
	seen->messages += folder->messages;
	seen->bytes += folder->bytes;
	seen->bytes_known = seen->bytes_known || folder->bytes_known;
	if (seen->folders++ < SHOWN_MAX) {
		if (folder->messages_known)
			cli_print_line("%9u %9s  %s", folder->messages, size, folder->name);
		else
			cli_print_line("%9s %9s  %s", "", size, folder->name);
	} else {
		seen->hidden++;
	}
	draft->leaves_all = draft->leaves_all || (folder->uses & FOLDER_USE_ALL);
	if (is_of_lists(folder->name) && is_plain(folder->name))
		note_list(draft, folder->name);
}

static void tell_total(const struct seen *seen)
{
	char bytes[CLI_SIZE_TEXT];
	cli_format_size(seen->bytes, bytes);
	if (seen->hidden > 0)
		interview_say("... and %zu more", seen->hidden);
	interview_say("%zu %s, %llu %s%s%s", seen->folders,
		      text_plural(seen->folders, "folder", "folders"),
		      (unsigned long long)seen->messages,
		      text_plural(seen->messages, "message", "messages"),
		      seen->bytes_known ? ", " : "", seen->bytes_known ? bytes : "");
}

/* --- The file as it would be --- */

/* Reads what was written as a run would; *config_r may be NULL: only whether it can be. */
static int load(struct init *init, struct config **config_r, struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	struct config *config = NULL;
	buffer_make_secret(&text);
	draft_write(&init->draft, &text);
	int result = new_file_write(&init->file, &text, error);
	buffer_release(&text);
	if (result == 0)
		result = config_load(init->file.temporary, &config, error);
	if (result == 0 && config_r)
		*config_r = config;
	else
		config_destroy(&config);
	return result;
}

int init_write_draft(struct init *init, struct error *error)
{
	return load(init, NULL, error);
}

static int log_in(struct init *init, bool *refused_r, struct error *error)
{
	struct seen seen = { .init = init };
	struct config *config;
	text_list_release(&init->draft.lists);
	init->draft.leaves_all = false;
	*refused_r = false;
	if (load(init, &config, error) != 0)
		return -1;
	interview_say("Logging in at %s ...", init->draft.server.host);
	int result = sync_survey(&config->accounts[0], NULL, init->interview.cancel, see_folder,
				 &seen, refused_r, error);
	config_destroy(&config);
	if (result == 0)
		tell_total(&seen);
	return result;
}

/* --- When it fails --- */

enum answer { ANSWER_AGAIN, ANSWER_SECRET, ANSWER_SERVER, ANSWER_WRITE, ANSWER_GIVE_UP, ANSWERS };

static const char *const answers[ANSWERS] = {
	[ANSWER_AGAIN] = "Try again",
	[ANSWER_SECRET] = "Say anew where the password is",
	[ANSWER_SERVER] = "Say anew what the server and the login name are",
	[ANSWER_WRITE] = "Write the configuration all the same",
	[ANSWER_GIVE_UP] = "Give up; nothing is written",
};

/* A login that can only be tried later: in the unit, or after navette login. */
static bool waits(const struct draft *draft)
{
	return strcmp(draft->secret_key, "password-credential") == 0 || draft->oauth;
}

int init_try_login(struct init *init, struct error *error)
{
	if (init->options->no_login || waits(&init->draft))
		return 0;
	for (;;) {
		bool refused;
		if (log_in(init, &refused, error) == 0)
			return 0;
		if (init->interview.silent)
			return -1;
		interview_say("That does not work: %s", error->text);
		int answer = interview_choose(&init->interview, "What now?", answers, ANSWERS,
					      refused ? ANSWER_SECRET : ANSWER_AGAIN);
		if (answer == ANSWER_WRITE)
			error_clear(error);
		if (answer == ANSWER_WRITE)
			return 0;
		if (answer < 0 || answer == ANSWER_GIVE_UP)
			return -1;
		if (answer == ANSWER_SERVER && init_ask_server(init, error) != 0)
			return -1;
		if (answer == ANSWER_SECRET && init_ask_secret(init, error) != 0)
			return -1;
		error_clear(error);
	}
}
