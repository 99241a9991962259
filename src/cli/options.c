/* The command line. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* How long a run waits for another one of the same account when nothing else is said. */
#define LOCK_WAIT_SECONDS 10
#define LOCK_WAIT_MAX 86400

enum long_option { OPTION_FORCE_DELETE = 256, OPTION_RESTORE, OPTION_JSON, OPTION_WAIT };

static const struct option long_options[] = { { "config", required_argument, NULL, 'c' },
					      { "dry-run", no_argument, NULL, 'n' },
					      { "force-delete", no_argument, NULL,
						OPTION_FORCE_DELETE },
					      { "restore", no_argument, NULL, OPTION_RESTORE },
					      { "json", no_argument, NULL, OPTION_JSON },
					      { "wait", required_argument, NULL, OPTION_WAIT },
					      { "quiet", no_argument, NULL, 'q' },
					      { "verbose", no_argument, NULL, 'v' },
					      { "version", no_argument, NULL, 'V' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

const char *cli_options_help(void)
{
	return "Options:\n"
	       "  -c, --config FILE    read FILE instead of ~/.config/navette/config\n"
	       "  -n, --dry-run        show what sync would do, no more; -v: each step\n"
	       "      --force-delete   remove even where the safety guard would stop\n"
	       "      --restore        bring back from the other side what one side lost\n"
	       "      --wait SECONDS   how long to wait for another run of the account (10)\n"
	       "      --json           results as one JSON object a line\n"
	       "  -q, --quiet          only errors\n"
	       "  -v, --verbose        every operation; -vv shows the protocol, without secrets\n"
	       "  -V, --version        the version\n"
	       "  -h, --help           this help\n";
}

/* Names the long option that was probably meant. */
static int refuse_option(const char *said, struct error *error)
{
	const char *names[sizeof long_options / sizeof *long_options] = { NULL };
	for (size_t i = 0; long_options[i].name; i++)
		names[i] = long_options[i].name;
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

static int take_option(int option, struct cli_options *options, struct error *error)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'n':
		options->dry_run = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose++;
		return 0;
	case 'V':
		options->version = true;
		return 0;
	case 'h':
		options->help = true;
		return 0;
	case OPTION_FORCE_DELETE:
		options->force_delete = true;
		return 0;
	case OPTION_RESTORE:
		options->restore = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	default:
		return parse_wait(optarg, options, error);
	}
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

int cli_options_parse(int argc, char **argv, struct cli_options *options_r, struct error *error)
{
	*options_r = (struct cli_options){ .lock_wait = LOCK_WAIT_SECONDS };
	int option;
	opterr = 0;
	optind = 0; /* start anew, GNU's way */
	while ((option = getopt_long(argc, argv, ":c:nqvVh", long_options, NULL)) != -1) {
		if (option == ':' || option == '?')
			return refuse_argument(argv, option, error);
		if (take_option(option, options_r, error) != 0)
			return -1;
	}
	/* getopt has moved what is no option to the end; argv[argc] is NULL. */
	if (optind < argc)
		options_r->command = argv[optind++];
	options_r->arguments = (const char *const *)&argv[optind];
	if (options_r->force_delete && options_r->restore)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "--force-delete and --restore say opposite things; give one");
	return 0;
}
