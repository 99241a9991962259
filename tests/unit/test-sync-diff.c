/* The diffs of both sides against a base. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sync/observe/diff.h"
#include "sync/plan/match.h"

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

/* --- Pairing --- */

Test(sync_match, equal_identity_and_size_each_once)
{
	const struct identity one = { .bytes = { 1 } };
	const struct identity other = { .bytes = { 2 } };
	struct near_added near[] = {
		{ .is_identified = true, .size = 10, .identity = one },
		{ .is_identified = true, .size = 10, .identity = one },
		{ .is_identified = true, .size = 11, .identity = one },
		{ .is_identified = false, .size = 12, .identity = other },
		{ .is_identified = true, .size = 13, .identity = other, .upload_from_uid = 50 },
		{ .is_identified = true, .size = 13, .identity = other, .upload_from_uid = 90 },
	};
	struct far_identified far[] = {
		{ .uid = 5, .size = 10, .identity = one },
		{ .uid = 6, .size = 12, .identity = other },
		{ .uid = 60, .size = 99, .identity = other }, /* the server rewrote it */
	};
	const struct near_changes near_changes = { .added = near, .added_count = 6 };
	const struct far_changes far_changes = { .identified = far, .identified_count = 3 };
	struct match_pair *pairs;
	cr_assert_eq(match_added(&near_changes, &far_changes, &pairs), 2);
	cr_expect_eq(pairs[0].near_index, 0);
	cr_expect_eq(pairs[0].far_index, 0);
	cr_expect_eq(pairs[1].near_index, 4);
	cr_expect_eq(pairs[1].far_index, 2);
	free(pairs);
}

/* A message that the server rewrote is that of an upload only from the UID on that the upload could
 * get, and of one upload only. */
Test(sync_match, uploads_that_were_begun)
{
	static const struct {
		uint32_t from[2]; /* of two files; 0: not begun */
		uint32_t uid;
		size_t pairs, near_index;
	} cases[] = {
		{ { 90, 90 }, 60, 0, 0 }, { { 90, 90 }, 89, 0, 0 }, { { 90, 90 }, 90, 1, 0 },
		{ { 90, 60 }, 60, 1, 1 }, { { 0, 60 }, 60, 1, 1 },  { { 0, 0 }, 60, 0, 0 },
		{ { 1, 1 }, 60, 1, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct near_added near[2];
		for (size_t j = 0; j < 2; j++)
			near[j] = (struct near_added){ .is_identified = true,
						       .size = 10,
						       .identity = { .bytes = { 1 } },
						       .upload_from_uid = cases[i].from[j] };
		struct far_identified far = { .uid = cases[i].uid,
					      .size = 99,
					      .identity = { .bytes = { 1 } } };
		const struct near_changes near_changes = { .added = near, .added_count = 2 };
		const struct far_changes far_changes = { .identified = &far,
							 .identified_count = 1 };
		struct match_pair *pairs;
		cr_assert_eq(match_added(&near_changes, &far_changes, &pairs), cases[i].pairs,
			     "case %zu", i);
		if (cases[i].pairs > 0)
			cr_expect_eq(pairs[0].near_index, cases[i].near_index, "case %zu", i);
		free(pairs);
	}
}

Test(sync_match, sizes_that_differ)
{
	const struct identity one = { .bytes = { 1 } };
	const struct identity other = { .bytes = { 2 } };
	const struct likeness like = { .bytes = { 1 } };
	const struct likeness unlike = { .bytes = { 2 } };
	struct near_added near[] = {
		{ .is_identified = true, .size = 32, .added_size = 22, .identity = one },
		{ .is_identified = true, .size = 10, .identity = other, .flags = FLAG_DRAFT },
		{ .is_identified = true, .size = 50, .identity = other },
		{ .is_identified = true, .size = 60, .identity = one, .added_size = 70 },
	};
	struct far_identified far[] = {
		{ .uid = 5, .size = 10, .identity = one },
		{ .uid = 6, .size = 10, .identity = other },
		{ .uid = 7, .size = 10, .identity = other },
	};
	struct near_changes near_changes = { .added = near, .added_count = 4 };
	struct far_changes far_changes = { .identified = far, .identified_count = 3 };
	struct match_pair *pairs;
	/* What another synchroniser added does not count; the size of a draft says nothing. */
	cr_assert_eq(match_added(&near_changes, &far_changes, &pairs), 1);
	cr_expect_eq(pairs[0].near_index, 0);
	cr_expect_eq(pairs[0].far_index, 0);
	free(pairs);
	/* All that is left of one identity on both sides is to be compared. */
	cr_expect(match_find_doubtful(&near_changes, &far_changes));
	cr_expect(!near[0].is_doubtful && near[1].is_doubtful && near[2].is_doubtful &&
		  !near[3].is_doubtful);
	cr_expect(!far[0].is_doubtful && far[1].is_doubtful && far[2].is_doubtful);
	near[1].has_likeness = near[2].has_likeness = far[1].has_likeness = far[2].has_likeness =
		true;
	near[1].likeness = far[2].likeness = like;
	near[2].likeness = far[1].likeness = unlike;
	cr_assert_eq(match_added(&near_changes, &far_changes, &pairs), 3);
	cr_expect_eq(pairs[1].near_index, 1);
	cr_expect_eq(pairs[1].far_index, 2);
	cr_expect_eq(pairs[2].near_index, 2);
	cr_expect_eq(pairs[2].far_index, 1);
	free(pairs);
	cr_expect(!match_find_doubtful(&near_changes, &far_changes));
	cr_expect(!near[1].is_doubtful && !far[1].is_doubtful);
}

/* --- A header that the server wrote anew --- */

#define ID(number)                  \
	{                           \
		.bytes = { number } \
	}
#define PLAIN(id, fields_of)                                  \
	{                                                     \
		.message_id = ID(id), .fields = ID(fields_of) \
	}

static size_t pairs_of(struct near_added *near, size_t near_count, struct far_identified *far,
		       size_t far_count)
{
	const struct near_changes near_changes = { .added = near, .added_count = near_count };
	const struct far_changes far_changes = { .identified = far, .identified_count = far_count };
	struct match_pair *pairs;
	size_t count = match_added(&near_changes, &far_changes, &pairs);
	free(pairs);
	return count;
}

static bool is_doubtful(struct near_added *near, struct far_identified *far)
{
	struct near_changes near_changes = { .added = near, .added_count = 1 };
	struct far_changes far_changes = { .identified = far, .identified_count = 1 };
	bool any = match_find_doubtful(&near_changes, &far_changes);
	cr_expect_eq(near->is_doubtful, any);
	cr_expect_eq(far->is_doubtful, any);
	return any;
}

Test(sync_match, a_unique_message_id_and_the_size_of_before)
{
	struct near_added near[] = {
		{ .is_identified = true,
		  .size = 10,
		  .size_is_recalled = true,
		  .identity = ID(1),
		  .plain = PLAIN(7, 8) },
		{ .is_identified = true, .size = 99, .identity = ID(2), .plain = PLAIN(5, 8) }
	};
	struct far_identified far[] = {
		{ .uid = 1, .size = 10, .identity = ID(3), .plain = PLAIN(7, 9) },
		{ .uid = 2, .size = 12, .identity = ID(4), .plain = PLAIN(6, 9) }
	};
	cr_expect_eq(pairs_of(near, 2, far, 2), 1);
	far[1].plain.message_id = far[0].plain.message_id;
	cr_expect_eq(pairs_of(near, 2, far, 2), 0, "two of that Message-ID there");
	far[1].plain.message_id = (struct identity)ID(6);
	near[1].plain.message_id = near[0].plain.message_id;
	cr_expect_eq(pairs_of(near, 2, far, 2), 0, "two of that Message-ID here");
	near[1].plain.message_id = (struct identity)ID(5);
	far[0].size = 11;
	cr_expect_eq(pairs_of(near, 2, far, 2), 0, "of another size");
	far[0].size = 10;
	far[0].flags = FLAG_DRAFT;
	cr_expect_eq(pairs_of(near, 2, far, 2), 0, "a draft");
	far[0].flags = 0;
	near[0].size_is_recalled = false;
	cr_expect_eq(pairs_of(near, 2, far, 2), 0, "a size that no server told");
}

/* The Message-ID may be claimed by another pair: of a copy with the same bytes. */
Test(sync_match, a_message_id_that_is_claimed)
{
	struct near_added near[] = { { .is_identified = true,
				       .size = 10,
				       .size_is_recalled = true,
				       .identity = ID(1),
				       .plain = PLAIN(7, 8) },
				     { .is_identified = true,
				       .size = 20,
				       .size_is_recalled = true,
				       .identity = ID(2),
				       .plain = PLAIN(7, 8) } };
	struct far_identified far[] = {
		{ .uid = 1, .size = 20, .identity = ID(2), .plain = PLAIN(7, 8) },
		{ .uid = 2, .size = 10, .identity = ID(4), .plain = PLAIN(7, 8) }
	};
	cr_expect_eq(pairs_of(near, 2, far, 2), 1);
}

Test(sync_match, a_rewritten_header_needs_the_same_body)
{
	struct near_added near = {
		.is_identified = true, .size = 10, .identity = ID(1), .plain = PLAIN(7, 8)
	};
	struct far_identified far = {
		.uid = 1, .size = 12, .identity = ID(3), .plain = PLAIN(7, 8)
	};
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	cr_expect(is_doubtful(&near, &far));
	near.has_likeness = far.has_likeness = true;
	near.likeness = (struct likeness){ .bytes = { 1 }, .plain = { 5 } };
	far.likeness = (struct likeness){ .bytes = { 2 }, .plain = { 5 } };
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 1);
	far.likeness.plain[0] = 6;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	far.likeness.plain[0] = 5;
	far.plain.message_id = (struct identity)ID(9);
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	cr_expect_not(is_doubtful(&near, &far));
	near.plain.message_id = (struct identity)ID(0);
	cr_expect(is_doubtful(&near, &far) || pairs_of(&near, 1, &far, 1) == 1,
		  "the server gave it one");
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 1);
	near.plain.fields = far.plain.fields = (struct identity)ID(0);
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0, "nothing is known of it");
}

Test(sync_match, a_begun_upload_with_a_rewritten_header)
{
	struct near_added near = { .is_identified = true,
				   .size = 10,
				   .identity = ID(1),
				   .plain = PLAIN(7, 8),
				   .upload_from_uid = 5 };
	struct far_identified far = {
		.uid = 5, .size = 12, .identity = ID(3), .plain = PLAIN(7, 8)
	};
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 1);
	far.uid = 4;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	far.uid = 5;
	far.plain.message_id = (struct identity)ID(9);
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	far.plain = (struct identity_plain)PLAIN(7, 9);
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
}

/* --- An identity that says nothing --- */

Test(sync_match, nothing_but_the_size_is_not_enough)
{
	const struct identity empty = identity_of_header("", 0);
	struct near_added near = { .is_identified = true, .size = 10, .identity = empty };
	struct far_identified far = { .uid = 5, .size = 10, .identity = empty };
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	cr_expect(is_doubtful(&near, &far));
	near.has_likeness = far.has_likeness = true;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 1);
	near.likeness.bytes[0] = 1;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
	near.upload_from_uid = 5;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 1);
	far.size = 11;
	cr_expect_eq(pairs_of(&near, 1, &far, 1), 0);
}
