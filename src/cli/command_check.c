/* navette check: what works, what does not, and why. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "config/config.h"
#include "sync/check.h"

struct checking {
	const struct cli_options *options;
	const char *account;
	char *login;             /* how it logged in, once that worked */
	size_t warnings, faults; /* how many there were */
};

static const char *verdict_word(enum sync_verdict verdict)
{
	switch (verdict) {
	case SYNC_VERDICT_GOOD:
		return "good";
	case SYNC_VERDICT_WARNING:
		return "warning";
	case SYNC_VERDICT_BAD:
		break;
	}
	return "bad";
}

/* Tabs between the columns, and none within. */
static void print_text(const char *account, const struct sync_finding *finding)
{
	char *text = text_printable(finding->text, strlen(finding->text));
	(void)printf("%s\t%s\t%s\t%s\n", account, verdict_word(finding->verdict), finding->part,
		     text);
	free(text);
}

static void count_finding(struct checking *checking, const struct sync_finding *finding)
{
	checking->warnings += finding->verdict == SYNC_VERDICT_WARNING;
	checking->faults += finding->verdict == SYNC_VERDICT_BAD;
	if (strcmp(finding->part, "login") != 0 || finding->verdict == SYNC_VERDICT_BAD)
		return;
	free(checking->login);
	checking->login = memory_text(finding->text);
}

/* The line that there is of each account, behind what is wrong with it. */
static void print_summary(const struct checking *checking)
{
	if (checking->options->json || checking->options->quiet)
		return;
	if (checking->faults > 0)
		cli_print_line("%s: does not work yet: %zu %s", checking->account, checking->faults,
			       text_plural(checking->faults, "fault", "faults"));
	else if (checking->warnings > 0)
		cli_print_line("%s: works: %s; %zu %s", checking->account,
			       checking->login ? checking->login : "", checking->warnings,
			       text_plural(checking->warnings, "warning", "warnings"));
	else
		cli_print_line("%s: works: %s", checking->account,
			       checking->login ? checking->login : "");
}

static void print_finding(void *context, const struct sync_finding *finding)
{
	struct checking *checking = context;
	struct json_object object;
	count_finding(checking, finding);
	if (!checking->options->json) {
		if (finding->verdict != SYNC_VERDICT_GOOD || checking->options->verbose > 0)
			print_text(checking->account, finding);
		return;
	}
	json_begin(&object, "check");
	json_add_text(&object, "account", checking->account);
	json_add_text(&object, "verdict", verdict_word(finding->verdict));
	json_add_text(&object, "part", finding->part);
	json_add_text(&object, "text", finding->text);
	json_print(&object);
}

static enum error_kind check_accounts(const struct cli_options *options,
				      const struct cli_selection *selection)
{
	enum error_kind worst = selection->worst;
	const atomic_bool *cancelled = cli_signals_catch();
	for (size_t i = 0; i < selection->count && !atomic_load(cancelled); i++) {
		const struct config_account *account = selection->items[i].account;
		if (!account)
			continue;
		struct checking checking = { .options = options, .account = account->name };
		worst = error_worse(worst,
				    sync_check(account, NULL, cancelled, print_finding, &checking));
		print_summary(&checking);
		free(checking.login);
	}
	return worst;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	enum cli_exit status = CLI_EXIT_USAGE;
	if (cli_selection_load(options, &config, &selection) &&
	    !cli_selection_refuse_parts(options, &selection, "check"))
		status = cli_exit_of(check_accounts(options, &selection));
	cli_selection_release(&selection);
	config_destroy(&config);
	return status;
}

const struct cli_command cli_command_check = {
	.name = "check",
	.arguments = "[ACCOUNT ...]",
	.summary = "configuration, login, permissions and rules: what works",
	.run = run,
};
