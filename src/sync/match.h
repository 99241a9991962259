/* Pairing messages that both sides have but the base does not know. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_MATCH_H
#define NAVETTE_SYNC_MATCH_H

#include "sync/changes.h"

/* A near added file and a far added message that are the same message. */
struct match_pair {
	size_t near_index; /* in near_changes.added */
	size_t far_index;  /* in far_changes.identified */
};

/* Pairs identified near files with identified far messages of equal identity and, in this order,
 * - equal size on the wire, unless one of them is a draft;
 * - equal size without the header fields that other synchronisers added, likewise;
 * - for a file whose upload was begun, any size and a UID that is high enough: some servers rewrite
 *   what is appended;
 * - equal likeness, where both have one.
 * Equal ones beyond that are paired in the order of UID and name, each used once. Returns the
 * number of pairs; *pairs_r is the caller's, ascending by near_index. */
size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r);

/* Sets is_doubtful of those that found no pair although an unpaired one of the other side has their
 * identity. Returns whether there are any. */
bool match_find_doubtful(struct near_changes *near_changes, struct far_changes *far_changes);

#endif
