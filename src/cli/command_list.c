/* navette list: every folder and what a run would do with it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/rules_text.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "config/config.h"
#include "sync/sync.h"

struct list {
	const struct cli_options *options;
	bool for_mutt; /* --format mutt */
	const struct config_account *account;
};

static const char *sides_word(const struct folder_view *folder)
{
	if (folder->near && folder->far)
		return "both";
	if (folder->near)
		return "near";
	return folder->far ? "far" : "none";
}

static const char *action_word(const struct folder_view *folder)
{
	switch (folder->action) {
	case FOLDER_SYNC:
		return "sync";
	case FOLDER_CREATE_NEAR:
		return folder->base ? "leave away here while it is empty: it was removed"
				    : "create here and sync";
	case FOLDER_CREATE_FAR:
		return folder->base ? "leave away on the server while it is empty: it was removed"
				    : "create on the server and sync";
	case FOLDER_REMOVE_NEAR:
		return "remove here";
	case FOLDER_REMOVE_FAR:
		return "remove on the server";
	case FOLDER_RENAMED_NEAR:
		return "rename here: it has another name on the server, see navette sync -n";
	case FOLDER_RENAMED_FAR:
		return "rename on the server: it has another name here, see navette sync -n";
	case FOLDER_FORGET:
		return "forget: gone on both sides";
	case FOLDER_GONE_NEAR:
		return "refuse: gone here, see navette sync";
	case FOLDER_GONE_FAR:
		return "refuse: gone on the server, see navette sync";
	case FOLDER_BLOCKED:
		return "refuse";
	case FOLDER_SKIP:
		break;
	}
	return "leave alone: `create` in the configuration says so";
}

/* The caller's. */
static char *what_is_done(const struct folder_view *folder)
{
	const char *word = folder->channel ? action_word(folder) : "leave alone";
	if (folder->blocked)
		return memory_format("%s: %s", word, folder->blocked);
	return memory_format("%s%s", word, folder->channel ? "" : ": no channel takes it");
}

static char *rules_of(const struct folder_view *folder)
{
	return folder->channel ? cli_rules_text(&folder->channel->rules) : memory_text("");
}

static char *printable(const char *text)
{
	return text_printable(text, strlen(text));
}

static void print_line(const char *account, const struct folder_view *folder)
{
	char *rules = rules_of(folder);
	char *done = what_is_done(folder);
	char *shown = printable(folder->name);
	char *shown_done = printable(done);
	char *shown_local = printable(folder->local ? folder->local : "-");
	char *shown_rules = printable(rules[0] != '\0' ? rules : "-");
	(void)printf("%s/%s\t%s\t%s\t%s\t%s\t%s\n", account, shown, sides_word(folder), shown_done,
		     folder->channel ? folder->channel->name : "-", shown_local, shown_rules);
	free(rules);
	free(done);
	free(shown);
	free(shown_done);
	free(shown_local);
	free(shown_rules);
}

/* A line of muttrc(5): within double quotes a backslash takes the meaning from what follows. */
static void print_mailbox(const struct folder_view *folder)
{
	struct buffer line = BUFFER_INITIAL;
	if (!folder->near || !folder->channel || folder->blocked || !folder->path)
		return;
	for (const char *byte = folder->path; *byte != '\0'; byte++) {
		if (strchr("\"\\$`", *byte))
			buffer_add_byte(&line, '\\');
		buffer_add_byte(&line, *byte);
	}
	(void)printf("mailboxes \"%s\"\n", buffer_text(&line));
	buffer_release(&line);
}

/* Who reads it on a terminal sees what the columns are. */
static void print_heading(const struct list *list)
{
	if (!list->options->json && !list->for_mutt && isatty(STDOUT_FILENO) == 1)
		(void)printf("FOLDER\tSIDES\tA RUN WOULD\tCHANNEL\tNAME HERE\tRULES\n");
}

static int print_folder(void *context, const struct folder_view *folder)
{
	const struct list *list = context;
	if (list->for_mutt) {
		print_mailbox(folder);
		return 0;
	}
	if (!list->options->json) {
		print_line(list->account->name, folder);
		return 0;
	}
	struct json_object object;
	char *rules = rules_of(folder);
	char *done = what_is_done(folder);
	json_begin(&object, "list-folder");
	json_add_text(&object, "account", list->account->name);
	json_add_text(&object, "folder", folder->name);
	json_add_text(&object, "mailbox", folder->mailbox);
	json_add_text(&object, "sides", sides_word(folder));
	json_add_text(&object, "channel", folder->channel ? folder->channel->name : NULL);
	json_add_text(&object, "local", folder->local);
	json_add_text(&object, "maildir", folder->path);
	json_add_text(&object, "action", done);
	json_add_text(&object, "rules", rules);
	json_print(&object);
	free(rules);
	free(done);
	return 0;
}

static enum cli_exit list_accounts(const struct cli_options *options,
				   const struct cli_selection *selection)
{
	enum error_kind worst = selection->worst;
	bool headed = false;
	const atomic_bool *cancelled = cli_signals_catch();
	for (size_t i = 0; i < selection->count && !atomic_load(cancelled); i++) {
		const struct cli_selected *selected = &selection->items[i];
		struct list list = { .options = options,
				     .for_mutt = options->text[CLI_TEXT_FORMAT] != NULL,
				     .account = selected->account };
		const struct sync_options sync = { .dry_run = true,
						   .folders = selected->folders,
						   .channels = selected->channels,
						   .cancel = cancelled };
		struct error error = ERROR_INITIAL;
		if (!list.account)
			continue;
		if (!headed)
			print_heading(&list);
		headed = true;
		if (sync_list(list.account, &sync, print_folder, &list, &error) != 0) {
			cli_report_error(options, list.account->name, NULL, &error);
			worst = error_worse(worst, error.kind);
		}
	}
	return cli_exit_of(worst);
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	const char *format = options->text[CLI_TEXT_FORMAT];
	enum cli_exit status = CLI_EXIT_USAGE;
	if (format && strcmp(format, "mutt") != 0) {
		log_line(LOG_ERROR, "--format knows mutt alone, and not %s", format);
		return CLI_EXIT_USAGE;
	}
	if (cli_selection_load(options, &config, &selection))
		status = list_accounts(options, &selection);
	cli_selection_release(&selection);
	config_destroy(&config);
	return status;
}

const struct cli_command cli_command_list = {
	.name = "list",
	.arguments = "[ACCOUNT[/CHANNEL|/FOLDER] ...]",
	.summary = "every folder, and what a run would do with it",
	.run = run,
};
