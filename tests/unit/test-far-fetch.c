/* Fetching messages over IMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "far-script.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define READY IMAP_SCRIPT_READY("")
/* The answer to SELECT Work. */
#define SELECTED(uidvalidity, messages)                                       \
	"S: * " messages " EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", \
		"S: * OK [UIDNEXT 1000] ", "S: = OK [READ-WRITE] done"
#define BODIES(set) "C: UID FETCH " set " (UID RFC822.SIZE BODY.PEEK[])"
#define BODY(uid, text, size) \
	"S: * 1 FETCH (UID " uid " RFC822.SIZE " size " BODY[] {" size "}", "b: " text, "S: )"

enum handler {
	REFUSED = 1 << 0, /* the fetch has `refused` */
	PAUSE = 1 << 1,
	BEFORE = 1 << 2,        /* takes UID 5 out */
	REFUSED_FAILS = 1 << 3, /* ... and fails */
	PAUSE_FAILS = 1 << 4,
	SINK_FAILS = 1 << 5, /* does not take UID 3 */
	SEE_FAILS = 1 << 6
};

struct fetch_case {
	const char *uids; /* NULL: all from UID 7 on */
	const char *singly;
	unsigned int items;
	bool anew, newest_first, is_awaited;
	unsigned int handlers;
	enum far_result result;
	const char *calls;
	const char *words; /* in the error, or NULL */
	const char *lines[60];
};

/* What was called, in words. */
struct calls {
	struct buffer text;
	unsigned int handlers;
};

static void note(struct calls *calls, const char *what)
{
	buffer_add_format(&calls->text, "%s%s", calls->text.length > 0 ? "; " : "", what);
}

static void note_uids(struct calls *calls, const char *what, const struct uid_set *uids)
{
	note(calls, what);
	buffer_add_text(&calls->text, " ");
	uid_set_format(uids, &calls->text);
}

static int see(void *context, const struct far_message *message, struct error *error)
{
	static const char *const bodies[] = { "", " whole", " not taken" };
	struct calls *calls = context;
	note(calls, "see");
	buffer_add_format(&calls->text, " %u%s%s%s%s", message->uid, bodies[message->body],
			  message->flags && (message->flags->system & FLAG_SEEN) ? " seen" : "",
			  message->has_date ? " date" : "", message->has_header ? " header" : "");
	if (message->body == FAR_BODY_REFUSED)
		cr_assert_str_eq(message->sink_error.text, "not this one");
	return calls->handlers & SEE_FAILS
		       ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "nobody looks")
		       : 0;
}

static int begin(void *context, uint32_t uid, struct error *error)
{
	struct calls *calls = context;
	note(calls, "begin");
	buffer_add_format(&calls->text, " %u ", uid);
	return uid == 3 && calls->handlers & SINK_FAILS
		       ? error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "not this one")
		       : 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct calls *calls = context;
	(void)error;
	buffer_add(&calls->text, bytes, length);
	return 0;
}

static int before(void *context, struct uid_set *part, struct error *error)
{
	(void)error;
	note_uids(context, "before", part);
	uid_set_remove_range(part, 5, 5);
	return 0;
}

static int pause_after(void *context, bool last, struct error *error)
{
	struct calls *calls = context;
	note(calls, last ? "end" : "pause");
	return calls->handlers & PAUSE_FAILS
		       ? error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, "the disk is full")
		       : 0;
}

static int refused(void *context, uint32_t uid, const struct error *reason, struct error *error)
{
	struct calls *calls = context;
	note(calls, "refused");
	buffer_add_format(&calls->text, " %u", uid);
	cr_assert(strstr(reason->text, "damaged") || strstr(reason->text, "slow"), "%s",
		  reason->text);
	return calls->handlers & REFUSED_FAILS
		       ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be noted")
		       : 0;
}

static void ended(void *context, const struct uid_set *asked, const struct error *reason)
{
	(void)reason;
	note_uids(context, "ended", asked);
}

static void parse(struct uid_set *set, const char *text)
{
	if (text)
		cr_assert(uid_set_parse(set, text, strlen(text)));
}

static void check(const struct fetch_case *expected)
{
	static const struct far_sink sink = { .begin = begin, .write = write_body };
	struct far_script *far = far_script_open(expected->lines);
	struct calls calls = { .text = BUFFER_INITIAL, .handlers = expected->handlers };
	struct uid_set uids = UID_SET_INITIAL;
	struct uid_set singly = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	parse(&uids, expected->uids);
	parse(&singly, expected->singly);
	const struct far_fetch fetch = {
		.mailbox = { .name = "Work", .uidvalidity = 7 },
		.uids = expected->uids ? &uids : NULL,
		.first = 7,
		.items = expected->items,
		.anew = expected->anew,
		.newest_first = expected->newest_first,
		.is_awaited = expected->is_awaited,
		.context = &calls,
		.see = see,
		.sink = &sink,
		.singly = expected->singly ? &singly : NULL,
		.before = expected->handlers & BEFORE ? before : NULL,
		.pause = expected->handlers & (PAUSE | PAUSE_FAILS) ? pause_after : NULL,
		.refused = expected->handlers & (REFUSED | REFUSED_FAILS) ? refused : NULL,
		.ended = ended,
	};
	enum far_result result = far_fetch(far->session, &fetch, &error);
	cr_assert_eq(result, expected->result, "%d: %s", result, error.text);
	cr_assert_str_eq(buffer_text(&calls.text), expected->calls);
	if (expected->words)
		cr_assert(strstr(error.text, expected->words), "%s", error.text);
	else
		cr_assert_str_empty(error.text);
	if (result == FAR_REFUSED && expected->handlers & REFUSED)
		cr_assert_geq(error.scope, SCOPE_FOLDER);
	buffer_release(&calls.text);
	uid_set_release(&uids);
	uid_set_release(&singly);
	far_script_close(&far);
}

#define CHECK(...)                                               \
	do {                                                     \
		static const struct fetch_case it = __VA_ARGS__; \
		check(&it);                                      \
	} while (0)

Test(far_fetch, opens_the_mailbox_in_the_same_flight)
{
	CHECK({ .uids = "3:4",
		.items = FAR_SIZE | FAR_BODY,
		.result = FAR_OK,
		.calls = "begin 3 abc; see 3 whole; begin 4 de; see 4 whole",
		.lines = { READY, "C: SELECT Work", BODIES("3:4"), SELECTED("7", "9"),
			   BODY("3", "abc", "3"), BODY("4", "de", "2"), "S: = OK", NULL } });
}

Test(far_fetch, asks_for_what_is_wanted)
{
	CHECK({ .uids = "3",
		.items = FAR_FLAGS | FAR_DATE | FAR_SIZE | FAR_HEADER,
		.result = FAR_OK,
		.calls = "begin 3 a\r\n; see 3 whole seen date",
		.lines = { READY, "C: SELECT Work",
			   "C: UID FETCH 3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])",
			   SELECTED("7", "9"),
			   "S: * 1 FETCH (UID 3 FLAGS (\\Seen) INTERNALDATE "
			   "\"01-Jan-2024 00:00:00 +0000\" RFC822.SIZE 9 BODY[HEADER] {3}",
			   "b: a\r\n", "S: )", "S: = OK", NULL } });
	CHECK({ .uids = "3",
		.items = FAR_ADDED,
		.result = FAR_OK,
		.calls = "see 3 header",
		.lines = { READY, "C: SELECT Work",
			   "C: UID FETCH 3 (UID BODY.PEEK[HEADER.FIELDS (X-TUID X-OFFLINEIMAP)])",
			   SELECTED("7", "9"),
			   "S: * 1 FETCH (UID 3 BODY[HEADER.FIELDS (X-TUID)] {2}", "b: \r\n",
			   "S: )", "S: = OK", NULL } });
}

/* What was the message 3 may be another one by now. */
Test(far_fetch, takes_nothing_of_another_mailbox)
{
	CHECK({ .uids = "3:4",
		.items = FAR_SIZE | FAR_BODY,
		.handlers = PAUSE | REFUSED,
		.result = FAR_ERROR,
		.calls = "end",
		.words = "replaced on the server",
		.lines = { READY, "C: SELECT Work", BODIES("3:4"), SELECTED("8", "9"),
			   BODY("3", "abc", "3"), "S: = OK", NULL } });
	CHECK({ .uids = "3:4",
		.items = FAR_SIZE | FAR_BODY,
		.result = FAR_ERROR,
		.calls = "",
		.words = "no such",
		.lines = { READY, "C: SELECT Work", BODIES("3:4"), "S: = NO no such mailbox",
			   "S: = BAD select one first", NULL } });
}

Test(far_fetch, one_part_is_ahead_of_the_other)
{
	CHECK({ .uids = "3,101:1101",
		.items = FAR_FLAGS,
		.handlers = PAUSE | BEFORE,
		.result = FAR_OK,
		.calls = "before 3,101:599; before 600:1099; see 3; pause; before 1100:1101; "
			 "see 600; pause; see 1101 seen; pause; end",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3,101:599 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 600:1099 (UID FLAGS)",
			   "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   "C: UID FETCH 1100:1101 (UID FLAGS)", "S: * 2 FETCH (UID 600 FLAGS ())",
			   "S: = OK", "S: * 3 FETCH (UID 1101 FLAGS (\\Seen))", "S: = OK",
			   NULL } });
}

Test(far_fetch, the_newest_come_first)
{
	CHECK({ .uids = "3,101:701",
		.items = FAR_FLAGS,
		.newest_first = true,
		.handlers = PAUSE,
		.result = FAR_OK,
		.calls = "see 700; pause; see 3; pause; end",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 202:701 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 3,101:201 (UID FLAGS)",
			   "S: * 8 FETCH (UID 700 FLAGS ())", "S: = OK",
			   "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK", NULL } });
}

/* The others go out while the first ones come. */
Test(far_fetch, a_few_come_before_all_others_where_somebody_waits)
{
	CHECK({ .uids = "3,101:701",
		.items = FAR_FLAGS,
		.newest_first = true,
		.is_awaited = true,
		.handlers = PAUSE,
		.result = FAR_OK,
		.calls = "see 700; pause; see 600; pause; see 3; pause; end",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 602:701 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 102:601 (UID FLAGS)",
			   "S: * 8 FETCH (UID 700 FLAGS ())", "S: = OK",
			   "C: UID FETCH 3,101 (UID FLAGS)", "S: * 7 FETCH (UID 600 FLAGS ())",
			   "S: = OK", "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK", NULL } });
}

Test(far_fetch, before_takes_messages_out)
{
	CHECK({ .uids = "5",
		.items = FAR_FLAGS,
		.handlers = BEFORE,
		.result = FAR_OK,
		.calls = "before 5",
		.lines = { READY, NULL } });
	CHECK({ .uids = "4:6",
		.items = FAR_FLAGS,
		.handlers = BEFORE,
		.result = FAR_OK,
		.calls = "before 4:6",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 4,6 (UID FLAGS)",
			   SELECTED("7", "9"), "S: = OK", NULL } });
}

/* Only what did not come, and only that. */
Test(far_fetch, asks_one_by_one_after_a_refusal)
{
	CHECK({ .uids = "3:6",
		.items = FAR_SIZE | FAR_BODY,
		.handlers = REFUSED | PAUSE | SINK_FAILS,
		.result = FAR_OK,
		.calls = "begin 3 ; see 3 not taken; begin 4 de; see 4 whole; see 5; pause; "
			 "pause; refused 5; begin 6 f; see 6 whole; pause; end",
		.lines = { READY, "C: SELECT Work", BODIES("3:6"), SELECTED("7", "9"),
			   BODY("3", "abc", "3"), BODY("4", "de", "2"),
			   "S: * 1 FETCH (UID 5 RFC822.SIZE 4)", "S: = NO some are damaged",
			   BODIES("5"), "S: = NO it is damaged", BODIES("6"), BODY("6", "f", "1"),
			   "S: = OK", NULL } });
}

Test(far_fetch, without_that_a_refusal_is_the_result)
{
	CHECK({ .uids = "3:502",
		.items = FAR_FLAGS,
		.handlers = PAUSE,
		.result = FAR_OK,
		.calls = "see 3; pause; end",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:502 (UID FLAGS)",
			   SELECTED("7", "9"), "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   NULL } });
	CHECK({ .uids = "3:503",
		.items = FAR_FLAGS,
		.handlers = PAUSE,
		.result = FAR_REFUSED,
		.calls = "see 3; pause; see 503; pause; end",
		.words = "some are damaged",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:502 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 503 (UID FLAGS)",
			   "S: * 1 FETCH (UID 3 FLAGS ())", "S: = NO some are damaged",
			   "S: * 1 FETCH (UID 503 FLAGS ())", "S: = OK", NULL } });
}

Test(far_fetch, those_that_are_singled_out_come_last)
{
	CHECK({ .uids = "3:5",
		.singly = "1:4",
		.items = FAR_FLAGS,
		.handlers = REFUSED | BEFORE,
		.result = FAR_OK,
		.calls = "before 5; see 3; refused 4",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3 (UID FLAGS)",
			   SELECTED("7", "9"), "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   "C: UID FETCH 4 (UID FLAGS)", "S: = NO it is damaged", NULL } });
}

#define DAMAGED(uid) "C: UID FETCH " uid " (UID FLAGS)", "S: = NO it is damaged"

/* Ten of them can be damaged; eleven in a row are no accident. */
Test(far_fetch, gives_up_when_too_many_in_a_row_are_refused)
{
	CHECK({ .uids = "10:25",
		.items = FAR_FLAGS,
		.handlers = REFUSED,
		.result = FAR_REFUSED,
		.calls = "see 10; refused 11; see 12; refused 13; refused 14; refused 15; "
			 "refused 16; refused 17; refused 18; refused 19; refused 20; refused 21; "
			 "refused 22",
		.words = "it is damaged",
		.lines = { READY,
			   "C: SELECT Work",
			   "C: UID FETCH 10:25 (UID FLAGS)",
			   SELECTED("7", "99"),
			   "S: * 1 FETCH (UID 10 FLAGS ())",
			   "S: = NO some are damaged",
			   DAMAGED("11"),
			   "C: UID FETCH 12 (UID FLAGS)",
			   "S: * 1 FETCH (UID 12 FLAGS ())",
			   "S: = OK",
			   DAMAGED("13"),
			   DAMAGED("14"),
			   DAMAGED("15"),
			   DAMAGED("16"),
			   DAMAGED("17"),
			   DAMAGED("18"),
			   DAMAGED("19"),
			   DAMAGED("20"),
			   DAMAGED("21"),
			   DAMAGED("22"),
			   DAMAGED("23"),
			   NULL } });
}

#define THROTTLED "S: = NO Suggested Backoff Time: 3000000 Milliseconds"

Test(far_fetch, stops_where_the_server_wants_a_pause)
{
	CHECK({ .uids = "3:503",
		.items = FAR_FLAGS,
		.handlers = REFUSED | PAUSE,
		.result = FAR_REFUSED,
		.calls = "see 3; pause; end",
		.words = "Backoff",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:502 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 503 (UID FLAGS)",
			   "S: * 1 FETCH (UID 3 FLAGS ())", THROTTLED, "S: = NO no more", NULL } });
	CHECK({ .uids = "3:4",
		.items = FAR_FLAGS,
		.handlers = REFUSED,
		.result = FAR_REFUSED,
		.calls = "",
		.words = "Backoff",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:4 (UID FLAGS)",
			   SELECTED("7", "9"), "S: = NO some are damaged",
			   "C: UID FETCH 3 (UID FLAGS)", THROTTLED, NULL } });
}

/* The first of those that were asked for then is the one; what was to follow is not. */
Test(far_fetch, tells_what_was_asked_for_when_the_session_ended)
{
	CHECK({ .uids = "3:503",
		.items = FAR_FLAGS,
		.handlers = REFUSED | PAUSE,
		.result = FAR_ERROR,
		.calls = "see 3; ended 3:502; end",
		.words = "out of memory",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:502 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 503 (UID FLAGS)",
			   "S: * 1 FETCH (UID 3 FLAGS ())", "S: * BYE out of memory", "X",
			   NULL } });
	CHECK({ .uids = "3:4",
		.singly = "4",
		.items = FAR_FLAGS,
		.handlers = REFUSED | PAUSE,
		.result = FAR_ERROR,
		.calls = "see 3; pause; ended 4; end",
		.words = "connection",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3 (UID FLAGS)",
			   SELECTED("7", "9"), "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   "C: UID FETCH 4 (UID FLAGS)", "X", NULL } });
}

Test(far_fetch, what_fails_here_ends_it)
{
	CHECK({ .uids = "3:503",
		.items = FAR_FLAGS,
		.handlers = PAUSE_FAILS,
		.result = FAR_ERROR,
		.calls = "see 3; pause; see 503; end",
		.words = "the disk is full",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:502 (UID FLAGS)",
			   SELECTED("7", "9"), "C: UID FETCH 503 (UID FLAGS)",
			   "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   "S: * 1 FETCH (UID 503 FLAGS ())", "S: = OK", NULL } });
	CHECK({ .uids = "3:4",
		.items = FAR_FLAGS,
		.handlers = REFUSED_FAILS,
		.result = FAR_ERROR,
		.calls = "refused 3",
		.words = "it cannot be noted",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:4 (UID FLAGS)",
			   SELECTED("7", "9"), "S: = NO some are damaged", DAMAGED("3"), NULL } });
	CHECK({ .uids = "3:4",
		.items = FAR_FLAGS,
		.handlers = SEE_FAILS | REFUSED,
		.result = FAR_ERROR,
		.calls = "see 3",
		.words = "nobody looks",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 3:4 (UID FLAGS)",
			   SELECTED("7", "9"), "S: * 1 FETCH (UID 3 FLAGS ())", "S: = OK",
			   NULL } });
}

/* In the place of a message that was expunged meanwhile. */
Test(far_fetch, nothing_and_an_empty_body_are_none)
{
	CHECK({ .uids = "3:5",
		.items = FAR_SIZE | FAR_BODY,
		.handlers = REFUSED,
		.result = FAR_OK,
		.calls = "see 3; begin 4 ; see 4; begin 5 ; see 5 whole",
		.lines = { READY, "C: SELECT Work", BODIES("3:5"), SELECTED("7", "9"),
			   "S: * 1 FETCH (UID 3 RFC822.SIZE 9 BODY[] NIL)",
			   "S: * 2 FETCH (UID 4 RFC822.SIZE 9 BODY[] \"\")",
			   "S: * 3 FETCH (UID 5 RFC822.SIZE 0 BODY[] \"\")", "S: = OK", NULL } });
}

Test(far_fetch, all_from_one_on)
{
	CHECK({ .items = FAR_SIZE,
		.handlers = PAUSE | REFUSED | BEFORE,
		.result = FAR_OK,
		.calls = "see 8; end",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 7:* (UID RFC822.SIZE)",
			   SELECTED("7", "9"), "S: * 9 FETCH (UID 8 RFC822.SIZE 7)", "S: = OK",
			   NULL } });
	/* Of an empty mailbox some servers refuse to list anything. */
	CHECK({ .items = FAR_SIZE,
		.result = FAR_OK,
		.calls = "",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 7:* (UID RFC822.SIZE)",
			   SELECTED("7", "0"), "S: = NO no matching messages", NULL } });
	CHECK({ .items = FAR_SIZE,
		.result = FAR_REFUSED,
		.calls = "",
		.words = "are damaged",
		.lines = { READY, "C: SELECT Work", "C: UID FETCH 7:* (UID RFC822.SIZE)",
			   SELECTED("7", "9"), "S: = NO some are damaged", NULL } });
}
