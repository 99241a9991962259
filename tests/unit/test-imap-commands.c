/* Commands about mailboxes: LIST, CREATE, DELETE, SELECT. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "imap-script.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- LIST --- */

/* Writes "INBOX/messages=3 Other ..." */
static int note_mailbox(void *context, const struct imap_list_data *list,
			const struct imap_status_data *status, struct error *error)
{
	struct buffer *seen = context;

	(void)error;
	buffer_add_format(seen, "%s%s%s", seen->length > 0 ? " " : "", list->mailbox,
			  list->attributes & MAILBOX_SENT ? "(sent)" : "");
	if (status != NULL && status->has_messages)
		buffer_add_format(seen, "=%u", status->messages);
	return 0;
}

struct list_case {
	enum imap_result result;
	const char *seen;
	const char *lines[16];
};

#define EXTENDED "LIST-EXTENDED SPECIAL-USE LIST-STATUS CONDSTORE "
#define LIST_EXTENDED                                                                 \
	"C: LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT " \
	"UIDVALIDITY HIGHESTMODSEQ))"

Test(imap_list, mailboxes_in_the_order_of_the_server)
{
	static const struct list_case cases[] = {
		{ IMAP_RESULT_OK,
		  "INBOX A",
		  { IMAP_SCRIPT_READY(""), "C: LIST \"\" \"*\"", "S: * LIST () \"/\" INBOX",
		    "S: * LIST () \"/\" A", "S: = OK", NULL } },
		{ IMAP_RESULT_OK,
		  "INBOX=3 A(sent) B=5",
		  { IMAP_SCRIPT_READY(EXTENDED), LIST_EXTENDED, "S: * LIST () \"/\" INBOX",
		    "S: * STATUS INBOX (MESSAGES 3)", "S: * LIST (\\Sent) \"/\" A",
		    "S: * LIST () \"/\" B", "S: * STATUS B (MESSAGES 5)", "S: = OK", NULL } },
		/* All STATUS replies last; INBOX in another case; the same name twice. */
		{ IMAP_RESULT_OK,
		  "inbox=3 A(sent)=4",
		  { IMAP_SCRIPT_READY(EXTENDED), LIST_EXTENDED, "S: * LIST () \"/\" inbox",
		    "S: * LIST () \"/\" A", "S: * LIST (\\Sent) \"/\" A",
		    "S: * STATUS A (MESSAGES 4)", "S: * STATUS INBOX (MESSAGES 3)",
		    "S: * STATUS C (MESSAGES 9)", "S: = OK", NULL } },
		/* An INBOX that "*" does not show is asked for. */
		{ IMAP_RESULT_OK,
		  "A INBOX",
		  { IMAP_SCRIPT_READY(""), "C: LIST \"\" \"*\"", "S: * LIST () \"/\" A", "S: = OK",
		    "C: LIST \"\" INBOX", "S: * LIST () \"/\" INBOX", "S: = OK", NULL } },
		/* A list that may not be whole says so; what came, came. */
		{ IMAP_RESULT_OK,
		  "INBOX (not whole)",
		  { IMAP_SCRIPT_READY(""), "C: LIST \"\" \"*\"", "S: * LIST () \"/\" INBOX",
		    "S: * LIST broken", "S: = OK", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct buffer seen = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;
		bool whole = true;

		cr_assert_eq(imap_list(session, true, note_mailbox, &seen, &whole, &error),
			     cases[i].result, "case %zu: %s", i, error.text);
		buffer_add_text(&seen, whole ? "" : " (not whole)");
		cr_assert_str_eq(buffer_text(&seen), cases[i].seen, "case %zu: %s", i,
				 buffer_text(&seen));
		buffer_release(&seen);
		imap_script_close(&script, &session);
	}
}

#define ENABLED(what)                                                                         \
	"S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT] hi", "C: ENABLE UTF8=ACCEPT", \
		"S: * ENABLED" what, "S: = OK", "C: LIST \"\" \"\"", "S: = OK",               \
		"C: LIST \"\" \"*\"", "S: * LIST () \"/\" INBOX"

/* Of one name nothing can be told; all of them together show it, and ENABLED does not. */
Test(imap_list, how_names_are_written_shows_in_all_of_them)
{
	static const struct {
		bool utf8, shown;
		const char *lines[16];
	} cases[] = {
		{ true, false, { ENABLED(" UTF8=ACCEPT"), "S: * LIST () \"/\" a", "S: = OK" } },
		{ false,
		  true,
		  { ENABLED(" UTF8=ACCEPT"), "S: * LIST () \"/\" \"Entw&APw-rfe\"",
		    "S: * LIST () \"/\" \"x&-y\"", "S: = OK" } },
		{ true,
		  true,
		  { ENABLED(" UTF8=ACCEPT"), "S: * LIST () \"/\" \"Entw&APw-rfe\"",
		    "S: * LIST () \"/\" \"Öl\"", "S: = OK" } },
		{ true,
		  true,
		  { ENABLED(" UTF8=ACCEPT"), "S: * LIST () \"/\" \"Entw&APw-rfe\"",
		    "S: * LIST () \"/\" \"a&b\"", "S: = OK" } },
		{ false, true, { ENABLED(""), "S: * LIST () \"/\" \"Öl\"", "S: = OK" } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct buffer seen = BUFFER_INITIAL;
		struct error error = ERROR_INITIAL;
		bool whole;

		cr_assert_eq(imap_list(session, false, note_mailbox, &seen, &whole, &error),
			     IMAP_RESULT_OK, "case %zu: %s", i, error.text);
		cr_expect_eq(imap_session_naming(session)->utf8, cases[i].utf8, "case %zu", i);
		cr_expect_eq(imap_session_naming(session)->shown, cases[i].shown, "case %zu", i);
		buffer_release(&seen);
		imap_script_close(&script, &session);
	}
}

static int fail_mailbox(void *context, const struct imap_list_data *list,
			const struct imap_status_data *status, struct error *error)
{
	(void)context;
	(void)status;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, "no %s", list->mailbox);
}

Test(imap_list, the_callers_error_is_returned)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: LIST \"\" \"*\"",
					     "S: * LIST () \"/\" INBOX", "S: = OK", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct error error = ERROR_INITIAL;
	bool whole;

	cr_assert_eq(imap_list(session, false, fail_mailbox, NULL, &whole, &error),
		     IMAP_RESULT_ERROR);
	cr_assert_str_eq(error.text, "no INBOX");
	imap_script_close(&script, &session);
}

/* --- CREATE and DELETE --- */

struct mailbox_case {
	bool create;
	const char *mailbox;
	enum imap_result result;
	const char *text; /* of the error, or NULL */
	const char *lines[16];
};

Test(imap_mailbox, create_and_delete)
{
	static const struct mailbox_case cases[] = {
		{ true,
		  "A B",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: CREATE \"A B\"", "C: SUBSCRIBE \"A B\"", "S: = OK",
		    "S: = NO no subscriptions here", NULL } },
		{ true,
		  "A",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: CREATE A", "C: SUBSCRIBE A",
		    "S: = NO [ALREADYEXISTS] it is there", "S: = OK", NULL } },
		{ true,
		  "A",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: CREATE A", "C: SUBSCRIBE A",
		    "S: = NO Mailbox already exists", "S: = OK", NULL } },
		{ true,
		  "Entw&APw-rfe",
		  IMAP_RESULT_REFUSED,
		  "the server refused to create “Entwürfe”: no",
		  { IMAP_SCRIPT_READY(""), "C: CREATE Entw&APw-rfe", "C: SUBSCRIBE Entw&APw-rfe",
		    "S: = NO no", "S: = NO no", "C: UNSUBSCRIBE Entw&APw-rfe", "S: = OK", NULL } },
		/* 8-bit octets: a literal, at once or after the "+". */
		{ true,
		  "\xe4",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY("LITERAL- "), "C: CREATE {1+}", "L: \xe4",
		    "C: SUBSCRIBE {1+}", "L: \xe4", "S: = OK", "S: = OK", NULL } },
		{ true,
		  "\xe4",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: CREATE {1}", "S: + go", "L: \xe4",
		    "C: SUBSCRIBE {1}", "S: = OK", "S: = NO never", NULL } },
		{ false,
		  "nil",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: DELETE \"nil\"", "S: = OK", "C: UNSUBSCRIBE \"nil\"",
		    "S: = NO was not", NULL } },
		{ false,
		  "A",
		  IMAP_RESULT_OK,
		  NULL,
		  { IMAP_SCRIPT_READY(""), "C: DELETE A", "S: = NO [NONEXISTENT] gone",
		    "C: UNSUBSCRIBE A", "S: = OK", NULL } },
		{ false,
		  "A",
		  IMAP_RESULT_REFUSED,
		  "the server refused to delete “A”: no",
		  { IMAP_SCRIPT_READY(""), "C: DELETE A", "S: = NO no", NULL } },
		/* A server ends its words with a full stop, or says nothing; our sentence goes on.
		 */
		{ false,
		  "A",
		  IMAP_RESULT_REFUSED,
		  "the server refused to delete “A”: Somebody is in it; another program is using "
		  "it, try again later",
		  { IMAP_SCRIPT_READY(""), "C: DELETE A", "S: = NO [INUSE] Somebody is in it. ",
		    NULL } },
		{ false,
		  "A",
		  IMAP_RESULT_REFUSED,
		  "the server refused to delete “A”: it gave no reason; the account has no right to "
		  "do that",
		  { IMAP_SCRIPT_READY(""), "C: DELETE A", "S: = NO [NOPERM] .", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct error error = ERROR_INITIAL;
		enum imap_result result = cases[i].create
						  ? imap_create(session, cases[i].mailbox, &error)
						  : imap_delete(session, cases[i].mailbox, &error);

		cr_assert_eq(result, cases[i].result, "case %zu: %s", i, error.text);
		cr_assert(result != IMAP_RESULT_OK || error.kind == ERROR_NONE, "case %zu", i);
		if (cases[i].text != NULL)
			cr_assert_str_eq(error.text, cases[i].text, "case %zu: %s", i, error.text);
		imap_script_close(&script, &session);
	}
}

Test(imap_mailbox, a_selected_mailbox_is_left_before_it_is_deleted)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("UNSELECT "),
					     IMAP_SCRIPT_SELECTED("1"),
					     "C: UNSELECT",
					     "S: = OK",
					     "C: DELETE Work",
					     "S: = OK",
					     "C: UNSUBSCRIBE Work",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	cr_assert_eq(imap_delete(session, "Work", &error), IMAP_RESULT_OK, "%s", error.text);
	imap_script_close(&script, &session);
}

/* --- SELECT --- */

Test(imap_select, the_state_of_the_mailbox)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("CONDSTORE "),
					     "C: SELECT INBOX (CONDSTORE)",
					     "S: * FLAGS (\\Seen \\Answered Junk)",
					     "S: * 42 EXISTS",
					     "S: * OK [PERMANENTFLAGS (\\Seen Junk \\*)] limited",
					     "S: * OK [UIDVALIDITY 4000000000] ok",
					     "S: * OK [UIDNEXT 77] ok",
					     "S: * OK [HIGHESTMODSEQ 123456789012]",
					     "S: * 43 EXISTS",
					     "S: = OK [READ-ONLY] done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command = imap_select_send(session, "INBOX", false, NULL);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_assert_eq(state.uidvalidity, 4000000000);
	cr_assert_eq(state.uidnext, 77);
	cr_assert_eq(state.messages, 43);
	cr_assert_eq(state.highestmodseq, 123456789012);
	cr_assert(state.read_only);
	cr_assert_not(state.uids_not_sticky);
	cr_assert_eq(state.permanent_flags.system, FLAG_SEEN | FLAG_FORWARDED);
	cr_assert(state.permanent_flags.any_keyword);
	cr_assert(text_list_holds(&state.permanent_flags.keywords, "Junk"));
	imap_mailbox_state_release(&state);
	imap_script_close(&script, &session);
}

/* Quirks C01, C03, and flags that the server says nothing about. */
Test(imap_select, a_server_that_tells_nothing)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: EXAMINE INBOX",
					     "S: * OK [UIDVALIDITY 0] UIDs valid",
					     "S: * OK [UIDNOTSTICKY] careful",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command = imap_select_send(session, "INBOX", true, NULL);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	cr_assert_eq(state.uidvalidity, 0);
	cr_assert_eq(state.uidnext, 0);
	cr_assert_eq(state.messages, 0);
	cr_assert_eq(state.highestmodseq, 0);
	cr_assert(state.read_only);
	cr_assert(state.uids_not_sticky);
	cr_assert_eq(state.permanent_flags.system, FLAGS_SYSTEM);
	cr_assert(state.permanent_flags.any_keyword);
	imap_mailbox_state_release(&state);
	imap_script_close(&script, &session);
}

/* RFC 7162 section 3.2.11. */
Test(imap_select, what_comes_before_closed_is_about_the_old_mailbox)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     IMAP_SCRIPT_SELECTED("5"),
					     "C: SELECT Other",
					     "S: * 6 EXISTS",
					     "S: * OK [HIGHESTMODSEQ 99]",
					     "S: * OK [CLOSED] bye",
					     "S: * 2 EXISTS",
					     "S: * OK [UIDVALIDITY 8]",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *command;
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	command = imap_select_send(session, "Other", false, NULL);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	cr_assert_eq(state.messages, 2);
	cr_assert_eq(state.uidvalidity, 8);
	cr_assert_eq(state.highestmodseq, 0);
	imap_mailbox_state_release(&state);
	imap_script_close(&script, &session);
}

static enum imap_result expunge(struct imap_session *session, struct error *error)
{
	struct imap_command *command = imap_expunge_all_send(session);
	struct uid_set gone = UID_SET_INITIAL;
	enum imap_result result = imap_expunge_finish(session, &command, &gone, error);

	uid_set_release(&gone);
	return result;
}

Test(imap_select, a_new_uidvalidity_meanwhile_fails_later_commands)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("UIDPLUS "),
					     IMAP_SCRIPT_SELECTED("5"),
					     "C: EXPUNGE",
					     "S: * OK [UIDVALIDITY 7] as ever",
					     "S: = OK",
					     "C: EXPUNGE",
					     "S: * OK [UIDVALIDITY 8] new",
					     "S: = OK",
					     "C: EXPUNGE",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct error error = ERROR_INITIAL;

	imap_script_select(session);
	cr_assert_eq(expunge(session, &error), IMAP_RESULT_OK);
	cr_assert_eq(expunge(session, &error), IMAP_RESULT_ERROR);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, "UIDVALIDITY"));
	cr_assert_not_null(strstr(error.text, "“Work”"), "%s", error.text);
	cr_assert_eq(expunge(session, &error), IMAP_RESULT_ERROR);
	cr_assert(imap_session_is_alive(session));
	imap_script_close(&script, &session);
}

Test(imap_select, commands_after_a_refused_select_are_refused)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: SELECT Gone",
					     "C: UID STORE 1 +FLAGS.SILENT (\\Seen)",
					     "S: = NO [NONEXISTENT] no such mailbox",
					     "S: = OK done in some other mailbox",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_command *select = imap_select_send(session, "Gone", false, NULL);
	struct imap_mailbox_state state;
	struct uid_set one = UID_SET_INITIAL;
	struct imap_command *store;
	struct error error = ERROR_INITIAL;

	uid_set_add(&one, 1);
	store = imap_store_send(session, &one, true, FLAG_SEEN, NULL);
	cr_assert_eq(imap_select_finish(session, &select, &state, &error), IMAP_RESULT_REFUSED);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	error_clear(&error);
	cr_assert_eq(imap_store_finish(session, &store, &error), IMAP_RESULT_REFUSED);
	cr_assert_not_null(strstr(error.text, "open “Gone”"), "%s", error.text);
	/* Known by now: it is not even sent. */
	store = imap_store_send(session, &one, true, FLAG_SEEN, NULL);
	cr_assert_eq(imap_store_finish(session, &store, &error), IMAP_RESULT_REFUSED);
	cr_assert_eq(imap_unselect(session, &error), IMAP_RESULT_OK);
	uid_set_release(&one);
	imap_script_close(&script, &session);
}

struct unselect_case {
	enum imap_result result;
	const char *lines[20];
};

Test(imap_select, leaving_never_expunges)
{
	static const struct unselect_case cases[] = {
		{ IMAP_RESULT_OK,
		  { IMAP_SCRIPT_READY("UNSELECT "), IMAP_SCRIPT_SELECTED("1"), "C: UNSELECT",
		    "S: = OK", NULL } },
		{ IMAP_RESULT_OK,
		  { IMAP_SCRIPT_READY(""), IMAP_SCRIPT_SELECTED("1"), "C: EXAMINE Work",
		    "S: = OK [READ-ONLY]", "C: CLOSE", "S: = OK", NULL } },
		/* A CLOSE after it could expunge. */
		{ IMAP_RESULT_OK,
		  { IMAP_SCRIPT_READY(""), IMAP_SCRIPT_SELECTED("1"), "C: EXAMINE Work",
		    "S: = NO not now", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_session *session = imap_script_open(script);
		struct error error = ERROR_INITIAL;

		cr_assert_eq(imap_unselect(session, &error), IMAP_RESULT_OK);
		imap_script_select(session);
		cr_assert_eq(imap_unselect(session, &error), cases[i].result, "case %zu: %s", i,
			     error.text);
		cr_assert_eq(imap_unselect(session, &error), IMAP_RESULT_OK);
		imap_script_close(&script, &session);
	}
}
