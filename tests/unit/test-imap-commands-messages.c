/* Commands about the messages of a mailbox: FETCH, SEARCH, STORE, EXPUNGE.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap-script.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- FETCH --- */

/* What was seen, as "1 2+body", and the bytes of all bodies. */
struct seen {
	struct buffer uids;
	struct buffer bodies;
	unsigned int begun;
};

static int note_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct seen *seen = context;

	(void)error;
	buffer_add_format(&seen->uids, "%s%u%s%s", seen->uids.length > 0 ? " " : "", fetch->uid,
			  fetch->has_flags && (fetch->flags.system & FLAG_SEEN) ? "s" : "",
			  fetch->body == IMAP_BODY_RECEIVED ? "+body" : "");
	return 0;
}

static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	struct seen *seen = context;

	(void)fetch;
	(void)size;
	(void)error;
	seen->begun++;
	return 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	struct seen *seen = context;

	(void)error;
	buffer_add(&seen->bodies, bytes, length);
	return 0;
}

static void release_seen(struct seen *seen)
{
	buffer_release(&seen->uids);
	buffer_release(&seen->bodies);
}

struct fetch_case {
	uint32_t first; /* of a listing; 0: UIDs 3 to 5 and 9 */
	unsigned int items;
	enum imap_result result;
	const char *seen;
	const char *words; /* in the error, or NULL */
	const char *lines[20];
};

#define SELECTED(messages) IMAP_SCRIPT_READY(""), IMAP_SCRIPT_SELECTED(messages)
#define LISTING "C: UID FETCH 1:* (UID FLAGS)"

static const struct fetch_case fetch_cases[] = {
	{ 0,
	  IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE | IMAP_FETCH_IDENTITY,
	  IMAP_RESULT_OK,
	  "3s 4 9",
	  NULL,
	  { SELECTED("9"),
	    "C: UID FETCH 3:5,9 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS "
	    "(MESSAGE-ID DATE FROM TO SUBJECT)])",
	    "S: * 3 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 7)", "S: * 4 FETCH (UID 4 FLAGS ())",
	    /* Not asked for, and nothing of interest in it. */
	    "S: * 6 FETCH (UID 6 FLAGS ())", "S: * 5 FETCH (UID 5 MODSEQ (8))",
	    "S: * 2 FETCH (FLAGS (\\Seen))", "S: * 9 FETCH (UID 9 RFC822.SIZE 1)", "S: = OK",
	    NULL } },
	/* Quirk D04. */
	{ 0,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "3",
	  "return messages of “Work”: Some messages",
	  { SELECTED("9"), "C: UID FETCH 3:5,9 (UID FLAGS)", "S: * 3 FETCH (UID 3 FLAGS ())",
	    "S: = NO Some messages could not be FETCHed (Failure)", NULL } },
	{ 0,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "3",
	  "invalid response",
	  { SELECTED("9"), "C: UID FETCH 3:5,9 (UID FLAGS)", "S: * 3 FETCH (UID 3 FLAGS ())",
	    "S: * 4 FETCH (UID x FLAGS", "S: = OK", NULL } },
	/* The whole mailbox. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "11 12 15",
	  NULL,
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())",
	    "S: * 2 FETCH (UID 12 FLAGS ())", "S: * 3 FETCH (UID 15 FLAGS ())", "S: = OK", NULL } },
	/* One is missing. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "11 15",
	  "fewer than the mailbox has",
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())",
	    "S: * 3 FETCH (UID 15 FLAGS ())", "S: = OK", NULL } },
	/* One came twice, one is missing. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "11 11 15",
	  "fewer than the mailbox has",
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())",
	    "S: * 1 FETCH (UID 11 FLAGS ())", "S: * 3 FETCH (UID 15 FLAGS ())", "S: = OK", NULL } },
	/* One was removed meanwhile, by somebody else. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "11 15",
	  NULL,
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())", "S: * 2 EXPUNGE",
	    "S: * 2 FETCH (UID 15 FLAGS ())", "S: = OK", NULL } },
	/* One arrived meanwhile, after the server had looked. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "11 12",
	  NULL,
	  { SELECTED("2"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())",
	    "S: * 2 FETCH (UID 12 FLAGS ())", "S: * 3 EXISTS", "S: = OK", NULL } },
	/* Quirk C04: UIDs in no order. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "1 2 3",
	  NULL,
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (FLAGS () UID 1)",
	    "S: * 3 FETCH (FLAGS () UID 2)", "S: * 2 FETCH (FLAGS () UID 3)", "S: = OK", NULL } },
	/* Quirk C18: without a UID. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "11",
	  "without UID",
	  { SELECTED("2"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())", "S: * 2 FETCH (FLAGS ())",
	    "S: = OK", NULL } },
	/* News about a message that is listed as well. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "11 12",
	  NULL,
	  { SELECTED("2"), LISTING, "S: * 2 FETCH (FLAGS (\\Seen))",
	    "S: * 1 FETCH (UID 11 FLAGS ())", "S: * 2 FETCH (UID 12 FLAGS ())", "S: = OK", NULL } },
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "",
	  NULL,
	  { SELECTED("0"), LISTING, "S: = OK", NULL } },
	/* "*" is lower than where the listing starts: not seen. */
	{ 50,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "",
	  NULL,
	  { SELECTED("3"), "C: UID FETCH 50:* (UID FLAGS)", "S: * 3 FETCH (UID 15 FLAGS ())",
	    "S: = OK", NULL } },
	{ 50,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "",
	  NULL,
	  { SELECTED("3"), "C: UID FETCH 50:* (UID FLAGS)", "S: = OK", NULL } },
	/* A hole in the end of the mailbox. */
	{ 50,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "50 52",
	  "fewer than the mailbox has",
	  { SELECTED("9"), "C: UID FETCH 50:* (UID FLAGS)", "S: * 7 FETCH (UID 50 FLAGS ())",
	    "S: * 9 FETCH (UID 52 FLAGS ())", "S: = OK", NULL } },
	/* What looks like a hole is a message that went meanwhile. */
	{ 50,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_OK,
	  "50 52",
	  NULL,
	  { SELECTED("9"), "C: UID FETCH 50:* (UID FLAGS)", "S: * 7 FETCH (UID 50 FLAGS ())",
	    "S: * 9 FETCH (UID 52 FLAGS ())", "S: * 8 EXPUNGE", "S: = OK", NULL } },
	/* Without UID, and the sequence numbers moved: nobody knows which it was. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_REFUSED,
	  "11 13",
	  "without UID",
	  { SELECTED("3"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())", "S: * 2 FETCH (FLAGS ())",
	    "S: * 2 EXPUNGE", "S: * 2 FETCH (UID 13 FLAGS ())", "S: = OK", NULL } },
	/* A message without UID is no news: it cannot be kept. */
	{ 0,
	  IMAP_FETCH_FLAGS | IMAP_FETCH_SIZE,
	  IMAP_RESULT_REFUSED,
	  "",
	  "without UID",
	  { SELECTED("9"), "C: UID FETCH 3:5,9 (UID FLAGS RFC822.SIZE)",
	    "S: * 3 FETCH (FLAGS () RFC822.SIZE 7)", "S: = OK", NULL } },
	/* The connection breaks: nothing is concluded. */
	{ 1,
	  IMAP_FETCH_FLAGS,
	  IMAP_RESULT_ERROR,
	  "11",
	  "",
	  { SELECTED("2"), LISTING, "S: * 1 FETCH (UID 11 FLAGS ())", "X", NULL } },
};

Test(imap_fetch, what_is_seen_and_what_it_means)
{
	for (size_t i = 0; i < COUNT(fetch_cases); i++) {
		const struct fetch_case *one = &fetch_cases[i];
		struct imap_script *script = imap_script_start(one->lines);
		struct imap_session *session = imap_script_open(script);
		struct seen seen = { .begun = 0 };
		struct uid_set set = UID_SET_INITIAL;
		struct error error = ERROR_INITIAL;
		struct imap_command *command;

		imap_script_select(session);
		cr_assert(uid_set_parse(&set, "3:5,9", 5));
		command = one->first != 0 ? imap_fetch_from_send(session, one->first, one->items,
								 note_message, &seen)
					  : imap_fetch_send(session, &set, one->items, note_message,
							    &seen, NULL);
		cr_assert_eq(imap_fetch_finish(session, &command, &error), one->result,
			     "case %zu: %s", i, error.text);
		cr_assert_str_eq(buffer_text(&seen.uids), one->seen, "case %zu: %s", i,
				 buffer_text(&seen.uids));
		if (one->words != NULL)
			cr_assert_not_null(strstr(error.text, one->words), "case %zu: %s", i,
					   error.text);
		release_seen(&seen);
		uid_set_release(&set);
		imap_script_close(&script, &session);
	}
}

Test(imap_fetch, bodies_go_to_the_sink)
{
	static const char *const lines[] = { SELECTED("9"),
					     "C: UID FETCH 3:4 (UID BODY.PEEK[])",
					     "b: * 3 FETCH (UID 3 BODY[] {5}\r\nhello)\r\n",
					     "b: * 8 FETCH (UID 8 BODY[] {5}\r\nwrong)\r\n",
					     "S: * 4 FETCH (UID 4 BODY[] NIL)",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .begun = 0 };
	const struct imap_body_sink sink = { .context = &seen,
					     .begin = begin_body,
					     .write = write_body };
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *command;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	uid_set_add_range(&set, 3, 4);
	command = imap_fetch_send(session, &set, IMAP_FETCH_BODY, note_message, &seen, &sink);
	cr_assert_eq(imap_fetch_finish(session, &command, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_assert_str_eq(buffer_text(&seen.uids), "3+body 4");
	cr_assert_str_eq(buffer_text(&seen.bodies), "hello");
	cr_assert_eq(seen.begun, 1);
	release_seen(&seen);
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

/* A server that keeps the old mailbox open: what it lists is not what was asked about. */
Test(imap_fetch, nothing_is_seen_after_a_refused_select)
{
	static const char *const lines[] = { SELECTED("9"),
					     "C: SELECT Other",
					     "C: UID FETCH 3 (UID BODY.PEEK[])",
					     "S: = NO not now",
					     "b: * 3 FETCH (UID 3 BODY[] {5}\r\nhello)\r\n",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .begun = 0 };
	const struct imap_body_sink sink = { &seen, begin_body, write_body };
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *select;
	struct imap_command *fetch;
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	uid_set_add(&set, 3);
	select = imap_select_send(session, "Other", false, NULL);
	fetch = imap_fetch_send(session, &set, IMAP_FETCH_BODY, note_message, &seen, &sink);
	cr_assert_eq(imap_select_finish(session, &select, &state, &error), IMAP_RESULT_REFUSED);
	cr_assert_eq(imap_fetch_finish(session, &fetch, &error), IMAP_RESULT_REFUSED);
	cr_assert_not_null(strstr(error.text, "open “Other”"), "%s", error.text);
	cr_assert_eq(seen.begun, 0);
	cr_assert_str_eq(buffer_text(&seen.uids), "");
	release_seen(&seen);
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

/* Behind a SELECT that is not answered yet the same UID is another message. */
Test(imap_fetch, a_body_of_the_mailbox_before_is_not_taken)
{
	static const char *const lines[] = { SELECTED("9"),
					     "C: SELECT Other",
					     "C: UID FETCH 3 (UID BODY.PEEK[])",
					     "b: * 3 FETCH (UID 3 BODY[] {5}\r\nolder)\r\n",
					     "S: * 9 EXISTS",
					     "S: * OK [UIDVALIDITY 8] ",
					     "S: * OK [UIDNEXT 11] ",
					     "S: = OK [READ-WRITE] done",
					     "b: * 3 FETCH (UID 3 BODY[] {5}\r\nhello)\r\n",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct seen seen = { .begun = 0 };
	const struct imap_body_sink sink = { &seen, begin_body, write_body };
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *select;
	struct imap_command *fetch;
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	uid_set_add(&set, 3);
	select = imap_select_send(session, "Other", false, NULL);
	fetch = imap_fetch_send(session, &set, IMAP_FETCH_BODY, note_message, &seen, &sink);
	cr_assert_eq(imap_select_finish(session, &select, &state, &error), IMAP_RESULT_OK);
	imap_mailbox_state_release(&state);
	cr_assert_eq(imap_fetch_finish(session, &fetch, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_expect_eq(seen.begun, 1);
	cr_expect_str_eq(buffer_text(&seen.bodies), "hello");
	release_seen(&seen);
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

/* More commands than may be unanswered, to a server that answers each before it reads the next. */
Test(imap_fetch, any_number_of_commands_can_be_sent)
{
	enum { COMMANDS = 3000 };
	static const char *const prelude[] = { SELECTED("9") };
	const char **lines = memory_array(COUNT(prelude) + 3 * COMMANDS + 1, sizeof *lines);
	struct imap_command **commands = memory_array(COMMANDS, sizeof *commands);
	struct seen seen = { .begun = 0 };
	struct uid_set set = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	struct imap_script *script;
	struct imap_session *session;
	size_t count = 0;

	for (; count < COUNT(prelude); count++)
		lines[count] = prelude[count];
	for (size_t i = 0; i < COMMANDS; i++) {
		lines[count++] = "C: UID FETCH 3 (UID BODY.PEEK[])";
		lines[count++] = "b: * 3 FETCH (UID 3 BODY[] {1}\r\nx)\r\n";
		lines[count++] = "S: = OK";
	}
	script = imap_script_start(lines);
	session = imap_script_open(script);
	imap_script_select(session);
	uid_set_add(&set, 3);
	for (size_t i = 0; i < COMMANDS; i++) {
		static struct imap_body_sink sink;

		sink = (struct imap_body_sink){ &seen, begin_body, write_body };
		commands[i] =
			imap_fetch_send(session, &set, IMAP_FETCH_BODY, note_message, &seen, &sink);
		cr_assert_leq(session->unanswered.count, IMAP_UNANSWERED_COUNT_MAX);
		cr_assert_leq(session->unanswered_bytes, IMAP_UNANSWERED_BYTES_MAX);
	}
	for (size_t i = COMMANDS; i-- > 0;)
		cr_assert_eq(imap_fetch_finish(session, &commands[i], &error), IMAP_RESULT_OK, "%s",
			     error.text);
	cr_assert_eq(seen.begun, COMMANDS);
	release_seen(&seen);
	uid_set_release(&set);
	imap_script_close(&script, &session);
	free(commands);
	free(lines);
}

/* --- SEARCH --- */

struct search_case {
	enum imap_result result;
	const char *found;
	const char *lines[16];
};

Test(imap_search, an_answer_that_is_not_whole_is_none)
{
	static const struct search_case cases[] = {
		{ IMAP_RESULT_OK,
		  "1:2,9",
		  { SELECTED("3"), "C: UID SEARCH ALL", "S: * SEARCH 9 1 2", "S: = OK", NULL } },
		{ IMAP_RESULT_OK,
		  "1:2,9",
		  { SELECTED("3"), "C: UID SEARCH ALL", "S: * SEARCH 1", "S: * SEARCH 2 9 ",
		    "S: = OK", NULL } },
		{ IMAP_RESULT_OK,
		  "1:4",
		  { SELECTED("3"), "C: UID SEARCH ALL", "S: * SEARCH 1 2 3 4", "S: * 4 EXISTS",
		    "S: = OK", NULL } },
		{ IMAP_RESULT_REFUSED,
		  "",
		  { SELECTED("3"), "C: UID SEARCH ALL", "S: * SEARCH 1 2", "S: = OK", NULL } },
		{ IMAP_RESULT_REFUSED,
		  "",
		  { SELECTED("3"), "C: UID SEARCH ALL", "S: = OK", NULL } },
		{ IMAP_RESULT_OK, "", { SELECTED("0"), "C: UID SEARCH ALL", "S: = OK", NULL } },
		{ IMAP_RESULT_OK,
		  "1",
		  { SELECTED("2"), "C: UID SEARCH ALL", "S: * 2 EXPUNGE", "S: * SEARCH 1",
		    "S: = OK", NULL } },
		{ IMAP_RESULT_REFUSED,
		  "",
		  { SELECTED("0"), "C: UID SEARCH ALL", "S: * SEARCH 1 x", "S: = OK", NULL } },
		{ IMAP_RESULT_REFUSED,
		  "",
		  { SELECTED("1"), "C: UID SEARCH ALL", "S: * SEARCH 1", "S: = NO never", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct uid_set found = UID_SET_INITIAL;
		struct buffer text = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;

		imap_script_select(session);
		cr_assert_eq(imap_search_all(session, &found, &error), cases[i].result,
			     "case %zu: %s", i, error.text);
		uid_set_format(&found, &text);
		cr_assert_str_eq(buffer_text(&text), cases[i].found, "case %zu", i);
		buffer_release(&text);
		uid_set_release(&found);
		imap_script_close(&script, &session);
	}
}

Test(imap_search, esearch_of_this_command_alone)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("ESEARCH "),
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: UID SEARCH RETURN (ALL) ALL",
					     "S: * ESEARCH (TAG \"other\") UID ALL 1:99",
					     "S: * ESEARCH (TAG \"A3\") UID ALL 4:6",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct uid_set found = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	cr_assert_eq(imap_search_all(session, &found, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_assert_eq(uid_set_size(&found), 3);
	cr_assert(uid_set_contains(&found, 4));
	uid_set_release(&found);
	imap_script_close(&script, &session);
}

/* --- STORE and EXPUNGE --- */

Test(imap_store, flags_by_name)
{
	static const char *const lines[] = {
		SELECTED("3"),
		"C: UID STORE 1:3 +FLAGS.SILENT (\\Seen \\Deleted $Forwarded Junk)",
		"C: UID STORE 1:3 -FLAGS.SILENT (\\Flagged)",
		"S: * 1 FETCH (UID 1 FLAGS (\\Seen))",
		"S: = OK",
		"S: = NO [LIMIT] too many flags",
		NULL
	};
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct keyword_table keywords = { .names = { NULL } };
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *add;
	struct imap_command *remove;
	struct imap_command *nothing;
	struct error error = ERROR_INITIAL;
	uint32_t junk = keyword_table_add(&keywords, "Junk", FLAG_KEYWORD_COUNT, 0);

	imap_script_select(session);
	uid_set_add_range(&set, 1, 3);
	add = imap_store_send(session, &set, true, FLAG_SEEN | FLAG_DELETED | FLAG_FORWARDED | junk,
			      &keywords);
	remove = imap_store_send(session, &set, false, FLAG_FLAGGED, NULL);
	nothing = imap_store_send(session, &set, true, junk, NULL);
	cr_assert_eq(imap_store_finish(session, &add, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_assert_eq(imap_store_finish(session, &remove, &error), IMAP_RESULT_REFUSED);
	cr_assert_eq(error.kind, ERROR_TEMPORARY);
	cr_assert_eq(imap_store_finish(session, &nothing, &error), IMAP_RESULT_REFUSED);
	cr_assert_not_null(strstr(error.text, "no flag"));
	keyword_table_release(&keywords);
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

Test(imap_store, nothing_without_a_mailbox)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *command;
	struct error error = ERROR_INITIAL;

	uid_set_add(&set, 1);
	command = imap_store_send(session, &set, true, FLAG_SEEN, NULL);
	cr_assert_eq(imap_store_finish(session, &command, &error), IMAP_RESULT_REFUSED);
	command = imap_expunge_all_send(session);
	cr_assert_eq(imap_expunge_finish(session, &command, &set, &error), IMAP_RESULT_REFUSED);
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

/* What a SELECT hears of may be about the mailbox before. */
Test(imap_expunge, what_vanished_from_the_mailbox_before_is_not_told)
{
	static const char *const lines[] = { SELECTED("9"),
					     "C: SELECT Other",
					     "S: * VANISHED 3",
					     "S: * 9 EXISTS",
					     "S: * OK [UIDVALIDITY 8] ",
					     "S: * OK [UIDNEXT 11] ",
					     "S: = OK [READ-WRITE] done",
					     "C: EXPUNGE",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command;
	struct imap_mailbox_state state;
	struct uid_set gone = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	command = imap_select_send(session, "Other", false, NULL);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	imap_mailbox_state_release(&state);
	command = imap_expunge_all_send(session);
	cr_assert_eq(imap_expunge_finish(session, &command, &gone, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_expect(uid_set_is_empty(&gone));
	uid_set_release(&gone);
	imap_script_close(&script, &session);
}

/* What the server named as gone is told, whichever command it answered with it. */
Test(imap_expunge, tells_what_vanished)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("UIDPLUS ESEARCH "),
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: UID STORE 3,5:6 +FLAGS.SILENT (\\Deleted)",
					     "C: UID EXPUNGE 3,5:6",
					     "S: * VANISHED 3,5",
					     "S: * VANISHED (EARLIER) 6",
					     "S: = OK",
					     "S: = OK",
					     "C: UID SEARCH RETURN (ALL) UID 6",
					     "S: * ESEARCH (TAG \"A5\") UID ALL 6",
					     "S: = OK",
					     "C: EXPUNGE",
					     "S: = NO not now",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *store;
	struct imap_command *command;
	struct uid_set set = UID_SET_INITIAL;
	struct uid_set gone = UID_SET_INITIAL;
	struct uid_set found = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;

	uid_set_add(&set, 3);
	uid_set_add_range(&set, 5, 6);
	imap_script_select(session);
	store = imap_store_send(session, &set, true, FLAG_DELETED, NULL);
	command = imap_uid_expunge_send(session, &set);
	cr_assert_eq(imap_store_finish(session, &store, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_assert_eq(imap_expunge_finish(session, &command, &gone, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	uid_set_remove_set(&set, &gone);
	cr_assert_eq(uid_set_size(&gone), 2);
	cr_assert_eq(uid_set_size(&set), 1);
	command = imap_search_set_send(session, &set);
	cr_assert_eq(imap_search_finish(session, &command, &found, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_assert(uid_set_contains(&found, 6));
	command = imap_expunge_all_send(session);
	cr_assert_eq(imap_expunge_finish(session, &command, &gone, &error), IMAP_RESULT_REFUSED);
	uid_set_release(&set);
	uid_set_release(&gone);
	uid_set_release(&found);
	imap_script_close(&script, &session);
}
