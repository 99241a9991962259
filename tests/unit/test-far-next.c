/* A mailbox that is opened behind what is changed in the one before, over IMAP: nothing is changed
 * in it before the server said that it is the one that is meant. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "far-script.h"

#define READY(capabilities) IMAP_SCRIPT_READY(capabilities), "C: SELECT Work"
#define SELECTED(uidvalidity) \
	"S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", "S: = OK [READ-WRITE] done"
#define STORE(uid) "C: UID STORE " uid " +FLAGS.SILENT (\\Seen)"
#define MARK(uid) "C: UID STORE " uid " +FLAGS.SILENT (\\Deleted)"

static const struct far_mailbox work = { .name = "Work", .uidvalidity = 7 };
static const struct far_mailbox home = { .name = "Home", .uidvalidity = 5 };
static const struct far_mailbox lists = { .name = "Lists", .uidvalidity = 9 };

/* Stores a flag of the message UID; WORDS: in the error, NULL: it goes well. */
static void store(struct far_script *far, const struct far_mailbox *mailbox, uint32_t uid,
		  const char *words)
{
	struct far_change change = { .add = FLAG_SEEN };
	struct keyword_table keywords = { .names = { NULL } };
	struct error error = ERROR_INITIAL;
	uid_set_add(&change.uids, uid);
	int result = far_store(far->session, mailbox, &change, 1, &keywords, &error);
	cr_assert_eq(result, words ? -1 : 0, "%s", error.text);
	if (words)
		cr_assert(strstr(error.text, words), "%s", error.text);
	cr_assert_not(change.refused);
	uid_set_release(&change.uids);
}

Test(far_open_next, the_next_is_opened_in_the_same_flight)
{
	static const char *const lines[] = { READY(""),        SELECTED("7"), STORE("3"),
					     "C: SELECT Home", "S: = OK",     SELECTED("5"),
					     STORE("4"),       "S: = OK",     NULL };
	struct far_script *far = far_script_open(lines);
	far_open_next(far->session, &home);
	store(far, &work, 3, NULL);
	store(far, &home, 4, NULL);
	far_script_close(&far);
}

/* This server keeps open what was open before: nothing may be sent to that. */
Test(far_open_next, nothing_is_changed_in_one_that_cannot_be_opened)
{
	static const char *const lines[] = { READY(""),        SELECTED("7"), STORE("3"),
					     "C: SELECT Home", "S: = OK",     "S: = NO not there",
					     "C: SELECT Work", SELECTED("7"), STORE("3"),
					     "S: = OK",        NULL };
	struct far_script *far = far_script_open(lines);
	far_open_next(far->session, &home);
	store(far, &work, 3, NULL);
	store(far, &home, 4, "not there");
	store(far, &work, 3, NULL);
	far_script_close(&far);
}

Test(far_open_next, nothing_is_changed_in_one_that_was_made_anew)
{
	static const char *const lines[] = { READY(""), SELECTED("7"), STORE("3"), "C: SELECT Home",
					     "S: = OK", SELECTED("6"), NULL };
	struct far_script *far = far_script_open(lines);
	far_open_next(far->session, &home);
	store(far, &work, 3, NULL);
	store(far, &home, 4, "replaced on the server");
	far_script_close(&far);
}

/* A hint is no promise. */
Test(far_open_next, another_one_may_follow)
{
	static const char *const lines[] = { READY(""),         SELECTED("7"),    STORE("3"),
					     "C: SELECT Home",  "S: = OK",        SELECTED("5"),
					     "C: SELECT Lists", SELECTED("9"),    STORE("2"),
					     "S: = OK",         "C: SELECT Home", SELECTED("5"),
					     STORE("4"),        "S: = OK",        NULL };
	struct far_script *far = far_script_open(lines);
	far_open_next(far->session, &home);
	store(far, &work, 3, NULL);
	store(far, &lists, 2, NULL);
	store(far, &home, 4, NULL);
	far_script_close(&far);
}

Test(far_open_next, it_can_be_taken_back)
{
	static const char *const lines[] = { READY(""), SELECTED("7"), STORE("3"), "S: = OK",
					     NULL };
	struct far_script *far = far_script_open(lines);
	far_open_next(far->session, &home);
	far_open_next(far->session, NULL);
	store(far, &work, 3, NULL);
	far_script_close(&far);
}

/* What was left is looked for, and removed at the second try, in its own mailbox. */
Test(far_open_next, a_removal_goes_on_in_its_own_mailbox)
{
	static const char *const lines[] = { READY("UIDPLUS "),
					     SELECTED("7"),
					     MARK("3:4"),
					     "C: UID EXPUNGE 3:4",
					     "C: SELECT Home",
					     "S: = OK",
					     "S: = OK",
					     "C: SELECT Work",
					     "C: UID SEARCH UID 3:4",
					     SELECTED("5"),
					     SELECTED("7"),
					     "S: * SEARCH 4",
					     "S: = OK",
					     MARK("4"),
					     "C: UID EXPUNGE 4",
					     "S: = OK",
					     "S: = OK",
					     "C: UID SEARCH UID 4",
					     "S: * SEARCH",
					     "S: = OK",
					     "C: SELECT Home",
					     SELECTED("5"),
					     STORE("4"),
					     "S: = OK",
					     NULL };
	struct far_script *far = far_script_open(lines);
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	uint64_t others;
	uid_set_add_range(&uids, 3, 4);
	far_open_next(far->session, &home);
	cr_assert_eq(far_remove(far->session, &work, &uids, &others, &error), 0, "%s", error.text);
	cr_assert_eq(uid_set_size(&uids), 2);
	store(far, &home, 4, NULL);
	uid_set_release(&uids);
	far_script_close(&far);
}
