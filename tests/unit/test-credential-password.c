/* Passwords and the commands that print them. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "credential/password.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Long enough for a slow machine; nothing waits for it that goes well. */
#define PATIENCE 60

static int ask(const char *command_text, unsigned int timeout, char **secret_r, struct error *error)
{
	char name[] = "work";
	char *command = memory_text(command_text);
	struct config_account account = { .name = name, .password_command = command };
	int result = credential_account_password(&account, timeout, NULL, secret_r, error);
	free(command);
	return result;
}

Test(credential_password, from_the_file)
{
	char name[] = "work";
	char password[] = "pass word";
	struct config_account account = { .name = name, .password = password };
	struct error error = ERROR_INITIAL;
	char *secret = NULL;
	cr_assert_eq(credential_account_password(&account, 1, NULL, &secret, &error), 0);
	cr_assert_str_eq(secret, "pass word");
	cr_assert_neq(secret, password);
	memory_free_secret(secret);
	account.password = NULL;
	cr_assert_eq(credential_account_password(&account, 1, NULL, &secret, &error), -1);
	cr_assert_eq(error.kind, ERROR_CONFIG);
}

Test(credential_password, token_command_is_asked_and_named)
{
	char name[] = "work";
	char good[] = "echo ya29.token; echo more";
	char bad[] = "echo cannot refresh >&2; exit 4";
	struct config_account account = { .name = name, .token_command = good };
	struct error error = ERROR_INITIAL;
	char *secret = NULL;
	cr_assert_eq(credential_account_password(&account, PATIENCE, NULL, &secret, &error), 0);
	cr_expect_str_eq(secret, "ya29.token");
	memory_free_secret(secret);
	account.token_command = bad;
	cr_assert_eq(credential_account_password(&account, PATIENCE, NULL, &secret, &error), -1);
	cr_expect_str_eq(error.text, "the token-command of account work failed with exit status 4; "
				     "it said: cannot refresh");
}

Test(credential_password, first_line_of_a_command)
{
	static const char *const cases[][2] = {
		{ "echo secret", "secret" },
		{ "printf secret", "secret" },
		{ "printf 'secret\\r\\nmore\\n'", "secret" },
		{ "printf ' with space \\n'", " with space " },
		{ "printf se; sleep 0.2; echo cret", "secret" },
		{ "echo noise >&2; echo secret", "secret" },
		{ "printf 'caf\\303\\251\\n'", "caf\xc3\xa9" },
		{ "cat; echo secret", "secret" }, /* stdin is empty */
		{ "echo secret; exec >&-; sleep 0.1", "secret" },
		/* Much output of either kind neither stops it nor counts. */
		{ "echo secret; head -c 300000 /dev/zero | tr '\\0' x", "secret" },
		{ "head -c 300000 /dev/zero | tr '\\0' x >&2; echo secret", "secret" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		char *secret = NULL;
		cr_assert_eq(ask(cases[i][0], PATIENCE, &secret, &error), 0, "%s: %s", cases[i][0],
			     error.text);
		cr_assert_str_eq(secret, cases[i][1], "%s", cases[i][0]);
		memory_free_secret(secret);
	}
}

Test(credential_password, what_goes_wrong_is_told)
{
	/* A missing command and a wanted terminal are mistakes of the configuration, the rest is
	 * not. */
	static const struct {
		const char *command;
		const char *words;
		enum error_kind kind;
	} cases[] = {
		{ "exit 3", "failed with exit status 3", ERROR_FAILED },
		{ "echo no key >&2; exit 1", "failed with exit status 1; it said: no key",
		  ERROR_FAILED },
		{ "printf 'gpg: one\\n\\ngpg: two\\n' >&2; exit 2", "it said: gpg: one; gpg: two",
		  ERROR_FAILED },
		{ "/no/such/programme", "failed with exit status 127; it said: ", ERROR_CONFIG },
		{ "kill -KILL $$", "was ended by signal 9", ERROR_FAILED },
		{ "true", "printed no password", ERROR_FAILED },
		{ "echo; echo secret", "printed no password in its first line", ERROR_FAILED },
		{ "echo secret; exit 1", "failed with exit status 1", ERROR_FAILED },
		{ "kill -STOP $$", "wants to ask something on the terminal", ERROR_CONFIG },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		char *secret = NULL;
		cr_assert_eq(ask(cases[i].command, PATIENCE, &secret, &error), -1, "%s",
			     cases[i].command);
		cr_assert_null(secret);
		cr_assert_eq(error.kind, cases[i].kind, "%s", cases[i].command);
		cr_assert_eq(error.scope, SCOPE_ACCOUNT);
		cr_assert_not_null(strstr(error.text, "the password-command of account work"));
		cr_assert_not_null(strstr(error.text, cases[i].words), "%s", error.text);
		cr_assert_null(strstr(error.text, "secret"), "%s", error.text);
	}
}

Test(credential_password, long_complaints_are_cut)
{
	struct error error = ERROR_INITIAL;
	char *secret = NULL;
	cr_assert_eq(
		ask("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1", PATIENCE, &secret, &error),
		-1);
	cr_assert_lt(strlen(error.text), 600);
	cr_assert_not_null(strstr(error.text, "it said: xxx"), "%s", error.text);
}

/* A command that hangs is killed with what it started: else its child would hold our pipe open. */
Test(credential_password, hanging_commands_are_stopped, .timeout = 50)
{
	static const char *const commands[] = { "sleep 600", "sleep 600 & sleep 600; true",
						"trap '' TERM INT HUP; sleep 600; sleep 600",
						"exec >&- 2>&-; sleep 600", "yes" };
	for (size_t i = 0; i < COUNT(commands); i++) {
		struct error error = ERROR_INITIAL;
		char *secret = NULL;
		cr_assert_eq(ask(commands[i], 1, &secret, &error), -1);
		cr_assert_not_null(strstr(error.text, "did not end within 1 second and"), "%s",
				   error.text);
	}
}

static atomic_bool cancelled;

static void cancel(int number)
{
	(void)number;
	atomic_store(&cancelled, true);
}

/* So is one that nobody waits for any more; and what it started holds our pipe open no longer. */
Test(credential_password, cancelled_commands_are_stopped, .timeout = 50)
{
	char name[] = "work";
	char command[] = "trap '' TERM INT HUP; kill -USR1 $PPID; sleep 600 & sleep 600";
	struct config_account account = { .name = name, .password_command = command };
	struct error error = ERROR_INITIAL;
	char *secret = NULL;
	(void)signal(SIGUSR1, cancel);
	cr_assert_eq(credential_account_password(&account, 600, &cancelled, &secret, &error), -1);
	cr_assert_null(secret);
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	cr_assert_eq(error.scope, SCOPE_ACCOUNT);
	cr_assert_not_null(strstr(error.text, "stopped by a signal"), "%s", error.text);
}

/* What a command leaves in the background, silent or not, does not hold us up. */
Test(credential_password, background_children_are_not_waited_for, .timeout = 50)
{
	static const char *const commands[] = { "echo secret; sleep 600 & exit 0",
						"echo secret; yes & exit 0" };
	for (size_t i = 0; i < COUNT(commands); i++) {
		struct error error = ERROR_INITIAL;
		char *secret = NULL;
		cr_assert_eq(ask(commands[i], 2, &secret, &error), 0, "%s", error.text);
		cr_assert_str_eq(secret, "secret");
		memory_free_secret(secret);
	}
}

Test(credential_password, works_where_dead_children_are_ignored, .timeout = 50)
{
	struct error error = ERROR_INITIAL;
	char *secret = NULL;
	(void)signal(SIGCHLD, SIG_IGN);
	cr_assert_eq(ask("echo secret", 600, &secret, &error), 0, "%s", error.text);
	cr_assert_str_eq(secret, "secret");
	memory_free_secret(secret);
}
