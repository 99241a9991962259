/* What is told unasked, and reading without waiting. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "imap-script.h"
#include "imap/commands.h"
#include "imap/wait.h"

#define ENABLED                                                                          \
	"S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE QRESYNC] hello", "C: ENABLE QRESYNC", \
		"C: LIST \"\" \"\"", "S: * ENABLED QRESYNC", "S: = OK done",             \
		"S: * LIST (\\Noselect) \"/\" \"\"", "S: = OK done"
#define SELECTED(name)                                                                 \
	"C: SELECT " name " (CONDSTORE)", "S: * 3 EXISTS", "S: * OK [UIDVALIDITY 7] ", \
		"S: * OK [UIDNEXT 100] ", "S: = OK [READ-WRITE] done"

static void select_mailbox(struct imap_session *session, const char *name)
{
	struct imap_command *command = imap_select_send(session, name, false, NULL);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	imap_mailbox_state_release(&state);
}

static void noop(struct imap_session *session)
{
	struct imap_command *command = imap_noop_send(session);
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_command_finish(session, &command, NULL, &error), IMAP_RESULT_OK, "%s",
		     error.text);
}

/* "mailbox kinds" of each notice. */
static void expect_notices(struct imap_session *session, const char *expected)
{
	struct buffer told = BUFFER_INITIAL;
	struct imap_notice notice;

	cr_expect_eq(imap_notices_are_there(session), *expected != '\0');
	while (imap_notices_take(session, &notice)) {
		buffer_add_format(&told, "%s %u\n", notice.mailbox ? notice.mailbox : "anything",
				  notice.kinds);
		imap_notice_release(&notice);
	}
	cr_expect_not(imap_notices_are_there(session));
	cr_expect_str_eq(buffer_text(&told), expected);
	buffer_release(&told);
}

/* What comes behind a SELECT and before its CLOSED is about the mailbox before (RFC 7162 section
 * 3.2.11); its own replies tell nothing that happened. */
Test(imap_wait, before_closed_it_is_the_other_mailbox)
{
	static const char *const lines[] = { ENABLED,
					     SELECTED("A"),
					     "C: SELECT B (CONDSTORE)",
					     "S: * 4 EXISTS",
					     "S: * OK [CLOSED] ",
					     "S: * 9 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK [READ-WRITE] done",
					     "C: NOOP",
					     "S: * VANISHED 5",
					     "S: * VANISHED (EARLIER) 6",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	imap_notices_begin(session);
	select_mailbox(session, "A");
	expect_notices(session, "");
	select_mailbox(session, "B");
	expect_notices(session, "A 1\n");
	noop(session);
	expect_notices(session, "B 2\n");
	imap_script_close(&script, &session);
}

/* Of a server that does not say CLOSED nobody knows; to take it for news each time would never end.
 */
Test(imap_wait, without_closed_a_select_tells_nothing)
{
	static const char *const lines[] = { ENABLED, SELECTED("A"), SELECTED("B"), SELECTED("A"),
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	imap_notices_begin(session);
	select_mailbox(session, "A");
	select_mailbox(session, "B");
	select_mailbox(session, "A");
	expect_notices(session, "");
	imap_script_close(&script, &session);
}

static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	(void)context;
	(void)fetch;
	(void)error;
	return 0;
}

/* Answers are no news. */
Test(imap_wait, what_was_asked_for_is_no_notice)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("STATUS=SIZE "),
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: STATUS Work (SIZE)",
					     "S: * STATUS Work (SIZE 5)",
					     "S: = OK done",
					     "C: UID FETCH 1:2 (UID FLAGS)",
					     "S: * 1 FETCH (UID 1 FLAGS ())",
					     "S: * 2 FETCH (UID 2 FLAGS ())",
					     "S: * 3 FETCH (UID 3 FLAGS ())",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_mailbox_size size;
	struct error error = ERROR_INITIAL;
	struct uid_set set = UID_SET_INITIAL;
	struct imap_command *command;

	imap_notices_begin(session);
	imap_script_select(session);
	command = imap_mailbox_size_send(session, "Work", &size);
	cr_assert_eq(imap_mailbox_size_finish(&command, &error), 0);
	expect_notices(session, "");
	uid_set_add_range(&set, 1, 2);
	command = imap_fetch_send(session, &set, IMAP_FETCH_FLAGS, see, NULL, NULL);
	cr_assert_eq(imap_fetch_finish(session, &command, &error), IMAP_RESULT_OK);
	expect_notices(session, "Work 4\n"); /* message 3 */
	uid_set_release(&set);
	imap_script_close(&script, &session);
}

/* A server can make up as many names as it likes. */
Test(imap_wait, more_than_can_be_told_apart_is_anything)
{
	static const char *lines[IMAP_NOTICES_MAX + 16] = { IMAP_SCRIPT_READY(""), "C: NOOP", "K" };
	static char names[IMAP_NOTICES_MAX + 1][64];
	struct imap_script *script;
	struct imap_session *session;
	size_t count = 0;

	while (lines[count] != NULL)
		count++;
	for (size_t i = 0; i <= IMAP_NOTICES_MAX; i++) {
		(void)snprintf(names[i], sizeof names[i], "S: * STATUS M%zu (UIDNEXT 3)", i);
		lines[count++] = names[i];
	}
	lines[count++] = "F";
	lines[count++] = "S: = OK done";
	lines[count] = NULL;
	script = imap_script_start(lines);
	session = imap_script_open(script);
	imap_notices_begin(session);
	noop(session);
	expect_notices(session, "anything 0\n");
	cr_expect_eq(imap_notices_told(session), IMAP_NOTICES_MAX + 1);
	imap_script_close(&script, &session);
}

Test(imap_wait, inbox_in_any_case)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: NOOP",
					     "S: * STATUS Inbox (UIDNEXT 3)",
					     "S: * STATUS INBOX (UIDNEXT 4)",
					     "S: * LIST () \"/\" inbox",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);

	imap_notices_begin(session);
	noop(session);
	expect_notices(session, "Inbox 15\n");
	imap_script_close(&script, &session);
}
