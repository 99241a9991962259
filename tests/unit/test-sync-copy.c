/* Copies and moves of what is here already, in the plan of a folder. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-plan-parts.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct plan plan;

static void end(void)
{
	plan_release(&plan);
}

TestSuite(sync_copy, .fini = end);

static void copies(uint32_t uid)
{
	copy_list_add(&plan.copies, &(struct plan_copy){ .uid = uid, .size = 100 + uid });
}

/* What is not to be downloaded any more is not copied either: the window leaves it out. */
Test(sync_copy, copies_take_the_place_of_downloads)
{
	static const uint32_t uids[] = { 2, 3, 4, 7, 8 };
	uid_set_add_range(&plan.downloads, 3, 9);
	uid_set_remove_range(&plan.downloads, 4, 4);
	for (size_t i = 0; i < COUNT(uids); i++)
		copies(uids[i]);
	plan.copies.count--; /* what stands behind the end is none */
	plan_take_copies(&plan);
	cr_assert_eq(plan.copies.count, 2);
	cr_expect_eq(plan.copies.items[0].uid, 3);
	cr_expect_eq(plan.copies.items[0].size, 103);
	cr_expect_eq(plan.copies.items[1].uid, 7);
	cr_expect_eq(uid_set_size(&plan.downloads), 4);
	for (uint32_t uid = 3; uid <= 9; uid++)
		cr_expect_eq(uid_set_contains(&plan.downloads, uid),
			     uid != 3 && uid != 4 && uid != 7, "%u", uid);
}

Test(sync_copy, flags_that_were_changed_here_go_along)
{
	const struct plan_copy copy = { .changed = FLAG_SEEN | FLAG_FLAGGED,
					.changed_to = FLAG_FLAGGED | FLAG_ANSWERED };
	cr_expect_eq(plan_copy_flags(&copy, FLAG_SEEN | FLAG_DRAFT), FLAG_FLAGGED | FLAG_DRAFT);
	cr_expect_eq(plan_copy_flags(&copy, FLAG_FLAGGED), FLAG_FLAGGED);
}

/* --- Near removals that are moves --- */

static void removes_near(uint32_t uid, uint32_t flags)
{
	operation_list_add(&plan.operations[OPERATION_REMOVE_NEAR], OPERATION_REMOVE_NEAR, uid)
		->near_flags = flags;
	plan.removals_near++;
}

/* Would come back to the server, as somebody changed it here. */
static struct operation *comes_back(uint32_t uid)
{
	struct operation *upload =
		operation_list_add(&plan.operations[OPERATION_UPLOAD], OPERATION_UPLOAD, 0);
	upload->upload.replaces = uid;
	return upload;
}

Test(sync_copy, a_removal_is_a_move)
{
	for (int changed = 0; changed < 2; changed++) {
		uint32_t flags = 0;
		for (uint32_t uid = 4; uid <= 6; uid++)
			removes_near(uid, uid);
		cr_expect(plan_move_near(&plan, 5, "Archive", changed, &flags));
		const struct operation *items = plan.operations[OPERATION_REMOVE_NEAR].items;
		cr_expect_eq(flags, 5);
		cr_expect_str_eq(items[1].removal.moved_to, "Archive");
		cr_expect(items[1].removal.has_moved);
		cr_expect(!items[0].removal.has_moved && !items[2].removal.has_moved);
		cr_expect_eq(plan_moved_near(&plan), 1);
		cr_expect_eq(plan_size(&plan), 3);
		end();
	}
}

Test(sync_copy, what_is_not_removed_does_not_move)
{
	uint32_t flags = 77;
	removes_near(4, 0);
	(void)comes_back(5);
	comes_back(6)->added = 0; /* a new version: it goes to the server as such */
	(void)comes_back(7);      /* behind the end: none */
	plan.operations[OPERATION_UPLOAD].count--;
	cr_expect_not(plan_move_near(&plan, 5, "Archive", false, &flags));
	cr_expect_not(plan_move_near(&plan, 6, "Archive", true, &flags));
	cr_expect_not(plan_move_near(&plan, 7, "Archive", true, &flags));
	cr_expect_eq(flags, 77);
	cr_expect_eq(plan.operations[OPERATION_UPLOAD].count, 2);
	cr_expect_eq(plan_moved_near(&plan), 0);
	cr_expect_eq(plan.removals_near, 1);
}

/* Among removals of 3 and 6 it gets its place, and is the only upload that goes. */
Test(sync_copy, what_was_changed_here_moves_with_its_change)
{
	static const uint32_t uids[] = { 1, 4, 9 };
	static const size_t places[] = { 0, 1, 2 };
	static const char name[] = "name:2,F";
	for (size_t i = 0; i < COUNT(uids); i++) {
		uint32_t flags = 0;
		removes_near(3, 0);
		removes_near(6, 0);
		(void)comes_back(2);
		struct operation *back = comes_back(uids[i]);
		back->place = MAILDIR_CUR;
		back->name = name;
		back->near_flags = back->near_wanted = FLAG_FLAGGED;
		(void)comes_back(5);
		(void)comes_back(8);
		(void)comes_back(uids[i]); /* behind the end: none */
		plan.operations[OPERATION_UPLOAD].count--;
		cr_expect(plan_move_near(&plan, uids[i], "Archive", true, &flags));
		const struct operation_list *uploads = &plan.operations[OPERATION_UPLOAD];
		const struct operation_list *removals = &plan.operations[OPERATION_REMOVE_NEAR];
		cr_assert_eq(uploads->count, 3);
		cr_expect_eq(uploads->items[0].upload.replaces, 2);
		cr_expect_eq(uploads->items[1].upload.replaces, 5);
		cr_expect_eq(uploads->items[2].upload.replaces, 8);
		cr_assert_eq(removals->count, 3);
		cr_expect_eq(plan.removals_near, 3);
		const struct operation *removal = &removals->items[places[i]];
		cr_expect_eq(removal->uid, uids[i]);
		cr_expect_eq(removals->items[i == 0 ? 1 : 0].uid, 3);
		cr_expect_eq(removals->items[i == 2 ? 1 : 2].uid, 6);
		cr_expect_eq(removal->kind, OPERATION_REMOVE_NEAR);
		cr_expect_eq(removal->place, MAILDIR_CUR);
		cr_expect_eq(removal->name, name);
		cr_expect_eq(removal->near_flags, FLAG_FLAGGED);
		cr_expect_not(operation_renames(removal));
		cr_expect_eq(removal->added, SIZE_MAX);
		cr_expect_eq(removal->upload.replaces, 0);
		cr_expect(removal->removal.has_moved);
		cr_expect_eq(flags, FLAG_FLAGGED);
		end();
	}
}
