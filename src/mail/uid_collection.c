/* UIDs in any order: sets that grow by a factor from level to level, each merged into the next as a
 * whole when it is full. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/uid_collection.h"

/* Ranges of the first level, and how much more the next may hold: little enough to be moved. */
#define FIRST_LEVEL 256u
#define FACTOR 8u
#define LAST_LEVEL (UID_COLLECTION_LEVELS - 1)

static bool follows(const struct uid_set *set, uint32_t uid)
{
	return set->count == 0 || uid >= set->ranges[set->count - 1].first;
}

/* Makes room in the first level. */
static void merge_full_levels(struct uid_collection *collection)
{
	size_t room = FIRST_LEVEL;

	for (size_t i = 0; i < LAST_LEVEL && collection->levels[i].count >= room; i++) {
		uid_set_add_set(&collection->levels[i + 1], &collection->levels[i]);
		uid_set_clear(&collection->levels[i]);
		room *= FACTOR;
	}
}

bool uid_collection_add(struct uid_collection *collection, uint32_t uid)
{
	struct uid_set *last = &collection->levels[LAST_LEVEL];

	if (uid == 0 || uid_collection_contains(collection, uid))
		return false;
	if (follows(last, uid)) {
		uid_set_add(last, uid);
		return true;
	}
	merge_full_levels(collection);
	uid_set_add(&collection->levels[0], uid);
	return true;
}

bool uid_collection_contains(const struct uid_collection *collection, uint32_t uid)
{
	for (size_t i = 0; i < UID_COLLECTION_LEVELS; i++)
		if (uid_set_contains(&collection->levels[i], uid))
			return true;
	return false;
}

void uid_collection_move(struct uid_collection *collection, struct uid_set *set)
{
	for (size_t i = 0; i < UID_COLLECTION_LEVELS; i++)
		uid_set_add_set(set, &collection->levels[i]);
	uid_collection_release(collection);
}

void uid_collection_release(struct uid_collection *collection)
{
	for (size_t i = 0; i < UID_COLLECTION_LEVELS; i++)
		uid_set_release(&collection->levels[i]);
}
