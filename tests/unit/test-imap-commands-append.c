/* APPEND and UID REPLACE. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap-script.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A message of SIZE bytes "x" that ends early, or fails, where END says. */
struct message {
	uint64_t given;
	uint64_t end;
	bool fails;
};

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	struct message *message = context;
	uint64_t left = message->end - message->given;

	if (left == 0 && message->fails)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the disk is broken");
	*length_r = left < size ? (size_t)left : size;
	memset(bytes, 'x', *length_r);
	message->given += *length_r;
	return 0;
}

static enum imap_result add_message(struct imap_command *command, struct message *message,
				    uint64_t size, bool binary, struct error *error)
{
	const struct imap_append append = { .flags = FLAG_SEEN,
					    .internaldate = 0,
					    .size = size,
					    .binary = binary,
					    .read = read_message,
					    .context = message };

	return imap_append_add(command, &append, error);
}

/* One message in a command of its own, and what became of it. */
struct sent {
	struct imap_command *command;
	enum imap_result added;
	struct error error;
};

static struct sent send_message(struct imap_session *session, struct message *message,
				uint64_t size, bool binary)
{
	struct sent sent = { .command = imap_append_begin(session, "Work") };

	cr_assert_not_null(sent.command);
	sent.added = add_message(sent.command, message, size, binary, &sent.error);
	imap_append_end(sent.command);
	return sent;
}

static enum imap_result finish_message(struct imap_session *session, struct sent *sent,
				       uint32_t *uidvalidity_r, uint32_t *uid_r,
				       struct error *error)
{
	struct imap_appended appended;
	enum imap_result result = imap_append_finish(session, &sent->command, &appended, error);

	*uidvalidity_r = appended.uidvalidity;
	*uid_r = uid_set_is_empty(&appended.uids) ? 0 : appended.uids.ranges[0].first;
	imap_appended_release(&appended);
	if (sent->added != IMAP_RESULT_REFUSED)
		return result;
	cr_assert_eq(result, IMAP_RESULT_OK); /* of nothing */
	*error = sent->error;
	return IMAP_RESULT_REFUSED;
}

struct append_case {
	bool binary;
	enum imap_result result;
	uint32_t uidvalidity;
	uint32_t uid;
	const char *words; /* in the error, or NULL */
	const char *lines[20];
};

#define APPEND "C: APPEND Work (\\Seen) \"01-Jan-1970 00:00:00 +0000\" "

Test(imap_append, literals_and_what_they_become)
{
	static const struct append_case cases[] = {
		{ false,
		  IMAP_RESULT_OK,
		  7,
		  12,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), APPEND "{5+}", "L: xxxxx",
		    "S: = OK [APPENDUID 7 12] done", NULL } },
		{ false,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL- "), APPEND "{5+}", "L: xxxxx", "S: = OK", NULL } },
		{ false,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY(""), APPEND "{5}", "S: + go", "L: xxxxx", "S: = OK", NULL } },
		{ true,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL+ BINARY "), APPEND "~{5+}", "L: xxxxx", "S: = OK",
		    NULL } },
		{ true, IMAP_RESULT_REFUSED, 0, 0, "NUL", { IMAP_SCRIPT_READY(""), NULL } },
		/* Quirk F01: no "+", so no literal. */
		{ false,
		  IMAP_RESULT_REFUSED,
		  0,
		  0,
		  "store a message in “Work”: it is full",
		  { IMAP_SCRIPT_READY(""), APPEND "{5}", "S: = NO [OVERQUOTA] it is full", NULL } },
		/* An OK for what was not sent would lose the message. */
		{ false,
		  IMAP_RESULT_ERROR,
		  0,
		  0,
		  "before it was complete",
		  { IMAP_SCRIPT_READY(""), APPEND "{5}", "S: = OK fine", "X", NULL } },
		/* Nonsense: quirk C01 and others. */
		{ false,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), APPEND "{5+}", "L: xxxxx",
		    "S: = OK [APPENDUID 0 12] done", NULL } },
		{ false,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), APPEND "{5+}", "L: xxxxx",
		    "S: = OK [APPENDUID 7 12:13] done", NULL } },
		{ false,
		  IMAP_RESULT_OK,
		  0,
		  0,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), APPEND "{5+}", "L: xxxxx",
		    "S: = OK [APPENDUID 99999999999 12] done", NULL } },
		{ false,
		  IMAP_RESULT_ERROR,
		  0,
		  0,
		  "",
		  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), APPEND "{5+}", "L: xxxxx", "X",
		    NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct message message = { .end = 5 };
		struct sent command = send_message(session, &message, 5, cases[i].binary);
		uint32_t uidvalidity;
		uint32_t uid;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(finish_message(session, &command, &uidvalidity, &uid, &error),
			     cases[i].result, "case %zu: %s", i, error.text);
		cr_assert_eq(uidvalidity, cases[i].uidvalidity, "case %zu", i);
		cr_assert_eq(uid, cases[i].uid, "case %zu", i);
		if (cases[i].words != NULL)
			cr_assert_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i,
					   error.text);
		imap_script_close(&script, &session);
	}
}

/* RFC 7888 section 5. */
Test(imap_append, literal_minus_ends_at_4096_bytes)
{
	char *body = memory_allocate(5000);
	char *line = NULL;
	struct imap_script *script;
	struct imap_session *session;
	struct message message = { .end = 4097 };
	struct sent command;
	uint32_t uidvalidity;
	uint32_t uid;
	struct error error = ERROR_INITIAL;

	memset(body, 'x', 4097);
	line = memory_format("L: %s", body);
	{
		const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL- "),
					      APPEND "{4097}",
					      "S: + go",
					      line,
					      "S: = OK",
					      NULL };

		script = imap_script_start(lines);
		session = imap_script_open(script);
		command = send_message(session, &message, 4097, false);
		cr_assert_eq(finish_message(session, &command, &uidvalidity, &uid, &error),
			     IMAP_RESULT_OK, "%s", error.text);
		imap_script_close(&script, &session);
	}
	free(line);
	free(body);
}

/* With LITERAL+ all of them go out before any is answered. */
Test(imap_append, messages_in_one_flight)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "),
					     APPEND "{5+}",
					     "L: xxxxx",
					     APPEND "{5+}",
					     "L: xxxxx",
					     APPEND "{0+}",
					     "L: ",
					     "S: = OK [APPENDUID 7 12] done",
					     "S: = NO [TOOBIG] no",
					     "S: = OK [APPENDUID 7 13] done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct message messages[3] = { { .end = 5 }, { .end = 5 }, { .end = 0 } };
	static const enum imap_result results[3] = { IMAP_RESULT_OK, IMAP_RESULT_REFUSED,
						     IMAP_RESULT_OK };
	struct sent commands[3];
	uint64_t round_trips = imap_session_counts(session).round_trips;

	for (size_t i = 0; i < 3; i++)
		commands[i] = send_message(session, &messages[i], messages[i].end, false);
	for (size_t i = 0; i < 3; i++) {
		uint32_t uidvalidity;
		uint32_t uid;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(finish_message(session, &commands[i], &uidvalidity, &uid, &error),
			     results[i], "%s", error.text);
		cr_assert_eq(uid, i == 0 ? 12 : i == 1 ? 0 : 13);
	}
	cr_assert_eq(imap_session_counts(session).round_trips, round_trips + 1);
	imap_script_close(&script, &session);
}

/* However many bytes that are, as answers to APPEND are brief. */
Test(imap_append, large_messages_in_one_flight)
{
	enum { MESSAGES = 5, SIZE = 100000 };
	static const char *const prelude[] = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS ") };
	const char *lines[COUNT(prelude) + 3 * MESSAGES + 1];
	char *body = memory_allocate(SIZE + 6);
	size_t count = 0;
	struct imap_script *script;
	struct imap_session *session;
	struct message messages[MESSAGES];
	struct sent commands[MESSAGES];
	uint64_t round_trips;

	memcpy(body, "B: ", 3);
	memset(body + 3, 'x', SIZE);
	memcpy(body + 3 + SIZE, "\r\n", 2);
	for (; count < COUNT(prelude); count++)
		lines[count] = prelude[count];
	for (size_t i = 0; i < MESSAGES; i++) {
		lines[count++] = APPEND "{100000+}";
		lines[count++] = body;
	}
	for (size_t i = 0; i < MESSAGES; i++)
		lines[count++] = "S: = OK";
	lines[count] = NULL;
	script = imap_script_start(lines);
	session = imap_script_open(script);
	round_trips = imap_session_counts(session).round_trips;
	for (size_t i = 0; i < MESSAGES; i++) {
		messages[i] = (struct message){ .end = SIZE };
		commands[i] = send_message(session, &messages[i], SIZE, false);
	}
	for (size_t i = 0; i < MESSAGES; i++) {
		uint32_t uidvalidity;
		uint32_t uid;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(finish_message(session, &commands[i], &uidvalidity, &uid, &error),
			     IMAP_RESULT_OK, "%s", error.text);
	}
	cr_assert_eq(imap_session_counts(session).round_trips, round_trips + 1);
	imap_script_close(&script, &session);
	free(body);
}

static int ignore_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	(void)context;
	(void)fetch;
	(void)error;
	return 0;
}

/* A message that is longer than what may be unanswered is not begun while an answer may come that
 * is long as well: both ends would wait for each other to read. One that fits is. */
Test(imap_append, no_long_message_behind_a_command_with_a_long_answer)
{
	static const struct {
		uint64_t size;
		size_t unanswered;
	} cases[] = { { 5, 1 },
		      { IMAP_UNANSWERED_BYTES_MAX - 1000, 1 },
		      { IMAP_UNANSWERED_BYTES_MAX, 0 },
		      { 200000, 0 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *head = memory_format(APPEND "{%llu+}", (unsigned long long)cases[i].size);
		char *body = memory_allocate((size_t)cases[i].size + 6);
		const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ "),
					      IMAP_SCRIPT_SELECTED("1"),
					      "C: UID FETCH 1:* (UID FLAGS)",
					      "S: * 1 FETCH (UID 1 FLAGS ())",
					      "S: = OK",
					      head,
					      body,
					      "S: = OK",
					      NULL };
		struct message message = { .end = cases[i].size };
		struct error error = ERROR_INITIAL;
		uint32_t uidvalidity;
		uint32_t uid;

		memcpy(body, "B: ", 3);
		memset(body + 3, 'x', (size_t)cases[i].size);
		memcpy(body + 3 + cases[i].size, "\r\n", 2);
		struct imap_script *script = imap_script_start(lines);
		struct imap_session *session = imap_script_open(script);
		imap_script_select(session);
		struct imap_command *fetch =
			imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS, ignore_message, NULL);
		struct sent sent = send_message(session, &message, cases[i].size, false);
		cr_expect_eq(session->unanswered_long, cases[i].unanswered, "case %zu", i);
		cr_assert_eq(imap_fetch_finish(session, &fetch, &error), IMAP_RESULT_OK, "%s",
			     error.text);
		cr_assert_eq(finish_message(session, &sent, &uidvalidity, &uid, &error),
			     IMAP_RESULT_OK, "%s", error.text);
		imap_script_close(&script, &session);
		free(head);
		free(body);
	}
}

/* A small message that cannot be read is taken back as if it had never been. */
Test(imap_append, a_message_that_cannot_be_read_harms_no_other)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "),
					     APPEND "{5+}",
					     "L: xxxxx",
					     APPEND "{5+}",
					     "L: xxxxx",
					     "S: = OK [APPENDUID 7 12] done",
					     "S: = OK [APPENDUID 7 13] done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct message messages[4] = {
		{ .end = 5 }, { .end = 3, .fails = true }, { .end = 3 }, { .end = 5 }
	};
	static const char *const words[4] = { NULL, "the disk is broken", "became shorter", NULL };
	struct sent commands[4];

	for (size_t i = 0; i < 4; i++)
		commands[i] = send_message(session, &messages[i], 5, false);
	for (size_t i = 0; i < 4; i++) {
		uint32_t uidvalidity;
		uint32_t uid;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(finish_message(session, &commands[i], &uidvalidity, &uid, &error),
			     words[i] == NULL ? IMAP_RESULT_OK : IMAP_RESULT_REFUSED);
		if (words[i] != NULL)
			cr_assert_not_null(strstr(error.text, words[i]), "%s", error.text);
	}
	imap_script_close(&script, &session);
}

/* A part of it has been sent: the server must never see it as complete. */
Test(imap_append, a_message_that_breaks_off_ends_the_connection)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), APPEND "{100000}", "S: + go",
					     "X", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct message message = { .end = 70000, .fails = true };
	struct sent command = send_message(session, &message, 100000, false);
	struct imap_command *other = imap_command_start(session, NULL, "NOOP");
	uint32_t uidvalidity;
	uint32_t uid;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(finish_message(session, &command, &uidvalidity, &uid, &error),
		     IMAP_RESULT_ERROR);
	cr_assert_str_eq(error.text, "the disk is broken");
	cr_assert_not(imap_session_is_alive(session));
	cr_assert_eq(imap_command_finish(session, &other, NULL, &error), IMAP_RESULT_ERROR);
	cr_assert_eq(error.scope, SCOPE_CONNECTION);
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	imap_script_close(&script, &session);
}

#define REPLACE "C: UID REPLACE 42 Work (\\Seen) \"01-Jan-1970 00:00:00 +0000\" "

/* RFC 8508: the UID comes untagged, before the EXPUNGE, or in the tagged reply. */
Test(imap_append, a_message_in_place_of_another)
{
	static const struct append_case cases[] = {
		{ .result = IMAP_RESULT_OK,
		  .uidvalidity = 7,
		  .uid = 100,
		  .lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS REPLACE "),
			     IMAP_SCRIPT_SELECTED("3"), REPLACE "{5+}", "L: xxxxx",
			     "S: * OK [APPENDUID 7 100] ready", "S: * 4 EXISTS", "S: * 2 EXPUNGE",
			     "S: = OK done", NULL } },
		{ .result = IMAP_RESULT_OK,
		  .uidvalidity = 7,
		  .uid = 101,
		  .lines = { IMAP_SCRIPT_READY("UIDPLUS REPLACE "), IMAP_SCRIPT_SELECTED("3"),
			     REPLACE "{5}", "S: + go", "L: xxxxx", "S: * 2 EXPUNGE",
			     "S: = OK [APPENDUID 7 101] done", NULL } },
		/* One of them is another command's. */
		{ .result = IMAP_RESULT_OK,
		  .lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS REPLACE "),
			     IMAP_SCRIPT_SELECTED("3"), REPLACE "{5+}", "L: xxxxx",
			     "S: * OK [APPENDUID 7 100] ready", "S: * OK [APPENDUID 7 101] ready",
			     "S: = OK done", NULL } },
		{ .result = IMAP_RESULT_REFUSED,
		  .words = "refused to replace a message in “Work”: no such message",
		  .lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS REPLACE "),
			     IMAP_SCRIPT_SELECTED("3"), REPLACE "{5+}", "L: xxxxx",
			     "S: = NO no such message", NULL } },
		{ .result = IMAP_RESULT_REFUSED,
		  .words = "it is full",
		  .lines = { IMAP_SCRIPT_READY("UIDPLUS REPLACE "), IMAP_SCRIPT_SELECTED("3"),
			     REPLACE "{5}", "S: = NO it is full", NULL } },
		{ .result = IMAP_RESULT_ERROR,
		  .lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS REPLACE "),
			     IMAP_SCRIPT_SELECTED("3"), REPLACE "{5+}", "L: xxxxx",
			     "S: * OK [APPENDUID 7 100] ready", "X", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct message message = { .end = 5 };
		struct sent sent = { .added = IMAP_RESULT_OK };
		uint32_t uidvalidity;
		uint32_t uid;
		struct error error = ERROR_INITIAL;

		imap_script_select(session);
		cr_assert(imap_session_has(session, IMAP_CAPABILITY_REPLACE));
		sent.command = imap_replace_begin(session, "Work", 42);
		sent.added = add_message(sent.command, &message, 5, false, &sent.error);
		imap_append_end(sent.command);
		cr_assert_eq(finish_message(session, &sent, &uidvalidity, &uid, &error),
			     cases[i].result, "case %zu: %s", i, error.text);
		cr_assert_eq(uidvalidity, cases[i].uidvalidity, "case %zu", i);
		cr_assert_eq(uid, cases[i].uid, "case %zu", i);
		if (cases[i].words != NULL)
			cr_assert_not_null(strstr(error.text, cases[i].words), "case %zu: %s", i,
					   error.text);
		imap_script_close(&script, &session);
	}
}
