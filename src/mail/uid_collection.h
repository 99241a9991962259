/* UIDs as they come in, in any order. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_UID_COLLECTION_H
#define NAVETTE_MAIL_UID_COLLECTION_H

#include "mail/uid_set.h"

#define UID_COLLECTION_LEVELS 8u

/* Start zeroed. Takes N UIDs in O(N log N) whatever their order, where a set would move all that is
 * above each of them; what comes in ascending order takes no more room than a set. */
struct uid_collection {
	struct uid_set levels[UID_COLLECTION_LEVELS]; /* each of more ranges than that before it */
};

/* Returns whether it was not there yet. */
bool uid_collection_add(struct uid_collection *collection, uint32_t uid);
bool uid_collection_contains(const struct uid_collection *collection, uint32_t uid);
/* Moves all of it into SET; the collection is empty then. */
void uid_collection_move(struct uid_collection *collection, struct uid_set *set);
void uid_collection_release(struct uid_collection *collection);

#endif
