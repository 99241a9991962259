/* navette init: from a few questions to a configuration. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "base/log.h"
#include "cli/init/init.h"
#include "cli/report.h"
#include "cli/signals.h"

/* All keys that a configuration must have. */
static int ask_account(struct init *init, struct error *error)
{
	if (init_ask_address(init, error) != 0 || init_ask_server(init, error) != 0 ||
	    init_ask_secret(init, error) != 0)
		return -1;
	return init_ask_maildir(init, error);
}

static void tell_end(const struct init *init)
{
	const char *name = init->draft.name;
	interview_say("Written: %s", init->file.path);
	if (init->draft.oauth)
		interview_say("First log in: \"navette login %s\".", name);
	interview_say(
		"Next: \"navette sync -n %s\" shows what the first run would do, and \"navette "
		"sync %s\" does it.",
		name, name);
}

static int make(struct init *init, struct error *error)
{
	if (ask_account(init, error) != 0 || init_try_login(init, error) != 0 ||
	    init_ask_keep(init, error) != 0 || init_write_draft(init, error) != 0 ||
	    new_file_publish(&init->file, error) != 0)
		return -1;
	tell_end(init);
	init_offer_timer(init);
	return 0;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct init init = { .options = options,
			     .interview = { .silent = options->non_interactive,
					    .cancel = cli_signals_catch() } };
	struct error error = ERROR_INITIAL;
	char *path = options->config ? NULL : config_default_path();
	int result = new_file_begin(&init.file, path ? path : options->config, &error);
	if (result == 0)
		result = init_option(&init, CLI_TEXT_FROM) ? init_from(&init, &error)
							   : make(&init, &error);
	if (result != 0)
		cli_report_error(options, NULL, NULL, &error);
	new_file_end(&init.file);
	draft_release(&init.draft);
	free(path);
	return cli_exit_of(error.kind);
}

const struct cli_command cli_command_init = {
	.name = "init",
	.arguments = "[--from PROGRAM [FILE]]",
	.summary = "asks a few questions and writes a configuration",
	.help = "Finds the server of a mail address, tries the login, shows the folders and writes\n"
		"~/.config/navette/config, never over one that is there. Each question has a\n"
		"default; with --non-interactive nothing is asked.\n",
	.run = run,
};
