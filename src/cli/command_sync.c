/* navette sync: one run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/account_runs.h"
#include "cli/command.h"
#include "cli/selection.h"
#include "config/config.h"

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	enum cli_exit status = CLI_EXIT_USAGE;
	if (cli_selection_load(options, &config, &selection))
		status = cli_exit_of(cli_sync_accounts(options, &selection, NULL));
	cli_selection_release(&selection);
	config_destroy(&config);
	return status;
}

const struct cli_command cli_command_sync = {
	.name = "sync",
	.arguments = "[ACCOUNT[/CHANNEL|/FOLDER] ...]",
	.summary = "make both sides the same, once; -n shows what it would do",
	.run = run,
};
