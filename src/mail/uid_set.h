/* Sets of UIDs as sorted, disjoint, non-adjacent ranges. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_MAIL_UID_SET_H
#define NAVETTE_MAIL_UID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Both ends inclusive; first <= last. */
struct uid_range {
	uint32_t first;
	uint32_t last;
};

/* Start with UID_SET_INITIAL. Adding in ascending order costs O(1) each; else O(log n + moved). */
struct uid_set {
	struct uid_range *ranges;
	size_t count; /* of ranges */
	size_t capacity;
};

#define UID_SET_INITIAL                                   \
	{                                                 \
		.ranges = NULL, .count = 0, .capacity = 0 \
	}

void uid_set_add(struct uid_set *set, uint32_t uid);
void uid_set_add_range(struct uid_set *set, uint32_t first, uint32_t last); /* any order of ends */
void uid_set_add_set(struct uid_set *set, const struct uid_set *other);
void uid_set_remove_range(struct uid_set *set, uint32_t first, uint32_t last);
void uid_set_remove_set(struct uid_set *set, const struct uid_set *other);
/* Takes out of SET what OTHER does not have. */
void uid_set_keep_only(struct uid_set *set, const struct uid_set *other);
bool uid_set_contains(const struct uid_set *set, uint32_t uid);
/* The last UID of the range that UID is in; 0: the set does not have it. */
uint32_t uid_set_end_of_range(const struct uid_set *set, uint32_t uid);
/* The number of UIDs, not of ranges. */
uint64_t uid_set_size(const struct uid_set *set);
bool uid_set_is_empty(const struct uid_set *set);
void uid_set_clear(struct uid_set *set);   /* memory kept */
void uid_set_release(struct uid_set *set); /* memory freed, set as new */

/* Walking: start with *cursor = 0 (UID 0 is never a member); returns false at the end.
 * `for (uint32_t uid = 0; uid_set_next(set, &uid);)` sees every UID in ascending order. */
bool uid_set_next(const struct uid_set *set, uint32_t *uid);

/* Appends the set in IMAP's sequence-set form ("1:3,7,9:12", RFC 3501 section 9), always ascending.
 */
void uid_set_format(const struct uid_set *set, struct buffer *out);

/* Moves the first ranges of SET into PART, as many as fit MAX_BYTES of formatted text (at least one
 * range); for commands that must stay under 8 kB. PART is cleared first. Returns false when SET was
 * empty. */
bool uid_set_take_part(struct uid_set *set, size_t max_bytes, struct uid_set *part);

/* Moves up to COUNT of the lowest UIDs of SET into PART. PART is cleared first. Returns false when
 * SET was empty, or COUNT is 0. */
bool uid_set_take_first(struct uid_set *set, uint32_t count, struct uid_set *part);
/* The same with the highest. */
bool uid_set_take_last(struct uid_set *set, uint32_t count, struct uid_set *part);

/* Parses a sequence-set of numbers 1..4294967295 ("*" is refused), ends in any order. TEXT need not
 * be NUL-terminated. Adds to SET. False when malformed; SET then holds an unspecified part. */
bool uid_set_parse(struct uid_set *set, const char *text, size_t length);

#endif
