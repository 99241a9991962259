/* Sending messages over IMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "far-script.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MESSAGES_MAX 5
#define FROM_UID 100

#define ARGUMENTS " () \"01-Jan-1970 00:00:00 +0000\" "
#define APPEND "C: APPEND Work" ARGUMENTS
#define NEXT "L: " ARGUMENTS
#define SHARING IMAP_SCRIPT_READY("LITERAL+ UIDPLUS MULTIAPPEND ")
#define SINGLE IMAP_SCRIPT_READY("LITERAL+ UIDPLUS ")
#define SENT(...)                   \
	{                           \
		.text = __VA_ARGS__ \
	}
#define DONE(uids) "S: = OK [APPENDUID 7 " uids "] done"

struct message {
	const char *text; /* NULL: there is none */
	bool has_nul, is_gone, is_damaged;
	uint32_t in_place_of;
	uint64_t size; /* instead of the text's */
};

struct append_case {
	struct message messages[MESSAGES_MAX];
	size_t batch; /* so many of them at a time; 0: all */
	int result;
	bool stopped;
	const char *calls;
	const char *states;
	uint32_t learnt, next_uid; /* 0: none; FROM_UID */
	const char *reason;        /* words of what is refused, or of the error; or NULL */
	const char *lines[40];
};

/* What was called, in words. */
struct calls {
	const struct message *messages;
	const char *reason;
	struct buffer text;
	size_t given; /* bytes of the message that is open */
	bool is_open;
};

static void note(struct calls *calls, const char *what, size_t i)
{
	buffer_add_format(&calls->text, "%s%s %zu", calls->text.length > 0 ? "; " : "", what, i);
}

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	struct calls *calls = context;
	const struct message *message = calls->messages;
	size_t left = strlen(message->text) - calls->given;
	cr_assert(calls->is_open);
	if (message->is_damaged)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the disk is broken");
	*length_r = left < size ? left : size;
	memcpy(bytes, message->text + calls->given, *length_r);
	calls->given += *length_r;
	return 0;
}

/* CONTEXT's messages are counted from the one that is open. */
static int open_message(void *context, size_t i, struct far_source *source_r)
{
	struct calls *calls = context;
	const struct message *message = &calls->messages[i];
	cr_assert_not(calls->is_open);
	if (message->is_gone) {
		note(calls, "gone", i);
		return 0;
	}
	*source_r = (struct far_source){ .size = message->size > 0 ? message->size
								   : strlen(message->text),
					 .has_nul = message->has_nul,
					 .in_place_of = message->in_place_of,
					 .read = read_message,
					 .context = calls };
	calls->messages += i;
	calls->given = 0;
	calls->is_open = true;
	return 1;
}

static void close_message(void *context, size_t i)
{
	struct calls *calls = context;
	cr_assert(calls->is_open);
	calls->messages -= i;
	calls->is_open = false;
}

static void stored(void *context, size_t i)
{
	note(context, "stored", i);
}

static void refused(void *context, size_t i, const struct error *reason)
{
	struct calls *calls = context;
	note(calls, reason ? "refused" : "likewise", i);
	if (reason)
		cr_assert(calls->reason && strstr(reason->text, calls->reason), "%s", reason->text);
}

static void write_state(struct buffer *text, const struct far_outgoing *message)
{
	static const char *const names[] = { "waits", "under way", "stored", "refused" };
	buffer_add_format(text, "%s%s", text->length > 0 ? ", " : "", names[message->state]);
	if (message->uid != 0)
		buffer_add_format(text, " %u", message->uid);
	buffer_add_text(text, message->replaced ? " replaced" : "");
}

static const struct far_sender sender_of_calls = {
	.open = open_message, .close = close_message, .stored = stored, .refused = refused
};

/* Batch by batch; the states of all. */
static void send_all(const struct append_case *expected, struct far_append *append,
		     struct buffer *states)
{
	struct calls calls = { .reason = expected->reason, .text = BUFFER_INITIAL };
	struct far_sender sender = sender_of_calls;
	struct error error = ERROR_INITIAL;
	bool has_stopped = false;
	size_t total = 0;
	int result = 0;
	sender.context = &calls;
	while (total < MESSAGES_MAX && expected->messages[total].text)
		total++;
	size_t size = expected->batch > 0 ? expected->batch : total;
	for (size_t first = 0; first < total && result == 0; first += size) {
		struct far_outgoing messages[MESSAGES_MAX] = { { .uid = 0 } };
		size_t count = total - first < size ? total - first : size;
		calls.messages = &expected->messages[first];
		result = far_append_batch(append, &sender, messages, count, &has_stopped, &error);
		for (size_t i = 0; i < count; i++)
			write_state(states, &messages[i]);
	}
	cr_assert_eq(result, expected->result, "%s", error.text);
	cr_assert(result == 0 || (expected->reason && strstr(error.text, expected->reason)), "%s",
		  error.text);
	cr_assert_eq(has_stopped, expected->stopped);
	cr_assert_str_eq(buffer_text(&calls.text), expected->calls);
	buffer_release(&calls.text);
}

static void check(const struct append_case *expected)
{
	const struct far_mailbox mailbox = { .name = "Work", .uidvalidity = 7 };
	struct far_script *far = far_script_open(expected->lines);
	struct buffer states = BUFFER_INITIAL;
	struct far_append *append;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(far_append_begin(far->session, &mailbox, FROM_UID, NULL, &append, &error), 0,
		     "%s", error.text);
	cr_assert_eq(far_append_next_uid(append), FROM_UID);
	send_all(expected, append, &states);
	cr_assert_str_eq(buffer_text(&states), expected->states);
	if (expected->learnt != 0)
		far_append_learn(append, expected->learnt);
	uint32_t next_uid = expected->next_uid != 0 ? expected->next_uid : FROM_UID;
	cr_assert_eq(far_append_next_uid(append), next_uid, "%u", far_append_next_uid(append));
	buffer_release(&states);
	far_append_end(&append);
	far_script_close(&far);
}

#define CHECK(...)                                                \
	do {                                                      \
		static const struct append_case it = __VA_ARGS__; \
		check(&it);                                       \
	} while (0)

/* --- Commands --- */

Test(far_append, messages_share_a_command_where_they_can)
{
	CHECK({ .messages = { SENT("abc"), SENT("de") },
		.calls = "stored 0; stored 1",
		.states = "stored 100, stored 102",
		.next_uid = 103,
		.lines = { SHARING, APPEND "{3+}", "B: abc", NEXT "{2+}", "B: de",
			   "L: ", DONE("100,102"), NULL } });
	CHECK({ .messages = { SENT("abc"), SENT("de") },
		.calls = "stored 0; stored 1",
		.states = "stored 100, stored 101",
		.next_uid = 102,
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de", DONE("100"),
			   DONE("101"), NULL } });
}

/* An empty one would cancel the command, and one with NUL make many servers refuse it. */
Test(far_append, some_go_by_themselves)
{
	CHECK({ .messages = { SENT("abc"), SENT(""), SENT("d", .has_nul = true), SENT("ef") },
		.calls = "stored 0; stored 1; stored 2; stored 3",
		.states = "stored 100, stored 101, stored 102, stored 103",
		.next_uid = 104,
		.lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS MULTIAPPEND BINARY "), APPEND "{3+}",
			   "L: abc", APPEND "{0+}", "L: ", APPEND "~{1+}", "L: d", APPEND "{2+}",
			   "L: ef", DONE("100"), DONE("101"), DONE("102"), DONE("103"), NULL } });
	/* The server may take it all the same. */
	CHECK({ .messages = { SENT("abc", .has_nul = true), SENT("de") },
		.calls = "refused 0; stored 1",
		.states = "refused, stored 100",
		.next_uid = 101,
		.reason = "no NUL here",
		.lines = { SHARING, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de",
			   "S: = NO no NUL here", DONE("100"), NULL } });
}

/* More of them would be lost at a time when one is refused. */
Test(far_append, many_messages_are_several_commands)
{
	enum { MANY = 501 };
	const char *lines[2 * MANY + 20] = { SHARING };
	struct far_outgoing messages[MANY] = { { .uid = 0 } };
	struct message one[MANY];
	struct calls calls = { .messages = one, .text = BUFFER_INITIAL };
	const struct far_mailbox mailbox = { .name = "Work", .uidvalidity = 7 };
	struct far_sender sender = sender_of_calls;
	struct far_append *append;
	struct error error = ERROR_INITIAL;
	bool has_stopped;
	size_t count = 0;
	while (lines[count])
		count++;
	for (size_t i = 0; i < MANY; i++) {
		one[i] = (struct message){ .text = "x" };
		if (i == MANY - 1)
			lines[count++] = "L: ";
		lines[count++] = i == 0 || i == MANY - 1 ? APPEND "{1+}" : NEXT "{1+}";
		lines[count++] = "B: x";
	}
	lines[count++] = "L: ";
	lines[count++] = DONE("100:599");
	lines[count++] = DONE("600");
	sender.context = &calls;
	struct far_script *far = far_script_open(lines);
	cr_assert_eq(far_append_begin(far->session, &mailbox, FROM_UID, NULL, &append, &error), 0);
	cr_assert_eq(far_append_batch(append, &sender, messages, MANY, &has_stopped, &error), 0);
	for (size_t i = 0; i < MANY; i++)
		cr_assert_eq(messages[i].uid, 100 + i);
	cr_assert_eq(far_append_next_uid(append), 601);
	far_append_end(&append);
	far_script_close(&far);
	buffer_release(&calls.text);
}

Test(far_append, limits_are_kept)
{
	CHECK({ .messages = { SENT("abcdef"), SENT("abcde") },
		.calls = "refused 0; stored 1",
		.states = "refused, stored 100",
		.next_uid = 101,
		.reason = "has 6 bytes and the server takes messages of up to 5 bytes",
		.lines = { IMAP_SCRIPT_READY("LITERAL+ UIDPLUS APPENDLIMIT=5 "), APPEND "{5+}",
			   "L: abcde", DONE("100"), NULL } });
	/* Of a large one nothing is sent before the server wants it, where it tells no limit. */
	CHECK({ .messages = { SENT("", .size = 4194305), SENT("de") },
		.calls = "refused 0; stored 1",
		.states = "refused, stored 100",
		.next_uid = 101,
		.reason = "too large",
		.lines = { SINGLE, APPEND "{4194305}", "S: = NO [TOOBIG] too large", APPEND "{2+}",
			   "L: de", DONE("100"), NULL } });
}

Test(far_append, what_cannot_be_opened_or_read_is_not_sent)
{
	CHECK({ .messages = { SENT("abc"), SENT("x", .is_gone = true),
			      SENT("y", .is_damaged = true), SENT("de") },
		.calls = "gone 1; refused 2; stored 0; stored 3",
		.states = "stored 100, refused, refused, stored 101",
		.next_uid = 102,
		.reason = "the disk is broken",
		.lines = { SHARING, APPEND "{3+}", "B: abc", NEXT "{2+}", "B: de",
			   "L: ", DONE("100:101"), NULL } });
}

/* --- UIDs --- */

Test(far_append, uids_that_were_not_told_are_learnt)
{
	CHECK({ .messages = { SENT("abc") },
		.calls = "stored 0",
		.states = "stored",
		.learnt = 105,
		.next_uid = 106,
		.lines = { IMAP_SCRIPT_READY("LITERAL+ "), APPEND "{3+}", "L: abc", "S: = OK",
			   NULL } });
}

Test(far_append, only_uids_that_can_be_true_are_believed)
{
	static const char *const answers[] = {
		"S: = OK [APPENDUID 8 100] of another mailbox",
		"S: = OK [APPENDUID 7 99] of an old message",
		"S: = OK [APPENDUID 7 100:101] of two",
		"S: = OK [APPENDUID 100 7] the wrong way round",
	};
	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct append_case it = { .messages = { SENT("abc") },
						.calls = "stored 0",
						.states = "stored",
						.lines = { SINGLE, APPEND "{3+}", "L: abc",
							   answers[i], NULL } };
		check(&it);
	}
	/* Each may be that of another message of the batch, and none is believed any more. */
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f"), SENT("g") },
		.batch = 3,
		.calls = "stored 0; stored 1; stored 2; stored 0",
		.states = "stored, stored, stored, stored",
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de", APPEND "{1+}",
			   "L: f", DONE("101"), DONE("100"), DONE("102"), APPEND "{1+}", "L: g",
			   DONE("103"), NULL } });
}

/* --- Refusals --- */

/* One may be the reason, so each is tried by itself; the next ones share a command again. */
Test(far_append, messages_refused_together_are_tried_one_by_one)
{
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f"), SENT("g"), SENT("h") },
		.batch = 3,
		.calls = "stored 0; refused 1; stored 2; stored 0; stored 1",
		.states = "stored 100, refused, stored 101, stored 102, stored 103",
		.next_uid = 104,
		.reason = "a virus",
		.lines = { SHARING,
			   APPEND "{3+}",
			   "B: abc",
			   NEXT "{2+}",
			   "B: de",
			   NEXT "{1+}",
			   "B: f",
			   "L: ",
			   "S: = NO a virus",
			   APPEND "{3+}",
			   "L: abc",
			   APPEND "{2+}",
			   "L: de",
			   APPEND "{1+}",
			   "L: f",
			   DONE("100"),
			   "S: = NO a virus",
			   DONE("101"),
			   APPEND "{1+}",
			   "B: g",
			   NEXT "{1+}",
			   "B: h",
			   "L: ",
			   DONE("102:103"),
			   NULL } });
	/* Where none was the reason none of the next ones does. */
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f"), SENT("g") },
		.batch = 2,
		.calls = "stored 0; stored 1; stored 0; stored 1",
		.states = "stored 100, stored 101, stored 102, stored 103",
		.next_uid = 104,
		.lines = { SHARING,           APPEND "{3+}", "B: abc",
			   NEXT "{2+}",       "B: de",       "L: ",
			   "S: = BAD syntax", APPEND "{3+}", "L: abc",
			   APPEND "{2+}",     "L: de",       DONE("100"),
			   DONE("101"),       APPEND "{1+}", "L: f",
			   APPEND "{1+}",     "L: g",        DONE("102"),
			   DONE("103"),       NULL } });
}

/* No message would be taken, so no further one is sent. */
Test(far_append, a_mailbox_that_takes_nothing_ends_it)
{
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f") },
		.batch = 2,
		.stopped = true,
		.calls = "refused 0; likewise 1",
		.states = "refused, refused, waits",
		.reason = "not yours",
		.lines = { SHARING, APPEND "{3+}", "B: abc", NEXT "{2+}", "B: de",
			   "L: ", "S: = NO [NOPERM] not yours", NULL } });
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f") },
		.batch = 2,
		.stopped = true,
		.calls = "refused 0; likewise 1",
		.states = "refused, refused, waits",
		.reason = "not yours",
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de",
			   "S: = NO [NOPERM] not yours", "S: = NO [NOPERM] not yours", NULL } });
}

/* A small one may have room, but of a batch that has none nothing got through. */
Test(far_append, a_full_mailbox_ends_it_when_nothing_fits)
{
	CHECK({ .messages = { SENT("abc"), SENT("d"), SENT("efg"), SENT("h") },
		.batch = 2,
		.stopped = true,
		.calls = "refused 0; stored 1; likewise 0; likewise 1",
		.states = "refused, stored 100, refused, refused",
		.next_uid = 101,
		.reason = "full",
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{1+}", "L: d",
			   "S: = NO [OVERQUOTA] full", DONE("100"), APPEND "{3+}", "L: efg",
			   APPEND "{1+}", "L: h", "S: = NO [OVERQUOTA] full",
			   "S: = NO [OVERQUOTA] full", NULL } });
}

Test(far_append, a_pause_is_the_error_of_the_batch)
{
	CHECK({ .messages = { SENT("abc"), SENT("de") },
		.result = -1,
		.calls = "stored 0",
		.states = "stored 100, refused",
		.next_uid = 101,
		.reason = "throttled",
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de", DONE("100"),
			   "S: = NO Request is throttled. Suggested Backoff Time: 300000 "
			   "milliseconds",
			   NULL } });
}

/* What was sent may arrive. */
Test(far_append, a_connection_that_ends_leaves_messages_under_way)
{
	CHECK({ .messages = { SENT("abc"), SENT("de"), SENT("f") },
		.result = -1,
		.calls = "stored 0",
		.states = "stored 100, under way, under way",
		.next_uid = 101,
		.reason = "closed",
		.lines = { SINGLE, APPEND "{3+}", "L: abc", APPEND "{2+}", "L: de", APPEND "{1+}",
			   "L: f", DONE("100"), "X", NULL } });
}

/* --- In place of others --- */

#define REPLACING IMAP_SCRIPT_READY("LITERAL+ UIDPLUS MULTIAPPEND REPLACE ")
#define REPLACE(uid) "C: UID REPLACE " uid " Work" ARGUMENTS
#define OPEN(uidvalidity)                                                            \
	"C: SELECT Work", "S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", \
		"S: = OK [READ-WRITE] done"

Test(far_append, a_new_version_takes_the_place_of_the_old_one)
{
	CHECK({ .messages = { SENT("abc"), SENT("de", .in_place_of = 42), SENT("f") },
		.calls = "stored 0; stored 1; stored 2",
		.states = "stored 100, stored 101 replaced, stored 102",
		.next_uid = 103,
		.lines = { REPLACING, APPEND "{3+}", "L: abc", "C: SELECT Work", DONE("100"),
			   "S: * 9 EXISTS", "S: * OK [UIDVALIDITY 7] ", "S: = OK [READ-WRITE] done",
			   REPLACE("42") "{2+}", "L: de", APPEND "{1+}", "L: f",
			   "S: * OK [APPENDUID 7 101] new", "S: * 4 EXPUNGE", "S: = OK",
			   DONE("102"), NULL } });
	/* Without REPLACE it is a message like any other. */
	CHECK({ .messages = { SENT("abc"), SENT("de", .in_place_of = 42) },
		.calls = "stored 0; stored 1",
		.states = "stored 100, stored 101",
		.next_uid = 102,
		.lines = { SHARING, APPEND "{3+}", "B: abc", NEXT "{2+}", "B: de",
			   "L: ", DONE("100:101"), NULL } });
}

/* The reason may be the old version: the new one is sent without it, and so are the others. */
Test(far_append, a_refused_replacement_is_sent_without_it)
{
	CHECK({ .messages = { SENT("abc", .in_place_of = 42), SENT("de", .in_place_of = 43) },
		.batch = 1,
		.calls = "stored 0; stored 0",
		.states = "stored 100, stored 101",
		.next_uid = 102,
		.lines = { REPLACING, OPEN("7"), REPLACE("42") "{3+}", "L: abc",
			   "S: = NO it is old", APPEND "{3+}", "L: abc", DONE("100"), APPEND "{2+}",
			   "L: de", DONE("101"), NULL } });
}

/* What has UID 42 there may be another message. */
Test(far_append, nothing_of_another_mailbox_is_replaced)
{
	CHECK({ .messages = { SENT("abc", .in_place_of = 42), SENT("de") },
		.result = -1,
		.calls = "",
		.states = "waits, waits",
		.reason = "replaced on the server",
		.lines = { REPLACING, OPEN("8"), NULL } });
}
