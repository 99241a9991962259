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

size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r)
{
	size_t near_count = 0;
	size_t far_count = far_changes->identified_count;
	struct candidate *near = memory_array(near_changes->added_count, sizeof *near);
	struct candidate *far = memory_array(far_count, sizeof *far);
	for (size_t i = 0; i < near_changes->added_count; i++) {
		const struct near_added *added = &near_changes->added[i];
		if (added->is_identified)
			near[near_count++] = (struct candidate){ .size = added->size,
								 .identity = added->identity,
								 .index = i };
	}
	for (size_t i = 0; i < far_count; i++) {
		const struct far_identified *identified = &far_changes->identified[i];
		far[i] = (struct candidate){ .size = identified->size,
					     .identity = identified->identity,
					     .index = i };
	}
	qsort(near, near_count, sizeof *near, compare_candidates);
	qsort(far, far_count, sizeof *far, compare_candidates);
	*pairs_r = memory_array(near_count < far_count ? near_count : far_count, sizeof **pairs_r);
	size_t count = merge(near, near_count, far, far_count, *pairs_r);
	qsort(*pairs_r, count, sizeof **pairs_r, compare_pairs);
	free(near);
	free(far);
	return count;
}
