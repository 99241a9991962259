/* Whether another name of an account means the same mail. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>

#include "sync/owner.h"

Test(sync_owner, the_user_is_the_same_under_another_host)
{
	cr_expect(owner_is_same_user("me@imap.example", "me"));
	cr_expect(owner_is_same_user("me@b.example@imap.example", "me@b.example"));
	cr_expect(owner_is_same_user("me via ssh host imapd", "me"));
	cr_expect(owner_is_same_user(" via ssh me@host imapd", ""));
	cr_expect_not(owner_is_same_user("me@b.example@imap.example", "me"));
	cr_expect_not(owner_is_same_user("mee@imap.example", "me"));
	cr_expect_not(owner_is_same_user("me@imap.example", "mee"));
	cr_expect_not(owner_is_same_user("", "me"));
}

#define TELLING 1700000000

Test(sync_owner, a_mailbox_is_the_same_by_numbers_that_only_grow)
{
	struct state_folder record = { .uidvalidity = TELLING, .uidnext = 5, .highestmodseq = 7 };
	struct far_marks now = { .uidvalidity = TELLING, .uidnext = 5, .highestmodseq = 7 };
	bool telling = false;
	cr_expect(owner_is_same_mailbox(&record, &now, &telling));
	cr_expect(telling);
	now.uidnext = 4;
	cr_expect_not(owner_is_same_mailbox(&record, &now, &telling));
	now.uidnext = 6;
	now.highestmodseq = 6;
	cr_expect_not(owner_is_same_mailbox(&record, &now, &telling));
	now.highestmodseq = 8;
	cr_expect(owner_is_same_mailbox(&record, &now, &telling));
	now.uidvalidity++;
	cr_expect_not(owner_is_same_mailbox(&record, &now, &telling));
	now = (struct far_marks){ .uidvalidity = 0 };
	cr_expect_not(owner_is_same_mailbox(&record, &now, &telling), "the server did not say");
	record.uidvalidity = 0;
	cr_expect_not(owner_is_same_mailbox(&record, &now, &telling));
}

Test(sync_owner, a_small_number_says_nothing)
{
	struct state_folder record = { .uidvalidity = 1, .uidnext = 5 };
	struct far_marks now = { .uidvalidity = 1, .uidnext = 5 };
	bool telling = false;
	cr_expect(owner_is_same_mailbox(&record, &now, &telling));
	cr_expect_not(telling);
}
