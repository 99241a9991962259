/* The command line. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_OPTIONS_H
#define NAVETTE_CLI_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"

/* What was said on the command line. Texts point into argv. */
struct cli_options {
	const char *config;           /* NULL: the default file */
	const char *command;          /* NULL: none was given */
	const char *const *arguments; /* after the command, NULL-terminated */
	bool help;
	bool version;
	bool dry_run;
	bool force_delete;
	bool restore;
	bool json;
	bool quiet;
	unsigned int verbose;   /* how many -v */
	unsigned int lock_wait; /* seconds */
};

/* Options may stand before and after the command. Returns 0, or -1 with ERROR_CONFIG that names the
 * nearest option. */
int cli_options_parse(int argc, char **argv, struct cli_options *options_r, struct error *error);

/* The lines of `--help` about options, for the help of the whole programme. */
const char *cli_options_help(void);

#endif
