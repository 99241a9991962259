/* Pairing messages that both sides have but the base does not know. Pure. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_MATCH_H
#define NAVETTE_SYNC_PLAN_MATCH_H

#include "sync/observe/changes.h"

/* A near added file and a far added message that are the same message. */
struct match_pair {
	size_t near_index; /* in near_changes.added */
	size_t far_index;  /* in far_changes.identified */
};

/* Pairs identified near files with identified far messages. Of equal identity, in this order, those
 * of
 * - equal size on the wire, unless one of them is a draft;
 * - equal size without the header fields that other synchronisers added, likewise;
 * - for a file whose upload was begun, any size and a UID that is high enough: some servers rewrite
 *   what is appended;
 * - equal likeness, where both have one.
 * An identity without any field (identity_is_empty()) says nothing: for it only a begun upload's
 * size, or the likeness, makes a pair. Then those whose header the server wrote anew:
 * - a Message-ID that is the only one of its kind on either side, no draft, and the size that the
 *   server told of the file's message before its UIDs became void;
 * - equal plain identity and plain likeness, where both have one: a Message-ID alone is not enough,
 *   for the copy that a mailing list sent, and what is left of a letter when its attachments were
 *   removed, have it too. The far one may have got a Message-ID where the file has none;
 * - equal plain identity, and a begun upload as above.
 * Equal ones beyond that are paired in the order of UIDs and of the files' times, else names, each
 * used once: a file has the time at which its message arrived. Returns the number of pairs;
 * *pairs_r is the caller's, ascending by near_index. */
size_t match_added(const struct near_changes *near_changes, const struct far_changes *far_changes,
		   struct match_pair **pairs_r);

/* Takes those far messages out of UNPAIRED that may be a near file which could not be read: if they
 * came, and the file went, both would be doubled. */
void match_leave_unreadable(const struct near_changes *near_changes,
			    const struct far_changes *far_changes, struct uid_set *unpaired);

/* Sets is_doubtful of those that found no pair although an unpaired one of the other side has their
 * identity, or their plain identity. Returns whether there are any. */
bool match_find_doubtful(struct near_changes *near_changes, struct far_changes *far_changes);

#endif
