/* navette login: tokens of OAuth 2.0. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/signals.h"
#include "credential/login.h"

struct login {
	const struct cli_options *options;
	const struct config_account *account;
};

/* --- What is to be done by the user --- */

static void print_step_json(const struct login *login, const struct credential_login_step *step)
{
	struct json_object object;
	json_begin(&object, "login-step");
	json_add_text(&object, "account", login->account->name);
	json_add_text(&object, "url", step->url);
	json_add_text(&object, "code", step->code);
	json_add_number(&object, "port", step->port);
	json_print(&object);
}

static void print_step_text(const struct login *login, const struct credential_login_step *step)
{
	cli_print_line("To log in account %s, open this address in a browser:",
		       login->account->name);
	cli_print_line("%s", "");
	cli_print_line("%s", step->url);
	cli_print_line("%s", "");
	if (step->code)
		cli_print_line("and enter the code %s", step->code);
	if (step->comes_back)
		cli_print_line("The browser comes back to port %u of this computer.",
			       (unsigned int)step->port);
	if (step->paste && step->comes_back)
		cli_print_line(
			"If it runs elsewhere and ends on an address that it cannot open, paste "
			"that address here:");
	else if (step->paste)
		cli_print_line("It ends on an address that it may not be able to open. Paste that "
			       "address here:");
	(void)fflush(stdout); /* cli_main() tells of what did not arrive */
}

/* The program of the desktop that opens addresses, where there is a desktop and somebody looks.
 * What becomes of it is no concern of ours: the address is shown as well. */
static void open_browser(const struct credential_login_step *step)
{
	bool display = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
	if (!step->comes_back || !display || !isatty(STDOUT_FILENO))
		return;
	pid_t process = fork();
	if (process != 0)
		return;
	(void)setsid();
	if (freopen("/dev/null", "r", stdin) && freopen("/dev/null", "w", stdout) &&
	    freopen("/dev/null", "w", stderr))
		(void)execlp("xdg-open", "xdg-open", step->url, (char *)NULL);
	_exit(127);
}

static void show(void *context, const struct credential_login_step *step)
{
	const struct login *login = context;
	if (login->options->json) {
		print_step_json(login, step);
		return;
	}
	print_step_text(login, step);
	open_browser(step);
}

/* --- What came of it --- */

/* In local time; the caller owns it. */
static char *time_text(int64_t seconds)
{
	char text[64] = "";
	time_t time = (time_t)seconds;
	struct tm parts;
	if (localtime_r(&time, &parts))
		(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
	return memory_text(text);
}

static void print_done_text(const struct config_account *account,
			    const struct credential_login_result *result)
{
	char *until = time_text(result->expires);
	cli_print_line("account %s is logged in%s%s; try it with \"navette check %s\"",
		       account->name, result->user ? " as " : "", result->user ? result->user : "",
		       account->name);
	if (!result->lasting)
		log_line(
			LOG_WARNING,
			"the provider gave account %s nothing to renew the token with%s%s: a new login "
			"will be needed; a scope such as offline_access may change that",
			account->name, result->expires ? ", which is good until " : "",
			result->expires ? until : "");
	free(until);
}

static void print_done(const struct cli_options *options, const struct config_account *account,
		       const struct credential_login_result *result)
{
	struct json_object object;
	if (!options->json) {
		print_done_text(account, result);
		return;
	}
	json_begin(&object, "login");
	json_add_text(&object, "account", account->name);
	json_add_text(&object, "user", result->user);
	json_add_number(&object, "expires", (uint64_t)result->expires);
	json_add_boolean(&object, "lasting", result->lasting);
	json_print(&object);
}

/* --- The command --- */

static enum error_kind fail(const struct cli_options *options, const struct config_account *account,
			    const struct error *error)
{
	cli_report_error(options, account->name, NULL, error);
	return error->kind;
}

static void print_forgotten(const struct config_account *account,
			    const struct credential_forgotten *forgotten)
{
	bool google = account->oauth.provider == CONFIG_OAUTH_GOOGLE;
	if (!forgotten->had)
		cli_print_line("there were no tokens of account %s", account->name);
	else if (forgotten->revoked)
		cli_print_line("the tokens of account %s are removed here, and revoked at the "
			       "provider",
			       account->name);
	else
		cli_print_line("the tokens of account %s are removed here; the provider still has "
			       "the grant: revoke it %s",
			       account->name,
			       google ? "at https://myaccount.google.com/permissions"
				      : "in the settings of the account there, among the "
					"applications that have access");
}

static enum error_kind forget(const struct cli_options *options,
			      const struct config_account *account)
{
	struct error error = ERROR_INITIAL;
	struct credential_forgotten forgotten = { .had = false };
	if (credential_forget(account, &forgotten, &error) != 0)
		return fail(options, account, &error);
	if (!options->json && !options->quiet)
		print_forgotten(account, &forgotten);
	return ERROR_NONE;
}

/* False with a message. */
static bool read_port(const struct cli_options *options, uint16_t *port_r)
{
	const char *text = options->text[CLI_TEXT_REDIRECT_PORT];
	uint64_t port = 0;
	if (text && (!text_parse_number(text, UINT16_MAX, &port) || port == 0)) {
		log_line(LOG_ERROR, "--redirect-port is a number from 1 to 65535, not %s", text);
		return false;
	}
	*port_r = (uint16_t)port;
	return true;
}

static enum error_kind log_in(const struct cli_options *options,
			      const struct config_account *account)
{
	uint16_t port;
	if (!read_port(options, &port))
		return ERROR_CONFIG;
	struct login context = { .options = options, .account = account };
	struct credential_login_result result = { .user = NULL };
	struct error error = ERROR_INITIAL;
	const struct credential_login login = {
		.way = options->device  ? CREDENTIAL_LOGIN_DEVICE
		       : options->paste ? CREDENTIAL_LOGIN_PASTE
					: CREDENTIAL_LOGIN_BROWSER,
		.port = port,
		.input = STDIN_FILENO,
		.show = show,
		.context = &context,
		.cancel = cli_signals_catch(),
	};
	if (credential_login(account, &login, &result, &error) != 0)
		return fail(options, account, &error);
	print_done(options, account, &result);
	free(result.user);
	return ERROR_NONE;
}

/* The one account that is meant; NULL with a message. */
static const struct config_account *find_account(const struct cli_selection *selection)
{
	const struct config_account *found = NULL;
	size_t count = 0;
	for (size_t i = 0; i < selection->count; i++) {
		if (!selection->items[i].account)
			continue;
		found = selection->items[i].account;
		count++;
	}
	if (count == 1)
		return found;
	log_line(LOG_ERROR, "say which account to log in: navette login ACCOUNT");
	return NULL;
}

static enum cli_exit run(const struct cli_options *options)
{
	struct config *config;
	struct cli_selection selection;
	enum cli_exit status = CLI_EXIT_USAGE;
	if (options->device + options->paste + options->forget > 1) {
		log_line(LOG_ERROR,
			 "--device, --paste and --forget are different things; give one");
		return CLI_EXIT_USAGE;
	}
	if (cli_selection_load(options, &config, &selection) &&
	    !cli_selection_refuse_parts(options, &selection, "login")) {
		const struct config_account *account =
			selection.worst == ERROR_NONE ? find_account(&selection) : NULL;
		if (selection.worst != ERROR_NONE)
			status = cli_exit_of(selection.worst);
		else if (account)
			status = cli_exit_of(options->forget ? forget(options, account)
							     : log_in(options, account));
	}
	cli_selection_release(&selection);
	config_destroy(&config);
	return status;
}

const struct cli_command cli_command_login = {
	.name = "login",
	.arguments = "ACCOUNT",
	.summary = "OAuth 2.0: gets the tokens that runs then use and renew",
	.run = run,
};
