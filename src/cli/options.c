/* The command line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* How long a run waits for another one of the same account when nothing else is said. */
#define LOCK_WAIT_SECONDS 10
#define LOCK_WAIT_MAX 86400
#define OPTIONS_MAX 40

enum option_kind {
	OPTION_FLAG, /* sets a bool */
	OPTION_TEXT, /* its value is one of cli_options.text */
	OPTION_CONFIG,
	OPTION_VERBOSE,
	OPTION_WAIT
};

/* One option. The order is that of the help. */
struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: it has none */
	enum option_kind kind;
	size_t place;     /* of a bool in struct cli_options; the index of a text */
	const char *only; /* the one command that takes it; NULL: it is harmless to the others */
	const char *help;
};

#define FLAG(member) OPTION_FLAG, offsetof(struct cli_options, member)
#define TEXT(index) OPTION_TEXT, CLI_TEXT_##index

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", OPTION_CONFIG, 0, NULL,
	  "read FILE instead of ~/.config/navette/config" },
	{ 'n', "dry-run", NULL, FLAG(dry_run), NULL,
	  "show what sync would do, no more; -v: each step" },
	{ 0, "force-delete", NULL, FLAG(force_delete), NULL,
	  "remove even where the safety guard would stop" },
	{ 0, "restore", NULL, FLAG(restore), NULL,
	  "bring back from the other side what one side lost" },
	{ 0, "wait", "SECONDS", OPTION_WAIT, 0, NULL,
	  "how long to wait for another run of the account (10)" },
	{ 0, "json", NULL, FLAG(json), NULL, "results as one JSON object a line" },
	{ 'q', "quiet", NULL, FLAG(quiet), NULL, "only errors" },
	{ 'v', "verbose", NULL, OPTION_VERBOSE, 0, NULL,
	  "every operation; -vv shows the protocol, without secrets" },
	{ 'V', "version", NULL, FLAG(version), NULL, "the version" },
	{ 'h', "help", NULL, FLAG(help), NULL, "this help" },

	{ 0, "device", NULL, FLAG(device), "login", "show a code to enter on another device" },
	{ 0, "paste", NULL, FLAG(paste), "login", "read the address that the browser ends on" },
	{ 0, "redirect-port", "NUMBER", TEXT(REDIRECT_PORT), "login",
	  "where the browser comes back to (any free one)" },
	{ 0, "forget", NULL, FLAG(forget), "login", "remove the tokens that are kept" },

	{ 0, "format", "WHAT", TEXT(FORMAT), "list", "mutt: a list of mailboxes for it" },
	{ 0, "max-age", "TIME", TEXT(MAX_AGE), "status",
	  "fail where the last success is longer ago (30m, 2h)" },
	{ 0, "from", "PROGRAM", TEXT(FROM), "init", "take over from mbsync or offlineimap" },
	{ 0, "non-interactive", NULL, FLAG(non_interactive), "init", "ask nothing" },
	{ 0, "name", "NAME", TEXT(NAME), "init", "what to call the account" },
	{ 0, "address", "ADDRESS", TEXT(ADDRESS), "init", "the mail address" },
	{ 0, "host", "HOST", TEXT(HOST), "init", "the server, instead of looking for it" },
	{ 0, "port", "NUMBER", TEXT(PORT), "init", "its port" },
	{ 0, "tls", "WAY", TEXT(TLS), "init", "implicit, starttls or none" },
	{ 0, "tls-ca", "FILE", TEXT(TLS_CA), "init", "authorities to trust" },
	{ 0, "tls-fingerprint", "HEX", TEXT(TLS_FINGERPRINT), "init",
	  "the one certificate to trust" },
	{ 0, "user", "NAME", TEXT(USER), "init", "the login name" },
	{ 0, "password-command", "COMMAND", TEXT(PASSWORD_COMMAND), "init", "prints the password" },
	{ 0, "token-command", "COMMAND", TEXT(TOKEN_COMMAND), "init",
	  "prints a token of OAuth 2.0" },
	{ 0, "maildir", "DIRECTORY", TEXT(MAILDIR), "init", "where the mail goes" },
	{ 0, "keep", "WHAT", TEXT(KEEP), "init", "all, year, lists or backup" },
	{ 0, "no-login", NULL, FLAG(no_login), "init", "do not try the login" },
	{ 0, "timer", NULL, FLAG(timer), "init", "switch on the systemd timer" },
	{ 0, "watch", NULL, FLAG(watch), "init", "switch on the systemd service that watches" },
};
#define ROW_COUNT (sizeof rows / sizeof *rows)
_Static_assert(ROW_COUNT < OPTIONS_MAX, "the tables of getopt hold each option");

/* getopt's number for a row: its letter, or one beyond all letters. */
static int number_of(size_t row)
{
	return rows[row].letter != 0 ? rows[row].letter : 256 + (int)row;
}

static const struct option_row *row_of(int number)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (number_of(i) == number)
			return &rows[i];
	}
	return NULL;
}

/* --- Help --- */

static void add_row(struct buffer *out, const struct option_row *row)
{
	struct buffer left = BUFFER_INITIAL;
	if (row->letter != 0)
		buffer_add_format(&left, "  -%c, --%s", row->letter, row->name);
	else
		buffer_add_format(&left, "      --%s", row->name);
	if (row->value)
		buffer_add_format(&left, " %s", row->value);
	/* Wider ones have a line for themselves where a column would be too narrow. */
	if (left.length > 24)
		buffer_add_format(out, "%s\n%25s", buffer_text(&left), "");
	else
		buffer_add_format(out, "%-24s ", buffer_text(&left));
	buffer_add_format(out, "%s\n", row->help);
	buffer_release(&left);
}

void cli_options_add_help(struct buffer *out, const char *command)
{
	bool any = false;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const char *only = rows[i].only;
		if (command ? !only || strcmp(only, command) != 0 : only != NULL)
			continue;
		if (!any)
			buffer_add_text(out, "Options:\n");
		add_row(out, &rows[i]);
		any = true;
	}
}

/* --- Reading --- */

/* Names the long option that was probably meant. */
static int refuse_option(const char *said, struct error *error)
{
	const char *names[ROW_COUNT + 1] = { NULL };
	for (size_t i = 0; i < ROW_COUNT; i++)
		names[i] = rows[i].name;
	const char *nearest = text_starts_with(said, "--") ? text_nearest(said + 2, names) : NULL;
	if (nearest)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "unknown option %s; did you mean --%s?", said, nearest);
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "unknown option %s; see navette --help", said);
}

static int parse_wait(const char *text, struct cli_options *options, struct error *error)
{
	uint64_t seconds;
	if (!text_parse_number(text, LOCK_WAIT_MAX, &seconds))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "--wait needs a number of seconds up to %d, not %s", LOCK_WAIT_MAX,
				 text);
	options->lock_wait = (unsigned int)seconds;
	return 0;
}

static int take_option(const struct option_row *row, struct cli_options *options,
		       struct error *error)
{
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)((char *)options + row->place) = true;
		return 0;
	case OPTION_TEXT:
		options->text[row->place] = optarg;
		return 0;
	case OPTION_CONFIG:
		options->config = optarg;
		return 0;
	case OPTION_VERBOSE:
		options->verbose++;
		return 0;
	case OPTION_WAIT:
		break;
	}
	return parse_wait(optarg, options, error);
}

static int refuse_argument(char **argv, int option, struct error *error)
{
	if (option == ':')
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s needs a value; see navette --help", argv[optind - 1]);
	if (optopt != 0 && optopt < 256) {
		char said[] = { '-', (char)optopt, '\0' };
		return refuse_option(said, error);
	}
	return refuse_option(argv[optind - 1], error);
}

static void fill_tables(struct option *long_r, char *short_r)
{
	*short_r++ = ':';
	for (size_t i = 0; i < ROW_COUNT; i++) {
		*long_r++ =
			(struct option){ .name = rows[i].name,
					 .has_arg = rows[i].value ? required_argument : no_argument,
					 .val = number_of(i) };
		if (rows[i].letter != 0)
			*short_r++ = rows[i].letter;
		if (rows[i].letter != 0 && rows[i].value)
			*short_r++ = ':';
	}
	*long_r = (struct option){ .name = NULL };
	*short_r = '\0';
}

/* An option of another command would be passed over in silence. */
static int check_use(const struct option_row *const *given, size_t count, const char *command,
		     struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const char *only = given[i]->only;
		if (only && (!command || strcmp(only, command) != 0))
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "--%s is an option of navette %s alone; see navette help "
					 "%s",
					 given[i]->name, only, only);
	}
	return 0;
}

int cli_options_parse(int argc, char **argv, struct cli_options *options_r, struct error *error)
{
	struct option long_options[OPTIONS_MAX];
	char letters[2 * OPTIONS_MAX];
	const struct option_row *only[OPTIONS_MAX];
	size_t only_count = 0;
	*options_r = (struct cli_options){ .lock_wait = LOCK_WAIT_SECONDS };
	fill_tables(long_options, letters);
	int option;
	opterr = 0;
	optind = 0; /* start anew, GNU's way */
	while ((option = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		const struct option_row *row = row_of(option);
		if (!row)
			return refuse_argument(argv, option, error);
		if (row->only && only_count < OPTIONS_MAX)
			only[only_count++] = row;
		if (take_option(row, options_r, error) != 0)
			return -1;
	}
	/* getopt has moved what is no option to the end; argv[argc] is NULL. */
	if (optind < argc)
		options_r->command = argv[optind++];
	options_r->arguments = (const char *const *)&argv[optind];
	if (options_r->force_delete && options_r->restore)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "--force-delete and --restore say opposite things; give one");
	return check_use(only, only_count, options_r->command, error);
}
