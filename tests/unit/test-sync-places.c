/* No two folders in one directory. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "sync/folders/places.h"

Test(sync_places, one_folder_a_directory)
{
	struct places places = { .tree = NULL };
	cr_expect_null(places_claim(&places, 1, 7, "a"));
	cr_expect_null(places_claim(&places, 1, 7, "a"), "again by the same folder");
	cr_expect_str_eq(places_claim(&places, 1, 7, "A"), "a");
	cr_expect_null(places_claim(&places, 2, 7, "A"), "another file system");
	cr_expect_null(places_claim(&places, 1, 8, "b"));
	cr_expect_str_eq(places_claim(&places, 1, 8, "a"), "b");
	places_leave(&places, 1, 8, "a");
	cr_expect_str_eq(places_claim(&places, 1, 8, "a"), "b", "it is not for a to leave");
	places_leave(&places, 1, 8, "b");
	places_leave(&places, 1, 9, "b");
	cr_expect_null(places_claim(&places, 1, 8, "a"));
	places_release(&places);
	cr_expect_null(places_claim(&places, 1, 7, "A"), "as new");
	places_release(&places);
	places_release(&places);
}

/* By file system and inode, however many there are. */
Test(sync_places, each_by_both_its_numbers)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	struct places places = { .tree = NULL };
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < 9; i++)
			cr_expect_null(places_claim(&places, (dev_t)(i % 3), 9 - i / 3, names[i]));
		for (size_t i = 0; i < 9; i++)
			cr_expect_str_eq(places_claim(&places, (dev_t)(i % 3), 9 - i / 3, "other"),
					 names[i]);
		for (size_t i = 0; i < 9; i++)
			places_leave(&places, (dev_t)(i % 3), 9 - i / 3, names[i]);
	}
	cr_expect_null(places.tree);
}
