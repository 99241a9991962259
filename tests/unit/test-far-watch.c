/* The far side over IMAP: what the server tells by itself, and servers that get it wrong.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "far-script.h"
#include "far/watch.h"

#define NOTIFY "(selected (MessageNew (UID) MessageExpunge FlagChange)) (personal ("
#define ALL_EVENTS "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))"
#define NOTIFY_ALL "C: NOTIFY SET STATUS " NOTIFY ALL_EVENTS
#define NOTIFY_PLAIN "C: NOTIFY SET " NOTIFY ALL_EVENTS
#define NOTIFY_MESSAGES "C: NOTIFY SET " NOTIFY "MessageNew MessageExpunge FlagChange))"
#define IDLES IMAP_SCRIPT_READY("IDLE "), IMAP_SCRIPT_SELECTED("3"), "C: IDLE"

/* Not a measure of anything: so that a mistake ends the test. */
#define PATIENCE_MS 20000

/* One line an event. */
static int see(void *context, const struct far_event *event, struct error *error)
{
	const struct far_marks *marks = &event->marks;

	(void)error; /* nothing fails */
	buffer_add_format(context, "%s %s%s%s%s", event->mailbox ? event->mailbox : "anything",
			  event->kinds & FAR_EVENT_ARRIVED ? "a" : "",
			  event->kinds & FAR_EVENT_GONE ? "g" : "",
			  event->kinds & FAR_EVENT_FLAGS ? "f" : "",
			  event->kinds & FAR_EVENT_NAMES ? "n" : "");
	if (marks->uidvalidity != 0)
		buffer_add_format(context, " %u/%u/%u/%llu", marks->uidvalidity, marks->uidnext,
				  marks->messages, (unsigned long long)marks->highestmodseq);
	buffer_add_text(context, "\n");
	return 0;
}

struct waiting {
	struct far_script *script;
	struct far_watch *watch;
	struct buffer told;
};

/* TIMEOUT: seconds in which the server must answer what a watch asks. */
static struct waiting begin_within(const char *const *lines, bool all, unsigned int keep_alive,
				   unsigned int timeout)
{
	struct waiting waiting = { .script = far_script_open(lines), .told = BUFFER_INITIAL };
	const struct far_watch_request request = { .all = all,
						   .mailbox = { .name = "Work" },
						   .keep_alive = keep_alive };
	struct error error = ERROR_INITIAL;

	waiting.script->account.timeout = timeout;
	cr_assert_eq(far_watch_begin(waiting.script->session, &request, &waiting.watch, &error), 0,
		     "%s", error.text);
	return waiting;
}

static struct waiting begin(const char *const *lines, bool all, unsigned int keep_alive)
{
	return begin_within(lines, all, keep_alive, 60);
}

/* Reads when there is something or it is due, as who waits does. */
static int read_once(struct waiting *waiting, struct error *error)
{
	int64_t left = far_watch_next_due(waiting->watch) - clock_monotonic_ms();
	struct pollfd polled = { .fd = far_watch_fd(waiting->watch), .events = POLLIN };

	if (!far_watch_pending(waiting->watch))
		(void)poll(&polled, 1, left < 0 ? 0 : (int)left);
	return far_watch_read(waiting->watch, see, &waiting->told, error);
}

/* Until EXPECTED was told, as a whole. */
static void expect(struct waiting *waiting, const char *expected)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	struct error error = ERROR_INITIAL;

	while (waiting->told.length < strlen(expected) && clock_monotonic_ms() < until)
		cr_assert_eq(read_once(waiting, &error), 0, "%s", error.text);
	cr_assert_str_eq(buffer_text(&waiting->told), expected);
	buffer_clear(&waiting->told);
}

/* The same where one read, or two, may bring the last of it. */
static void expect_one_of(struct waiting *waiting, const char *together, const char *apart)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	struct error error = ERROR_INITIAL;

	while (strcmp(buffer_text(&waiting->told), together) != 0 &&
	       strcmp(buffer_text(&waiting->told), apart) != 0 && clock_monotonic_ms() < until)
		cr_assert_eq(read_once(waiting, &error), 0, "%s", error.text);
	if (strcmp(buffer_text(&waiting->told), apart) != 0)
		cr_assert_str_eq(buffer_text(&waiting->told), together);
	buffer_clear(&waiting->told);
}

static void expect_reach(struct waiting *waiting, enum far_watch_reach reach)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	struct error error = ERROR_INITIAL;

	while (far_watch_reach(waiting->watch) != reach && clock_monotonic_ms() < until)
		cr_assert_eq(read_once(waiting, &error), 0, "%s", error.text);
	cr_assert_eq(far_watch_reach(waiting->watch), reach);
}

static void expect_failure(struct waiting *waiting, const char *words)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;
	struct error error = ERROR_INITIAL;
	int result = 0;

	while (result == 0 && clock_monotonic_ms() < until)
		result = read_once(waiting, &error);
	cr_assert_eq(result, -1);
	cr_assert_not_null(strstr(error.text, words), "“%s” lacks “%s”", error.text, words);
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	cr_assert_geq(error.scope, SCOPE_CONNECTION);
}

static void end(struct waiting *waiting)
{
	struct error error = ERROR_INITIAL;

	cr_assert_eq(far_watch_end(&waiting->watch, &error), 0, "%s", error.text);
	cr_assert_null(waiting->watch);
}

static void close_all(struct waiting *waiting)
{
	struct error ignored = ERROR_INITIAL;

	(void)far_watch_end(&waiting->watch, &ignored); /* it may be over */
	far_script_close(&waiting->script);
	buffer_release(&waiting->told);
}

/* After the watch: what goes out with its end. */
static void look(struct waiting *waiting)
{
	const struct far_mailbox mailbox = { .name = "Work" };
	struct error error = ERROR_INITIAL;
	struct far_state state;

	cr_assert_eq(far_look(waiting->script->session, &mailbox, &state, &error), 0, "%s",
		     error.text);
	far_state_release(&state);
}

static int see_listed(void *context, const struct far_listed *listed, struct error *error)
{
	(void)context;
	(void)listed;
	(void)error;
	return 0;
}

/* --- NOTIFY (RFC 5465) --- */

/* Marks are told where all of them came at once; without the count of changes they do not show
 * all. */
Test(far_watch, notify_tells_of_all_mailboxes)
{
	static const char *const lines[] = {
		IMAP_SCRIPT_READY("NOTIFY IDLE CONDSTORE "),
		NOTIFY_ALL,
		"K",
		"S: = OK done",
		"S: * STATUS A (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: * STATUS B (UIDNEXT 3 MESSAGES 2)",
		"S: * STATUS C (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7)",
		"S: * LIST (\\NonExistent) \"/\" D",
		"S: * LIST () \"/\" E (\"OLDNAME\" (\"F\"))",
		"S: * STATUS G (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: * STATUS G (HIGHESTMODSEQ 91 UIDVALIDITY 7)",
		"F",
		NULL
	};
	struct waiting waiting = begin(lines, true, 60);

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_ALL);
	cr_expect(far_watch_pending(waiting.watch));
	expect(&waiting, "anything \nA agf 7/10/5/90\nB agf\nC agf\nD n\nE n\nG agf\n");
	cr_expect_not(far_watch_pending(waiting.watch));
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 0);
	end(&waiting);
	close_all(&waiting);
}

/* It is asked for once a session; what came between two watches, also while a command went on, is
 * told by the second. */
Test(far_watch, notify_goes_on_between_watches)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("NOTIFY CONDSTORE "),
					     NOTIFY_ALL,
					     "S: = OK done",
					     "C: SELECT Work (CONDSTORE)",
					     "S: * STATUS A (UIDNEXT 3 MESSAGES 2)",
					     "S: * 3 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: * OK [UIDNEXT 100] ",
					     "S: = OK [READ-WRITE] done",
					     "S: * 4 EXISTS",
					     "S: * 4 FETCH (UID 100)",
					     "S: * 2 FETCH (UID 2 FLAGS (\\Seen))",
					     NULL };
	struct waiting waiting = begin(lines, true, 60);
	const struct far_watch_request again = { .all = true, .keep_alive = 60 };
	struct error error = ERROR_INITIAL;

	expect(&waiting, "anything \n");
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 300);
	end(&waiting);
	look(&waiting);
	cr_assert_eq(far_watch_begin(waiting.script->session, &again, &waiting.watch, &error), 0,
		     "%s", error.text);
	expect_one_of(&waiting, "A agf\nWork af\n", "A agf\nWork a\nWork f\n");
	close_all(&waiting);
}

/* Of the open mailbox servers tell as they please; what happened while it was left is asked for. */
Test(far_watch, notify_leaves_the_open_mailbox)
{
	static const char *const lines[] = {
		IMAP_SCRIPT_READY("NOTIFY UNSELECT CONDSTORE "),
		"C: SELECT Work (CONDSTORE)",
		"S: * 3 EXISTS",
		"S: * OK [UIDVALIDITY 7] ",
		"S: = OK [READ-WRITE] done",
		NOTIFY_ALL,
		"S: = OK done",
		"C: UNSELECT",
		"C: STATUS Work (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)",
		"S: = OK left",
		"S: * STATUS Work (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: = OK done",
		"C: NOOP",
		"S: = OK done",
		"S: * STATUS A (UIDNEXT 3 MESSAGES 2)",
		NULL
	};
	struct waiting waiting = { .script = far_script_open(lines), .told = BUFFER_INITIAL };
	const struct far_watch_request request = { .all = true, .keep_alive = 1 };
	struct error error = ERROR_INITIAL;

	look(&waiting);
	cr_assert_eq(far_watch_begin(waiting.script->session, &request, &waiting.watch, &error), 0,
		     "%s", error.text);
	expect(&waiting, "anything \nWork agf 7/10/5/90\nA agf\n");
	end(&waiting);
	close_all(&waiting);
}

/* RFC 5465 section 3.1: a server that lacks an event refuses all of them. */
Test(far_watch, notify_with_fewer_events)
{
	static const char *const lines[] = {
		IMAP_SCRIPT_READY("NOTIFY IDLE "),
		NOTIFY_ALL,
		"S: = NO [BADEVENT (MessageNew MessageExpunge FlagChange)] not that",
		NOTIFY_PLAIN,
		"S: = NO [BADEVENT (MessageNew MessageExpunge FlagChange)] not that",
		NOTIFY_MESSAGES,
		"S: = OK done",
		NULL
	};
	struct waiting waiting = begin(lines, true, 60);

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_ALL);
	close_all(&waiting);
}

Test(far_watch, idle_where_notify_is_refused)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("NOTIFY IDLE "),
					     NOTIFY_ALL,
					     "S: = BAD what?",
					     NOTIFY_PLAIN,
					     "S: = BAD what?",
					     NOTIFY_MESSAGES,
					     "S: = NO [NOTIFICATIONOVERFLOW] too expensive",
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: IDLE",
					     "S: + go",
					     "L: DONE",
					     NULL };
	struct waiting waiting = begin(lines, true, 60);

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_ONE);
	expect(&waiting, "Work agf 7/100/3/0\n");
	close_all(&waiting);
}

/* Who tells at once how all are will tell the rest: it is looked at seldom. */
Test(far_watch, notify_that_begins_with_all_mailboxes)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("NOTIFY "),
					     NOTIFY_ALL,
					     "S: * STATUS A (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7)",
					     "S: = OK done",
					     "C: NOOP",
					     "S: * STATUS A (MESSAGES 6 UIDNEXT 11 UIDVALIDITY 7)",
					     "S: = OK done",
					     NULL };
	struct waiting waiting = begin(lines, true, 1);

	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 3600);
	expect(&waiting, "anything \nA agf 7/10/5/0\nA agf 7/11/6/0\n");
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 0);
	close_all(&waiting);
}

/* NOTIFY tells of the user's own mailboxes; shared ones are looked at. */
Test(far_watch, notify_beside_shared_mailboxes)
{
	static const char *const lines[] = {
		"S: * PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE NOTIFY] hello",
		"C: NAMESPACE",
		"S: * NAMESPACE ((\"\" \"/\")) NIL ((\"Shared/\" \"/\")(\"\" \"/\"))",
		"S: = OK done",
		"C: LIST \"\" \"*\"",
		"S: * LIST () \"/\" INBOX",
		"S: * LIST () \"/\" Shared/A",
		"S: = OK done",
		NOTIFY_ALL,
		"S: = OK done",
		"S: * STATUS B (MESSAGES 6 UIDNEXT 11 UIDVALIDITY 7)",
		NULL
	};
	struct waiting waiting = { .script = far_script_open(lines), .told = BUFFER_INITIAL };
	const struct far_watch_request request = { .all = true, .keep_alive = 60 };
	struct error error = ERROR_INITIAL;
	bool whole;

	cr_assert_eq(far_list(waiting.script->session, false, see_listed, NULL, &whole, &error), 0,
		     "%s", error.text);
	cr_assert_eq(far_watch_begin(waiting.script->session, &request, &waiting.watch, &error), 0,
		     "%s", error.text);
	expect(&waiting, "anything \nB agf 7/11/6/0\n");
	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_OWN);
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 300);
	close_all(&waiting);
}

/* RFC 5465 section 5.8: then it is as if NONE had been asked for. */
Test(far_watch, notify_begins_anew_after_an_overflow)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("NOTIFY "),
					     NOTIFY_ALL,
					     "K",
					     "S: = OK done",
					     "S: * STATUS A (UIDNEXT 3 MESSAGES 2)",
					     "S: * OK [NOTIFICATIONOVERFLOW] too much",
					     "F",
					     NOTIFY_ALL,
					     "S: = OK done",
					     "S: * STATUS B (UIDNEXT 3 MESSAGES 2)",
					     NULL };
	struct waiting waiting = begin(lines, true, 60);

	expect(&waiting, "anything \nanything \nB agf\n");
	close_all(&waiting);
}

Test(far_watch, notify_is_kept_alive_by_noop)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("NOTIFY "),
					     NOTIFY_ALL,
					     "S: = OK done",
					     "C: NOOP",
					     "S: * STATUS A (UIDNEXT 3 MESSAGES 2)",
					     "S: = OK done",
					     "C: NOOP",
					     "S: = OK done",
					     "S: * STATUS B (UIDNEXT 3 MESSAGES 2)",
					     NULL };
	struct waiting waiting = begin(lines, true, 1);

	expect(&waiting, "anything \nA agf\nB agf\n");
	end(&waiting);
	close_all(&waiting);
}

/* --- IDLE (RFC 2177) --- */

/* Of a mailbox that is opened for it the marks are told: they show what was missed. EXISTS may come
 * before the "+"; DONE goes out with the next command. */
Test(far_watch, idle_tells_of_one_mailbox)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("IDLE "),
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: IDLE",
					     "K",
					     "S: * 4 EXISTS",
					     "S: + go",
					     "S: * OK Still here",
					     "S: * 2 EXPUNGE",
					     "S: * 1 FETCH (FLAGS (\\Seen))",
					     "F",
					     "B: DONE\r\n",
					     "C: SELECT Work",
					     "S: = OK idled",
					     "S: * 3 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK [READ-WRITE] done",
					     NULL };
	struct waiting waiting = begin(lines, false, 60);

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_ONE);
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 300);
	expect(&waiting, "Work agf 7/100/3/0\nWork agf\n");
	end(&waiting);
	look(&waiting);
	close_all(&waiting);
}

/* What is open already is not opened anew. */
Test(far_watch, idle_goes_on_in_the_open_mailbox)
{
	static const char *const lines[] = { IDLES,           "S: + go",       "L: DONE",
					     "C: IDLE",       "S: = OK idled", "S: + go",
					     "S: * 4 EXISTS", "L: DONE",       NULL };
	struct waiting waiting = begin(lines, false, 60);
	const struct far_watch_request again = { .mailbox = { .name = "Work" }, .keep_alive = 60 };
	struct error error = ERROR_INITIAL;

	expect(&waiting, "Work agf 7/100/3/0\n");
	end(&waiting);
	cr_assert_eq(far_watch_begin(waiting.script->session, &again, &waiting.watch, &error), 0,
		     "%s", error.text);
	expect(&waiting, "Work a\n");
	close_all(&waiting);
}

/* In one flight: between DONE and IDLE nothing can be missed for long. */
Test(far_watch, idle_is_asked_for_anew)
{
	static const char *const lines[] = {
		IDLES,           "S: + go",       "L: DONE", "C: IDLE", "S: = OK idled",
		"S: + go",       "S: * 4 EXISTS", "L: DONE", "C: IDLE", "S: * 5 EXISTS",
		"S: = OK idled", "S: + go",       "L: DONE", NULL
	};
	struct waiting waiting = begin(lines, false, 1);

	expect(&waiting, "Work agf 7/100/3/0\nWork a\nWork a\n");
	close_all(&waiting);
}

/* In a real connection what is compressed shows only when it is expanded. */
Test(far_watch, idle_under_compress)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("IDLE COMPRESS=DEFLATE "),
					     "C: COMPRESS DEFLATE",
					     "S: = OK begin",
					     "Z",
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: IDLE",
					     "S: + go",
					     "S: * 4 EXISTS",
					     "L: DONE",
					     NULL };
	struct far_script *script = far_script_open(lines);
	struct waiting waiting = { .script = script, .told = BUFFER_INITIAL };
	const struct far_watch_request request = { .mailbox = { .name = "Work" },
						   .keep_alive = 60 };
	struct error error = ERROR_INITIAL;

	script->account.compress = CONFIG_COMPRESS_YES;
	cr_assert_eq(far_expect_messages(script->session, true, &error), 0, "%s", error.text);
	cr_assert_eq(far_watch_begin(script->session, &request, &waiting.watch, &error), 0, "%s",
		     error.text);
	expect(&waiting, "Work agf 7/100/3/0\nWork a\n");
	close_all(&waiting);
}

/* --- Servers that get it wrong --- */

Test(far_watch, a_server_without_any)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP", "S: = OK done",
					     NULL };
	struct waiting waiting = begin(lines, true, 1);
	struct error error = ERROR_INITIAL;

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_NONE);
	cr_expect_eq(far_watch_look_every(waiting.watch, 300), 300);
	for (int i = 0; i < 3; i++) /* the NOOP, and its answer */
		cr_assert_eq(read_once(&waiting, &error), 0, "%s", error.text);
	cr_expect_eq(waiting.told.length, 0);
	close_all(&waiting);
}

Test(far_watch, a_mailbox_that_is_not_there)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("IDLE "), "C: SELECT Work",
					     "S: = NO [NONEXISTENT] no such mailbox", NULL };
	struct waiting waiting = begin(lines, true, 60);

	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_NONE);
	close_all(&waiting);
}

/* Then nobody tells, and until the next look nobody would know. */
Test(far_watch, idle_is_refused)
{
	static const char *const lines[] = { IDLES, "S: = NO not now", NULL };
	struct waiting waiting = begin(lines, false, 60);

	expect_reach(&waiting, FAR_WATCH_NONE);
	cr_expect_not_null(strstr(buffer_text(&waiting.told), "anything"));
	close_all(&waiting);
}

Test(far_watch, a_plus_that_never_comes)
{
	static const char *const lines[] = { IDLES, "L: DONE", "S: = OK idled", "S: * 4 EXISTS",
					     NULL };
	struct waiting waiting = begin_within(lines, false, 60, 1);

	expect_reach(&waiting, FAR_WATCH_NONE);
	cr_expect_not_null(strstr(buffer_text(&waiting.told), "anything"));
	close_all(&waiting);
}

Test(far_watch, idle_that_ends_by_itself)
{
	static const char *const lines[] = { IDLES,     "S: + go",       "S: = OK that was it",
					     "C: IDLE", "S: + go",       "S: * 4 EXISTS",
					     "L: DONE", "S: = OK idled", NULL };
	struct waiting waiting = begin(lines, false, 60);

	expect(&waiting, "Work agf 7/100/3/0\nWork a\n");
	cr_expect_eq(far_watch_reach(waiting.watch), FAR_WATCH_ONE);
	close_all(&waiting);
}

/* One that ends each at once must not be asked without end. */
Test(far_watch, idle_that_always_ends_at_once)
{
	static const char *const lines[] = {
		IDLES,     "S: + go", "S: = OK bye", "C: IDLE", "S: + go", "S: = OK bye",
		"C: IDLE", "S: + go", "S: = OK bye", "C: IDLE", "S: + go", "S: = OK bye",
		"C: IDLE", "S: + go", "S: = OK bye", NULL
	};
	struct waiting waiting = begin(lines, false, 60);

	expect_reach(&waiting, FAR_WATCH_NONE);
	close_all(&waiting);
}

/* When both end it at the same moment, our DONE is no command. */
Test(far_watch, done_to_an_idle_that_is_over)
{
	static const char *const lines[] = { IDLES,
					     "S: + go",
					     "L: DONE",
					     "S: = OK it was over",
					     "S: DONE BAD what?",
					     "C: SELECT Work",
					     "S: * 3 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK done",
					     NULL };
	struct waiting waiting = begin(lines, false, 60);

	expect(&waiting, "Work agf 7/100/3/0\n");
	end(&waiting);
	look(&waiting);
	close_all(&waiting);
}

Test(far_watch, done_without_an_answer)
{
	static const char *const lines[] = { IDLES, "S: + go", "L: DONE", "C: IDLE", NULL };
	struct waiting waiting = begin_within(lines, false, 1, 1);

	expect_failure(&waiting, "did not respond for 1 second");
	close_all(&waiting);
}

Test(far_watch, noop_without_an_answer)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: NOOP", NULL };
	struct waiting waiting = begin_within(lines, false, 1, 1);

	expect_failure(&waiting, "did not respond for 1 second");
	close_all(&waiting);
}

Test(far_watch, bye_at_night)
{
	static const char *const lines[] = { IDLES, "S: + go", "S: * BYE Server is restarting", "X",
					     NULL };
	struct waiting waiting = begin(lines, false, 60);

	expect_failure(&waiting, "Server is restarting");
	cr_expect_not(far_is_alive(waiting.script->session));
	close_all(&waiting);
}

Test(far_watch, a_connection_that_is_dropped)
{
	static const char *const lines[] = { IDLES, "S: + go", "X", NULL };
	struct waiting waiting = begin(lines, false, 60);
	struct error error = ERROR_INITIAL;

	expect_failure(&waiting, "closed the connection");
	cr_expect_eq(far_watch_end(&waiting.watch, &error), -1);
	close_all(&waiting);
}

/* Only a whole line is read: who waits has other things to do. */
Test(far_watch, a_line_that_comes_in_pieces)
{
	static const char *const lines[] = { IDLES,
					     "S: + go",
					     "b: * 4 EXI",
					     "L: DONE",
					     "C: SELECT Work",
					     "b: STS\r\n",
					     "S: = OK idled",
					     "S: * 4 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK done",
					     NULL };
	struct waiting waiting = begin(lines, false, 60);
	struct error error = ERROR_INITIAL;

	for (int i = 0; i < 3; i++)
		cr_assert_eq(far_watch_read(waiting.watch, see, &waiting.told, &error), 0, "%s",
			     error.text);
	end(&waiting);
	look(&waiting);
	close_all(&waiting);
}

/* Somebody marks a large mailbox as read. */
Test(far_watch, a_flood_is_one_event)
{
	enum { COUNT = 9000 };
	static const char *lines[COUNT + 32] = { IDLES, "S: + go", "K" };
	size_t count = 0;

	while (lines[count] != NULL)
		count++;
	for (size_t i = 0; i < COUNT; i++)
		lines[count++] = "S: * 1 FETCH (UID 5 FLAGS (\\Seen))";
	lines[count++] = "F";
	lines[count++] = "L: DONE";
	lines[count] = NULL;
	struct waiting waiting = begin(lines, false, 60);
	struct error error = ERROR_INITIAL;

	while (far_watch_pending(waiting.watch))
		cr_assert_eq(read_once(&waiting, &error), 0, "%s", error.text);
	while (strstr(buffer_text(&waiting.told), "Work f\n") == NULL)
		cr_assert_eq(read_once(&waiting, &error), 0, "%s", error.text);
	/* As often as it was read, not as often as it was told. */
	cr_expect_leq(waiting.told.length, 100 * strlen("Work f\n"));
	close_all(&waiting);
}
