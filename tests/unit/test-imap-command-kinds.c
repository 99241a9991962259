/* What depends on the kind of a command. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "imap-script.h"
#include "imap/commands.h"

#define TRAFFIC "run again in an hour"
#define ROOM "the quota is used up"

static void expect_refusal(enum imap_result result, const struct error *error, const char *words)
{
	cr_expect_eq(result, IMAP_RESULT_REFUSED);
	cr_expect_not_null(strstr(error->text, words), "%s", error->text);
}

static int see_nothing(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	(void)context;
	(void)fetch;
	(void)error;
	return 0;
}

/* Reading fills no mailbox: OVERQUOTA is then about what the account may transfer. */
Test(imap_kind, over_quota_is_about_traffic_where_only_reads)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     IMAP_SCRIPT_SELECTED("3"),
					     "C: UID FETCH 2 (UID FLAGS)",
					     "S: = NO [OVERQUOTA] no",
					     "C: UID SEARCH ALL",
					     "S: = NO [OVERQUOTA] no",
					     "C: UID STORE 2 +FLAGS.SILENT (\\Seen)",
					     "S: = NO [OVERQUOTA] no",
					     "C: SELECT Other",
					     "S: = NO [OVERQUOTA] no",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	struct imap_mailbox_state state;
	struct error error = ERROR_INITIAL;
	struct uid_set two = UID_SET_INITIAL;
	struct uid_set found = UID_SET_INITIAL;
	struct imap_command *command;

	uid_set_add(&two, 2);
	imap_script_select(session);
	command = imap_fetch_send(session, &two, IMAP_FETCH_FLAGS, see_nothing, NULL, NULL);
	expect_refusal(imap_fetch_finish(session, &command, &error), &error, TRAFFIC);
	cr_expect_eq(error.scope, SCOPE_ACCOUNT);
	command = imap_search_all_send(session);
	expect_refusal(imap_search_finish(session, &command, &found, &error), &error, TRAFFIC);
	command = imap_store_send(session, &two, true, FLAG_SEEN, NULL);
	expect_refusal(imap_store_finish(session, &command, &error), &error, ROOM);
	command = imap_select_send(session, "Other", false, NULL);
	expect_refusal(imap_select_finish(session, &command, &state, &error), &error, TRAFFIC);
	uid_set_release(&two);
	uid_set_release(&found);
	imap_script_close(&script, &session);
}

static int read_x(void *context, void *bytes, size_t size, size_t *length_r, struct error *error)
{
	(void)context;
	(void)error;
	memset(bytes, 'x', size);
	*length_r = size;
	return 0;
}

/* Some servers take UTF-8 in quotation marks for another mailbox there, though they enabled it. */
Test(imap_kind, utf8_names_are_quoted_but_not_in_an_append)
{
	static const char *const lines[] = { "S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE "
					     "UTF8=ACCEPT] hello",
					     "C: ENABLE UTF8=ACCEPT",
					     "C: LIST \"\" \"\"",
					     "S: * ENABLED UTF8=ACCEPT",
					     "S: = OK done",
					     "S: * LIST (\\Noselect) \"/\" \"\"",
					     "S: = OK done",
					     "C: SELECT \"\xc3\x9c"
					     "bung\"",
					     "S: * 0 EXISTS",
					     "S: = OK done",
					     "C: APPEND {6}",
					     "S: + go on",
					     "L: \xc3\x9c"
					     "bung (\\Seen) \"01-Jan-1970 00:00:00 +0000\" {3}",
					     "S: + go on",
					     "L: xxx",
					     "S: = OK done",
					     NULL };
	struct imap_script *script = imap_script_start(lines);
	struct imap_session *session = imap_script_open(script);
	const struct imap_append message = { .flags = FLAG_SEEN, .size = 3, .read = read_x };
	struct imap_mailbox_state state;
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;
	struct imap_command *command = imap_select_send(session,
							"\xc3\x9c"
							"bung",
							false, NULL);

	cr_assert_eq(imap_select_finish(session, &command, &state, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	imap_mailbox_state_release(&state);
	command = imap_append_begin(session, "\xc3\x9c"
					     "bung");
	cr_assert_eq(imap_append_add(command, &message, &error), IMAP_RESULT_OK, "%s", error.text);
	cr_assert_eq(imap_append_finish(session, &command, &appended, &error), IMAP_RESULT_OK, "%s",
		     error.text);
	imap_appended_release(&appended);
	imap_script_close(&script, &session);
}
