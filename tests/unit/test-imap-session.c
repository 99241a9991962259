/* Sessions: login, pipeline, failures. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap-script.h"
#include "imap/session_internal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- Login --- */

static struct error fail_to_open(const char *const *lines, enum imap_tls tls)
{
	struct imap_script *script = imap_script_start(lines);
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct error error = ERROR_INITIAL;
	char *failure;

	login.endpoint.tls = tls;
	cr_assert_eq(imap_session_open(&login, &session, &error), -1);
	cr_assert_null(session);
	failure = imap_script_end(&script);
	cr_assert_null(failure, "%s", failure);
	return error;
}

Test(imap_session, logs_in_and_sends_one_flight)
{
	static const char *const lines[] = {
		"S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hello",
		"C: LOGIN \"me\" \"secret\"",
		"S: = OK [CAPABILITY IMAP4rev1 ID ENABLE UTF8=ACCEPT NAMESPACE UIDPLUS] in",
		"C: ID (\"name\" \"navette\" \"version\" \"" PACKAGE_VERSION
		"\" \"vendor\" \"navette\")",
		"C: ENABLE UTF8=ACCEPT",
		"C: NAMESPACE",
		"S: * ID NIL",
		"S: = OK id",
		"S: * ENABLED UTF8=ACCEPT",
		"S: = OK enabled",
		"S: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL",
		"S: = OK namespace",
		NULL
	};
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	const struct imap_naming *naming = imap_session_naming(session);

	cr_assert_str_eq(naming->prefix, "INBOX.");
	cr_assert_eq(naming->delimiter, '.');
	cr_assert(naming->utf8);
	cr_assert(imap_session_has(session, IMAP_CAPABILITY_UIDPLUS));
	cr_assert_not(imap_session_has(session, IMAP_CAPABILITY_LITERAL_PLUS));
	cr_assert_eq(imap_session_counts(session).round_trips, 2); /* login, flight */
	imap_script_close(&script, &session);
}

Test(imap_session, asks_for_capabilities_that_are_not_told)
{
	static const char *const lines[] = { "S: * OK hello",
					     "C: CAPABILITY",
					     "S: * CAPABILITY IMAP4rev1",
					     "S: = OK",
					     "C: LOGIN \"me\" \"secret\"",
					     "S: = OK in",
					     "C: CAPABILITY",
					     "S: * CAPABILITY IMAP4rev1 UNSELECT",
					     "S: = OK",
					     "C: LIST \"\" \"\"",
					     "S: * LIST (\\Noselect) \"/\" \"\"",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert(imap_session_has(session, IMAP_CAPABILITY_UNSELECT));
	cr_assert_eq(imap_session_naming(session)->delimiter, '/');
	imap_script_close(&script, &session);
}

Test(imap_session, takes_capabilities_that_come_with_the_login)
{
	static const char *const lines[] = { "S: * OK [CAPABILITY IMAP4rev1] hello",
					     "C: LOGIN \"me\" \"secret\"",
					     "S: * CAPABILITY IMAP4rev1 UIDPLUS",
					     "S: = OK in",
					     "C: LIST \"\" \"\"",
					     "S: = NO not that",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert(imap_session_has(session, IMAP_CAPABILITY_UIDPLUS));
	imap_script_close(&script, &session);
}

Test(imap_session, disabled_capabilities_are_not_there)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("UIDPLUS ID NAMESPACE MOVE "),
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct text_list disabled = { .items = NULL };
	struct error error = ERROR_INITIAL;

	text_list_add(&disabled, "UIDPLUS");
	text_list_add(&disabled, "ID");
	text_list_add(&disabled, "NAMESPACE");
	login.disabled = &disabled;
	cr_assert_eq(imap_session_open(&login, &session, &error), 0, "%s", error.text);
	cr_assert_not(imap_session_has(session, IMAP_CAPABILITY_UIDPLUS));
	cr_assert(imap_session_has(session, IMAP_CAPABILITY_MOVE));
	cr_assert_not(text_list_holds(imap_session_capabilities(session), "UIDPLUS"));
	text_list_release(&disabled);
	imap_script_close(&script, &session);
}

Test(imap_session, revision_two_alone_includes_its_extensions)
{
	static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev2] hello",
					     "C: NAMESPACE",
					     "S: * NAMESPACE ((\"\" \"/\")) NIL NIL", "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert(imap_session_has(session, IMAP_CAPABILITY_UIDPLUS));
	cr_assert(imap_session_has(session, IMAP_CAPABILITY_LITERAL_MINUS));
	cr_assert_not(imap_session_has(session, IMAP_CAPABILITY_BINARY));
	cr_assert(imap_session_naming(session)->utf8);
	imap_script_close(&script, &session);
}

Test(imap_session, what_revision_two_includes_can_be_disabled)
{
	static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev2] hello",
					     "C: LIST \"\" \"\"", "S: = OK", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct text_list disabled = { .items = NULL };
	struct error error = ERROR_INITIAL;

	text_list_add(&disabled, "NAMESPACE");
	login.disabled = &disabled;
	cr_assert_eq(imap_session_open(&login, &session, &error), 0, "%s", error.text);
	cr_assert_not(imap_session_has(session, IMAP_CAPABILITY_NAMESPACE));
	text_list_release(&disabled);
	imap_script_close(&script, &session);
}

Test(imap_session, revision_two_beside_one_is_only_a_promise)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("IMAP4rev2 "), NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert(imap_session_has(session, IMAP_CAPABILITY_REV2));
	cr_assert_not(imap_session_has(session, IMAP_CAPABILITY_LITERAL_MINUS));
	cr_assert_not(imap_session_naming(session)->utf8);
	imap_script_close(&script, &session);
}

struct login_case {
	const char *user;
	const char *password;
	const char *mechanism;
	const char *lines[16];
};

/* What follows every login here. */
#define LOGGED_IN_WITH(capabilities) \
	"S: = OK [CAPABILITY " capabilities "IMAP4rev1] in", "C: LIST \"\" \"\"", "S: = OK"
#define LOGGED_IN LOGGED_IN_WITH(""), NULL

Test(imap_session, writes_user_and_password_safely)
{
	static const struct login_case cases[] = {
		{ "m\"e",
		  "a\\b",
		  NULL,
		  { "S: * OK [CAPABILITY IMAP4rev1] hello", "C: LOGIN \"m\\\"e\" \"a\\\\b\"",
		    LOGGED_IN } },
		/* LITERAL+: at once. */
		{ "me",
		  "g\xc3\xbcnther",
		  NULL,
		  { "S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hello", "C: LOGIN \"me\" {8+}",
		    "L: g\xc3\xbcnther", LOGGED_IN } },
		/* Without it: after the "+". */
		{ "me",
		  "a\nb",
		  NULL,
		  { "S: * OK [CAPABILITY IMAP4rev1] hello", "C: LOGIN \"me\" {3}", "S: + go",
		    "B: a\nb\r\n", LOGGED_IN } },
		{ "me",
		  "secret",
		  NULL,
		  { "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello",
		    "C: AUTHENTICATE PLAIN AG1lAHNlY3JldA==", LOGGED_IN } },
		{ "me",
		  "secret",
		  NULL,
		  { "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello", "C: AUTHENTICATE PLAIN",
		    "S: + ", "L: AG1lAHNlY3JldA==", LOGGED_IN } },
		{ "me",
		  "secret",
		  "LOGIN",
		  { "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello", "C: LOGIN \"me\" \"secret\"",
		    LOGGED_IN } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_login login = imap_script_login(script);
		struct imap_session *session = NULL;
		struct error error = ERROR_INITIAL;

		login.user = cases[i].user;
		login.password = cases[i].password;
		login.mechanism = cases[i].mechanism;
		cr_assert_eq(imap_session_open(&login, &session, &error), 0, "case %zu: %s", i,
			     error.text);
		imap_script_close(&script, &session);
	}
}

struct failing_case {
	enum imap_tls tls;
	enum error_kind kind;
	const char *words; /* that the error must hold */
	const char *lines[8];
};

#define HELLO "S: * OK [CAPABILITY IMAP4rev1] hello"
#define LOGIN "C: LOGIN \"me\" \"secret\""

Test(imap_session, failing_logins)
{
	static const struct failing_case cases[] = {
		{ IMAP_TLS_NONE,
		  ERROR_TEMPORARY,
		  "Too many connections",
		  { "S: * BYE [ALERT] Too many connections.", "X", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_TEMPORARY,
		  "does not greet",
		  { "S:  NO LOGOUT Intrusion prevention active for 192.0.2.1", "X", NULL } },
		{ IMAP_TLS_NONE, ERROR_TEMPORARY, "maintenance", { "S: * NO maintenance", NULL } },
		{ IMAP_TLS_NONE, ERROR_FAILED, "does not greet", { "S: * 3 EXISTS", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "wrong password",
		  { HELLO, LOGIN, "S: = NO [AUTHENTICATIONFAILED] wrong password", NULL } },
		/* The code decides, whatever the words are. */
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "try again",
		  { HELLO, LOGIN, "S: = NO [AUTHENTICATIONFAILED] try again", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "me: no; check",
		  { HELLO, LOGIN, "S: = NO no.", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_TEMPORARY,
		  "Internal",
		  { HELLO, LOGIN, "S: = NO [UNAVAILABLE] Internal error", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_TEMPORARY,
		  "simultaneous",
		  { HELLO, LOGIN, "S: = NO [ALERT] Too many simultaneous connections. (Failure)",
		    NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_TEMPORARY,
		  "closed the connection: too busy",
		  { HELLO, LOGIN, "S: * BYE too busy", "X", NULL } },
		{ IMAP_TLS_NONE, ERROR_TEMPORARY, "", { HELLO, LOGIN, "X", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "LOGINDISABLED",
		  { "S: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "capabilities",
		  { "S: * OK hello", "C: CAPABILITY", "S: = BAD what", NULL } },
		{ IMAP_TLS_STARTTLS,
		  ERROR_FAILED,
		  "PREAUTH",
		  { "S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello", NULL } },
		{ IMAP_TLS_STARTTLS, ERROR_FAILED, "does not offer STARTTLS", { HELLO, NULL } },
		{ IMAP_TLS_STARTTLS,
		  ERROR_FAILED,
		  "start TLS",
		  { "S: * OK hello", "C: STARTTLS", "S: = BAD unknown command", NULL } },
		/* A body of login that asks for ever. */
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "after the end of the login",
		  { "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello",
		    "C: AUTHENTICATE PLAIN AG1lAHNlY3JldA==", "S: + bW9yZQ==", NULL } },
		{ IMAP_TLS_NONE,
		  ERROR_FAILED,
		  "before the login",
		  { "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello", "C: AUTHENTICATE PLAIN",
		    "S: = OK [CAPABILITY IMAP4rev1] in", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = fail_to_open(cases[i].lines, cases[i].tls);

		cr_assert_eq(error.kind, cases[i].kind, "case %zu: %s", i, error.text);
		cr_assert_geq(error.scope, SCOPE_CONNECTION, "case %zu", i);
		cr_assert_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i,
				   error.text);
		cr_assert_null(strstr(error.text, "secret"), "case %zu", i);
	}
}

Test(imap_session, a_login_without_password_is_refused)
{
	static const char *const lines[] = { HELLO, NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct error error = ERROR_INITIAL;
	char *failure;

	login.password = NULL;
	cr_assert_eq(imap_session_open(&login, &session, &error), -1);
	cr_assert_eq(error.kind, ERROR_CONFIG);
	failure = imap_script_end(&script);
	cr_assert_null(failure, "%s", failure);
}

/* --- The pipeline --- */

struct replies {
	int count;
	uint32_t last;
	bool fail;
};

static int count_reply(void *context, const struct imap_response *response, struct error *error)
{
	struct replies *replies = context;

	replies->count++;
	if (response->type == IMAP_RESPONSE_EXISTS)
		replies->last = response->number;
	if (replies->fail)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "handler failed %d",
				 replies->count);
	return 0;
}

Test(imap_session, replies_go_to_the_oldest_command)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: NOOP",
					     "C: CHECK",
					     "C: NOOP",
					     "S: * 1 EXISTS",
					     "S: = OK first",
					     "S: * 2 EXISTS",
					     "S: * 3 EXISTS",
					     "S: = NO second",
					     "S: = OK third",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct replies replies[3] = { { .count = 0 } };
	struct imap_command *commands[3];
	struct error error = ERROR_INITIAL;
	uint64_t round_trips = imap_session_counts(session).round_trips;

	for (size_t i = 0; i < 3; i++) {
		const struct imap_handler handler = { .context = &replies[i],
						      .untagged = count_reply };

		commands[i] = imap_command_start(session, &handler, i == 1 ? "CHECK" : "NOOP");
	}
	/* In any order. */
	cr_assert_eq(imap_command_finish(session, &commands[2], NULL, &error), IMAP_RESULT_OK);
	cr_assert_eq(imap_command_finish(session, &commands[0], NULL, &error), IMAP_RESULT_OK);
	cr_assert_eq(imap_command_finish(session, &commands[1], NULL, &error), IMAP_RESULT_REFUSED);
	cr_assert_str_eq(error.text, "the server refused to carry out CHECK: second");
	cr_assert_null(commands[1]);
	cr_assert_eq(replies[0].count, 1);
	cr_assert_eq(replies[0].last, 1);
	cr_assert_eq(replies[1].count, 2);
	cr_assert_eq(replies[1].last, 3);
	cr_assert_eq(replies[2].count, 0);
	cr_assert_eq(imap_session_counts(session).round_trips, round_trips + 1);
	imap_script_close(&script, &session);
}

Test(imap_session, answers_may_come_in_another_order)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP",        "C: CHECK",
					     "S: =2 NO second",     "S: =1 OK first", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *first = imap_command_start(session, NULL, "NOOP");
	struct imap_command *second = imap_command_start(session, NULL, "CHECK");
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_command_finish(session, &second, NULL, &error), IMAP_RESULT_REFUSED);
	cr_assert_eq(imap_command_finish(session, &first, NULL, &error), IMAP_RESULT_OK);
	imap_script_close(&script, &session);
}

Test(imap_session, the_first_error_of_a_handler_is_kept)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: NOOP",
					     "S: * 1 EXISTS",
					     "S: * 2 EXISTS",
					     "S: = OK",
					     "C: NOOP",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct replies replies = { .fail = true };
	const struct imap_handler handler = { .context = &replies, .untagged = count_reply };
	struct imap_command *command = imap_command_start(session, &handler, "NOOP");
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_command_finish(session, &command, NULL, &error), IMAP_RESULT_ERROR);
	cr_assert_str_eq(error.text, "handler failed 1");
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_eq(replies.count, 2);
	cr_assert(imap_session_is_alive(session));
	command = imap_command_start(session, NULL, "NOOP");
	cr_assert_eq(imap_command_finish(session, &command, NULL, &error), IMAP_RESULT_OK);
	imap_script_close(&script, &session);
}

Test(imap_session, the_code_of_the_reply_is_given)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP",
					     "S: = OK [APPENDUID 7 12] done", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command = imap_command_start(session, NULL, "NOOP");
	struct error error = ERROR_INITIAL;
	struct imap_code code;

	cr_assert_eq(imap_command_finish(session, &command, &code, &error), IMAP_RESULT_OK);
	cr_assert_eq(code.type, IMAP_CODE_APPENDUID);
	cr_assert_eq(code.number, 7);
	cr_assert(uid_set_contains(&code.uids, 12));
	imap_code_release(&code);
	imap_script_close(&script, &session);
}

struct dying_case {
	enum error_kind kind;
	const char *words;
	const char *lines[12];
};

Test(imap_session, a_failed_connection_tells_why_to_every_command)
{
	static const struct dying_case cases[] = {
		{ ERROR_TEMPORARY,
		  "closed the connection: Autologout",
		  { IMAP_SCRIPT_READY(""), "C: NOOP", "C: CHECK", "S: * BYE Autologout", "X",
		    NULL } },
		{ ERROR_TEMPORARY,
		  "",
		  { IMAP_SCRIPT_READY(""), "C: NOOP", "C: CHECK", "S: * 1 EXISTS", "X", NULL } },
		{ ERROR_TEMPORARY,
		  "",
		  { IMAP_SCRIPT_READY(""), "C: NOOP", "C: CHECK", "b: * 1 EXI", "X", NULL } },
		{ ERROR_FAILED,
		  "not waiting",
		  { IMAP_SCRIPT_READY(""), "C: NOOP", "C: CHECK", "S: A4711 OK", "X", NULL } },
		{ ERROR_FAILED,
		  "not waiting",
		  { IMAP_SCRIPT_READY(""), "C: NOOP", "C: CHECK", "S: hello OK", "X", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct imap_command *first = imap_command_start(session, NULL, "NOOP");
		struct imap_command *second = imap_command_start(session, NULL, "CHECK");
		struct imap_command *third;
		struct error error = ERROR_INITIAL;
		struct error again = ERROR_INITIAL;

		cr_assert_eq(imap_command_finish(session, &first, NULL, &error), IMAP_RESULT_ERROR,
			     "case %zu", i);
		cr_assert_eq(error.kind, cases[i].kind, "case %zu: %s", i, error.text);
		cr_assert_eq(error.scope, SCOPE_CONNECTION, "case %zu", i);
		cr_assert_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i,
				   error.text);
		cr_assert_not(imap_session_is_alive(session));
		cr_assert_eq(imap_command_finish(session, &second, NULL, &again),
			     IMAP_RESULT_ERROR);
		cr_assert_str_eq(again.text, error.text);
		third = imap_command_start(session, NULL, "NOOP");
		cr_assert_eq(imap_command_finish(session, &third, NULL, &again), IMAP_RESULT_ERROR);
		cr_assert_str_eq(again.text, error.text);
		imap_script_close(&script, &session);
	}
}

Test(imap_session, commands_that_were_not_finished_go_with_the_session)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP", "S: = OK", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert_not_null(imap_command_start(session, NULL, "NOOP"));
	imap_script_close(&script, &session);
}

/* A handler that would wait for itself. */
static int finish_inside(void *context, const struct imap_response *response, struct error *error)
{
	struct imap_session *session = context;
	struct imap_command *command = imap_command_start(session, NULL, "NOOP");

	(void)response;
	return imap_command_finish(session, &command, NULL, error) == IMAP_RESULT_OK ? 0 : -1;
}

Test(imap_session, a_handler_cannot_wait)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: CHECK", "S: * 1 EXISTS",
					     "X", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	const struct imap_handler handler = { .context = session, .untagged = finish_inside };
	struct imap_command *command = imap_command_start(session, &handler, "CHECK");
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_command_finish(session, &command, NULL, &error), IMAP_RESULT_ERROR);
	cr_assert_not_null(strstr(error.text, "wait for itself"), "%s", error.text);
	imap_script_close(&script, &session);
}

/* --- The wire log --- */

/* A file in place of stderr: each test is a process of its own. */
static FILE *catch_stderr(void)
{
	FILE *file = tmpfile();

	cr_assert_not_null(file);
	fflush(stderr);
	cr_assert_geq(dup2(fileno(file), STDERR_FILENO), 0);
	return file;
}

static char *read_back(FILE *file)
{
	struct buffer text = BUFFER_INITIAL;
	char chunk[4096];
	size_t length;

	fflush(stderr);
	rewind(file);
	while ((length = fread(chunk, 1, sizeof chunk, file)) > 0)
		buffer_add(&text, chunk, length);
	fclose(file);
	return buffer_take(&text);
}

Test(imap_session, the_wire_log_strikes_out_secrets_and_literals)
{
	static const char *const lines[] = {
		"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN LITERAL+] hello",
		"C: AUTHENTICATE PLAIN",
		"S: + c2VjcmV0",
		"L: AG1lAHNlY3JldA==",
		LOGGED_IN_WITH("LITERAL+ "),
		"C: CREATE {3+}",
		"B: \xe4\xe4\xe4\r\n",
		"b: * LIST () \"/\" {6}\r\nsecret\r\n",
		"S: = OK done",
		NULL
	};
	FILE *file = catch_stderr();
	struct imap_script *script;
	struct imap_session *session;
	struct imap_command *command;
	struct error error = ERROR_INITIAL;
	char *log;

	log_set_level(LOG_WIRE);
	script = imap_script_start(lines);
	session = imap_script_open(script);
	command = imap_command_create(session, "CREATE ");
	imap_command_add_astring(command, "\xe4\xe4\xe4");
	imap_command_send(command);
	cr_assert_eq(imap_command_end(&command, &error), IMAP_RESULT_OK, "%s", error.text);
	imap_script_close(&script, &session);
	log = read_back(file);
	cr_assert_null(strstr(log, "c2VjcmV0"), "%s", log);
	cr_assert_null(strstr(log, "AG1l"), "%s", log);
	cr_assert_null(strstr(log, "secret"), "%s", log);
	cr_assert_not_null(strstr(log, "127.0.0.1 C: A1 AUTHENTICATE PLAIN\n"), "%s", log);
	cr_assert_not_null(strstr(log, "127.0.0.1 S: + ***\n"), "%s", log);
	cr_assert_not_null(strstr(log, "127.0.0.1 C: ***\n"), "%s", log);
	cr_assert_not_null(strstr(log, "C: A3 CREATE {3 bytes}\n"), "%s", log);
	cr_assert_not_null(strstr(log, "S: * LIST () \"/\" {6 bytes}\n"), "%s", log);
	free(log);
}

Test(imap_session, the_wire_log_does_not_show_a_password)
{
	static const char *const lines[] = { HELLO, LOGIN, LOGGED_IN };
	FILE *file = catch_stderr();
	struct imap_script *script;
	struct imap_session *session;
	char *log;

	log_set_level(LOG_WIRE);
	script = imap_script_start(lines);
	session = imap_script_open(script);
	imap_script_close(&script, &session);
	log = read_back(file);
	cr_assert_null(strstr(log, "secret"), "%s", log);
	cr_assert_not_null(strstr(log, "C: A1 LOGIN *** ***\n"), "%s", log);
	cr_assert_not_null(strstr(log, "S: A1 OK "), "%s", log);
	free(log);
}

/* --- Refusals --- */

Test(imap_refusal, kinds_scopes_and_sentences)
{
	static const struct {
		enum imap_code_type code;
		const char *words;
		enum error_kind kind;
		enum error_scope scope;
		const char *text;
	} cases[] = {
		{ IMAP_CODE_NONE, "no", ERROR_FAILED, SCOPE_MESSAGE,
		  "the server refused to open “A”: no" },
		{ IMAP_CODE_NONE, "", ERROR_FAILED, SCOPE_MESSAGE,
		  "the server refused to open “A”: it gave no reason" },
		{ IMAP_CODE_UNAVAILABLE, "x", ERROR_TEMPORARY, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_INUSE, "x", ERROR_TEMPORARY, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_LIMIT, "x", ERROR_TEMPORARY, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_OVERQUOTA, "x", ERROR_TEMPORARY, SCOPE_FOLDER, NULL },
		{ IMAP_CODE_NOPERM, "try again", ERROR_FAILED, SCOPE_FOLDER, NULL },
		{ IMAP_CODE_TOOBIG, "x", ERROR_FAILED, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_NONE,
		  "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
		  ERROR_TEMPORARY, SCOPE_CONNECTION, NULL },
		{ IMAP_CODE_ALERT, "Too MANY connections", ERROR_TEMPORARY, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_NONE, "Server Unavailable. 15", ERROR_TEMPORARY, SCOPE_MESSAGE, NULL },
		{ IMAP_CODE_NONE, "User is authenticated but not connected.", ERROR_TEMPORARY,
		  SCOPE_CONNECTION, NULL },
		{ IMAP_CODE_OVERQUOTA, "Account exceeded command or bandwidth limits. (Failure)",
		  ERROR_TEMPORARY, SCOPE_ACCOUNT, NULL },
		{ IMAP_CODE_LIMIT, "UID FETCH Rate limit hit.", ERROR_TEMPORARY, SCOPE_ACCOUNT,
		  NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;

		cr_assert_eq(imap_refusal_set(&error, "open “A”", SCOPE_MESSAGE, cases[i].code,
					      cases[i].words),
			     -1);
		cr_assert_eq(error.kind, cases[i].kind, "case %zu", i);
		cr_assert_eq(error.scope, cases[i].scope, "case %zu", i);
		if (cases[i].text != NULL)
			cr_assert_str_eq(error.text, cases[i].text, "case %zu: %s", i, error.text);
	}
}

Test(imap_refusal, pauses)
{
	static const struct {
		enum imap_code_type code;
		const char *words;
		unsigned int pause_ms;
	} cases[] = {
		{ IMAP_CODE_NONE, "no", 0 },
		{ IMAP_CODE_OVERQUOTA, "try again", 0 },
		{ IMAP_CODE_LIMIT, "x", 0 },
		{ IMAP_CODE_OVERQUOTA, "Account exceeded command or bandwidth limits.",
		  ERROR_PAUSE_NOT_IN_THIS_RUN },
		{ IMAP_CODE_UNAVAILABLE, "x", 1 },
		{ IMAP_CODE_INUSE, "x", 1 },
		{ IMAP_CODE_NONE, "Too many simultaneous connections.", 1 },
		{ IMAP_CODE_NONE, "Request is throttled.", 1 },
		{ IMAP_CODE_NONE, "Suggested Backoff Time: 299961 milliseconds", 299961 },
		{ IMAP_CODE_LIMIT, "suggested backoff time: 5 seconds", 5000 },
		{ IMAP_CODE_NONE, "Suggested Backoff Time: soon", 1 },
		{ IMAP_CODE_NONE, "Suggested Backoff Time: 99999999999999999999999 ms", UINT_MAX },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;

		cr_assert_eq(imap_refusal_set(&error, "do that", SCOPE_MESSAGE, cases[i].code,
					      cases[i].words),
			     -1);
		cr_assert_eq(error.pause_ms, cases[i].pause_ms, "case %zu: %u", i, error.pause_ms);
	}
}
