/* The far side over IMAP: messages that come in the flight of the observation.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "far-observe.h"

#define AHEAD "C: UID FETCH 11:18 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.65536>)"
#define BODY(uid) "S: * 2 FETCH (UID " uid " FLAGS (\\Seen) RFC822.SIZE 5 BODY[]<0> {5}\r\nhello)"
#define WHOLE(uids) "C: UID FETCH " uids " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"

static int ignore_see(void *context, uint32_t uid, const struct flag_names *flags,
		      struct error *error)
{
	(void)flags;
	(void)error;
	buffer_add_format(context, "see %u\n", uid);
	return 0;
}

static int ignore_uids(void *context, const struct uid_set *uids, struct error *error)
{
	(void)context;
	(void)uids;
	(void)error;
	return 0;
}

static int take_state(void *context, struct far_state *state, struct error *error)
{
	(void)context;
	(void)error;
	far_state_release(state);
	return 0;
}

static void ignore_restart(void *context)
{
	(void)context;
}

static struct far_listing *begin_to_observe(struct far_script *far, const char *mailbox,
					    struct buffer *told)
{
	const struct far_question question = {
		.mailbox = { .name = mailbox },
		.known = { .uidvalidity = 7, .uidnext = 11, .messages = 1, .highestmodseq = 80 },
		.ahead = FAR_AHEAD_MAX,
	};
	const struct far_observer observer = { .context = told,
					       .see = ignore_see,
					       .gone = ignore_uids,
					       .hold = ignore_uids,
					       .opened = take_state,
					       .restart = ignore_restart };
	return far_observe_begin(far->session, &question, &observer);
}

static void finish_to_observe(struct far_script *far, struct far_listing *listing)
{
	struct error error = ERROR_INITIAL;
	enum far_told how;

	cr_assert_eq(far_observe_finish(far->session, &listing, &how, &error), FAR_OK, "%s",
		     error.text);
	cr_expect_eq(how, FAR_TOLD_CHANGES);
}

static void observe(struct far_script *far, struct buffer *told)
{
	finish_to_observe(far, begin_to_observe(far, "Work", told));
}

static int begin(void *context, uint32_t uid, struct error *error)
{
	(void)error;
	buffer_add_format(context, "begin %u ", uid);
	return 0;
}

static int write(void *context, const void *bytes, size_t length, struct error *error)
{
	(void)error;
	buffer_add(context, bytes, length);
	return 0;
}

static int see(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	if (message->body == FAR_BODY_NONE)
		return 0;
	buffer_add_format(context, " end %u %s%s\n", message->uid,
			  message->body == FAR_BODY_RECEIVED ? "received" : "refused",
			  message->flags && message->flags->system & FLAG_SEEN ? " seen" : "");
	return 0;
}

static void fetch(struct far_script *far, uint32_t uidvalidity, uint32_t first, uint32_t last,
		  struct buffer *told)
{
	static const struct far_sink sink = { .begin = begin, .write = write };
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	const struct far_fetch fetch = { .mailbox = { .name = "Work", .uidvalidity = uidvalidity },
					 .uids = &uids,
					 .items = FAR_FLAGS | FAR_DATE | FAR_SIZE | FAR_BODY,
					 .context = told,
					 .see = see,
					 .sink = &sink };

	uid_set_add_range(&uids, first, last);
	cr_assert_eq(far_fetch(far->session, &fetch, &error), FAR_OK, "%s", error.text);
	uid_set_release(&uids);
}

/* No command goes out for what is here; once. */
Test(far_ahead, what_came_early_is_not_asked_for)
{
	static const char *const lines[] = { READY_QRESYNC,
					     SELECT_QRESYNC,
					     AHEAD,
					     STATE("7", "3", "90"),
					     "S: * 2 FETCH (UID 11 FLAGS (\\Seen))",
					     SELECTED,
					     BODY("11"),
					     BODY("12"),
					     "S: = OK done",
					     WHOLE("13"),
					     BODY("13"),
					     "S: = OK done",
					     WHOLE("11"),
					     BODY("11"),
					     "S: = OK done",
					     NULL };
	struct far_script *far = far_script_open(lines);
	struct buffer told = BUFFER_INITIAL;

	observe(far, &told);
	fetch(far, 7, 11, 13, &told);
	fetch(far, 7, 11, 11, &told);
	cr_expect_str_eq(buffer_text(&told), "see 11\n"
					     "begin 11 hello end 11 received seen\n"
					     "begin 12 hello end 12 received seen\n"
					     "begin 13 hello end 13 received seen\n"
					     "begin 11 hello end 11 received seen\n");
	buffer_release(&told);
	far_script_close(&far);
}

/* A body goes to who asked for one, and what changed to who asked what changed. */
Test(far_ahead, beside_a_question_for_changes)
{
	static const char *const lines[] = { READY_CONDSTORE,
					     SELECT_MODSEQ,
					     CHANGED,
					     AHEAD,
					     STATE("7", "2", "90"),
					     SELECTED,
					     "S: * 2 FETCH (UID 11 FLAGS (\\Seen) MODSEQ (90))",
					     "S: = OK",
					     BODY("11"),
					     "S: = OK done",
					     NULL };
	struct far_script *far = far_script_open(lines);
	struct buffer told = BUFFER_INITIAL;

	observe(far, &told);
	fetch(far, 7, 11, 11, &told);
	cr_expect_str_eq(buffer_text(&told), "see 11\nbegin 11 hello end 11 received seen\n");
	buffer_release(&told);
	far_script_close(&far);
}

/* What may be cut, is empty, has no flags or is of another mailbox is asked for when it is wanted.
 */
Test(far_ahead, what_is_not_whole_does_not_count)
{
	static char large[65536 + 100] = "S: * 2 FETCH (UID 11 FLAGS () BODY[]<0> {65536}\r\n";
	static const char *const lines[] = { READY_QRESYNC,
					     SELECT_QRESYNC,
					     AHEAD,
					     STATE("7", "3", "90"),
					     SELECTED,
					     large,
					     "S: * 3 FETCH (UID 12 FLAGS () BODY[]<0> {0}\r\n)",
					     "S: * 4 FETCH (UID 13 BODY[]<0> {5}\r\nhello)",
					     "S: * 5 FETCH (UID 14 FLAGS () BODY[]<0> NIL)",
					     "S: = OK done",
					     WHOLE("11:14"),
					     BODY("11"),
					     BODY("12"),
					     BODY("13"),
					     BODY("14"),
					     "S: = OK done",
					     NULL };
	size_t start = strlen(large);
	struct far_script *far;
	struct buffer told = BUFFER_INITIAL;

	memset(large + start, 'x', 65536);
	large[start + 65536] = ')';
	far = far_script_open(lines);
	observe(far, &told);
	fetch(far, 7, 11, 14, &told);
	cr_expect_str_eq(buffer_text(&told), "begin 11 hello end 11 received seen\n"
					     "begin 12 hello end 12 received seen\n"
					     "begin 13 hello end 13 received seen\n"
					     "begin 14 hello end 14 received seen\n");
	buffer_release(&told);
	far_script_close(&far);
}

Test(far_ahead, refused_it_is_as_if_nobody_had_asked)
{
	static const char *const lines[] = {
		READY_QRESYNC,     SELECT_QRESYNC, AHEAD,      STATE("7", "2", "90"), SELECTED,
		"S: = NO not now", WHOLE("11"),    BODY("11"), "S: = OK done",        NULL
	};
	struct far_script *far = far_script_open(lines);
	struct buffer told = BUFFER_INITIAL;

	observe(far, &told);
	fetch(far, 7, 11, 11, &told);
	cr_expect_str_eq(buffer_text(&told), "begin 11 hello end 11 received seen\n");
	buffer_release(&told);
	far_script_close(&far);
}

/* Of two mailboxes in one flight the second has to wait: what came for the first is never taken for
 * its messages of the same UIDs. */
Test(far_ahead, of_one_mailbox_at_a_time)
{
	static const char *const lines[] = { READY_QRESYNC,
					     SELECT_QRESYNC,
					     AHEAD,
					     "C: SELECT Other (QRESYNC (7 80))",
					     STATE("7", "2", "90"),
					     "S: * 2 FETCH (UID 11 FLAGS (\\Seen))",
					     SELECTED,
					     BODY("11"),
					     "S: = OK done",
					     STATE("7", "2", "90"),
					     "S: * 2 FETCH (UID 11 FLAGS (\\Seen))",
					     SELECTED,
					     NULL };
	struct far_script *far = far_script_open(lines);
	struct buffer told = BUFFER_INITIAL;
	struct far_listing *first = begin_to_observe(far, "Work", &told);
	struct far_listing *second = begin_to_observe(far, "Other", &told);

	finish_to_observe(far, first);
	finish_to_observe(far, second);
	fetch(far, 7, 11, 11, &told);
	cr_expect_str_eq(buffer_text(&told),
			 "see 11\nsee 11\nbegin 11 hello end 11 received seen\n");
	buffer_release(&told);
	far_script_close(&far);
}
