/* navette sync: one run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command_sync.h"
#include "cli/hooks.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "config/config.h"
#include "sync/sync.h"

enum error_kind cli_sync_accounts(const struct cli_options *options,
				  const struct cli_selection *selection, struct sync_fetch *fetch)
{
	struct cli_report report;
	struct cli_hooks hooks;
	enum error_kind worst = selection->worst;
	const atomic_bool *cancelled = cli_signals_catch();
	cli_report_begin(&report, options, &hooks);
	cli_hooks_begin(&hooks, selection->config, !options->dry_run, cancelled);
	const struct sync_events events = cli_report_events(&report);
	for (size_t i = 0; i < selection->count && !atomic_load(cancelled); i++) {
		const struct cli_selected *selected = &selection->items[i];
		if (!selected->account)
			continue;
		const struct sync_options sync = { .dry_run = options->dry_run,
						   .force_delete = options->force_delete,
						   .restore = options->restore,
						   .folders = selected->folders,
						   .channels = selected->channels,
						   .fetch = fetch,
						   .lock_wait = options->lock_wait,
						   .cancel = cancelled };
		struct sync_result result;
		cli_hooks_begin_account(&hooks, selected->account);
		cli_report_start(&report, selected->account->name);
		sync_account(selected->account, &sync, &events, &result);
		cli_report_account(&report, selected->account->name, &result);
		cli_hooks_end_account(&hooks, &result);
		worst = error_worse(worst, result.worst);
	}
	cli_report_end(&report);
	cli_hooks_end(&hooks);
	return worst;
}

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
