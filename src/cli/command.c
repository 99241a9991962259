/* Picks the command. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "credential/keyring.h"
#include "credential/oauth.h"
#include "tags/tags.h"

static enum cli_exit help(const struct cli_options *options);
static const struct cli_command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "what a command does, and its options",
	.run = help,
};

static const struct cli_command *const commands[] = { &cli_command_sync,   &cli_command_watch,
						      &cli_command_fetch,  &cli_command_list,
						      &cli_command_status, &cli_command_check,
						      &cli_command_init,   &cli_command_login,
						      &command_help };
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

enum cli_exit cli_exit_of(enum error_kind kind)
{
	switch (kind) {
	case ERROR_NONE:
		return CLI_EXIT_OK;
	case ERROR_CONFIG:
		return CLI_EXIT_USAGE;
	case ERROR_TEMPORARY:
		return CLI_EXIT_TEMPORARY;
	case ERROR_SAFETY:
		return CLI_EXIT_REFUSED;
	case ERROR_FAILED:
	case ERROR_LOGIN:
		break;
	}
	return CLI_EXIT_FAILED;
}

static void print_help(void)
{
	struct buffer options = BUFFER_INITIAL;
	cli_options_add_help(&options, NULL);
	(void)printf("navette keeps IMAP accounts and local Maildirs the same, both ways.\n\n"
		     "Usage: navette [OPTION...] COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)printf("  %-6s %-24s %s\n", commands[i]->name, commands[i]->arguments,
			     commands[i]->summary);
	(void)printf("\n%s\n"
		     "Exit status: 0 all in sync, 1 something failed, 2 usage or configuration,\n"
		     "3 temporary (try again), 4 refused for safety.\n"
		     "See navette(1) and navette.conf(5).\n",
		     buffer_text(&options));
	buffer_release(&options);
}

static void print_help_of(const struct cli_command *command)
{
	struct buffer options = BUFFER_INITIAL;
	cli_options_add_help(&options, command->name);
	(void)printf("Usage: navette [OPTION...] %s %s\n\n%s: %s.\n", command->name,
		     command->arguments, command->name, command->summary);
	if (command->help)
		(void)printf("\n%s", command->help);
	if (options.length > 0)
		(void)printf("\n%s", buffer_text(&options));
	(void)printf("\nFor the options of all commands see navette --help.\n");
	buffer_release(&options);
}

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static enum cli_exit refuse_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = { NULL };
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	const char *nearest = text_nearest(name, names);
	if (nearest)
		log_line(LOG_ERROR, "unknown command %s; did you mean %s?", name, nearest);
	else
		log_line(LOG_ERROR, "unknown command %s; see navette --help", name);
	return CLI_EXIT_USAGE;
}

static enum cli_exit help(const struct cli_options *options)
{
	const char *name = options->arguments[0];
	const struct cli_command *command = name ? find_command(name) : NULL;
	if (name && !command)
		return refuse_command(name);
	if (command)
		print_help_of(command);
	else
		print_help();
	return CLI_EXIT_OK;
}

static void set_log_level(const struct cli_options *options)
{
	if (options->verbose >= 2)
		log_set_level(LOG_WIRE);
	else if (options->verbose == 1)
		log_set_level(LOG_VERBOSE);
	else if (options->quiet)
		log_set_level(LOG_ERROR);
}

/* Passwords must not end up in a core file, nor be read by another program of this user's, and mail
 * is nobody else's whatever the umask (invariant 10). A limit of 0 alone does not keep a core from
 * a program that /proc/sys/kernel/core_pattern names. */
static void keep_secrets(void)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
	(void)setrlimit(RLIMIT_CORE, &none);      /* lowering a limit cannot fail */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* nor can this */
	(void)umask(S_IRWXG | S_IRWXO);           /* nor this */
}

/* A descriptor of the three that is closed would be that of the next file, and what is printed
 * would go into it. */
static void hold_standard_descriptors(void)
{
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (fcntl(i, F_GETFD) < 0)
			(void)open("/dev/null", O_RDONLY); /* that nothing can be written to */
}

/* Whether all that was printed arrived; says so where it did not. */
static bool results_arrived(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	log_line(LOG_ERROR, "the results could not be written to the standard output; what was "
			    "done is done: navette status tells how the last run ended");
	return false;
}

/* What a build may lack, so that a report of a problem says so. */
static void print_version(void)
{
	const char *oauth = credential_oauth_libraries();
	const char *keyring = keyring_library();
	(void)printf("navette %s\nnavette login: %s\nkeyring: %s\n", PACKAGE_VERSION,
		     oauth ? oauth : "not built in (libcurl, jansson)",
		     keyring ? keyring : "not built in (libsecret)");
	const char *tags = tags_library();
	(void)printf("tags of notmuch: %s\n", tags ? tags : "left out (libnotmuch)");
#ifdef HAVE_EXPAT
	(void)printf("published settings: expat\n");
#else
	(void)printf("published settings: left out (expat)\n");
#endif
#ifdef HAVE_SQLITE3
	(void)printf("state of OfflineIMAP: sqlite3\n");
#else
	(void)printf("state of OfflineIMAP: plain files alone (sqlite3 is left out)\n");
#endif
}

static enum cli_exit run_command(const struct cli_options *options)
{
	if (options->version) {
		print_version();
		return CLI_EXIT_OK;
	}
	if (options->help) {
		const struct cli_command *command =
			options->command ? find_command(options->command) : NULL;
		if (command)
			print_help_of(command);
		else
			print_help();
		return CLI_EXIT_OK;
	}
	if (!options->command) {
		log_line(LOG_ERROR, "say which command to run, for instance: navette sync; see "
				    "navette --help");
		return CLI_EXIT_USAGE;
	}
	crypto_begin();
	const struct cli_command *command = find_command(options->command);
	return command ? command->run(options) : refuse_command(options->command);
}

int cli_main(int argc, char **argv)
{
	struct cli_options options;
	struct error error = ERROR_INITIAL;
	hold_standard_descriptors();
	keep_secrets();
	log_detect_journal();
	if (cli_options_parse(argc, argv, &options, &error) != 0) {
		log_line(LOG_ERROR, "%s", error.text);
		return CLI_EXIT_USAGE;
	}
	set_log_level(&options);
	enum cli_exit status = run_command(&options);
	if (!results_arrived() && status == CLI_EXIT_OK)
		status = CLI_EXIT_FAILED;
	return (int)status;
}
