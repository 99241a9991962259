/* Pairing messages that both sides have but the base does not know.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/flags.h"

/* What two candidates must have in common. */
enum sameness {
	SAME_SIZE,       /* identity and size */
	SAME_PLAIN_SIZE, /* identity, and size without what other synchronisers added */
	SAME_LIKENESS,   /* identity and likeness */
	/* A Message-ID that no other has on either side, and the size that the server told of it
	 * when its UID was valid. */
	SAME_RECALLED,
	SAME_REWRITTEN,       /* plain identity and plain likeness */
	SAME_REWRITTEN_NO_ID, /* likewise, but a Message-ID came only on the far side */
	/* Not enough for a pair: */
	SAME_IDENTITY,
	SAME_PLAIN,
	SAME_PLAIN_NO_ID
};

/* What counts of a near file or a far message. */
struct side {
	const struct identity *identity;
	const struct identity_plain *plain;
	const struct likeness *likeness; /* NULL: it has none */
	uint64_t size, added_size;
	uint32_t flags;
	bool has_unique_id; /* none of its side has the same Message-ID */
	bool is_recalled;   /* its size is what the server told; always of a far one */
	bool is_near;
};

/* One candidate of either side, so that both sort by the same rule. */
struct candidate {
	struct identity identity, message_id;
	uint8_t likeness[LIKENESS_SIZE];
	uint64_t size;
	int64_t time; /* of the file; 0: of a far one, whose UIDs are in the order of time */
	size_t index;
};

struct matching {
	const struct near_changes *near_changes;
	const struct far_changes *far_changes;
	bool *near_used, *far_used;     /* has a pair */
	bool *near_unique, *far_unique; /* has a Message-ID of its own; NULL: not looked for yet */
	struct candidate *near, *far;
	struct match_pair *pairs;
	size_t count, most;
};

static int compare_sameness(const struct candidate *a, const struct candidate *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	int order = memcmp(a->identity.bytes, b->identity.bytes, IDENTITY_SIZE);
	if (order == 0)
		order = memcmp(a->message_id.bytes, b->message_id.bytes, IDENTITY_SIZE);
	return order != 0 ? order : memcmp(a->likeness, b->likeness, LIKENESS_SIZE);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *one = a;
	const struct candidate *other = b;
	int order = compare_sameness(one, other);
	if (order == 0)
		order = (one->time > other->time) - (one->time < other->time);
	return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct match_pair *one = a;
	const struct match_pair *other = b;
	return (one->near_index > other->near_index) - (one->near_index < other->near_index);
}

static bool has_unique_id(const bool *unique, size_t index)
{
	return unique && unique[index];
}

static struct side near_side(const struct matching *matching, size_t index)
{
	const struct near_added *added = &matching->near_changes->added[index];
	return (struct side){ .identity = &added->identity,
			      .plain = &added->plain,
			      .likeness = added->has_likeness ? &added->likeness : NULL,
			      .size = added->size,
			      .added_size = added->added_size,
			      .flags = added->flags,
			      .has_unique_id = has_unique_id(matching->near_unique, index),
			      .is_recalled = added->size_is_recalled,
			      .is_near = true };
}

static struct side far_side(const struct matching *matching, size_t index)
{
	const struct far_identified *far = &matching->far_changes->identified[index];
	return (struct side){ .identity = &far->identity,
			      .plain = &far->plain,
			      .likeness = far->has_likeness ? &far->likeness : NULL,
			      .size = far->size,
			      .added_size = far->added_size,
			      .flags = far->flags,
			      .has_unique_id = has_unique_id(matching->far_unique, index),
			      .is_recalled = true };
}

/* --- Candidates --- */

/* Drafts are written anew under the same identity, and now and then have the same size: for them
 * sizes are not enough. Nor are they for messages without any field of an identity. */
static bool may_pair_by_size(const struct side *side)
{
	return !(side->flags & FLAG_DRAFT) && !identity_is_empty(side->identity);
}

static bool has_plain(const struct side *side)
{
	return !identity_is_none(&side->plain->message_id) ||
	       !identity_is_none(&side->plain->fields);
}

static bool has_no_id(const struct side *side)
{
	return !side->is_near || identity_is_none(&side->plain->message_id);
}

static bool is_candidate(const struct side *side, enum sameness sameness)
{
	switch (sameness) {
	case SAME_SIZE:
	case SAME_PLAIN_SIZE:
		return may_pair_by_size(side);
	case SAME_LIKENESS:
		return side->likeness != NULL;
	case SAME_RECALLED:
		return !(side->flags & FLAG_DRAFT) && side->is_recalled && side->has_unique_id;
	case SAME_REWRITTEN:
		return side->likeness && has_plain(side);
	case SAME_REWRITTEN_NO_ID:
		return side->likeness && !identity_is_none(&side->plain->fields) && has_no_id(side);
	case SAME_IDENTITY:
		break;
	case SAME_PLAIN:
		return has_plain(side);
	case SAME_PLAIN_NO_ID:
		return !identity_is_none(&side->plain->fields) && has_no_id(side);
	}
	return true;
}

/* What two of them must have in common; all else is 0. */
static struct candidate make_candidate(const struct side *side, size_t index,
				       enum sameness sameness)
{
	struct candidate made = { .index = index };
	switch (sameness) {
	case SAME_SIZE:
		made.size = side->size;
		made.identity = *side->identity;
		break;
	case SAME_PLAIN_SIZE:
		made.size = side->size -
			    (side->added_size < side->size ? side->added_size : side->size);
		made.identity = *side->identity;
		break;
	case SAME_LIKENESS:
		if (side->likeness)
			memcpy(made.likeness, side->likeness->bytes, LIKENESS_SIZE);
		made.identity = *side->identity;
		break;
	case SAME_RECALLED:
		made.size = side->size;
		made.message_id = side->plain->message_id;
		break;
	case SAME_REWRITTEN:
	case SAME_REWRITTEN_NO_ID:
		if (side->likeness)
			memcpy(made.likeness, side->likeness->plain, LIKENESS_SIZE);
		made.identity = side->plain->fields;
		break;
	case SAME_IDENTITY:
		made.identity = *side->identity;
		break;
	case SAME_PLAIN:
	case SAME_PLAIN_NO_ID:
		made.identity = side->plain->fields;
		break;
	}
	if (sameness == SAME_REWRITTEN || sameness == SAME_PLAIN)
		made.message_id = side->plain->message_id;
	return made;
}

static void sort_candidates(struct candidate *candidates, size_t count)
{
	memory_sort(candidates, count, sizeof *candidates, compare_candidates);
}

/* The unpaired ones of each side, sorted. */
static size_t collect_near(const struct matching *matching, enum sameness sameness)
{
	size_t count = 0;
	for (size_t i = 0; i < matching->near_changes->added_count; i++) {
		const struct side side = near_side(matching, i);
		if (!matching->near_used[i] && matching->near_changes->added[i].is_identified &&
		    matching->near_changes->added[i].edits == 0 && is_candidate(&side, sameness)) {
			matching->near[count] = make_candidate(&side, i, sameness);
			matching->near[count++].time =
				matching->near_changes->added[i].file.mtime_ns;
		}
	}
	sort_candidates(matching->near, count);
	return count;
}

static size_t collect_far(const struct matching *matching, enum sameness sameness)
{
	size_t count = 0;
	for (size_t i = 0; i < matching->far_changes->identified_count; i++) {
		const struct side side = far_side(matching, i);
		if (!matching->far_used[i] && is_candidate(&side, sameness))
			matching->far[count++] = make_candidate(&side, i, sameness);
	}
	sort_candidates(matching->far, count);
	return count;
}

/* --- Message-IDs that one message alone has --- */

static void mark_unique(const struct candidate *sorted, size_t count, bool *unique)
{
	for (size_t i = 0; i < count; i++) {
		bool as_before = i > 0 && compare_sameness(&sorted[i - 1], &sorted[i]) == 0;
		bool as_after = i + 1 < count && compare_sameness(&sorted[i], &sorted[i + 1]) == 0;
		unique[sorted[i].index] = !as_before && !as_after;
	}
}

/* Of all messages, those that have a pair too. */
static void find_unique(struct matching *matching)
{
	size_t near_count = 0;
	size_t far_count = 0;
	matching->near_unique = memory_array(matching->near_changes->added_count, sizeof(bool));
	matching->far_unique = memory_array(matching->far_changes->identified_count, sizeof(bool));
	for (size_t i = 0; i < matching->near_changes->added_count; i++) {
		const struct near_added *added = &matching->near_changes->added[i];
		if (added->is_identified && !identity_is_none(&added->plain.message_id))
			matching->near[near_count++] =
				(struct candidate){ .message_id = added->plain.message_id,
						    .index = i };
	}
	for (size_t i = 0; i < matching->far_changes->identified_count; i++) {
		const struct far_identified *far = &matching->far_changes->identified[i];
		if (!identity_is_none(&far->plain.message_id))
			matching->far[far_count++] =
				(struct candidate){ .message_id = far->plain.message_id,
						    .index = i };
	}
	sort_candidates(matching->near, near_count);
	sort_candidates(matching->far, far_count);
	mark_unique(matching->near, near_count, matching->near_unique);
	mark_unique(matching->far, far_count, matching->far_unique);
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

/* An identity without any field needs the size as well. */
static bool is_identical(const struct near_added *added, const struct far_identified *far)
{
	return identity_equal(&far->identity, &added->identity) &&
	       (!identity_is_empty(&added->identity) || far->size == added->size);
}

static bool is_plainly_identical(const struct near_added *added, const struct far_identified *far)
{
	const struct identity_plain *sent = &added->plain;
	return !identity_is_none(&sent->fields) &&
	       identity_equal(&sent->fields, &far->plain.fields) &&
	       (identity_is_none(&sent->message_id) ||
		identity_equal(&sent->message_id, &far->plain.message_id));
}

/* The unpaired far message that the begun upload of ADDED made; SIZE_MAX when there is none. */
static size_t find_uploaded(const struct matching *matching, const struct near_added *added,
			    bool (*is_same)(const struct near_added *added,
					    const struct far_identified *far))
{
	for (size_t j = 0; j < matching->far_changes->identified_count; j++) {
		const struct far_identified *far = &matching->far_changes->identified[j];
		if (!matching->far_used[j] && far->uid >= added->upload_from_uid &&
		    is_same(added, far))
			return j;
	}
	return SIZE_MAX;
}

/* Pairs the files whose upload was begun and that found no message of their size. */
static void pair_uploaded(struct matching *matching,
			  bool (*is_same)(const struct near_added *added,
					  const struct far_identified *far))
{
	for (size_t i = 0; i < matching->near_changes->added_count; i++) {
		const struct near_added *added = &matching->near_changes->added[i];
		if (matching->near_used[i] || !added->is_identified || added->upload_from_uid == 0)
			continue;
		size_t j = find_uploaded(matching, added, is_same);
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
	if (matching->count == matching->most)
		return;
	pair_uploaded(matching, is_identical);
	pair_same(matching, SAME_LIKENESS);
	find_unique(matching);
	pair_same(matching, SAME_RECALLED);
	pair_same(matching, SAME_REWRITTEN);
	pair_same(matching, SAME_REWRITTEN_NO_ID);
	pair_uploaded(matching, is_plainly_identical);
}

static void end(struct matching *matching)
{
	free(matching->near);
	free(matching->far);
	free(matching->near_used);
	free(matching->far_used);
	free(matching->near_unique);
	free(matching->far_unique);
}

size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r)
{
	struct matching matching;
	begin(&matching, near_changes, far_changes);
	pair_all(&matching);
	memory_sort(matching.pairs, matching.count, sizeof *matching.pairs, compare_pairs);
	end(&matching);
	*pairs_r = matching.pairs;
	return matching.count;
}

/* --- What may still be the same --- */

/* All that are the same on either side: several files may be one of several messages. */
static bool mark_doubtful(const struct matching *matching, enum sameness sameness,
			  struct near_changes *near_changes, struct far_changes *far_changes)
{
	size_t near_count = collect_near(matching, sameness);
	size_t far_count = collect_far(matching, sameness);
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
	bool any = false;
	for (enum sameness sameness = SAME_IDENTITY;
	     matching.count < matching.most && sameness <= SAME_PLAIN_NO_ID; sameness++)
		any |= mark_doubtful(&matching, sameness, near_changes, far_changes);
	free(matching.pairs);
	end(&matching);
	return any;
}

/* --- Files that could not be read --- */

/* What the header fields that are left out or added on one of the sides may come to. */
#define SIZE_SLACK 1024

static bool may_be(const struct near_added *near, const struct far_identified *far)
{
	if (near->is_identified) /* its header was read */
		return far->is_doubtful;
	uint64_t size = near->file_size;
	/* On the wire each line is a byte longer. */
	return size == UINT64_MAX ||
	       (far->size + SIZE_SLACK >= size && far->size <= size + size / 4 + SIZE_SLACK);
}

void match_leave_unreadable(const struct near_changes *near_changes,
			    const struct far_changes *far_changes, struct uid_set *unpaired)
{
	for (size_t i = 0; i < near_changes->added_count; i++) {
		const struct near_added *near = &near_changes->added[i];
		for (size_t j = 0; near->is_unreadable && j < far_changes->identified_count; j++) {
			const struct far_identified *far = &far_changes->identified[j];
			if (may_be(near, far))
				uid_set_remove_range(unpaired, far->uid, far->uid);
		}
	}
}
