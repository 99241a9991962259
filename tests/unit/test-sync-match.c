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

/* What is paired by its size is not there any more when sizes are looked at without what others
 * added, on either side. */
Test(sync_match, each_has_one_pair_whatever_is_looked_at)
{
	struct near_added near[] = {
		{ .is_identified = true, .size = 10, .identity = ID(1) },
		{ .is_identified = true, .size = 5, .identity = ID(2) },
	};
	struct far_identified far[] = {
		{ .uid = 1, .size = 10, .identity = ID(1) },
		{ .uid = 2, .size = 15, .added_size = 5, .identity = ID(1) },
	};
	cr_expect_eq(pairs_of(near, 2, far, 2), 1);
	near[1] = (struct near_added){
		.is_identified = true, .size = 15, .added_size = 5, .identity = ID(1)
	};
	far[1] = (struct far_identified){ .uid = 2, .size = 5, .identity = ID(2) };
	cr_expect_eq(pairs_of(near, 2, far, 2), 1);
	far[1] = (struct far_identified){ .uid = 2, .size = 10, .identity = ID(1) };
	cr_expect_eq(pairs_of(near, 2, far, 2), 2, "without what was added");
}

/* The whole size comes before the one without what others added. */
Test(sync_match, whole_sizes_come_first)
{
	struct near_added near = { .is_identified = true, .size = 10, .identity = ID(1) };
	struct far_identified far[] = {
		{ .uid = 1, .size = 15, .added_size = 5, .identity = ID(1) },
		{ .uid = 2, .size = 10, .identity = ID(1) },
	};
	const struct near_changes here = { .added = &near, .added_count = 1 };
	const struct far_changes there = { .identified = far, .identified_count = 2 };
	struct match_pair *pairs;
	cr_assert_eq(match_added(&here, &there, &pairs), 1);
	cr_expect_eq(pairs[0].far_index, 1);
	free(pairs);
}

/* What stands behind the end of a list is not in it. */
Test(sync_match, nothing_behind_a_list_is_paired)
{
	struct near_added near[] = {
		{ .is_identified = true, .size = 10, .identity = ID(1), .upload_from_uid = 5 },
		{ .is_identified = true, .size = 10, .identity = ID(2), .upload_from_uid = 5 },
	};
	struct far_identified far[] = {
		{ .uid = 6, .size = 99, .identity = ID(2) },
		{ .uid = 7, .size = 99, .identity = ID(1) },
	};
	cr_expect_eq(pairs_of(near, 1, far, 1), 0);
	cr_expect_eq(pairs_of(near, 2, far, 2), 2);
}

/* --- One thing at a time --- */

/* What the case says, and of both: identified, 10 bytes. */
struct pairing {
	struct near_added near;
	struct far_identified far;
	bool pairs, is_doubtful;
	const char *why;
};

#define BOTH_LIKE(byte) .has_likeness = true, .likeness = { .bytes = { 1 }, .plain = { byte } }

Test(sync_match, one_file_and_one_message)
{
	const struct pairing cases[] = {
		{ { .identity = ID(1) }, { .identity = ID(1) }, true, false, "identity" },
		{ { .identity = ID(1) }, { .identity = ID(2) }, false, false, "another identity" },
		{ { .identity = ID(1), .flags = FLAG_DRAFT },
		  { .identity = ID(1) },
		  false,
		  true,
		  "a draft here" },
		{ { .identity = ID(1) },
		  { .identity = ID(1), .flags = FLAG_DRAFT },
		  false,
		  true,
		  "a draft there" },
		{ { .identity = ID(1), .edits = 7 },
		  { .identity = ID(1) },
		  false,
		  false,
		  "a new version, whatever it is like" },
		{ { .identity = ID(1), .flags = FLAG_DRAFT, BOTH_LIKE(0) },
		  { .identity = ID(1), BOTH_LIKE(0) },
		  true,
		  false,
		  "a draft of the same bytes" },
		{ { .identity = ID(1), .flags = FLAG_DRAFT, BOTH_LIKE(0) },
		  { .identity = ID(1) },
		  false,
		  true,
		  "one that nobody fetched" },
		{ { .identity = ID(1), .plain = PLAIN(7, 8) },
		  { .identity = ID(2), .plain = PLAIN(7, 8) },
		  false,
		  true,
		  "rewritten, perhaps" },
		{ { .identity = ID(1), .plain = PLAIN(7, 8), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(7, 8), BOTH_LIKE(5) },
		  true,
		  false,
		  "rewritten, for its body is the same" },
		{ { .identity = ID(1), .plain = PLAIN(7, 8), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(7, 9), BOTH_LIKE(5) },
		  false,
		  false,
		  "of other fields" },
		{ { .identity = ID(1), .plain = PLAIN(7, 0), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(7, 0), BOTH_LIKE(5) },
		  true,
		  false,
		  "a Message-ID is enough with the body" },
		{ { .identity = ID(1), .plain = PLAIN(7, 0) },
		  { .identity = ID(2), .plain = PLAIN(7, 0) },
		  false,
		  true,
		  "nothing but a Message-ID" },
		{ { .identity = ID(1), .plain = PLAIN(0, 8) },
		  { .identity = ID(2), .plain = PLAIN(9, 8) },
		  false,
		  true,
		  "the server gave it a Message-ID, perhaps" },
		{ { .identity = ID(1), .plain = PLAIN(0, 8), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(9, 8), BOTH_LIKE(5) },
		  true,
		  false,
		  "the server gave it a Message-ID" },
		{ { .identity = ID(1), .plain = PLAIN(9, 8), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(0, 8), BOTH_LIKE(5) },
		  false,
		  false,
		  "no server takes a Message-ID away" },
		{ { .identity = ID(1), .plain = PLAIN(0, 0), BOTH_LIKE(5) },
		  { .identity = ID(2), .plain = PLAIN(9, 0), BOTH_LIKE(5) },
		  false,
		  false,
		  "nothing is known of the file" },
		{ { .identity = ID(1), .plain = PLAIN(0, 8), .upload_from_uid = 5 },
		  { .identity = ID(2), .plain = PLAIN(9, 8) },
		  true,
		  false,
		  "an upload of which the server made that" },
		{ { .identity = ID(1), .plain = PLAIN(9, 0), .upload_from_uid = 5 },
		  { .identity = ID(2), .plain = PLAIN(9, 0) },
		  false,
		  true,
		  "an upload without fields" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct near_added near = cases[i].near;
		struct far_identified far = cases[i].far;
		near.size = far.size = 10;
		near.is_identified = true;
		far.uid = 5;
		cr_expect_eq(pairs_of(&near, 1, &far, 1), cases[i].pairs, "%s", cases[i].why);
		cr_expect_eq(is_doubtful(&near, &far), cases[i].is_doubtful, "%s", cases[i].why);
		near.is_identified = false;
		cr_expect_eq(pairs_of(&near, 1, &far, 1), 0, "unread: %s", cases[i].why);
		cr_expect_not(is_doubtful(&near, &far), "unread: %s", cases[i].why);
	}
}

/* Of one identity all are doubtful, and no other; what stands between them in order neither. */
Test(sync_match, all_that_may_be_one_are_doubtful)
{
	static const uint8_t here[] = { 3, 1, 5, 3, 9 };
	static const uint8_t there[] = { 4, 3, 0x10, 3, 5, 3 };
	struct near_added near[sizeof here];
	struct far_identified far[sizeof there];
	for (size_t i = 0; i < sizeof here; i++)
		near[i] = (struct near_added){ .is_identified = true,
					       .size = 100 + i,
					       .identity = ID(here[i]) };
	for (size_t i = 0; i < sizeof there; i++)
		far[i] = (struct far_identified){ .uid = (uint32_t)i + 1,
						  .size = 200 + i,
						  .identity = ID(there[i]) };
	struct near_changes near_changes = { .added = near, .added_count = sizeof here };
	struct far_changes far_changes = { .identified = far, .identified_count = sizeof there };
	for (int turn = 0; turn < 2; turn++) { /* what was doubtful before need not be so now */
		cr_expect_eq(match_find_doubtful(&near_changes, &far_changes), turn == 0);
		for (size_t i = 0; i < sizeof here; i++)
			cr_expect_eq(near[i].is_doubtful,
				     turn == 0 && (here[i] == 3 || here[i] == 5), "near %zu", i);
		for (size_t i = 0; i < sizeof there; i++)
			cr_expect_eq(far[i].is_doubtful,
				     turn == 0 && (there[i] == 3 || there[i] == 5), "far %zu", i);
		for (size_t i = 0; i < sizeof there; i++)
			far[i].identity = (struct identity)ID(0x20);
	}
}

/* --- Files that could not be read --- */

Test(sync_match, an_unreadable_file_may_be_any_of_its_size)
{
	static const struct {
		uint64_t file, message; /* bytes; each line is one longer on the wire */
		bool may_be;
	} cases[] = {
		{ 4000, 2976, true },  { 4000, 2975, false },   { 4000, 6024, true },
		{ 4000, 6025, false }, { UINT64_MAX, 1, true }, { UINT64_MAX, 1u << 30, true },
		{ 0, 1024, true },     { 0, 1025, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct uid_set unpaired = UID_SET_INITIAL;
		struct near_added near[] = { { .is_unreadable = true, .file_size = cases[i].file },
					     { .file_size = cases[i].message } };
		struct far_identified far[] = { { .uid = 5, .size = cases[i].message },
						{ .uid = 6, .size = UINT64_C(1) << 40 } };
		const struct near_changes near_changes = { .added = near, .added_count = 1 };
		const struct far_changes far_changes = { .identified = far, .identified_count = 1 };
		uid_set_add_range(&unpaired, 4, 6);
		match_leave_unreadable(&near_changes, &far_changes, &unpaired);
		cr_expect_eq(uid_set_contains(&unpaired, 5), !cases[i].may_be, "case %zu", i);
		cr_expect(uid_set_contains(&unpaired, 4) && uid_set_contains(&unpaired, 6));
		uid_set_release(&unpaired);
	}
}

/* Where its header could be read it is only what is in doubt. */
Test(sync_match, a_file_of_which_the_header_was_read)
{
	for (int doubtful = 0; doubtful < 2; doubtful++) {
		struct uid_set unpaired = UID_SET_INITIAL;
		struct near_added near[] = {
			{ .file_size = 100 },
			{ .is_unreadable = true, .is_identified = true, .file_size = 100 },
			{ .is_unreadable = true, .file_size = 100 }, /* behind the end */
		};
		struct far_identified far = { .uid = 5, .size = 100, .is_doubtful = doubtful };
		const struct near_changes near_changes = { .added = near, .added_count = 2 };
		const struct far_changes far_changes = { .identified = &far,
							 .identified_count = 1 };
		uid_set_add(&unpaired, 5);
		match_leave_unreadable(&near_changes, &far_changes, &unpaired);
		cr_expect_eq(uid_set_contains(&unpaired, 5), !doubtful);
		uid_set_release(&unpaired);
	}
}
