/* navette fetch: brings whole messages of which only the header is here. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "cli/account_runs.h"
#include "cli/report.h"

/* A Message-ID has an "@" (RFC 5322 section 3.6.4) or is in angle brackets; folders are named
 * before them. */
static bool is_message_id(const char *argument)
{
	return strchr(argument, '@') != NULL || argument[0] == '<';
}

static char *without_brackets(const char *argument)
{
	size_t length = strlen(argument);
	if (length >= 2 && argument[0] == '<' && argument[length - 1] == '>')
		return memory_text_length(argument + 1, length - 2);
	return memory_text(argument);
}

static size_t count_arguments(const char *const *arguments)
{
	size_t count = 0;
	while (arguments[count])
		count++;
	return count;
}

/* What stands on the command line, in two lists. */
struct asked {
	const char **places; /* NULL-terminated */
	struct text_list ids;
};

static struct asked sort_arguments(const char *const *arguments)
{
	size_t places = 0;
	struct asked asked = { .places = memory_array(count_arguments(arguments) + 1,
						      sizeof *asked.places) };
	for (; *arguments; arguments++) {
		if (!is_message_id(*arguments)) {
			asked.places[places++] = *arguments;
			continue;
		}
		char *id = without_brackets(*arguments);
		text_list_add(&asked.ids, id);
		free(id);
	}
	return asked;
}

static bool tell_missing(const struct cli_options *options, const struct sync_fetch *fetch)
{
	bool any = false;
	for (size_t i = 0; i < fetch->count; i++) {
		struct error error = ERROR_INITIAL;
		if (fetch->found[i])
			continue;
		any = true;
		(void)error_set(
			&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"no message with the Message-ID %s is here as a header only: it may be "
			"whole already, or not synchronised yet",
			fetch->ids[i]);
		cli_report_error(options, NULL, NULL, &error);
	}
	return any;
}

static enum cli_exit fetch_messages(const struct cli_options *options,
				    const struct cli_selection *selection, struct asked *asked)
{
	size_t count = asked->ids.count;
	struct sync_fetch fetch = { .ids = (const char *const *)asked->ids.items,
				    .count = count,
				    .found = memory_array(count, sizeof(bool)) };
	enum cli_exit status = cli_exit_of(cli_sync_accounts(options, selection, &fetch));
	if (status == CLI_EXIT_OK && tell_missing(options, &fetch))
		status = CLI_EXIT_FAILED;
	free(fetch.found);
	return status;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config = NULL;
	struct cli_selection selection = { .items = NULL };
	struct asked asked = sort_arguments(options->arguments);
	struct cli_options places = *options;
	struct error error = ERROR_INITIAL;
	enum cli_exit status = CLI_EXIT_USAGE;
	places.arguments = asked.places;
	if (asked.ids.count == 0) {
		(void)error_set(&error, ERROR_CONFIG, SCOPE_ACCOUNT, /* always -1 */
				"fetch needs the Message-ID of at least one message: navette fetch "
				"%s",
				"[FOLDER] MESSAGE-ID ...");
		cli_report_error(options, NULL, NULL, &error);
	} else if (cli_selection_load(&places, &config, &selection)) {
		status = fetch_messages(&places, &selection, &asked);
	}
	cli_selection_release(&selection);
	config_destroy(&config);
	text_list_release(&asked.ids);
	free(asked.places);
	return status;
}

const struct cli_command cli_command_fetch = {
	.name = "fetch",
	.arguments = "[ACCOUNT[/CHANNEL|/FOLDER] ...] MESSAGE-ID ...",
	.summary = "bring whole messages of which only the header is here",
	.run = run,
};
