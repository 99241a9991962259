/* Which mailbox is open over IMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "far-script.h"

#define READY IMAP_SCRIPT_READY("")
/* The answer to a SELECT. */
#define SELECTED(uidvalidity)                                                                 \
	"S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", "S: * OK [UIDNEXT 1000] ", \
		"S: = OK [READ-WRITE] done"

static void fetch_flags(struct far_session *session, const char *name, bool anew)
{
	struct uid_set one = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	uid_set_add(&one, 3);
	const struct far_fetch fetch = { .mailbox = { .name = name, .uidvalidity = 7 },
					 .uids = &one,
					 .items = FAR_FLAGS,
					 .anew = anew };
	cr_assert_eq(far_fetch(session, &fetch, &error), FAR_OK, "%s", error.text);
	uid_set_release(&one);
}

Test(far_mailbox, an_open_mailbox_is_not_opened_again_unless_it_shall_be)
{
	static const char *const lines[] = {
		READY,
		"C: SELECT Work",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		"C: UID FETCH 3 (UID FLAGS)",
		"S: = OK",
		"C: SELECT Work",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		"C: SELECT Other",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		NULL,
	};
	struct far_script *far = far_script_open(lines);
	fetch_flags(far->session, "Work", false);
	fetch_flags(far->session, "Work", false);
	fetch_flags(far->session, "Work", true);
	fetch_flags(far->session, "Other", false);
	far_script_close(&far);
}

/* It is open as one that was there before: whether it still is must be seen. */
Test(far_mailbox, one_that_is_open_under_another_validity_is_opened_again)
{
	static const char *const lines[] = {
		READY,
		"C: SELECT Work",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		"C: SELECT Work",
		SELECTED("7"),
		NULL,
	};
	const struct far_mailbox other = { .name = "Work", .uidvalidity = 8 };
	struct far_script *far = far_script_open(lines);
	struct far_change change = { .add = FLAG_SEEN };
	struct error error = ERROR_INITIAL;
	fetch_flags(far->session, "Work", false);
	uid_set_add(&change.uids, 3);
	cr_expect_eq(far_store(far->session, &other, &change, 1, NULL, &error), -1);
	cr_expect_not_null(strstr(error.text, "replaced on the server"), "%s", error.text);
	uid_set_release(&change.uids);
	far_script_close(&far);
}

/* Operations of its own, of another mailbox even, find and leave the right one open. */
static int look_elsewhere(void *context, struct uid_set *part, struct error *error)
{
	(void)error;
	if (uid_set_contains(part, 3))
		fetch_flags(context, "Work", false);
	else
		fetch_flags(context, "Other", false);
	return 0;
}

Test(far_mailbox, operations_may_be_done_before_a_part)
{
	static const char *const lines[] = {
		READY,
		"C: SELECT Work",
		"C: UID FETCH 3 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		"C: UID FETCH 3:502 (UID FLAGS)",
		"C: SELECT Other",
		"C: UID FETCH 3 (UID FLAGS)",
		"S: = OK",
		SELECTED("7"),
		"S: = OK",
		"C: SELECT Work",
		"C: UID FETCH 503 (UID FLAGS)",
		SELECTED("7"),
		"S: = OK",
		NULL,
	};
	struct far_script *far = far_script_open(lines);
	struct uid_set uids = UID_SET_INITIAL;
	struct error error = ERROR_INITIAL;
	uid_set_add_range(&uids, 3, 503);
	const struct far_fetch fetch = { .mailbox = { .name = "Work", .uidvalidity = 7 },
					 .uids = &uids,
					 .items = FAR_FLAGS,
					 .context = far->session,
					 .before = look_elsewhere };
	cr_assert_eq(far_fetch(far->session, &fetch, &error), FAR_OK, "%s", error.text);
	uid_set_release(&uids);
	far_script_close(&far);
}
