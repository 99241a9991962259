/* Pairing messages that both sides have but the base does not know.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/flags.h"
#include "base/memory.h"

/* What two candidates must have in common. */
enum sameness {
	SAME_SIZE,       /* identity and size */
	SAME_PLAIN_SIZE, /* identity, and size without what other synchronisers added */
	SAME_LIKENESS,   /* identity and likeness */
	SAME_IDENTITY    /* identity: not enough for a pair */
};

/* One candidate of either side, so that both sort by the same rule. */
struct candidate {
	struct identity identity;
	struct likeness likeness;
	uint64_t size;
	size_t index;
};

struct matching {
	const struct near_changes *near_changes;
	const struct far_changes *far_changes;
	bool *near_used, *far_used; /* has a pair */
	struct candidate *near, *far;
	struct match_pair *pairs;
	size_t count, most;
};

static int compare_sameness(const struct candidate *a, const struct candidate *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	int order = memcmp(a->identity.bytes, b->identity.bytes, IDENTITY_SIZE);
	return order != 0 ? order : memcmp(a->likeness.bytes, b->likeness.bytes, LIKENESS_SIZE);
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

/* --- Candidates --- */

static uint64_t size_for(enum sameness sameness, uint64_t size, uint64_t added_size)
{
	switch (sameness) {
	case SAME_SIZE:
		return size;
	case SAME_PLAIN_SIZE:
		return size - (added_size < size ? added_size : size);
	case SAME_LIKENESS:
	case SAME_IDENTITY:
		break;
	}
	return 0;
}

/* Drafts are written anew under the same identity, and now and then have the same size: for them
 * sizes are not enough. */
static bool is_enough(enum sameness sameness, uint32_t flags, bool has_likeness)
{
	switch (sameness) {
	case SAME_SIZE:
	case SAME_PLAIN_SIZE:
		return !(flags & FLAG_DRAFT);
	case SAME_LIKENESS:
		return has_likeness;
	case SAME_IDENTITY:
		break;
	}
	return true;
}

/* The unpaired ones of each side, sorted. */
static size_t collect_near(const struct matching *matching, enum sameness sameness)
{
	size_t count = 0;
	for (size_t i = 0; i < matching->near_changes->added_count; i++) {
		const struct near_added *added = &matching->near_changes->added[i];
		if (matching->near_used[i] || !added->is_identified ||
		    !is_enough(sameness, added->flags, added->has_likeness))
			continue;
		struct candidate *near = &matching->near[count++];
		*near = (struct candidate){ .size = size_for(sameness, added->size,
							     added->added_size),
					    .identity = added->identity,
					    .index = i };
		if (sameness == SAME_LIKENESS)
			near->likeness = added->likeness;
	}
	if (count > 1)
		qsort(matching->near, count, sizeof *matching->near, compare_candidates);
	return count;
}

static size_t collect_far(const struct matching *matching, enum sameness sameness)
{
	size_t count = 0;
	for (size_t i = 0; i < matching->far_changes->identified_count; i++) {
		const struct far_identified *identified = &matching->far_changes->identified[i];
		if (matching->far_used[i] ||
		    !is_enough(sameness, identified->flags, identified->has_likeness))
			continue;
		struct candidate *far = &matching->far[count++];
		*far = (struct candidate){ .size = size_for(sameness, identified->size,
							    identified->added_size),
					   .identity = identified->identity,
					   .index = i };
		if (sameness == SAME_LIKENESS)
			far->likeness = identified->likeness;
	}
	if (count > 1)
		qsort(matching->far, count, sizeof *matching->far, compare_candidates);
	return count;
}

/* --- Pairs --- */

static void add_pair(struct matching *matching, size_t near, size_t far)
{
	matching->pairs[matching->count++] =
		(struct match_pair){ .near_index = near, .far_index = far };
	matching->near_used[near] = true;
	matching->far_used[far] = true;
}

/* Walks both sorted lists side by side. */
static void pair_same(struct matching *matching, enum sameness sameness)
{
	if (matching->count == matching->most)
		return;
	size_t near_count = collect_near(matching, sameness);
	size_t far_count = collect_far(matching, sameness);
	size_t i = 0;
	size_t j = 0;
	while (i < near_count && j < far_count) {
		int order = compare_sameness(&matching->near[i], &matching->far[j]);
		if (order == 0)
			add_pair(matching, matching->near[i].index, matching->far[j].index);
		i += order <= 0;
		j += order >= 0;
	}
}

/* The unpaired far message that the begun upload of ADDED made; SIZE_MAX when there is none. */
static size_t find_uploaded(const struct matching *matching, const struct near_added *added)
{
	for (size_t j = 0; j < matching->far_changes->identified_count; j++) {
		const struct far_identified *far = &matching->far_changes->identified[j];
		if (!matching->far_used[j] && far->uid >= added->upload_from_uid &&
		    identity_equal(&far->identity, &added->identity))
			return j;
	}
	return SIZE_MAX;
}

/* Pairs the files whose upload was begun and that found no message of their size. */
static void pair_uploaded(struct matching *matching)
{
	for (size_t i = 0; i < matching->near_changes->added_count; i++) {
		const struct near_added *added = &matching->near_changes->added[i];
		if (matching->near_used[i] || !added->is_identified || added->upload_from_uid == 0)
			continue;
		size_t j = find_uploaded(matching, added);
		if (j != SIZE_MAX)
			add_pair(matching, i, j);
	}
}

static void begin(struct matching *matching, const struct near_changes *near_changes,
		  const struct far_changes *far_changes)
{
	size_t near_count = near_changes->added_count;
	size_t far_count = far_changes->identified_count;
	*matching = (struct matching){ .near_changes = near_changes, .far_changes = far_changes };
	matching->most = near_count < far_count ? near_count : far_count;
	matching->near = memory_array(near_count, sizeof *matching->near);
	matching->far = memory_array(far_count, sizeof *matching->far);
	matching->near_used = memory_array(near_count, sizeof *matching->near_used);
	matching->far_used = memory_array(far_count, sizeof *matching->far_used);
	matching->pairs = memory_array(matching->most, sizeof *matching->pairs);
}

static void pair_all(struct matching *matching)
{
	pair_same(matching, SAME_SIZE);
	pair_same(matching, SAME_PLAIN_SIZE);
	if (matching->count < matching->most)
		pair_uploaded(matching);
	pair_same(matching, SAME_LIKENESS);
}

static void end(struct matching *matching)
{
	free(matching->near);
	free(matching->far);
	free(matching->near_used);
	free(matching->far_used);
}

size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r)
{
	struct matching matching;
	begin(&matching, near_changes, far_changes);
	pair_all(&matching);
	if (matching.count > 1)
		qsort(matching.pairs, matching.count, sizeof *matching.pairs, compare_pairs);
	end(&matching);
	*pairs_r = matching.pairs;
	return matching.count;
}

/* --- What may still be the same --- */

/* All of one identity on either side: several files may be one of several messages. */
static bool mark_doubtful(const struct matching *matching, struct near_changes *near_changes,
			  struct far_changes *far_changes)
{
	size_t near_count = collect_near(matching, SAME_IDENTITY);
	size_t far_count = collect_far(matching, SAME_IDENTITY);
	bool any = false;
	size_t i = 0;
	size_t j = 0;
	while (i < near_count && j < far_count) {
		struct candidate *near = &matching->near[i];
		int order = compare_sameness(near, &matching->far[j]);
		if (order != 0) {
			i += order < 0;
			j += order > 0;
			continue;
		}
		any = true;
		for (; i < near_count && compare_sameness(near, &matching->near[i]) == 0; i++)
			near_changes->added[matching->near[i].index].is_doubtful = true;
		for (; j < far_count && compare_sameness(near, &matching->far[j]) == 0; j++)
			far_changes->identified[matching->far[j].index].is_doubtful = true;
	}
	return any;
}

bool match_find_doubtful(struct near_changes *near_changes, struct far_changes *far_changes)
{
	struct matching matching;
	begin(&matching, near_changes, far_changes);
	pair_all(&matching);
	for (size_t i = 0; i < near_changes->added_count; i++)
		near_changes->added[i].is_doubtful = false;
	for (size_t j = 0; j < far_changes->identified_count; j++)
		far_changes->identified[j].is_doubtful = false;
	bool any = matching.count < matching.most &&
		   mark_doubtful(&matching, near_changes, far_changes);
	free(matching.pairs);
	end(&matching);
	return any;
}
