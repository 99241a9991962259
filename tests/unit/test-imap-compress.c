/* COMPRESS=DEFLATE over a scripted server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap-script.h"
#include "imap/commands.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define READY IMAP_SCRIPT_READY("COMPRESS=DEFLATE LITERAL+ ")
#define AGREED "C: COMPRESS DEFLATE", "S: = OK begin", "Z"

/* --- What a handler saw --- */

struct seen {
	uint32_t exists;
	size_t count;
	struct imap_session *session;
	struct imap_command *started; /* by the handler */
};

static int see(void *context, const struct imap_response *response, struct error *error)
{
	struct seen *seen = context;

	(void)error; /* nothing fails */
	seen->count++;
	if (response->type == IMAP_RESPONSE_EXISTS)
		seen->exists = response->number;
	if (seen->session != NULL && seen->started == NULL)
		seen->started = imap_command_start(seen->session, NULL, "CHECK");
	return 0;
}

static struct imap_command *start_noop(struct imap_session *session, struct seen *seen)
{
	const struct imap_handler handler = { .context = seen, .untagged = see };

	return imap_command_start(session, &handler, "NOOP");
}

static void expect_ok(struct imap_session *session, struct imap_command **command)
{
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_command_finish(session, command, NULL, &error), IMAP_RESULT_OK, "%s",
		     error.text);
}

/* A NOOP; the number of the EXISTS that came with it. */
static uint32_t poll(struct imap_session *session)
{
	struct seen seen = { .count = 0 };
	struct imap_command *command = start_noop(session, &seen);

	expect_ok(session, &command);
	return seen.exists;
}

static void compress(struct imap_session *session)
{
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_compress(session, &error), 0, "%s", error.text);
}

/* --- When it is done --- */

Test(imap_compress, both_ways_and_once)
{
	static const char *const lines[] = { READY,
					     AGREED,
					     "C: NOOP",
					     "S: * 3 EXISTS",
					     "S: = OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] done",
					     "C: NOOP",
					     "S: * 4 EXISTS",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	cr_assert_not(imap_session_is_compressed(session));
	compress(session);
	cr_assert(imap_session_is_compressed(session));
	cr_assert_eq(poll(session), 3);
	compress(session);
	cr_assert_eq(poll(session), 4);
	imap_script_close(&script, &session);
}

Test(imap_compress, is_not_asked_for_where_it_is_not_offered)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP", "S: * 3 EXISTS",
					     "S: = OK done", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	compress(session);
	cr_assert_not(imap_session_is_compressed(session));
	cr_assert_eq(poll(session), 3);
	imap_script_close(&script, &session);
}

Test(imap_compress, is_not_asked_for_when_it_is_disabled)
{
	static const char *const lines[] = { READY, "C: NOOP", "S: = OK done", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_login login = imap_script_login(script);
	struct imap_session *session = NULL;
	struct text_list disabled = { .items = NULL };
	struct error error = ERROR_INITIAL;

	text_list_add(&disabled, "COMPRESS=DEFLATE");
	login.disabled = &disabled;
	cr_assert_eq(imap_session_open(&login, &session, &error), 0, "%s", error.text);
	compress(session);
	cr_assert_eq(poll(session), 0);
	text_list_release(&disabled);
	imap_script_close(&script, &session);
}

Test(imap_compress, a_refusal_is_no_error_and_is_remembered)
{
	static const char *const answers[] = { "S: = NO [COMPRESSIONACTIVE] active via TLS",
					       "S: = BAD what" };

	for (size_t i = 0; i < COUNT(answers); i++) {
		const char *const lines[] = { READY,     "C: COMPRESS DEFLATE", answers[i],
					      "C: NOOP", "S: * 3 EXISTS",       "S: = OK done",
					      NULL };
		struct imap_script *script = imap_script_start(lines);
		struct imap_session *session = imap_script_open(script);

		compress(session);
		compress(session);
		cr_assert_not(imap_session_is_compressed(session));
		cr_assert_eq(poll(session), 3);
		imap_script_close(&script, &session);
	}
}

/* --- Where the compressed bytes begin --- */

Test(imap_compress, what_comes_in_one_piece_with_the_ok_is_compressed)
{
	static const char *const lines[] = {
		READY,     "C: COMPRESS DEFLATE", "K", "S: = OK begin", "Z", "S: * 3 EXISTS", "F",
		"C: NOOP", "S: = OK done",        NULL
	};
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	compress(session);
	cr_assert_eq(poll(session), 3);
	imap_script_close(&script, &session);
}

Test(imap_compress, what_comes_in_one_piece_with_a_refusal_is_not)
{
	static const char *const lines[] = { READY,
					     "C: COMPRESS DEFLATE",
					     "K",
					     "S: = NO [COMPRESSIONACTIVE] no",
					     "S: * 3 EXISTS",
					     "F",
					     "C: NOOP",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	compress(session);
	cr_assert_eq(poll(session), 3);
	imap_script_close(&script, &session);
}

Test(imap_compress, waits_for_everything_in_flight)
{
	static const char *const lines[] = { READY,  "C: NOOP",   "S: * 3 EXISTS", "S: = OK done",
					     AGREED, "C: LOGOUT", "S: = OK",       NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .count = 0 };
	struct imap_command *noop = start_noop(session, &seen);
	struct imap_command *logout;

	compress(session);
	cr_assert_eq(seen.exists, 3);
	expect_ok(session, &noop);
	logout = imap_command_start(session, NULL, "LOGOUT");
	expect_ok(session, &logout);
	imap_script_close(&script, &session);
}

/* --- As the last command of a flight --- */

Test(imap_compress, costs_no_turn_behind_other_commands)
{
	static const char *const lines[] = { READY,
					     "C: SELECT Work",
					     "C: COMPRESS DEFLATE",
					     "S: * 3 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK [READ-WRITE] done",
					     "S: = OK begin",
					     "Z",
					     "C: NOOP",
					     "S: * 4 EXISTS",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	uint64_t round_trips = imap_session_counts(session).round_trips;
	struct imap_command *select = imap_select_send(session, "Work", false, NULL);
	struct imap_command *command = imap_compress_send(session);
	struct seen seen = { .count = 0 };
	struct imap_command *noop = start_noop(session, &seen); /* waits in the queue */
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	cr_assert_not_null(command);
	cr_assert_null(imap_compress_send(session));
	cr_assert_eq(imap_select_finish(session, &select, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_assert_eq(state.messages, 3);
	imap_mailbox_state_release(&state);
	cr_assert_eq(imap_compress_finish(session, &command, &error), 0, "%s", error.text);
	cr_assert_null(command);
	expect_ok(session, &noop);
	cr_assert_eq(seen.exists, 4);
	cr_assert_eq(imap_session_counts(session).round_trips, round_trips + 2);
	imap_script_close(&script, &session);
}

Test(imap_compress, answers_of_the_flight_may_follow_the_ok_compressed)
{
	static const char *const lines[] = { READY, "C: NOOP",       "C: COMPRESS DEFLATE",
					     "K",   "S: * 3 EXISTS", "S: =2 OK begin",
					     "Z",   "S: * 4 EXISTS", "S: = OK done",
					     "F",   "C: CHECK",      "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .count = 0 };
	struct imap_command *noop = start_noop(session, &seen);
	struct imap_command *command = imap_compress_send(session);
	struct error error = ERROR_INITIAL;
	struct imap_command *check;

	cr_assert_eq(imap_compress_finish(session, &command, &error), 0, "%s", error.text);
	expect_ok(session, &noop);
	cr_assert_eq(seen.count, 2);
	cr_assert_eq(seen.exists, 4);
	check = imap_command_start(session, NULL, "CHECK");
	expect_ok(session, &check);
	imap_script_close(&script, &session);
}

Test(imap_compress, what_a_handler_starts_waits_for_the_answer)
{
	static const char *const lines[] = { READY,
					     "C: NOOP",
					     "C: COMPRESS DEFLATE",
					     "S: * 3 EXISTS",
					     "S: = OK done",
					     "S: = OK begin",
					     "Z",
					     "C: CHECK",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .session = session };
	struct imap_command *noop = start_noop(session, &seen);
	struct imap_command *command = imap_compress_send(session);
	struct error error = ERROR_INITIAL;

	expect_ok(session, &noop);
	cr_assert_not_null(seen.started);
	expect_ok(session, &seen.started);
	cr_assert_eq(imap_compress_finish(session, &command, &error), 0, "%s", error.text);
	imap_script_close(&script, &session);
}

Test(imap_compress, a_refused_one_lets_the_queue_go_as_it_is)
{
	static const char *const lines[] = { READY,     "C: COMPRESS DEFLATE", "S: = NO no",
					     "C: NOOP", "S: * 3 EXISTS",       "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command = imap_compress_send(session);
	struct error error = ERROR_INITIAL;

	cr_assert_eq(poll(session), 3);
	cr_assert_eq(imap_compress_finish(session, &command, &error), 0, "%s", error.text);
	imap_script_close(&script, &session);
}

struct message {
	size_t left;
	struct imap_session *session;
	bool early; /* read before it was known whether it is compressed */
};

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	struct message *message = context;

	(void)error; /* nothing fails */
	message->early = message->early || !imap_session_is_compressed(message->session);
	*length_r = size < message->left ? size : message->left;
	memset(bytes, 'm', *length_r);
	message->left -= *length_r;
	return 0;
}

Test(imap_compress, a_long_message_is_not_queued_before_the_answer)
{
	const size_t size = 300000;
	char *text = memory_allocate(size + 1);
	char *bytes;
	struct message message = { .left = size };
	struct imap_append append = { .size = size, .read = read_message, .context = &message };
	struct imap_command *commands[2];
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;

	memset(text, 'm', size);
	bytes = memory_format("B: %s\r\n", text);

	const char *const lines[] = {
		READY, AGREED,         "C: APPEND Work () \"01-Jan-1970 00:00:00 +0000\" {300000+}",
		bytes, "S: = OK done", NULL
	};
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	message.session = session;
	commands[0] = imap_compress_send(session);
	commands[1] = imap_append_begin(session, "Work");
	cr_assert_eq(imap_append_add(commands[1], &append, &error), IMAP_RESULT_OK);
	cr_assert_not(message.early);
	cr_assert_eq(imap_append_finish(session, &commands[1], &appended, &error), IMAP_RESULT_OK,
		     "%s", error.text);
	imap_appended_release(&appended);
	cr_assert_eq(imap_compress_finish(session, &commands[0], &error), 0, "%s", error.text);
	cr_assert_lt(imap_session_counts(session).bytes_out, 5000);
	imap_script_close(&script, &session);
	free(bytes);
	free(text);
}

/* --- The stream --- */

Test(imap_compress, what_zlib_holds_is_read_before_the_socket)
{
	char line[5000] = "S: * OK ";
	const char *lines[60] = { READY, AGREED, "C: NOOP", "K" };
	size_t count = 0;
	struct seen seen = { .count = 0 };
	struct imap_command *command;

	memset(line + strlen(line), 'x', sizeof line - strlen(line) - 1);
	while (lines[count] != NULL)
		count++;
	for (size_t i = 0; i < 40; i++)
		lines[count++] = line;
	lines[count++] = "S: = OK done";
	lines[count] = "F";

	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	compress(session);
	command = start_noop(session, &seen);
	expect_ok(session, &command);
	cr_assert_eq(seen.count, 40);
	cr_assert_lt(imap_session_counts(session).bytes_in, 3000);
	imap_script_close(&script, &session);
}

struct broken_case {
	enum error_kind kind;
	const char *words;
	const char *lines[12];
};

Test(imap_compress, broken_streams)
{
	static const struct broken_case cases[] = {
		{ ERROR_FAILED,
		  "the server's compressed data is damaged (invalid block type)",
		  { READY, AGREED, "C: NOOP", "r: \xff\xff", NULL } },
		/* What is said in the clear where it must not be. */
		{ ERROR_FAILED,
		  "damaged",
		  { READY, AGREED, "C: NOOP", "r: * OK in the clear\r\n", NULL } },
		{ ERROR_TEMPORARY,
		  "closed the connection in the middle of a response",
		  { READY, AGREED, "C: NOOP", "b: * 3 EXI", "E", NULL } },
		{ ERROR_TEMPORARY,
		  "closed the connection: going",
		  { READY, AGREED, "C: NOOP", "S: * BYE going", "E", NULL } },
		{ ERROR_TEMPORARY,
		  "the server closed the connection",
		  { READY, AGREED, "C: NOOP", "X", NULL } },
		{ ERROR_TEMPORARY,
		  "the server closed the connection",
		  { READY, "C: COMPRESS DEFLATE", "X", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct imap_command *compressing = imap_compress_send(session);
		struct imap_command *command = imap_command_start(session, NULL, "NOOP");
		struct error error = ERROR_INITIAL;

		(void)imap_compress_finish(session, &compressing, NULL); /* the next one tells */
		cr_assert_eq(imap_command_finish(session, &command, NULL, &error),
			     IMAP_RESULT_ERROR, "case %zu", i);
		cr_assert_eq(error.kind, cases[i].kind, "case %zu: %s", i, error.text);
		cr_assert_eq(error.scope, SCOPE_CONNECTION, "case %zu", i);
		cr_assert_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i,
				   error.text);
		cr_assert_not(imap_session_is_alive(session));
		cr_assert_not(imap_session_is_compressed(session));
		cr_assert_null(imap_compress_send(session));
		imap_script_close(&script, &session);
	}
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
	char *text = memory_allocate(65536);

	fflush(stderr);
	rewind(file);
	text[fread(text, 1, 65535, file)] = '\0';
	fclose(file);
	return text;
}

/* What is logged from COMPRESS on, of a session of that and a NOOP. */
static void check_log(const char *const *lines, const char *expected)
{
	FILE *file = catch_stderr();
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	char *log;

	log_set_level(LOG_WIRE);
	compress(session);
	cr_assert_eq(poll(session), 3);
	log_set_level(LOG_NOTICE);
	imap_script_close(&script, &session);
	log = read_back(file);
	cr_assert_str_eq(log, expected);
	free(log);
}

Test(imap_compress, the_wire_log_shows_plain_text)
{
	static const char *const lines[] = {
		READY, "C: COMPRESS DEFLATE", "K", "S: * OK wait", "S: = OK begin",
		"Z",   "S: * 3 EXISTS",       "F", "C: NOOP",      "S: = OK done",
		NULL
	};

	check_log(lines, "navette: 127.0.0.1 C: A2 COMPRESS DEFLATE\n"
			 "navette: 127.0.0.1 S: * OK wait\n"
			 "navette: 127.0.0.1 S: A2 OK begin\n"
			 "navette: 127.0.0.1 C: A3 NOOP\n"
			 "navette: 127.0.0.1 S: * 3 EXISTS\n"
			 "navette: 127.0.0.1 S: A3 OK done\n");
}

Test(imap_compress, the_wire_log_shows_what_came_with_a_refusal)
{
	static const char *const lines[] = { READY,        "C: COMPRESS DEFLATE", "K",
					     "S: = NO no", "S: * 3 EXISTS",       "F",
					     "C: NOOP",    "S: = OK done",        NULL };

	check_log(lines, "navette: 127.0.0.1 C: A2 COMPRESS DEFLATE\n"
			 "navette: 127.0.0.1 S: A2 NO no\n"
			 "navette: 127.0.0.1 S: * 3 EXISTS\n"
			 "navette: the server refused to compress the connection: no\n"
			 "navette: 127.0.0.1 C: A3 NOOP\n"
			 "navette: 127.0.0.1 S: A3 OK done\n");
}
