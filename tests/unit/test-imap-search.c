/* UID SEARCH by properties, and several at a time. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "imap-script.h"
#include "imap/commands.h"

#define DAY_20000 20000 /* 2024-10-04 */

static enum imap_result finish(struct imap_session *session, struct imap_command *command,
			       struct uid_set *found)
{
	struct error error = ERROR_INITIAL;

	return imap_search_finish(session, &command, found, &error);
}

Test(imap_search, says_what_is_asked_for)
{
	static const char *const lines[] = {
		IMAP_SCRIPT_READY(""),
		IMAP_SCRIPT_SELECTED("9"),
		"C: UID SEARCH UID 7:* SINCE 4-Oct-2024 SMALLER 10485761",
		"S: * SEARCH 8 9",
		"S: = OK",
		"C: UID SEARCH UID 2,4:6 OR UNSEEN FLAGGED",
		"S: * SEARCH",
		"S: = OK",
		"C: UID SEARCH FLAGGED",
		"S: * SEARCH 3",
		"S: = OK",
		"C: UID SEARCH UNSEEN",
		"S: = OK",
		"C: UID SEARCH ALL",
		"S: = NO too much",
		NULL
	};
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct uid_set some = UID_SET_INITIAL;
	struct uid_set found = UID_SET_INITIAL;
	struct imap_criteria criteria = {
		.first_uid = 7, .since = true, .since_day = DAY_20000, .smaller = 10485761
	};

	uid_set_add(&some, 2);
	uid_set_add_range(&some, 4, 6);
	imap_script_select(session);
	cr_assert_eq(finish(session, imap_search_matching_send(session, &criteria), &found),
		     IMAP_RESULT_OK);
	cr_assert_eq(uid_set_size(&found), 2);
	criteria = (struct imap_criteria){ .uids = &some, .unseen = true, .flagged = true };
	cr_assert_eq(finish(session, imap_search_matching_send(session, &criteria), &found),
		     IMAP_RESULT_OK);
	criteria = (struct imap_criteria){ .flagged = true };
	cr_assert_eq(finish(session, imap_search_matching_send(session, &criteria), &found),
		     IMAP_RESULT_OK);
	cr_assert(uid_set_contains(&found, 3));
	/* No answer is not the answer that there is none: everything would leave a window. */
	criteria = (struct imap_criteria){ .unseen = true };
	cr_assert_eq(finish(session, imap_search_matching_send(session, &criteria), &found),
		     IMAP_RESULT_REFUSED);
	criteria = (struct imap_criteria){ .smaller = 0 };
	cr_assert_eq(finish(session, imap_search_matching_send(session, &criteria), &found),
		     IMAP_RESULT_REFUSED);
	cr_assert_not(imap_search_can_overlap(session));
	uid_set_release(&some);
	uid_set_release(&found);
	imap_script_close(&script, &session);
}

static int ignore(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	(void)context, (void)fetch, (void)error;
	return 0;
}

/* Dovecot works on several commands at a time: the answers name theirs. */
Test(imap_search, answers_come_in_any_order)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("ESEARCH "),
					     IMAP_SCRIPT_SELECTED("1"),
					     "C: UID FETCH 1:* (UID FLAGS)",
					     "C: UID SEARCH RETURN (ALL) SMALLER 9",
					     "C: UID SEARCH RETURN (ALL) FLAGGED",
					     "S: * ESEARCH (TAG \"A5\") UID ALL 4",
					     "S: * ESEARCH (TAG \"A4\") UID ALL 1:3",
					     "S: * 1 FETCH (UID 1 FLAGS (\\Seen))",
					     "S: = OK",
					     "S: = OK",
					     "S: = OK",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct uid_set small = UID_SET_INITIAL;
	struct uid_set flagged = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	const struct imap_criteria by_size = { .smaller = 9 };
	const struct imap_criteria by_flag = { .flagged = true };

	imap_script_select(session);
	cr_assert(imap_search_can_overlap(session));
	struct imap_command *fetch =
		imap_fetch_from_send(session, 1, IMAP_FETCH_FLAGS, ignore, NULL);
	struct imap_command *first = imap_search_matching_send(session, &by_size);
	struct imap_command *second = imap_search_matching_send(session, &by_flag);
	cr_assert_eq(imap_fetch_finish(session, &fetch, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_assert_eq(finish(session, first, &small), IMAP_RESULT_OK);
	cr_assert_eq(finish(session, second, &flagged), IMAP_RESULT_OK);
	cr_assert_eq(uid_set_size(&small), 3);
	cr_assert_eq(uid_set_size(&flagged), 1);
	cr_assert(uid_set_contains(&flagged, 4));
	uid_set_release(&small);
	uid_set_release(&flagged);
	imap_script_close(&script, &session);
}
