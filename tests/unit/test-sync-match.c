/* Which files and messages of the server are the same message. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mail/flags.h"
#include "sync/plan/match.h"

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

/* Wherever a Message-ID stands among the others, one that two have is not unique, and one is. */
Test(sync_match, a_message_id_is_unique_in_any_order)
{
	for (uint8_t id = 1; id <= 9; id += 4) {
		struct near_added near[] = {
			{ .is_identified = true,
			  .size = 99,
			  .identity = ID(2),
			  .plain = PLAIN(2, 8) },
			{ .is_identified = true,
			  .size = 10,
			  .size_is_recalled = true,
			  .identity = ID(1),
			  .plain = PLAIN(id, 8) },
			{ .is_identified = true,
			  .size = 98,
			  .identity = ID(2),
			  .plain = PLAIN(6, 8) },
		};
		struct far_identified far[] = {
			{ .uid = 1, .size = 13, .identity = ID(4), .plain = PLAIN(7, 9) },
			{ .uid = 2, .size = 10, .identity = ID(3), .plain = PLAIN(id, 9) },
			{ .uid = 3, .size = 12, .identity = ID(4), .plain = PLAIN(8, 9) },
		};
		cr_expect_eq(pairs_of(near, 3, far, 3), 1, "ID %u", id);
		/* Two have it there, and another stands between them. */
		far[0].plain.message_id = far[2].plain.message_id = (struct identity)ID(id);
		far[1].plain.message_id = (struct identity)ID(7);
		far[2].size = 10;
		cr_expect_eq(pairs_of(near, 3, far, 3), 0, "two of ID %u there", id);
	}
}

/* Of several that are the same on both sides each is used once. */
/* Copies of one letter: each file has the time at which its own message arrived. */
Test(sync_match, the_same_are_paired_in_the_order_of_time)
{
	struct near_added near[3];
	struct far_identified far[3];
	static const int64_t times[] = { 300, 100, 200 };
	struct match_pair *pairs;
	for (size_t i = 0; i < 3; i++) {
		near[i] = (struct near_added){ .is_identified = true,
					       .size = 10,
					       .identity = ID(1),
					       .file = { .mtime_ns = times[i] } };
		far[i] = (struct far_identified){ .uid = (uint32_t)(i + 1),
						  .size = 10,
						  .identity = ID(1) };
	}
	const struct near_changes here = { .added = near, .added_count = 3 };
	const struct far_changes there = { .identified = far, .identified_count = 3 };
	cr_assert_eq(match_added(&here, &there, &pairs), 3);
	cr_expect_eq(pairs[0].far_index, 2);
	cr_expect_eq(pairs[1].far_index, 0);
	cr_expect_eq(pairs[2].far_index, 1);
	free(pairs);
}

Test(sync_match, as_many_pairs_as_the_smaller_side_has)
{
	for (size_t near_count = 0; near_count <= 3; near_count++) {
		for (size_t far_count = 0; far_count <= 3; far_count++) {
			struct near_added near[3];
			struct far_identified far[3];
			for (size_t i = 0; i < 3; i++) {
				near[i] = (struct near_added){ .is_identified = true,
							       .size = 10,
							       .identity = ID(1) };
				far[i] = (struct far_identified){ .uid = (uint32_t)(i + 1),
								  .size = 10,
								  .identity = ID(1) };
			}
			cr_expect_eq(pairs_of(near, near_count, far, far_count),
				     near_count < far_count ? near_count : far_count,
				     "%zu files, %zu messages", near_count, far_count);
		}
	}
}
