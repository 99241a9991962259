/* The far side over IMAP: mailboxes and their names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "far-script.h"
#include "mail/mailbox_attribute.h"

/* One line a mailbox. */
static int see(void *context, const struct far_listed *listed, struct error *error)
{
	const struct far_marks *status = &listed->status;

	(void)error;
	buffer_add_format(context, "%s=%s%s %u/%u/%u/%llu%s\n", listed->mailbox,
			  listed->name ? listed->name : "?", listed->shown ? listed->shown : "",
			  status->uidvalidity, status->uidnext, status->messages,
			  (unsigned long long)status->highestmodseq,
			  listed->attributes & MAILBOX_SUBSCRIBED ? " subscribed" : "");
	return 0;
}

static void expect_list(struct far_script *script, bool subscriptions, const char *expected)
{
	struct buffer seen = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	bool whole = false;

	cr_assert_eq(far_list(script->session, subscriptions, see, &seen, &whole, &error), 0, "%s",
		     error.text);
	cr_expect(whole);
	cr_expect_str_eq(buffer_text(&seen), expected);
	buffer_release(&seen);
}

/* Without one of the numbers a STATUS says nothing; without a modseq it says the rest. */
Test(far_list, tells_what_came_with_it)
{
	static const char *const lines[] = {
		IMAP_SCRIPT_READY("LIST-EXTENDED LIST-STATUS CONDSTORE "),
		"C: LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))",
		"S: * LIST (\\Subscribed) \"/\" INBOX",
		"S: * STATUS INBOX (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: * LIST () \"/\" A",
		"S: * STATUS A (UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: * LIST () \"/\" B",
		"S: * STATUS B (MESSAGES 5 UIDVALIDITY 7 HIGHESTMODSEQ 90)",
		"S: * LIST () \"/\" C",
		"S: * STATUS C (MESSAGES 5 UIDNEXT 10 HIGHESTMODSEQ 90)",
		"S: * LIST () \"/\" D",
		"S: * STATUS D (MESSAGES 5 UIDNEXT 10 UIDVALIDITY 7)",
		"S: * LIST () \"/\" E",
		"S: * LIST (\\Noselect) \"/\" F",
		"S: * LIST () \"/\" \"G//H\"",
		"S: = OK done",
		NULL
	};
	struct far_script *script;

	script = far_script_open(lines);
	expect_list(script, true,
		    "INBOX=INBOX 7/10/5/90 subscribed\n"
		    "A=A 0/0/0/0\nB=B 0/0/0/0\nC=C 0/0/0/0\nD=D 7/10/5/0\nE=E 0/0/0/0\n"
		    "G//H=?G//H 0/0/0/0\n");
	far_script_close(&script);
}

Test(far_list, asks_for_subscriptions_by_themselves_where_the_list_does_not_tell)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: LSUB \"\" \"*\"",
					     "S: * LSUB () \"/\" Work",
					     "S: * LSUB () \"/\" Gone",
					     "S: = OK done",
					     "C: LIST \"\" \"*\"",
					     "S: * LIST () \"/\" INBOX",
					     "S: * LIST () \"/\" Work",
					     "S: = OK done",
					     NULL };
	struct far_script *script;

	script = far_script_open(lines);
	expect_list(script, true, "INBOX=INBOX 0/0/0/0\nWork=Work 0/0/0/0 subscribed\n");
	far_script_close(&script);
}

/* Names are made as those of the list are spelt. */
Test(far_list, makes_and_renames_mailboxes_spelt_as_the_list)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""),
					     "C: LIST \"\" \"*\"",
					     "S: * LIST () \"/\" INBOX",
					     "S: * LIST () \"/\" \"Entw&APw-rfe\"",
					     "S: = OK done",
					     "C: CREATE M&APw-ll",
					     "C: SUBSCRIBE M&APw-ll",
					     "S: = OK done",
					     "S: = OK done",
					     "C: RENAME M&APw-ll Trash/Old",
					     "S: = OK done",
					     "C: SUBSCRIBE Trash/Old",
					     "C: UNSUBSCRIBE M&APw-ll",
					     "S: = OK done",
					     "S: = NO never",
					     "C: DELETE Trash/Old",
					     "S: = NO it is in use",
					     NULL };
	struct far_script *script;
	struct error error = ERROR_INITIAL;
	char *mailbox;

	script = far_script_open(lines);
	expect_list(script, false, "INBOX=INBOX 0/0/0/0\nEntw&APw-rfe=Entwürfe 0/0/0/0\n");
	cr_assert_eq(far_create(script->session, "Müll", &mailbox, &error), 0, "%s", error.text);
	cr_expect_str_eq(mailbox, "M&APw-ll");
	char *other = NULL;
	cr_assert_eq(far_rename(script->session, mailbox, "Trash/Old", &other, &error), 0, "%s",
		     error.text);
	cr_expect_str_eq(other, "Trash/Old");
	const struct far_renamed renamed = { mailbox, other };
	cr_expect_eq(far_resubscribe(script->session, &renamed, 1, &error), 0, "%s", error.text);
	cr_expect_eq(far_delete(script->session, other, &error), -1);
	cr_expect_eq(error.scope, SCOPE_FOLDER);
	free(mailbox);
	free(other);
	char *one = far_meaning(script->session, "M&APw-ll");
	cr_expect_str_eq(one, "Müll");
	free(one);
	far_script_close(&script);
}

Test(far_list, a_refused_rename_says_of_which_mailbox)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY(""), "C: RENAME Old New",
					     "S: = NO it may not be renamed", NULL };
	struct far_script *script;
	struct error error = ERROR_INITIAL;
	char *mailbox = (char *)"";

	script = far_script_open(lines);
	cr_expect_eq(far_rename(script->session, "Old", "New", &mailbox, &error), -1);
	cr_expect_null(mailbox);
	cr_expect(strstr(error.text, "Old") && strstr(error.text, "it may not be renamed"), "%s",
		  error.text);
	far_script_close(&script);
}

/* Only a server that has such names is asked. */
Test(far_list, asks_which_mailboxes_they_are)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("OBJECTID "),
					     "C: STATUS A (MAILBOXID)",
					     "C: STATUS B (MAILBOXID)",
					     "S: * STATUS A (MAILBOXID (F1))",
					     "S: = OK done",
					     "S: = NO there is none",
					     NULL };
	static const char *const without[] = { IMAP_SCRIPT_READY(""), NULL };
	struct error error = ERROR_INITIAL;
	struct far_mailbox_id ids[] = { { .mailbox = "A" }, { .mailbox = "B" } };
	const struct object_id id = object_id_of(OBJECT_ID_MAILBOXID, "F1", 2);
	struct far_script *script = far_script_open(lines);

	cr_assert_eq(far_ask_ids(script->session, ids, 2, &error), 0, "%s", error.text);
	cr_expect(object_id_equal(&ids[0].id, &id));
	cr_expect_not(object_id_is_known(&ids[1].id));
	far_script_close(&script);
	script = far_script_open(without);
	cr_assert_eq(far_ask_ids(script->session, ids, 2, &error), 0, "%s", error.text);
	cr_expect_not(object_id_is_known(&ids[0].id));
	far_script_close(&script);
}

static void note(void *context, bool bad, const char *sentence)
{
	buffer_add_format(context, "%s%s\n", bad ? "! " : "", sentence);
}

Test(far_list, describes_what_is_lost)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("CONDSTORE UIDPLUS LIST-STATUS "),
					     NULL };
	struct far_script *script;
	struct buffer text = BUFFER_INITIAL;

	script = far_script_open(lines);
	far_describe(script->session, note, &text);
	cr_expect_str_eq(buffer_text(&text),
			 "the server offers CONDSTORE UIDPLUS LIST-STATUS IMAP4REV1\n"
			 "! the server lacks QRESYNC: removals on the server are found by a "
			 "search\n");
	buffer_release(&text);
	far_script_close(&script);
}
