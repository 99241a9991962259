/* The command line. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_OPTIONS_H
#define NAVETTE_CLI_OPTIONS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* Options whose value is a text that its command looks at. */
enum cli_text {
	CLI_TEXT_ADDRESS,
	CLI_TEXT_FORMAT,
	CLI_TEXT_FROM,
	CLI_TEXT_HOST,
	CLI_TEXT_KEEP,
	CLI_TEXT_MAILDIR,
	CLI_TEXT_MAX_AGE,
	CLI_TEXT_NAME,
	CLI_TEXT_PASSWORD_COMMAND,
	CLI_TEXT_PORT,
	CLI_TEXT_REDIRECT_PORT,
	CLI_TEXT_TLS,
	CLI_TEXT_TLS_CA,
	CLI_TEXT_TLS_FINGERPRINT,
	CLI_TEXT_TOKEN_COMMAND,
	CLI_TEXT_USER,
	CLI_TEXT_COUNT
};

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
	bool device; /* login: by a code for another device */
	bool paste;  /* login: the address is pasted */
	bool forget; /* login: the tokens are removed */
	bool json;
	bool quiet;
	bool non_interactive;
	bool no_login;
	bool timer;
	bool watch;                       /* init: switch the service on */
	unsigned int verbose;             /* how many -v */
	unsigned int lock_wait;           /* seconds */
	const char *text[CLI_TEXT_COUNT]; /* NULL: not given */
};

/* Options may stand before and after the command. Returns 0, or -1 with ERROR_CONFIG that names the
 * nearest option, or the commands that one is for. */
int cli_options_parse(int argc, char **argv, struct cli_options *options_r, struct error *error);

/* Adds the lines of help about the options that COMMAND takes and others do not; NULL: about those
 * that are of use to more than one. */
void cli_options_add_help(struct buffer *out, const char *command);

#endif
