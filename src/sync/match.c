/* Pairing messages that both sides have but the base does not know.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* One candidate of either side, so that both sort by the same rule. */
struct candidate {
	uint64_t size;
	struct identity identity;
	size_t index;
};

static int compare_sameness(const struct candidate *a, const struct candidate *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->identity.bytes, b->identity.bytes, IDENTITY_SIZE);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *one = a;
	const struct candidate *other = b;
	int order = compare_sameness(one, other);
	return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct match_pair *one = a;
	const struct match_pair *other = b;
	return (one->near_index > other->near_index) - (one->near_index < other->near_index);
}

/* Walks both sorted lists side by side. */
static size_t merge(const struct candidate *near, size_t near_count, const struct candidate *far,
		    size_t far_count, struct match_pair *pairs)
{
	size_t count = 0;
	size_t i = 0;
	size_t j = 0;
	while (i < near_count && j < far_count) {
		int order = compare_sameness(&near[i], &far[j]);
		if (order < 0) {
			i++;
		} else if (order > 0) {
			j++;
		} else {
			pairs[count++] = (struct match_pair){ .near_index = near[i++].index,
							      .far_index = far[j++].index };
		}
	}
	return count;
}

/* The candidates of both sides, sorted, and which of them are paired already. */
static size_t collect_near(const struct near_changes *changes, struct candidate *near)
{
	size_t count = 0;
	for (size_t i = 0; i < changes->added_count; i++) {
		const struct near_added *added = &changes->added[i];
		if (added->is_identified)
			near[count++] = (struct candidate){ .size = added->size,
							    .identity = added->identity,
							    .index = i };
	}
	qsort(near, count, sizeof *near, compare_candidates);
	return count;
}

static size_t collect_far(const struct far_changes *changes, struct candidate *far)
{
	size_t count = changes->identified_count;
	for (size_t i = 0; i < count; i++) {
		const struct far_identified *identified = &changes->identified[i];
		far[i] = (struct candidate){ .size = identified->size,
					     .identity = identified->identity,
					     .index = i };
	}
	qsort(far, count, sizeof *far, compare_candidates);
	return count;
}

/* The unpaired far message that the begun upload of ADDED made; SIZE_MAX when there is none. */
static size_t find_uploaded(const struct near_added *added, const struct far_changes *far_changes,
			    const bool *far_used)
{
	for (size_t j = 0; j < far_changes->identified_count; j++) {
		const struct far_identified *far = &far_changes->identified[j];
		if (!far_used[j] && far->uid >= added->upload_from_uid &&
		    identity_equal(&far->identity, &added->identity))
			return j;
	}
	return SIZE_MAX;
}

/* Pairs the files whose upload was begun and that found no message of their size. */
static size_t pair_uploaded(const struct near_changes *near_changes,
			    const struct far_changes *far_changes, struct match_pair *pairs,
			    size_t count)
{
	bool *near_used = memory_array(near_changes->added_count, sizeof *near_used);
	bool *far_used = memory_array(far_changes->identified_count, sizeof *far_used);
	for (size_t i = 0; i < count; i++) {
		near_used[pairs[i].near_index] = true;
		far_used[pairs[i].far_index] = true;
	}
	for (size_t i = 0; i < near_changes->added_count; i++) {
		const struct near_added *added = &near_changes->added[i];
		if (near_used[i] || !added->is_identified || added->upload_from_uid == 0)
			continue;
		size_t j = find_uploaded(added, far_changes, far_used);
		if (j == SIZE_MAX)
			continue;
		far_used[j] = true;
		pairs[count++] = (struct match_pair){ .near_index = i, .far_index = j };
	}
	free(near_used);
	free(far_used);
	return count;
}

size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r)
{
	struct candidate *near = memory_array(near_changes->added_count, sizeof *near);
	struct candidate *far = memory_array(far_changes->identified_count, sizeof *far);
	size_t near_count = collect_near(near_changes, near);
	size_t far_count = collect_far(far_changes, far);
	size_t most = near_count < far_count ? near_count : far_count;
	*pairs_r = memory_array(most, sizeof **pairs_r);
	size_t count = merge(near, near_count, far, far_count, *pairs_r);
	if (count < most)
		count = pair_uploaded(near_changes, far_changes, *pairs_r, count);
	qsort(*pairs_r, count, sizeof **pairs_r, compare_pairs);
	free(near);
	free(far);
	return count;
}
