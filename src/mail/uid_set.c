/* Sets of UIDs as ranges. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/uid_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The index of the first range whose last UID is at least UID; count when there is none. */
static size_t find_range(const struct uid_set *set, uint32_t uid)
{
	size_t low = 0;
	size_t high = set->count;
	if (high > 0 && set->ranges[high - 1].last < uid)
		return high; /* the usual case: ascending */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (set->ranges[middle].last < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Replaces COUNT ranges from FIRST on by NEW_COUNT ranges. */
static void splice(struct uid_set *set, size_t first, size_t count, const struct uid_range *ranges,
		   size_t new_count)
{
	size_t tail = set->count - first - count;
	memory_grow((void **)&set->ranges, &set->capacity, set->count - count + new_count,
		    sizeof *set->ranges);
	if (tail > 0)
		memmove(&set->ranges[first + new_count], &set->ranges[first + count],
			tail * sizeof *set->ranges);
	if (new_count > 0)
		memcpy(&set->ranges[first], ranges, new_count * sizeof *set->ranges);
	set->count = set->count - count + new_count;
}

void uid_set_add(struct uid_set *set, uint32_t uid)
{
	uid_set_add_range(set, uid, uid);
}

void uid_set_add_range(struct uid_set *set, uint32_t first, uint32_t last)
{
	struct uid_range added = { .first = first < last ? first : last,
				   .last = first < last ? last : first };
	if (added.first == 0)
		added.first = 1; /* 0 is no UID (RFC 9051 section 9, nz-number) */
	if (added.last == 0)
		return;
	/* Ranges that touch or overlap the new one melt into it. */
	size_t begin = find_range(set, added.first - 1 > 0 ? added.first - 1 : 1);
	size_t end = begin;
	while (end < set->count &&
	       (added.last == UINT32_MAX || set->ranges[end].first <= added.last + 1)) {
		if (set->ranges[end].first < added.first)
			added.first = set->ranges[end].first;
		if (set->ranges[end].last > added.last)
			added.last = set->ranges[end].last;
		end++;
	}
	splice(set, begin, end - begin, &added, 1);
}

/* Below so many ranges each is worked in by itself; above, one walk over both sets is cheaper than
 * to move the tail for every range. */
#define FEW_RANGES 16

/* Appends a range whose first UID is not below that of any range in the set. */
static void append_range(struct uid_set *set, struct uid_range range)
{
	struct uid_range *end = set->count > 0 ? &set->ranges[set->count - 1] : NULL;
	if (!end || (end->last < range.first && range.first - end->last > 1))
		splice(set, set->count, 0, &range, 1);
	else if (end->last < range.last)
		end->last = range.last;
}

static void replace_set(struct uid_set *set, const struct uid_set *by)
{
	free(set->ranges);
	*set = *by;
}

void uid_set_add_set(struct uid_set *set, const struct uid_set *other)
{
	if (set == other)
		return;
	bool follows = set->count == 0 || other->count == 0 ||
		       other->ranges[0].first > set->ranges[set->count - 1].last;
	if (follows || other->count < FEW_RANGES) {
		for (size_t i = 0; i < other->count; i++)
			uid_set_add_range(set, other->ranges[i].first, other->ranges[i].last);
		return;
	}
	struct uid_set both = UID_SET_INITIAL;
	size_t i = 0;
	size_t j = 0;
	while (i < set->count || j < other->count) {
		bool from_set = j == other->count ||
				(i < set->count && set->ranges[i].first <= other->ranges[j].first);
		append_range(&both, from_set ? set->ranges[i++] : other->ranges[j++]);
	}
	replace_set(set, &both);
}

void uid_set_remove_range(struct uid_set *set, uint32_t first, uint32_t last)
{
	if (first > last) {
		uint32_t swap = first;
		first = last;
		last = swap;
	}
	size_t begin = find_range(set, first);
	size_t end = begin;
	struct uid_range left[2];
	size_t left_count = 0;
	while (end < set->count && set->ranges[end].first <= last) {
		const struct uid_range *range = &set->ranges[end++];
		if (range->first < first)
			left[left_count++] =
				(struct uid_range){ .first = range->first, .last = first - 1 };
		if (range->last > last)
			left[left_count++] =
				(struct uid_range){ .first = last + 1, .last = range->last };
	}
	if (end > begin)
		splice(set, begin, end - begin, left, left_count);
}

/* Appends to LEFT what of RANGE is not in OTHER, from OTHER's range *next on. */
static void append_difference(struct uid_set *left, struct uid_range range,
			      const struct uid_set *other, size_t *next)
{
	while (*next < other->count && other->ranges[*next].last < range.first)
		(*next)++;
	for (size_t i = *next; i < other->count && other->ranges[i].first <= range.last; i++) {
		const struct uid_range *gone = &other->ranges[i];
		if (gone->first > range.first)
			append_range(left, (struct uid_range){ .first = range.first,
							       .last = gone->first - 1 });
		if (gone->last >= range.last)
			return;
		range.first = gone->last + 1;
		*next = i + 1;
	}
	append_range(left, range);
}

void uid_set_remove_set(struct uid_set *set, const struct uid_set *other)
{
	if (set == other) {
		uid_set_clear(set);
		return;
	}
	if (other->count < FEW_RANGES) {
		for (size_t i = 0; i < other->count; i++)
			uid_set_remove_range(set, other->ranges[i].first, other->ranges[i].last);
		return;
	}
	struct uid_set left = UID_SET_INITIAL;
	size_t next = 0;
	for (size_t i = 0; i < set->count; i++)
		append_difference(&left, set->ranges[i], other, &next);
	replace_set(set, &left);
}

void uid_set_keep_only(struct uid_set *set, const struct uid_set *other)
{
	struct uid_set rest = UID_SET_INITIAL;
	uid_set_add_set(&rest, set);
	uid_set_remove_set(&rest, other);
	uid_set_remove_set(set, &rest);
	uid_set_release(&rest);
}

bool uid_set_contains(const struct uid_set *set, uint32_t uid)
{
	return uid_set_end_of_range(set, uid) != 0;
}

uint32_t uid_set_end_of_range(const struct uid_set *set, uint32_t uid)
{
	size_t index = find_range(set, uid);
	return index < set->count && set->ranges[index].first <= uid ? set->ranges[index].last : 0;
}

uint64_t uid_set_size(const struct uid_set *set)
{
	uint64_t size = 0;
	for (size_t i = 0; i < set->count; i++)
		size += (uint64_t)set->ranges[i].last - set->ranges[i].first + 1;
	return size;
}

bool uid_set_is_empty(const struct uid_set *set)
{
	return set->count == 0;
}

void uid_set_clear(struct uid_set *set)
{
	set->count = 0;
}

void uid_set_release(struct uid_set *set)
{
	free(set->ranges);
	*set = (struct uid_set)UID_SET_INITIAL;
}

bool uid_set_next(const struct uid_set *set, uint32_t *uid)
{
	if (*uid == UINT32_MAX)
		return false;
	uint32_t wanted = *uid + 1;
	size_t index = find_range(set, wanted);
	if (index == set->count)
		return false;
	*uid = set->ranges[index].first > wanted ? set->ranges[index].first : wanted;
	return true;
}

static void format_range(const struct uid_range *range, struct buffer *out)
{
	if (range->first == range->last)
		buffer_add_format(out, "%u", range->first);
	else
		buffer_add_format(out, "%u:%u", range->first, range->last);
}

void uid_set_format(const struct uid_set *set, struct buffer *out)
{
	for (size_t i = 0; i < set->count; i++) {
		if (i > 0)
			buffer_add_byte(out, ',');
		format_range(&set->ranges[i], out);
	}
}

bool uid_set_take_part(struct uid_set *set, size_t max_bytes, struct uid_set *part)
{
	uid_set_clear(part);
	struct buffer text = BUFFER_INITIAL;
	size_t used = 0;
	size_t taken = 0;
	for (; taken < set->count; taken++) {
		buffer_clear(&text);
		format_range(&set->ranges[taken], &text);
		if (taken > 0 && used + 1 + text.length > max_bytes)
			break;
		used += text.length + (taken > 0);
		uid_set_add_range(part, set->ranges[taken].first, set->ranges[taken].last);
	}
	buffer_release(&text);
	if (taken > 0)
		splice(set, 0, taken, NULL, 0);
	return taken > 0;
}

bool uid_set_take_first(struct uid_set *set, uint32_t count, struct uid_set *part)
{
	uid_set_clear(part);
	while (count > 0 && set->count > 0) {
		struct uid_range range = set->ranges[0];
		if (range.last - range.first >= count)
			range.last = range.first + (count - 1);
		count -= range.last - range.first + 1;
		uid_set_add_range(part, range.first, range.last);
		uid_set_remove_range(set, range.first, range.last);
	}
	return part->count > 0;
}

bool uid_set_take_last(struct uid_set *set, uint32_t count, struct uid_set *part)
{
	uid_set_clear(part);
	while (count > 0 && set->count > 0) {
		struct uid_range range = set->ranges[set->count - 1];
		if (range.last - range.first >= count)
			range.first = range.last - (count - 1);
		count -= range.last - range.first + 1;
		uid_set_add_range(part, range.first, range.last);
		uid_set_remove_range(set, range.first, range.last);
	}
	return part->count > 0;
}

/* One number 1..4294967295 at *place; false when there is none. */
static bool parse_uid(const char *text, size_t length, size_t *place, uint32_t *uid_r)
{
	uint64_t number = 0;
	size_t start = *place;
	while (*place < length && text[*place] >= '0' && text[*place] <= '9') {
		number = number * 10 + (uint64_t)(text[*place] - '0');
		if (number > UINT32_MAX)
			return false;
		(*place)++;
	}
	*uid_r = (uint32_t)number;
	return *place > start && number > 0;
}

bool uid_set_parse(struct uid_set *set, const char *text, size_t length)
{
	size_t place = 0;
	for (;;) {
		uint32_t first;
		if (!parse_uid(text, length, &place, &first))
			return false;
		uint32_t last = first;
		if (place < length && text[place] == ':') {
			place++;
			if (!parse_uid(text, length, &place, &last))
				return false;
		}
		uid_set_add_range(set, first, last);
		if (place == length)
			return true;
		if (text[place++] != ',')
			return false;
	}
}
