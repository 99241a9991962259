/* The diffs of both sides against a base. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sync/observe/diff.h"

/* A base of three messages: UID 1 to 3, files a, b, c in cur/, all \Seen. */
static const char *const names[] = { NULL, "a:2,S", "b:2,S", "c:2,S" };

static int give(uint32_t uid, struct state_message *message_r)
{
	*message_r = (struct state_message){
		.uid = uid, .flags = FLAG_SEEN, .place = 1, .name = names[uid], .base_length = 1
	};
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	(void)context, (void)error;
	return uid >= 1 && uid <= 3 ? give(uid, message_r) : 0;
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	(void)context, (void)error;
	for (uint32_t uid = 1; uid <= 3; uid++) {
		if (base_length == 1 && base[0] == names[uid][0])
			return give(uid, message_r);
	}
	return 0;
}

static int next(void *context, uint32_t from_uid, struct state_message *message_r,
		struct error *error)
{
	return by_uid(context, from_uid == 0 ? 1 : from_uid, message_r, error);
}

static const struct base_view base = {
	.by_uid = by_uid, .by_name = by_name, .next = next, .count = 3
};

/* Scans the files of a text such as "cur/a:2,S new/x". */
static struct near_changes scan(const char *files, bool stable, bool *certain_r)
{
	struct near_changes changes = { .added = NULL };
	struct near_diff diff;
	char *copy = strdup(files);
	char *rest = copy;
	near_diff_begin(&diff, &base, FLAGS_SYSTEM, &changes);
	for (char *file; (file = strsep(&rest, " ")) != NULL;) {
		if (*file == '\0')
			continue;
		const struct maildir_entry entry = { .place = strncmp(file, "new/", 4) == 0
								      ? MAILDIR_NEW
								      : MAILDIR_CUR,
						     .name = file + 4 };
		cr_assert_eq(near_diff_see(&diff, &entry, NULL), 0);
	}
	cr_assert_eq(near_diff_finish(&diff, stable, certain_r, NULL), 0);
	free(copy);
	return changes;
}

static const struct {
	const char *files;
	bool stable, certain;
	size_t added, copies, changed, removed;
} scans[] = {
	{ "cur/a:2,S cur/b:2,S cur/c:2,S", true, true, 0, 0, 0, 0 },
	{ "cur/c:2,S cur/a:2,S cur/b:2,S", false, true, 0, 0, 0, 0 }, /* all seen: certain */
	{ "cur/a:2,FS cur/b:2, new/c", true, true, 0, 0, 3, 0 },
	{ "cur/a:2,S cur/b:2,Sxy cur/c:2,S", true, true, 0, 0, 1, 0 }, /* renamed only */
	{ "cur/a:2,S new/x cur/b:2,S cur/c:2,S", true, true, 1, 0, 0, 0 },
	{ "cur/a:2,S cur/c:2,S", true, true, 0, 0, 0, 1 },
	{ "cur/a:2,S cur/c:2,S", false, false, 0, 0, 0, 0 }, /* a reader may be renaming b */
	{ "new/a cur/a:2,S cur/b:2,S cur/c:2,S", true, true, 1, 1, 1, 0 },
	{ "new/a cur/a:2,S cur/b:2,S cur/c:2,S", false, false, 0, 0, 1, 0 }, /* seen twice */
	{ "new/x cur/x:2,S cur/a:2,S cur/b:2,S cur/c:2,S", true, true, 2, 1, 0, 0 },
	{ "new/x cur/x:2,S cur/a:2,S cur/b:2,S cur/c:2,S", false, false, 1, 0, 0, 0 },
	{ "", true, true, 0, 0, 0, 3 },
	{ "", false, false, 0, 0, 0, 0 },
};

Test(sync_diff, near)
{
	for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
		bool certain;
		struct near_changes changes = scan(scans[i].files, scans[i].stable, &certain);
		size_t copies = 0;
		for (size_t j = 0; j < changes.added_count; j++)
			copies += changes.added[j].is_copy;
		cr_expect_eq(certain, scans[i].certain, "case %zu", i);
		cr_expect_eq(changes.added_count, scans[i].added, "case %zu", i);
		cr_expect_eq(copies, scans[i].copies, "case %zu", i);
		cr_expect_eq(changes.changed_count, scans[i].changed, "case %zu", i);
		cr_expect_eq(uid_set_size(&changes.removed), scans[i].removed, "case %zu", i);
		near_changes_release(&changes);
	}
}

/* --- Absent ones --- */

static uint32_t absent_flags;

/* UID 2 has no file, as is known. */
static int absent_by_uid(void *context, uint32_t uid, struct state_message *message_r,
			 struct error *error)
{
	int found = by_uid(context, uid, message_r, error);
	if (found > 0 && uid == 2) {
		message_r->absent = STATE_ABSENT_NEAR;
		message_r->flags = absent_flags;
	}
	return found;
}

static int absent_next(void *context, uint32_t from_uid, struct state_message *message_r,
		       struct error *error)
{
	return absent_by_uid(context, from_uid == 0 ? 1 : from_uid, message_r, error);
}

static const struct {
	enum near_absence absence;
	uint32_t flags;
	bool certain; /* of a scan that was not at rest */
} absences[] = {
	{ NEAR_ABSENCE_IS_LEFT, 0, true },
	{ NEAR_ABSENCE_IS_MARKED, FLAG_DELETED, true },
	{ NEAR_ABSENCE_IS_MARKED, 0, false },
	{ NEAR_ABSENCE_IS_UNDONE, FLAG_DELETED, false },
};

/* What is still to be done for a missing file must not be passed over, nor count as settled. */
Test(sync_diff, absence_that_waits_is_looked_for_again)
{
	const struct base_view view = {
		.by_uid = absent_by_uid, .by_name = by_name, .next = absent_next, .count = 3
	};
	const struct maildir_entry files[] = { { .place = MAILDIR_CUR, .name = "a:2,S" },
					       { .place = MAILDIR_CUR, .name = "c:2,S" } };
	for (size_t i = 0; i < 2 * sizeof absences / sizeof *absences; i++) {
		struct near_changes changes = { .added = NULL };
		struct near_diff diff;
		bool stable = i % 2;
		bool certain;
		absent_flags = absences[i / 2].flags;
		near_diff_begin(&diff, &view, FLAGS_SYSTEM, &changes);
		diff.absence = absences[i / 2].absence;
		cr_assert_eq(near_diff_see(&diff, &files[0], NULL), 0);
		cr_assert_eq(near_diff_see(&diff, &files[1], NULL), 0);
		cr_assert_eq(near_diff_finish(&diff, stable, &certain, NULL), 0);
		cr_expect_eq(certain, stable || absences[i / 2].certain, "case %zu", i);
		cr_expect_eq(changes.is_partial, !certain, "case %zu", i);
		cr_expect_eq(uid_set_contains(&changes.removed, 2), stable, "case %zu", i);
		near_changes_release(&changes);
	}
}

Test(sync_diff, far_takes_the_last_of_several_news)
{
	struct far_changes changes = { .changed = NULL };
	struct far_diff diff;
	far_diff_begin(&diff, &base, NULL, FLAGS_SYSTEM, &changes);
	cr_assert_eq(far_diff_see(&diff, 3, FLAG_SEEN, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 9, 0, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 2, FLAG_FLAGGED, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 2, FLAG_SEEN | FLAG_DRAFT, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 0, FLAG_DRAFT, NULL), 0); /* UID 0 is none */
	cr_assert_eq(far_diff_finish(&diff, true, NULL), 0);
	cr_assert_eq(changes.changed_count, 1);
	cr_expect_eq(changes.changed[0].uid, 2);
	cr_expect_eq(changes.changed[0].flags, FLAG_SEEN | FLAG_DRAFT);
	cr_expect(uid_set_contains(&changes.added, 9) && uid_set_size(&changes.added) == 1);
	cr_expect(uid_set_contains(&changes.removed, 1) && uid_set_size(&changes.removed) == 1);
	far_changes_release(&changes);
}

/* News that are taken back: the last word is that of the base, and counts as well. */
Test(sync_diff, far_takes_back_what_it_told)
{
	struct far_changes changes = { .changed = NULL };
	struct far_diff diff;
	far_diff_begin(&diff, &base, NULL, FLAGS_SYSTEM, &changes);
	cr_assert_eq(far_diff_see(&diff, 1, FLAG_SEEN, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 2, FLAG_FLAGGED, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 2, FLAG_SEEN, NULL), 0);
	cr_assert_eq(far_diff_see(&diff, 3, FLAG_SEEN, NULL), 0);
	cr_assert_eq(far_diff_finish(&diff, true, NULL), 0);
	cr_assert_eq(changes.changed_count, 1);
	cr_expect_eq(changes.changed[0].uid, 2);
	cr_expect_eq(changes.changed[0].flags, FLAG_SEEN);
	cr_expect(uid_set_is_empty(&changes.added) && uid_set_is_empty(&changes.removed));
	far_changes_release(&changes);
}

Test(sync_diff, far_listing_that_is_not_whole_removes_nothing)
{
	struct far_changes changes = { .changed = NULL };
	struct far_diff diff;
	far_diff_begin(&diff, &base, NULL, FLAGS_SYSTEM, &changes);
	cr_assert_eq(far_diff_see(&diff, 1, FLAG_SEEN, NULL), 0);
	cr_assert_eq(far_diff_finish(&diff, false, NULL), 0);
	cr_expect(uid_set_is_empty(&changes.removed));
	far_changes_release(&changes);
}

Test(sync_diff, vanished_of_everything_costs_only_what_the_base_has)
{
	struct far_changes changes = { .changed = NULL };
	struct far_diff diff;
	struct uid_range all = { 1, UINT32_MAX };
	const struct uid_set everything = { .ranges = &all, .count = 1 };
	far_diff_begin(&diff, &base, NULL, FLAGS_SYSTEM, &changes);
	cr_assert_eq(far_diff_see(&diff, 2, 0, NULL), 0);
	cr_assert_eq(far_diff_vanished(&diff, &everything, NULL), 0);
	cr_assert_eq(far_diff_finish(&diff, false, NULL), 0);
	cr_expect_eq(uid_set_size(&changes.removed), 3);
	cr_expect_eq(changes.changed_count, 0);
	far_changes_release(&changes);
}

/* What is there by a second look: with it nothing else is, but for what a whole listing told. */
Test(sync_diff, far_holds_what_a_second_look_found)
{
	for (int complete = 0; complete < 2; complete++) {
		struct far_changes changes = { .changed = NULL };
		struct uid_set there = UID_SET_INITIAL;
		struct uid_set outside = UID_SET_INITIAL;
		struct far_diff diff;
		uid_set_add(&there, 2);
		uid_set_add_range(&there, 20, 21);
		uid_set_add_range(&outside, 21, 22);
		far_diff_begin(&diff, &base, &outside, FLAGS_SYSTEM, &changes);
		cr_assert_eq(far_diff_see(&diff, 3, FLAG_FLAGGED, NULL), 0);
		if (!complete) /* not yet looked for, as it can be that nothing is gone */
			cr_assert_eq(far_diff_finish(&diff, false, NULL), 0);
		far_diff_hold(&diff, &there);
		cr_assert_eq(far_diff_finish(&diff, complete, NULL), 0);
		cr_expect(uid_set_contains(&changes.removed, 1));
		cr_expect_eq(uid_set_contains(&changes.removed, 3), !complete);
		cr_expect_eq(uid_set_size(&changes.removed), complete ? 1 : 2);
		cr_expect_eq(changes.changed_count, complete ? 1 : 0);
		cr_expect(uid_set_contains(&changes.outside_removed, 22));
		cr_expect_eq(uid_set_size(&changes.outside_removed), 1);
		cr_expect(uid_set_is_empty(&changes.added));
		uid_set_release(&there);
		uid_set_release(&outside);
		far_changes_release(&changes);
	}
}

Test(sync_diff, far_holds_only_news_where_there_is_no_base)
{
	struct far_changes changes = { .changed = NULL };
	struct uid_set there = UID_SET_INITIAL;
	struct uid_set outside = UID_SET_INITIAL;
	const struct base_view nothing = base_view_of_nothing();
	struct far_diff diff;
	uid_set_add_range(&there, 1, 3);
	uid_set_add(&outside, 2);
	uid_set_add(&outside, 9);
	far_diff_begin(&diff, &nothing, &outside, FLAGS_SYSTEM, &changes);
	far_diff_hold(&diff, &there);
	cr_assert_eq(far_diff_finish(&diff, true, NULL), 0);
	cr_expect_eq(uid_set_size(&changes.added), 2);
	cr_expect(!uid_set_contains(&changes.added, 2));
	cr_expect(uid_set_contains(&changes.outside_removed, 9));
	cr_expect_eq(uid_set_size(&changes.outside_removed), 1);
	uid_set_release(&there);
	uid_set_release(&outside);
	far_changes_release(&changes);
}
