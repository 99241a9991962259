/* SELECT and FETCH that tell only what changed (RFC 7162).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/memory.h"
#include "imap-script.h"
#include "imap/commands.h"

/* What was told, as "3s 4 -7:9 !" ("!": start anew). */
struct told {
	struct buffer text;
};

static int note_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct told *told = context;

	(void)error;
	buffer_add_format(&told->text, "%u%s ", fetch->uid,
			  fetch->flags.system & FLAG_SEEN ? "s" : "");
	return 0;
}

static int note_vanished(void *context, const struct uid_set *uids, struct error *error)
{
	struct told *told = context;

	(void)error;
	buffer_add_text(&told->text, "-");
	uid_set_format(uids, &told->text);
	buffer_add_text(&told->text, " ");
	return 0;
}

static void note_restart(void *context)
{
	struct told *told = context;

	buffer_add_text(&told->text, "! ");
}

#define READY(capabilities, enable, enabled)                                        \
	"S: * PREAUTH [CAPABILITY " capabilities " IMAP4rev1] hello", "C: " enable, \
		"C: LIST \"\" \"\"", "S: * ENABLED " enabled, "S: = OK done",       \
		"S: * LIST (\\Noselect) \"/\" \"\"", "S: = OK done"
#define READY_QRESYNC READY("ENABLE CONDSTORE QRESYNC", "ENABLE QRESYNC", "QRESYNC")
#define SELECTED                                                              \
	"S: * 5 EXISTS", "S: * OK [UIDVALIDITY 7] ", "S: * OK [UIDNEXT 11] ", \
		"S: * OK [HIGHESTMODSEQ 90] "

static void select_with_resync(const char *const *lines, bool resynced, const char *expected)
{
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct told told = { .text = BUFFER_INITIAL };
	const struct imap_resync resync = { .uidvalidity = 7,
					    .modseq = 80,
					    .see = note_message,
					    .vanished = note_vanished,
					    .restart = note_restart,
					    .context = &told };
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;
	struct imap_command *command = imap_select_send(session, "Work", false, &resync);

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	cr_expect_eq(state.resynced, resynced);
	cr_expect_str_eq(buffer_text(&told.text), expected);
	imap_mailbox_state_release(&state);
	buffer_release(&told.text);
	imap_script_close(&script, &session);
}

Test(imap_resync, changes_come_with_the_select)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     SELECTED,
					     "S: * VANISHED (EARLIER) 2,4:5",
					     "S: * 1 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (85))",
					     "S: * 5 FETCH (UID 10 FLAGS () MODSEQ (90))",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, true, "-2,4:5 3s 10 ");
}

/* A mailbox with the same name but other messages: everything known is void. */
Test(imap_resync, a_new_uidvalidity)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     "S: * 5 EXISTS",
					     "S: * OK [UIDVALIDITY 8] ",
					     "S: * OK [HIGHESTMODSEQ 90] ",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "");
}

Test(imap_resync, a_modseq_that_went_back)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     "S: * 5 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: * OK [HIGHESTMODSEQ 79] ",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "");
}

Test(imap_resync, a_mailbox_without_modseqs)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     "S: * 5 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: * OK [NOMODSEQ] ",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "");
}

/* A change that cannot be assigned is a change lost. */
Test(imap_resync, a_change_without_uid)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     SELECTED,
					     "S: * 1 FETCH (FLAGS (\\Seen) MODSEQ (85))",
					     "S: * 5 FETCH (UID 10 FLAGS () MODSEQ (90))",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "10 ");
}

Test(imap_resync, a_reply_that_makes_no_sense)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Work (QRESYNC (7 80))",
					     SELECTED,
					     "S: * 1 FETCH (UID x FLAGS",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "");
}

Test(imap_resync, a_removal_told_by_number)
{
	static const char *const lines[] = {
		READY_QRESYNC,    "C: SELECT Work (QRESYNC (7 80))", SELECTED,
		"S: * 2 EXPUNGE", "S: = OK [READ-WRITE] done",       NULL
	};

	select_with_resync(lines, false, "");
}

/* QRESYNC that the server announces but does not switch on may not be used (RFC 7162
 * section 3.2.3). */
Test(imap_resync, only_when_enabled)
{
	static const char *const lines[] = {
		READY("ENABLE CONDSTORE QRESYNC", "ENABLE QRESYNC", "CONDSTORE"),
		"C: SELECT Work (CONDSTORE)", SELECTED, "S: = OK [READ-WRITE] done", NULL
	};

	select_with_resync(lines, false, "");
}

Test(imap_resync, without_condstore_there_is_nothing_to_ask_for)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: SELECT Work",
					     "S: * 5 EXISTS",
					     "S: * OK [UIDVALIDITY 7] ",
					     "S: = OK [READ-WRITE] done",
					     NULL };

	select_with_resync(lines, false, "");
}

/* News of the mailbox that was selected before are not about this one (RFC 7162 section 3.2.11). */
Test(imap_resync, what_comes_before_closed_is_about_the_old_mailbox)
{
	static const char *const lines[] = { READY_QRESYNC,
					     "C: SELECT Old (CONDSTORE)",
					     "S: * 1 EXISTS",
					     "S: * OK [UIDVALIDITY 3] ",
					     "S: = OK done",
					     "C: SELECT Work (QRESYNC (7 80))",
					     "S: * 1 FETCH (UID 3 FLAGS (\\Deleted) MODSEQ (85))",
					     "S: * VANISHED 3",
					     "S: * OK [CLOSED] ",
					     SELECTED,
					     "S: * 5 FETCH (UID 10 FLAGS () MODSEQ (90))",
					     "S: = OK [READ-WRITE] done",
					     "C: SELECT Work (QRESYNC (7 80))",
					     "S: * 1 FETCH (UID 3 FLAGS (\\Deleted) MODSEQ (85))",
					     SELECTED,
					     "S: = OK [READ-WRITE] done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct told told = { .text = BUFFER_INITIAL };
	const struct imap_resync resync = { .uidvalidity = 7,
					    .modseq = 80,
					    .see = note_message,
					    .vanished = note_vanished,
					    .restart = note_restart,
					    .context = &told };
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;
	struct imap_command *command = imap_select_send(session, "Old", false, NULL);

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	imap_mailbox_state_release(&state);
	command = imap_select_send(session, "Work", false, &resync);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	cr_expect(state.resynced);
	cr_expect_str_eq(buffer_text(&told.text), "! 10 ");
	imap_mailbox_state_release(&state);
	/* Without CLOSED nobody knows whose news they were. */
	command = imap_select_send(session, "Work", false, &resync);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	cr_expect_not(state.resynced);
	cr_expect_str_eq(buffer_text(&told.text), "! 10 ");
	imap_mailbox_state_release(&state);
	buffer_release(&told.text);
	imap_script_close(&script, &session);
}

Test(imap_resync, flags_changed_since)
{
	static const char *const lines[] = { READY("ENABLE CONDSTORE", "ENABLE CONDSTORE",
						   "CONDSTORE"),
					     "C: SELECT Work (CONDSTORE)",
					     SELECTED,
					     "S: = OK [READ-WRITE] done",
					     "C: UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 80)",
					     "S: * 5 FETCH (UID 10 FLAGS (\\Seen) MODSEQ (90))",
					     "S: = OK done",
					     "C: UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 80)",
					     "S: * 5 FETCH (FLAGS (\\Seen) MODSEQ (90))",
					     "S: = OK done",
					     NULL };
	static const enum imap_result results[] = { IMAP_RESULT_OK, IMAP_RESULT_REFUSED };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct told told = { .text = BUFFER_INITIAL };
	struct error error = ERROR_INITIAL;
	struct imap_mailbox_state state;
	struct imap_command *command = imap_select_send(session, "Work", false, NULL);

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	cr_expect_eq(state.highestmodseq, 90);
	imap_mailbox_state_release(&state);
	for (size_t i = 0; i < 2; i++) {
		command = imap_fetch_changed_send(session, 80, note_message, &told);
		cr_expect_eq(imap_fetch_finish(session, &command, &error), results[i]);
	}
	cr_expect_str_eq(buffer_text(&told.text), "10s ");
	buffer_release(&told.text);
	imap_script_close(&script, &session);
}

/* Which mailbox commands are about, for those who share a session. */
Test(imap_resync, what_is_selected)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), IMAP_SCRIPT_SELECTED("3"),
					     "C: EXAMINE Other",    "S: * OK [UIDVALIDITY 8] ",
					     "S: = OK done",        "C: SELECT Gone",
					     "S: = NO gone",        NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;
	struct imap_command *command;

	cr_expect_eq(imap_session_selected(session, "Work", false), 0);
	imap_script_select(session);
	cr_expect_eq(imap_session_selected(session, "Work", false), 7);
	cr_expect_eq(imap_session_selected(session, "Work", true), 0);
	cr_expect_eq(imap_session_selected(session, "Other", false), 0);
	command = imap_select_send(session, "Other", true, NULL);
	cr_expect_eq(imap_session_selected(session, "Work", false), 0);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK);
	imap_mailbox_state_release(&state);
	cr_expect_eq(imap_session_selected(session, "Other", true), 8);
	command = imap_select_send(session, "Gone", false, NULL);
	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_REFUSED);
	cr_expect_eq(imap_session_selected(session, "Gone", false), 0);
	cr_expect_eq(imap_session_selected(session, "Other", true), 0);
	imap_script_close(&script, &session);
}
