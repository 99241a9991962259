/* Observing a mailbox over IMAP: which way it is asked, and what follows when the answer does not
 * do. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "far-observe.h"

/* --- The best way --- */

Test(far_observe, changes_are_asked_for_in_the_best_way)
{
	static const struct observe_case cases[] = {
		{ "with the SELECT",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "gone 2,4:5; see 3; opened 7; sum",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("7", "5", "90"),
		    "S: * VANISHED (EARLIER) 2,4:5", MESSAGE("1", "3"), SELECTED, NULL } },
		{ "by CHANGEDSINCE",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "opened 7; see 3; sum",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "5", "90"), SELECTED,
		    MESSAGE("1", "3"), "S: = OK", NULL } },
		{ "removals are looked for when the number is another",
		  KNOWN | LATE_SUM,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "opened 7; sum; hold 3:4; sum",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "2", "80"), SELECTED,
		    "S: = OK", UIDS, "S: * SEARCH 3 4", "S: = OK", NULL } },
		{ "all flags without a modseq",
		  KNOWN_NAME,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; see 3; see 4",
		  NULL,
		  { READY_QRESYNC, SELECT_MODSEQ, FLAGS, STATE("7", "2", "80"), SELECTED,
		    MESSAGE("1", "3"), MESSAGE("2", "4"), "S: = OK", NULL } },
		{ "all flags where there are no modseqs",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; see 3",
		  NULL,
		  { READY, SELECT, FLAGS, STATE("7", "1", "80"), SELECTED, MESSAGE("1", "3"),
		    "S: = OK", NULL } },
		{ "UIDs where nothing is known",
		  ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3:4",
		  NULL,
		  { READY, SELECT, UIDS, STATE("7", "2", "80"), SELECTED, "S: * SEARCH 3 4",
		    "S: = OK", NULL } },
		{ "nothing of an empty one",
		  IS_EMPTY,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7",
		  NULL,
		  { READY, SELECT, STATE("7", "0", "80"), SELECTED, NULL } },
		{ "that filled after it was listed",
		  IS_EMPTY,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; see 3",
		  NULL,
		  { READY, SELECT, STATE("7", "1", "80"), SELECTED, FLAGS, MESSAGE("1", "3"),
		    "S: = OK", NULL } },
		{ "that filled, of which nothing is known",
		  IS_EMPTY | ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3",
		  NULL,
		  { READY, SELECT, STATE("7", "1", "80"), SELECTED, UIDS, "S: * SEARCH 3",
		    "S: = OK", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		far_observe_check(&cases[i]);
}

/* --- News, in the same flight --- */

#define READY_OBJECTID IMAP_SCRIPT_READY("OBJECTID ")
#define READY_GMAIL IMAP_SCRIPT_READY("X-GM-EXT-1 CONDSTORE ")
#define NEW(items) "C: UID FETCH 11:* (UID FLAGS RFC822.SIZE" items ")"

Test(far_observe, news_are_asked_for_with_what_the_server_calls_them)
{
	static const struct observe_case cases[] = {
		{ "by EMAILID",
		  ONLY_UIDS | NEWS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3,11; news 11 50 M1",
		  NULL,
		  { READY_OBJECTID, SELECT, UIDS, NEW(" EMAILID"), STATE("7", "2", "80"), SELECTED,
		    "S: * SEARCH 3 11", "S: = OK",
		    "S: * 2 FETCH (UID 11 FLAGS () RFC822.SIZE 50 EMAILID (M1))", "S: = OK",
		    NULL } },
		{ "by X-GM-MSGID",
		  KNOWN | NEWS,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "opened 7; see 11; sum; news 11 50 12345",
		  NULL,
		  { READY_GMAIL, SELECT_MODSEQ, CHANGED, NEW(" X-GM-MSGID"), STATE("7", "2", "90"),
		    SELECTED, MESSAGE("2", "11"), "S: = OK",
		    "S: * 2 FETCH (X-GM-MSGID 12345 UID 11 FLAGS () RFC822.SIZE 50)", "S: = OK",
		    NULL } },
		{ "the last one is told of though it is none",
		  KNOWN | NEWS,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "opened 7; sum",
		  NULL,
		  { READY_GMAIL, SELECT_MODSEQ, CHANGED, NEW(" X-GM-MSGID"), STATE("7", "2", "90"),
		    SELECTED, "S: = OK",
		    "S: * 2 FETCH (X-GM-MSGID 12345 UID 9 FLAGS () RFC822.SIZE 50)", "S: = OK",
		    NULL } },
		{ "refused they are missing, no more",
		  ONLY_UIDS | NEWS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3,11",
		  NULL,
		  { READY, SELECT, UIDS, NEW(""), STATE("7", "2", "80"), SELECTED,
		    "S: * SEARCH 3 11", "S: = OK", "S: = NO no", NULL } },
		{ "one that has no name does not have that of the one before",
		  ONLY_UIDS | NEWS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 11:12; news 11 50 M1; news 12 60",
		  NULL,
		  { READY_OBJECTID, SELECT, UIDS, NEW(" EMAILID"), STATE("7", "2", "80"), SELECTED,
		    "S: * SEARCH 11 12", "S: = OK",
		    "S: * 1 FETCH (UID 11 FLAGS () RFC822.SIZE 50 EMAILID (M1))",
		    "S: * 2 FETCH (UID 12 FLAGS () RFC822.SIZE 60)", "S: = OK", NULL } },
		{ "what makes no sense is none",
		  ONLY_UIDS | NEWS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3,11; news 11; news 12 60",
		  NULL,
		  { READY_OBJECTID, SELECT, UIDS, NEW(" EMAILID"), STATE("7", "2", "80"), SELECTED,
		    "S: * SEARCH 3 11", "S: = OK", "S: * 2 FETCH (UID 11 FLAGS () EMAILID NIL)",
		    "S: * 3 FETCH (UID 12 RFC822.SIZE 60 EMAILID (M2))", "S: = OK", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		far_observe_check(&cases[i]);
}

/* --- What does not do --- */

Test(far_observe, all_is_told_where_changes_do_not_do)
{
	static const struct observe_case cases[] = {
		{ "they do not explain the number",
		  KNOWN | NO_SUM,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "see 3; opened 7; sum; restart; see 4",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("7", "1", "90"), MESSAGE("1", "3"),
		    SELECTED, FLAGS, MESSAGE("1", "4"), "S: = OK", NULL } },
		{ "the modseq went back",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; restart; see 4",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("7", "1", "79"), SELECTED, FLAGS,
		    MESSAGE("1", "4"), "S: = OK", NULL } },
		{ "nor after a look for removals",
		  KNOWN | NO_SUM,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; sum; hold 3; sum; restart; see 4",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "1", "90"), SELECTED,
		    "S: = OK", UIDS, "S: * SEARCH 3", "S: = OK", FLAGS, MESSAGE("1", "4"),
		    "S: = OK", NULL } },
		{ "CHANGEDSINCE is refused, and only UIDs matter",
		  KNOWN | ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; restart; hold 4",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "1", "90"), SELECTED,
		    "S: = NO never", UIDS, "S: * SEARCH 4", "S: = OK", NULL } },
		{ "the modseq went back at CHANGEDSINCE",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; see 3; restart; see 4",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "1", "79"), SELECTED,
		    MESSAGE("1", "3"), "S: = OK", FLAGS, MESSAGE("1", "4"), "S: = OK", NULL } },
		{ "another UIDVALIDITY",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 8; restart; hold 4",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("8", "1", "90"), SELECTED, UIDS,
		    "S: * SEARCH 4", "S: = OK", NULL } },
		{ "another UIDVALIDITY, in a list of all flags",
		  KNOWN_NAME,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 8; see 3; restart; hold 3",
		  NULL,
		  { READY, SELECT, FLAGS, STATE("8", "1", "90"), SELECTED, MESSAGE("1", "3"),
		    "S: = OK", UIDS, "S: * SEARCH 3", "S: = OK", NULL } },
		{ "another UIDVALIDITY, in a list of all UIDs",
		  KNOWN_NAME | ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 8; hold 3",
		  NULL,
		  { READY, SELECT, UIDS, STATE("8", "1", "90"), SELECTED, "S: * SEARCH 3",
		    "S: = OK", NULL } },
		{ "another UIDVALIDITY, and it is empty",
		  KNOWN,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 8; restart; hold ",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("8", "0", "90"), SELECTED, NULL } },
		{ "the observer wants it so",
		  KNOWN | ANEW,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "see 3; opened 7; restart; see 4",
		  NULL,
		  { READY_QRESYNC, SELECT_QRESYNC, STATE("7", "1", "90"), MESSAGE("1", "3"),
		    SELECTED, FLAGS, MESSAGE("1", "4"), "S: = OK", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		far_observe_check(&cases[i]);
}

Test(far_observe, a_list_that_is_not_whole_is_asked_for_in_another_way)
{
	static const struct observe_case cases[] = {
		{ "UIDs are refused",
		  ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3:4",
		  NULL,
		  { READY, SELECT, UIDS, STATE("7", "2", "80"), SELECTED, "S: = NO never", FLAGS,
		    MESSAGE("1", "3"), MESSAGE("2", "4"), "S: = OK", NULL } },
		{ "fewer UIDs than there are messages",
		  ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold 3:4",
		  NULL,
		  { READY, SELECT, UIDS, STATE("7", "2", "80"), SELECTED, "S: * SEARCH 3",
		    "S: = OK", FLAGS, MESSAGE("1", "3"), MESSAGE("2", "4"), "S: = OK", NULL } },
		{ "a message goes while the flags are listed",
		  0,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; see 3; hold 3",
		  NULL,
		  { READY, SELECT, FLAGS, STATE("7", "2", "80"), SELECTED, MESSAGE("1", "3"),
		    "S: * 2 EXPUNGE", "S: = OK", UIDS, "S: * SEARCH 3", "S: = OK", NULL } },
		{ "an empty one is not to be listed",
		  0,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7",
		  NULL,
		  { READY, SELECT, FLAGS, STATE("7", "0", "80"), SELECTED, "S: = NO never",
		    NULL } },
		{ "an empty one is not to be searched",
		  ONLY_UIDS,
		  FAR_OK,
		  FAR_TOLD_ALL,
		  "opened 7; hold ",
		  NULL,
		  { READY, SELECT, UIDS, STATE("7", "0", "80"), SELECTED, "S: = NO never", NULL } },
		{ "a removal is not to be looked for",
		  KNOWN | LATE_SUM,
		  FAR_OK,
		  FAR_TOLD_CHANGES,
		  "opened 7; sum; hold 3; sum",
		  NULL,
		  { READY_CONDSTORE, SELECT_MODSEQ, CHANGED, STATE("7", "1", "80"), SELECTED,
		    "S: = OK", UIDS, "S: = NO never", FLAGS, MESSAGE("1", "3"), "S: = OK", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		far_observe_check(&cases[i]);
}

/* --- Several at a time --- */

/* What is asked a second time is asked in the mailbox that it is about. */
Test(far_observe, a_second_way_goes_to_the_own_mailbox)
{
	static const char *const lines[] = {
		READY,
		SELECT,
		UIDS,
		"C: SELECT Other",
		UIDS,
		STATE("7", "1", "80"),
		SELECTED,
		"S: = NO never",
		STATE("9", "1", "80"),
		SELECTED,
		"S: * SEARCH 5",
		"S: = OK",
		SELECT,
		STATE("7", "1", "80"),
		SELECTED,
		FLAGS,
		MESSAGE("1", "3"),
		"S: = OK",
		NULL,
	};
	struct far_script *far = far_script_open(lines);
	struct calls one = { .text = BUFFER_INITIAL };
	struct calls other = { .text = BUFFER_INITIAL };
	struct error error = ERROR_INITIAL;
	enum far_told told;
	struct far_listing *first = far_observe_calls_begin(far->session, "Work", ONLY_UIDS, &one);
	struct far_listing *second =
		far_observe_calls_begin(far->session, "Other", ONLY_UIDS, &other);
	cr_assert_eq(far_observe_finish(far->session, &first, &told, &error), FAR_OK, "%s",
		     error.text);
	cr_assert_eq(far_observe_finish(far->session, &second, &told, &error), FAR_OK, "%s",
		     error.text);
	cr_expect_str_eq(buffer_text(&one.text), "opened 7; hold 3");
	cr_expect_str_eq(buffer_text(&other.text), "opened 9; hold 5");
	buffer_release(&one.text);
	buffer_release(&other.text);
	far_script_close(&far);
}
