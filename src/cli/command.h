/* The commands of the programme. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_COMMAND_H
#define NAVETTE_CLI_COMMAND_H

#include "cli/options.h"

/* Exit statuses, for scripts. */
enum cli_exit {
	CLI_EXIT_OK = 0,        /* all in sync */
	CLI_EXIT_FAILED = 1,    /* something failed, the rest went on */
	CLI_EXIT_USAGE = 2,     /* usage or configuration */
	CLI_EXIT_TEMPORARY = 3, /* network, server busy: try again */
	CLI_EXIT_REFUSED = 4    /* refused for safety */
};
enum cli_exit cli_exit_of(enum error_kind kind);

/* One command: a file of its own, ending in one of these. */
struct cli_command {
	const char *name;
	const char *arguments;
	const char *summary; /* one line of --help */
	const char *help;    /* more lines for `help COMMAND`; may be NULL */
	enum cli_exit (*run)(const struct cli_options *options);
};

extern const struct cli_command cli_command_sync;
extern const struct cli_command cli_command_watch;
extern const struct cli_command cli_command_fetch;
extern const struct cli_command cli_command_list;
extern const struct cli_command cli_command_status;
extern const struct cli_command cli_command_check;
extern const struct cli_command cli_command_init;
extern const struct cli_command cli_command_login;

/* The whole programme: what main() returns. */
int cli_main(int argc, char **argv);

#endif
