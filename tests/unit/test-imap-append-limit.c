/* APPENDLIMIT. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "imap-script.h"
#include "imap/commands.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ASK "C: STATUS Work (APPENDLIMIT)"

struct limit_case {
	uint64_t limit;
	bool disabled;
	const char *lines[8];
};

Test(imap_append_limit, for_all_mailboxes_or_for_each)
{
	static const struct limit_case cases[] = {
		{ UINT64_MAX, false, { IMAP_SCRIPT_READY(""), NULL } },
		{ 257890, false, { IMAP_SCRIPT_READY("APPENDLIMIT=257890 "), NULL } },
		{ 0, false, { IMAP_SCRIPT_READY("appendlimit=0 "), NULL } },
		{ UINT64_MAX, false, { IMAP_SCRIPT_READY("APPENDLIMIT=many "), NULL } },
		{ UINT64_MAX, true, { IMAP_SCRIPT_READY("APPENDLIMIT=257890 "), NULL } },
		{ UINT64_MAX, true, { IMAP_SCRIPT_READY("APPENDLIMIT "), NULL } },
		{ 257890,
		  false,
		  { IMAP_SCRIPT_READY("APPENDLIMIT "), ASK, "S: * STATUS Work (APPENDLIMIT 257890)",
		    "S: = OK", NULL } },
		{ UINT64_MAX,
		  false,
		  { IMAP_SCRIPT_READY("APPENDLIMIT "), ASK, "S: * STATUS Work (APPENDLIMIT NIL)",
		    "S: = OK", NULL } },
		{ UINT64_MAX,
		  false,
		  { IMAP_SCRIPT_READY("APPENDLIMIT "), ASK, "S: = BAD what?", NULL } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_script *script = imap_script_start(cases[i].lines);
		struct imap_login login = imap_script_login(script);
		struct text_list disabled = { .items = NULL };
		struct imap_session *session;
		struct error error = ERROR_INITIAL;
		uint64_t limit;

		text_list_add(&disabled, "APPENDLIMIT");
		login.disabled = cases[i].disabled ? &disabled : NULL;
		cr_assert_eq(imap_session_open(&login, &session, &error), 0, "%s", error.text);
		cr_assert_eq(imap_session_settle(session, &error), 0, "%s", error.text);
		cr_assert_eq(imap_append_limit(session, "Work", &limit, &error), 0, "%s",
			     error.text);
		cr_assert_eq(limit, cases[i].limit, "case %zu", i);
		imap_script_close(&script, &session);
		text_list_release(&disabled);
	}
}

Test(imap_append_limit, a_connection_that_breaks_is_an_error)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("APPENDLIMIT "), ASK, "X", NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct error error = ERROR_INITIAL;
	uint64_t limit;

	cr_assert_eq(imap_append_limit(session, "Work", &limit, &error), -1);
	cr_assert_eq(error.scope, SCOPE_CONNECTION);
	imap_script_close(&script, &session);
}
