/* Searching a mailbox over IMAP, and finding which of some messages it has.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "far-script.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define READY IMAP_SCRIPT_READY("")
#define READY_ESEARCH IMAP_SCRIPT_READY("ESEARCH ")
#define SELECTED(uidvalidity)                                                                 \
	"S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", "S: * OK [UIDNEXT 1000] ", \
		"S: = OK [READ-WRITE] done"

static void expect_set(const struct uid_set *uids, const char *expected)
{
	struct buffer text = BUFFER_INITIAL;
	if (!uid_set_is_empty(uids))
		uid_set_format(uids, &text);
	cr_expect_str_eq(buffer_text(&text), expected, "%s", buffer_text(&text));
	buffer_release(&text);
}

static const struct far_mailbox work = { .name = "Work", .uidvalidity = 7 };

/* --- Searches --- */

struct search_case {
	const char *name;
	struct far_criteria criteria;
	enum far_result result;
	bool unsure;
	const char *found;
	const char *lines[20];
};

static void check_search(const struct search_case *search)
{
	struct far_script *far = far_script_open(search->lines);
	struct uid_set found = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	bool unsure = false;
	struct far_search *begun = far_search_begin(far->session, &work, &search->criteria);
	enum far_result result =
		far_search_finish(far->session, &work, &begun, &found, &unsure, &error);
	cr_expect_eq(result, search->result, "%s: %s", search->name, error.text);
	cr_expect(result == FAR_OK || error.scope == SCOPE_FOLDER, "%s", search->name);
	cr_expect_eq(unsure, search->unsure, "%s", search->name);
	expect_set(&found, search->found);
	cr_expect_null(begun);
	uid_set_release(&found);
	far_script_close(&far);
}

Test(far_search, in_the_flight_that_opens_the_mailbox)
{
	static const struct search_case cases[] = {
		{ "by age and size",
		  { .since = true, .since_day = 0, .smaller = 10, .first_uid = 5 },
		  FAR_OK,
		  false,
		  "6",
		  { READY_ESEARCH, "C: SELECT Work",
		    "C: UID SEARCH RETURN (ALL) UID 5:* SINCE 1-Jan-1970 SMALLER 10", SELECTED("7"),
		    "S: * ESEARCH UID ALL 6", "S: = OK", NULL } },
		{ "by flags, without ESEARCH",
		  { .unseen = true, .flagged = true },
		  FAR_OK,
		  false,
		  "3:4",
		  { READY, "C: SELECT Work", "C: UID SEARCH OR UNSEEN FLAGGED", SELECTED("7"),
		    "S: * SEARCH 3 4", "S: = OK", NULL } },
		{ "a silent answer may mean anything",
		  { .unseen = true },
		  FAR_OK,
		  true,
		  "",
		  { READY, "C: SELECT Work", "C: UID SEARCH UNSEEN", SELECTED("7"), "S: = OK",
		    NULL } },
		{ "a round number may be a cap",
		  { .unseen = true },
		  FAR_OK,
		  true,
		  "1:1000",
		  { READY_ESEARCH, "C: SELECT Work", "C: UID SEARCH RETURN (ALL) UNSEEN",
		    SELECTED("7"), "S: * ESEARCH UID ALL 1:1000", "S: = OK", NULL } },
		{ "another number is not",
		  { .unseen = true },
		  FAR_OK,
		  false,
		  "1:1001",
		  { READY_ESEARCH, "C: SELECT Work", "C: UID SEARCH RETURN (ALL) UNSEEN",
		    SELECTED("7"), "S: * ESEARCH UID ALL 1:1001", "S: = OK", NULL } },
		{ "refused",
		  { .unseen = true },
		  FAR_REFUSED,
		  false,
		  "",
		  { READY, "C: SELECT Work", "C: UID SEARCH UNSEEN", SELECTED("7"), "S: = NO never",
		    NULL } },
		{ "another mailbox by now",
		  { .unseen = true },
		  FAR_ERROR,
		  false,
		  "",
		  { READY_ESEARCH, "C: SELECT Work", "C: UID SEARCH RETURN (ALL) UNSEEN",
		    SELECTED("8"), "S: * ESEARCH UID ALL 1", "S: = OK", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		check_search(&cases[i]);
}

/* More UIDs than one command can name. */
static struct uid_set every_other(uint32_t last)
{
	struct uid_set uids = UID_SET_INITIAL;
	for (uint32_t uid = 1; uid <= last; uid += 2)
		uid_set_add(&uids, uid);
	return uids;
}

static char *part_line(struct uid_set *left, const char *command)
{
	struct buffer text = BUFFER_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	(void)uid_set_take_part(left, 7000, &part);
	uid_set_format(&part, &text);
	char *line = memory_format("C: %s%s", command, buffer_text(&text));
	uid_set_release(&part);
	buffer_release(&text);
	return line;
}

Test(far_search, among_many_in_parts)
{
	struct uid_set uids = every_other(4000);
	struct uid_set left = every_other(4000);
	char *one = part_line(&left, "UID SEARCH UID ");
	char *two = part_line(&left, "UID SEARCH UID ");
	const char *const lines[] = {
		READY, "C: SELECT Work", one,  SELECTED("7"), "S: * SEARCH 3", "S: = OK",
		two,   "S: = OK",        NULL,
	};
	cr_assert(uid_set_is_empty(&left));
	const struct search_case search = {
		.name = "parts", .criteria = { .uids = &uids }, .unsure = true, .found = "3"
	};
	struct search_case with_lines = search;
	for (size_t i = 0; i < COUNT(lines); i++)
		with_lines.lines[i] = lines[i];
	check_search(&with_lines);
	free(one);
	free(two);
	uid_set_release(&uids);
	uid_set_release(&left);
}

static int take_state(void *context, struct far_state *state, struct error *error)
{
	(void)context;
	(void)error;
	far_state_release(state);
	return 0;
}

static int hold_nothing(void *context, const struct uid_set *uids, struct error *error)
{
	(void)context;
	(void)uids;
	(void)error;
	return 0;
}

static const struct far_observer quiet = { .opened = take_state, .hold = hold_nothing };

/* Behind the SELECT of an observation, whose mailbox is not known yet. */
Test(far_search, in_the_flight_of_an_observation)
{
	static const char *const lines[] = {
		READY_ESEARCH,
		"C: SELECT Work",
		"C: UID SEARCH RETURN (ALL) ALL",
		"C: UID SEARCH RETURN (ALL) UNSEEN",
		"C: UID SEARCH RETURN (ALL) FLAGGED",
		SELECTED("7"),
		"S: * ESEARCH UID ALL 1:9",
		"S: = OK",
		"S: * ESEARCH UID ALL 2",
		"S: = OK",
		"S: * ESEARCH UID ALL 5",
		"S: = OK",
		NULL,
	};
	const struct far_mailbox unknown = { .name = "Work" };
	const struct far_question question = { .mailbox = unknown, .only_uids = true };
	const struct far_criteria unseen = { .unseen = true };
	const struct far_criteria flagged = { .flagged = true };
	struct far_script *far = far_script_open(lines);
	struct uid_set found = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	enum far_told told;
	bool unsure = false;
	struct far_listing *listing = far_observe_begin(far->session, &question, &quiet);
	struct far_search *search = far_search_begin(far->session, &unknown, &unseen);
	struct far_search *other = far_search_begin(far->session, &unknown, &flagged);
	cr_assert_eq(far_observe_finish(far->session, &listing, &told, &error), FAR_OK, "%s",
		     error.text);
	cr_assert_eq(far_search_finish(far->session, &work, &search, &found, &unsure, &error),
		     FAR_OK, "%s", error.text);
	expect_set(&found, "2");
	far_search_drop(far->session, &other);
	far_search_drop(far->session, &other);
	cr_expect_null(other);
	uid_set_release(&found);
	far_script_close(&far);
}

/* Without ESEARCH nothing tells the answers apart: each search waits for its finish, and one that
 * nobody wants is never sent. Another mailbox may be open by then. */
Test(far_search, one_after_the_other)
{
	static const char *const lines[] = {
		READY,
		"C: SELECT Other",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("9"),
		"S: = OK",
		"C: SELECT Work",
		"C: UID SEARCH FLAGGED",
		SELECTED("8"),
		"S: * SEARCH 1",
		"S: = OK",
		NULL,
	};
	const struct far_mailbox unknown = { .name = "Work" };
	const struct far_mailbox other = { .name = "Other" };
	const struct far_criteria unseen = { .unseen = true };
	const struct far_criteria flagged = { .flagged = true };
	struct far_script *far = far_script_open(lines);
	struct uid_set found = UID_SET_INITIAL;
	struct uid_set one = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	bool unsure = false;
	uid_set_add(&one, 3);
	const struct far_fetch fetch = { .mailbox = other, .uids = &one, .items = FAR_FLAGS };
	struct far_search *dropped = far_search_begin(far->session, &unknown, &unseen);
	struct far_search *search = far_search_begin(far->session, &unknown, &flagged);
	cr_assert_eq(far_fetch(far->session, &fetch, &error), FAR_OK, "%s", error.text);
	far_search_drop(far->session, &dropped);
	/* It was 7 when it was observed. */
	cr_expect_eq(far_search_finish(far->session, &work, &search, &found, &unsure, &error),
		     FAR_ERROR);
	cr_expect(strstr(error.text, "replaced on the server"), "%s", error.text);
	expect_set(&found, "");
	uid_set_release(&one);
	uid_set_release(&found);
	far_script_close(&far);
}

/* --- Which of some are there --- */

struct find_case {
	const char *name;
	int result;
	const char *there;
	const char *lines[20];
};

#define FIND "C: UID SEARCH UID 3:5"

Test(far_find, a_server_that_does_not_answer_has_not_said_that_they_are_gone)
{
	static const struct find_case cases[] = {
		{ "some are",
		  0,
		  "4",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "S: * SEARCH 4 8", "S: = OK",
		    NULL } },
		{ "none is",
		  0,
		  "",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "S: * SEARCH", "S: = OK",
		    NULL } },
		{ "it is refused",
		  0,
		  "3:5",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "S: = NO never", NULL } },
		{ "a silent answer is asked for in another way",
		  0,
		  "5",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "S: = OK",
		    "C: UID FETCH 3:5 (UID FLAGS)", "S: * 1 FETCH (UID 5 FLAGS ())", "S: = OK",
		    NULL } },
		{ "which is refused",
		  0,
		  "3:5",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "S: = OK",
		    "C: UID FETCH 3:5 (UID FLAGS)", "S: = NO never", NULL } },
		{ "the mailbox cannot be opened",
		  -1,
		  "3:5",
		  { READY, "C: SELECT Work", FIND, "S: = NO never", "S: = BAD none is open",
		    NULL } },
		{ "it is another one by now",
		  -1,
		  "3:5",
		  { READY, "C: SELECT Work", FIND, SELECTED("8"), "S: * SEARCH", "S: = OK",
		    NULL } },
		{ "the connection breaks",
		  -1,
		  "3:5",
		  { READY, "C: SELECT Work", FIND, SELECTED("7"), "X", NULL } },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct far_script *far = far_script_open(cases[i].lines);
		struct uid_set uids = UID_SET_INITIAL;
		struct uid_set there = UID_SET_INITIAL;
		struct error error = ERROR_INITIAL;
		uid_set_add_range(&uids, 3, 5);
		uid_set_add(&there, 9); /* what was in it goes */
		int result = far_find(far->session, &work, &uids, &there, &error);
		cr_expect_eq(result, cases[i].result, "%s: %s", cases[i].name, error.text);
		cr_expect(result == 0 || error.scope >= SCOPE_FOLDER, "%s", cases[i].name);
		expect_set(&there, cases[i].there);
		uid_set_release(&uids);
		uid_set_release(&there);
		far_script_close(&far);
	}
}

/* Of several searches one that was refused has told nothing, whatever the last one told. */
Test(far_find, one_of_several_searches_is_refused)
{
	struct uid_set uids = every_other(4000);
	struct uid_set left = every_other(4000);
	struct uid_set there = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	char *one = part_line(&left, "UID SEARCH UID ");
	char *two = part_line(&left, "UID SEARCH UID ");
	const char *const lines[] = { READY,         "C: SELECT Work", one,
				      two,           SELECTED("7"),    "S: = NO never",
				      "S: * SEARCH", "S: = OK",        NULL };
	cr_assert(uid_set_is_empty(&left));
	struct far_script *far = far_script_open(lines);
	cr_assert_eq(far_find(far->session, &work, &uids, &there, &error), 0, "%s", error.text);
	uid_set_remove_set(&uids, &there);
	cr_expect(uid_set_is_empty(&uids));
	free(one);
	free(two);
	uid_set_release(&uids);
	uid_set_release(&left);
	uid_set_release(&there);
	far_script_close(&far);
}
