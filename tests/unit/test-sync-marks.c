/* What tells that nothing changed. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "sync/observe/marks.h"

static const struct far_marks marks = {
	.uidvalidity = 7, .uidnext = 10, .messages = 5, .highestmodseq = 90
};

Test(sync_marks, each_number_counts)
{
	struct far_marks other = marks;

	cr_expect(far_marks_equal(&marks, &other));
	other.uidvalidity = 8;
	cr_expect_not(far_marks_equal(&marks, &other));
	other = marks;
	other.uidnext = 11;
	cr_expect_not(far_marks_equal(&marks, &other));
	other = marks;
	other.messages = 4;
	cr_expect_not(far_marks_equal(&marks, &other));
	other = marks;
	other.highestmodseq = 89;
	cr_expect_not(far_marks_equal(&marks, &other));
}

/* Without a modseq a change of flags would go unseen. */
Test(sync_marks, what_is_not_known_equals_nothing)
{
	const struct far_marks nothing = { .uidvalidity = 0 };
	struct far_marks other = marks;

	cr_expect_not(far_marks_known(&nothing));
	cr_expect_not(far_marks_equal(&nothing, &nothing));
	other.highestmodseq = 0;
	cr_expect_not(far_marks_known(&other));
	cr_expect_not(far_marks_equal(&other, &other));
	other = marks;
	other.uidnext = 0;
	cr_expect_not(far_marks_known(&other));
}

Test(sync_marks, an_empty_mailbox_needs_no_modseq)
{
	const struct far_marks empty = { .uidvalidity = 7, .uidnext = 10 };
	struct far_marks other = empty;

	cr_expect(far_marks_both_empty(&empty, &other));
	other.highestmodseq = 4;
	cr_expect(far_marks_both_empty(&empty, &other));
	other.uidnext = 11;
	cr_expect_not(far_marks_both_empty(&empty, &other));
	other = (struct far_marks){ .uidvalidity = 8, .uidnext = 10 };
	cr_expect_not(far_marks_both_empty(&empty, &other));
	other = (struct far_marks){ .uidvalidity = 7, .uidnext = 10, .messages = 1 };
	cr_expect_not(far_marks_both_empty(&empty, &other));
	cr_expect_not(far_marks_both_empty(&other, &empty));
	other = (struct far_marks){ .uidvalidity = 7 };
	cr_expect_not(far_marks_both_empty(&other, &other));
	cr_expect_not(far_marks_both_empty(&(struct far_marks){ .messages = 0 },
					   &(struct far_marks){ .messages = 0 }));
}

Test(sync_marks, there_and_back_through_the_record)
{
	struct state_folder record = { .uidvalidity = 7 };
	struct far_marks seen;

	far_marks_to_record(&marks, &record);
	seen = far_marks_of_record(&record);
	cr_expect(far_marks_equal(&seen, &marks));
	/* Without a modseq only the numbers are of use. */
	const struct far_marks half = { .uidvalidity = 7, .uidnext = 11, .messages = 6 };
	far_marks_to_record(&half, &record);
	cr_expect_eq(record.uidnext, 11);
	cr_expect_eq(record.far_messages, 6);
	cr_expect_eq(record.highestmodseq, 0);
}

Test(sync_marks, the_fingerprint_of_a_maildir)
{
	struct state_folder record = { .near_known = false };
	struct maildir_fingerprint fingerprint = { .inode = { 1, 2 }, .change_ns = { 3, 4 } };

	cr_expect_not(near_marks_equal(&record, &fingerprint));
	near_marks_to_record(&fingerprint, &record);
	cr_expect(near_marks_equal(&record, &fingerprint));
	fingerprint.change_ns[1]++;
	cr_expect_not(near_marks_equal(&record, &fingerprint));
	near_marks_to_record(NULL, &record);
	fingerprint = (struct maildir_fingerprint){ .inode = { 0, 0 } };
	cr_expect_not(near_marks_equal(&record, &fingerprint));
}
