/* APPEND of several messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "imap-script.h"
#include "imap/commands.h"
#include "imap/session_internal.h"
#include "imap/transport.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MESSAGES_MAX 4
#define ARGUMENTS " () \"01-Jan-1970 00:00:00 +0000\" "
#define FIRST "C: APPEND Work" ARGUMENTS
#define NEXT "L: " ARGUMENTS

/* A message of SIZE bytes "x" of which READABLE can be read. */
struct message {
	uint64_t size;
	uint64_t readable;
	bool asks;
	uint64_t given;
};
#define WHOLE(bytes)                                 \
	{                                            \
		.size = (bytes), .readable = (bytes) \
	}
#define ASKING(bytes)                                              \
	{                                                          \
		.size = (bytes), .readable = (bytes), .asks = true \
	}
#define BROKEN(bytes, good)                         \
	{                                           \
		.size = (bytes), .readable = (good) \
	}

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	struct message *message = context;
	uint64_t left = message->readable - message->given;

	if (left == 0)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the disk is broken");
	*length_r = left < size ? (size_t)left : size;
	memset(bytes, 'x', *length_r);
	message->given += *length_r;
	return 0;
}

static enum imap_result add(struct imap_command *command, struct message *message,
			    struct error *error)
{
	const struct imap_append append = { .size = message->size,
					    .asks = message->asks,
					    .read = read_message,
					    .context = message };

	return imap_append_add(command, &append, error);
}

struct multiappend_case {
	struct message messages[MESSAGES_MAX]; /* one of size 0 ends them */
	enum imap_result added[MESSAGES_MAX];
	enum imap_result result;
	uint32_t uidvalidity;
	const char *uids;
	const char *words; /* in finish's error, or NULL */
	uint64_t round_trips;
	const char *lines[20];
};

#define OK IMAP_RESULT_OK
#define REFUSED IMAP_RESULT_REFUSED
#define ERROR IMAP_RESULT_ERROR

static const struct multiappend_case cases[] = {
	/* One round trip for all. */
	{ { WHOLE(3), WHOLE(1), WHOLE(2) },
	  { OK, OK, OK },
	  OK,
	  7,
	  "12,14:15",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{3+}", "B: xxx", NEXT "{1+}", "B: x",
	    NEXT "{2+}", "B: xx", "L: ", "S: = OK [APPENDUID 7 12,14:15] done", NULL } },
	/* Without LITERAL+ one for each, the end goes with the last. */
	{ { WHOLE(3), WHOLE(1) },
	  { OK, OK },
	  OK,
	  7,
	  "12:13",
	  NULL,
	  3,
	  { IMAP_SCRIPT_READY("UIDPLUS "), FIRST "{3}", "S: + go", "B: xxx", NEXT "{1}", "S: + go",
	    "B: x", "L: ", "S: = OK [APPENDUID 7 12:13] done", NULL } },
	/* One that asks although it need not. */
	{ { ASKING(3), WHOLE(1) },
	  { OK, OK },
	  OK,
	  0,
	  "",
	  NULL,
	  2,
	  { IMAP_SCRIPT_READY("LITERAL+ "), FIRST "{3}", "S: + go", "B: xxx", NEXT "{1+}", "B: x",
	    "L: ", "S: = OK done", NULL } },
	/* UIDs that cannot be those of the messages; UIDs without UIDPLUS. */
	{ { WHOLE(3), WHOLE(1) },
	  { OK, OK },
	  OK,
	  0,
	  "",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{3+}", "B: xxx", NEXT "{1+}", "B: x",
	    "L: ", "S: = OK [APPENDUID 7 12] done", NULL } },
	{ { WHOLE(3), WHOLE(1) },
	  { OK, OK },
	  OK,
	  0,
	  "",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{3+}", "B: xxx", NEXT "{1+}", "B: x",
	    "L: ", "S: = OK [APPENDUID 7 13,12] done", NULL } },
	{ { WHOLE(3), WHOLE(1) },
	  { OK, OK },
	  OK,
	  0,
	  "",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ "), FIRST "{3+}", "B: xxx", NEXT "{1+}", "B: x",
	    "L: ", "S: = OK [APPENDUID 7 12:13] done", NULL } },
	/* Refused as a whole. */
	{ { WHOLE(3), WHOLE(1) },
	  { OK, OK },
	  REFUSED,
	  0,
	  "",
	  "store 2 messages in “Work”: no room; the quota is used up",
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{3+}", "B: xxx", NEXT "{1+}", "B: x",
	    "L: ", "S: = NO [OVERQUOTA] no room", NULL } },
	/* NO instead of "+": its line has ended, nothing more of it is sent (quirk F01). */
	{ { WHOLE(3), WHOLE(1), WHOLE(2) },
	  { OK, ERROR, ERROR },
	  REFUSED,
	  0,
	  "",
	  "too large; the message is larger than the server takes",
	  3,
	  { IMAP_SCRIPT_READY("UIDPLUS "), FIRST "{3}", "S: + go", "B: xxx", NEXT "{1}",
	    "S: = NO [TOOBIG] too large", "C: NOOP", "S: = OK", NULL } },
	/* NO before the line has ended: it is ended all the same. */
	{ { WHOLE(3), ASKING(1) },
	  { OK, ERROR },
	  REFUSED,
	  0,
	  "",
	  "not this",
	  2,
	  { IMAP_SCRIPT_READY("LITERAL+ "), FIRST "{3+}", "B: xxx", "S: = NO not this", NEXT "{1}",
	    "C: NOOP", "S: = OK", NULL } },
	/* An OK for what was not sent would lose the message. */
	{ { WHOLE(3), WHOLE(1) },
	  { OK, ERROR },
	  ERROR,
	  0,
	  "",
	  "before it was complete",
	  2,
	  { IMAP_SCRIPT_READY(""), FIRST "{3}", "S: + go", "B: xxx", NEXT "{1}", "S: = OK fine",
	    "X", NULL } },
	/* One that cannot be read is taken back, wherever it stands. */
	{ { BROKEN(3, 2), WHOLE(1), BROKEN(9, 5), WHOLE(2) },
	  { REFUSED, OK, REFUSED, OK },
	  OK,
	  7,
	  "12:13",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{1+}", "B: x", NEXT "{2+}", "B: xx",
	    "L: ", "S: = OK [APPENDUID 7 12:13] done", NULL } },
	{ { WHOLE(1), BROKEN(3, 2) },
	  { OK, REFUSED },
	  OK,
	  7,
	  "12",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), FIRST "{1+}", "B: x",
	    "L: ", "S: = OK [APPENDUID 7 12] done", NULL } },
	/* When none is left nothing is sent. */
	{ { BROKEN(3, 2), BROKEN(9, 5) },
	  { REFUSED, REFUSED },
	  OK,
	  0,
	  "",
	  NULL,
	  1,
	  { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "), "C: NOOP", "S: = OK", NULL } },
	/* After the "+" there is no way back: the server must never see it as complete. */
	{ { WHOLE(1), BROKEN(3, 2) },
	  { OK, ERROR },
	  ERROR,
	  0,
	  "",
	  "the disk is broken",
	  2,
	  { IMAP_SCRIPT_READY(""), FIRST "{1}", "S: + go", "B: x", NEXT "{3}", "S: + go", "X",
	    NULL } },
};

static void check(size_t number, const struct multiappend_case *it)
{
	struct imap_script *script = imap_script_start(it->lines);
	struct imap_session *session = imap_script_open(script);
	uint64_t round_trips = imap_session_counts(session).round_trips;
	struct imap_command *command = imap_append_begin(session, "Work");
	struct imap_appended appended;
	struct buffer uids = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;

	for (size_t i = 0; i < MESSAGES_MAX && it->messages[i].size > 0; i++) {
		struct message message = it->messages[i];

		cr_assert_eq(add(command, &message, &error), it->added[i], "case %zu, message %zu",
			     number, i);
	}
	error_clear(&error);
	imap_append_end(command);
	cr_assert_eq(imap_append_finish(session, &command, &appended, &error), it->result,
		     "case %zu: %s", number, error.text);
	cr_assert_eq(appended.uidvalidity, it->uidvalidity, "case %zu", number);
	uid_set_format(&appended.uids, &uids);
	cr_assert_str_eq(buffer_text(&uids), it->uids, "case %zu", number);
	cr_assert_eq(it->words == NULL, error.kind == ERROR_NONE, "case %zu: %s", number,
		     error.text);
	if (it->words != NULL)
		cr_assert_not_null(strstr(error.text, it->words), "case %zu: %s", number,
				   error.text);
	cr_assert_eq(imap_session_is_alive(session), it->result != ERROR, "case %zu", number);
	for (size_t i = 0; it->lines[i] != NULL; i++)
		if (strcmp(it->lines[i], "C: NOOP") == 0) {
			command = imap_command_start(session, NULL, "NOOP");
			cr_assert_eq(imap_command_finish(session, &command, NULL, &error), OK);
		}
	cr_assert_eq(imap_session_counts(session).round_trips - round_trips, it->round_trips,
		     "case %zu", number);
	imap_appended_release(&appended);
	buffer_release(&uids);
	imap_script_close(&script, &session);
}

Test(imap_multiappend, messages_and_what_becomes_of_them)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		check(i, &cases[i]);
}

/* A message that fits the queue is not begun in a full one: otherwise it could not be taken back.
 */
Test(imap_multiappend, a_small_message_can_be_taken_back_behind_large_ones)
{
	enum { SIZE = 30000 };
	char *body = memory_allocate(SIZE + 4);
	struct message messages[] = { WHOLE(SIZE), BROKEN(SIZE, SIZE - 1), WHOLE(2) };
	static const enum imap_result added[] = { OK, REFUSED, OK };
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;

	memcpy(body, "B: ", 3);
	memset(body + 3, 'x', SIZE);
	{
		const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS "),
					      FIRST "{30000+}",
					      body,
					      NEXT "{2+}",
					      "B: xx",
					      "L: ",
					      "S: = OK [APPENDUID 7 12:13] done",
					      NULL };
		struct imap_script *script = imap_script_start(lines);
		struct imap_session *session = imap_script_open(script);
		struct imap_command *command = imap_append_begin(session, "Work");

		for (size_t i = 0; i < COUNT(messages); i++)
			cr_assert_eq(add(command, &messages[i], &error), added[i], "message %zu",
				     i);
		cr_assert_eq(imap_append_finish(session, &command, &appended, &error), OK, "%s",
			     error.text);
		cr_assert_eq(uid_set_size(&appended.uids), 2);
		imap_appended_release(&appended);
		imap_script_close(&script, &session);
	}
	free(body);
}

Test(imap_multiappend, nothing_is_sent_in_the_midst_of_it)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ "), NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command = imap_append_begin(session, "Work");
	struct message message = WHOLE(3);
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;
	struct imap_command *other;

	cr_assert_eq(add(command, &message, &error), OK);
	other = imap_command_start(session, NULL, "NOOP");
	cr_assert_eq(imap_command_finish(session, &other, NULL, &error), ERROR);
	cr_assert_not_null(strstr(error.text, "in the middle of another"), "%s", error.text);
	cr_assert_eq(imap_append_finish(session, &command, &appended, &error), ERROR);
	imap_appended_release(&appended);
	imap_script_close(&script, &session);
}

static bool drops_unsent(const struct imap_session *session)
{
	struct linger linger = { .l_onoff = -1 };
	socklen_t size = sizeof linger;

	cr_assert_eq(getsockopt(session->stream->socket, SOL_SOCKET, SO_LINGER, &linger, &size), 0);
	return linger.l_onoff == 1 && linger.l_linger == 0;
}

/* A message must not arrive when we were killed and the next run has looked for it. */
Test(imap_multiappend, while_messages_are_unanswered_a_kill_drops_them)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("LITERAL+ "),
					     FIRST "{1+}",
					     "L: x",
					     FIRST "{2+}",
					     "L: xx",
					     "S: = OK",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct message messages[] = { WHOLE(1), WHOLE(2) };
	struct imap_command *commands[COUNT(messages)];
	struct error error = ERROR_INITIAL;

	cr_assert_not(drops_unsent(session));
	for (size_t i = 0; i < COUNT(messages); i++) {
		commands[i] = imap_append_begin(session, "Work");
		cr_assert_eq(add(commands[i], &messages[i], &error), OK);
		imap_append_end(commands[i]);
		cr_assert(drops_unsent(session));
	}
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct imap_appended appended;

		cr_assert(drops_unsent(session));
		cr_assert_eq(imap_append_finish(session, &commands[i], &appended, &error), OK);
		imap_appended_release(&appended);
	}
	cr_assert_not(drops_unsent(session));
	imap_script_close(&script, &session);
}
