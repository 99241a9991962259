/* UIDs in any order, against a set. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/uid_collection.h"
#include "random.h"

static void assert_moved(struct uid_collection *collection, const struct uid_set *expected)
{
	struct uid_set got = UID_SET_INITIAL;

	uid_collection_move(collection, &got);
	cr_assert_eq(got.count, expected->count);
	for (size_t i = 0; i < got.count; i++) {
		cr_assert_eq(got.ranges[i].first, expected->ranges[i].first);
		cr_assert_eq(got.ranges[i].last, expected->ranges[i].last);
	}
	for (size_t i = 0; i < UID_COLLECTION_LEVELS; i++)
		cr_assert_eq(collection->levels[i].count, 0);
	uid_set_release(&got);
}

Test(mail_uid_collection, holds_what_a_set_holds)
{
	struct random random = { .state = 4711 };

	for (uint32_t span = 10; span <= 100000; span *= 10) {
		struct uid_collection collection = { 0 };
		struct uid_set set = UID_SET_INITIAL;

		for (uint32_t i = 0; i < 5000; i++) {
			uint32_t uid = 1 + random_below(&random, span);
			bool is_new = !uid_set_contains(&set, uid);

			cr_assert_eq(uid_collection_contains(&collection, uid), !is_new);
			cr_assert_eq(uid_collection_add(&collection, uid), is_new);
			uid_set_add(&set, uid);
		}
		assert_moved(&collection, &set);
		uid_set_release(&set);
	}
}

Test(mail_uid_collection, takes_no_0)
{
	struct uid_collection collection = { 0 };

	cr_assert(!uid_collection_add(&collection, 0));
	cr_assert(uid_collection_add(&collection, UINT32_MAX));
	cr_assert(!uid_collection_add(&collection, UINT32_MAX));
	uid_collection_release(&collection);
}

/* Of none of the levels may it take more moves than they are there to save. */
Test(mail_uid_collection, bounds_what_is_moved)
{
	struct uid_collection collection = { 0 };
	size_t room = 256;

	for (uint32_t uid = 400000; uid > 0; uid -= 2)
		uid_collection_add(&collection, uid);
	for (size_t i = 0; i + 1 < UID_COLLECTION_LEVELS; i++) {
		cr_expect_leq(collection.levels[i].count, 2 * room);
		room *= 8;
	}
	uid_collection_release(&collection);
}

Test(mail_uid_collection, leaves_ascending_ones_in_one_set)
{
	struct uid_collection collection = { 0 };

	for (uint32_t uid = 1; uid < 3000; uid += 2)
		uid_collection_add(&collection, uid);
	for (size_t i = 0; i + 1 < UID_COLLECTION_LEVELS; i++)
		cr_expect_eq(collection.levels[i].count, 0);
	cr_expect_eq(collection.levels[UID_COLLECTION_LEVELS - 1].count, 1500);
	uid_collection_release(&collection);
}
