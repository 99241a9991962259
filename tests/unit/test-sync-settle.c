/* The plan of the account: removals that are contested, new versions in place of old ones, and what
 * stays of moves when plans were refused. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "sync-account.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct account account;

static void begin(void)
{
	account_begin(&account);
}

static void end(void)
{
	account_end(&account);
}

TestSuite(sync_settle, .init = begin, .fini = end);

/* --- Contested removals --- */

/* Removed here, while the server's flags changed: it would come back. */
static struct gone_message *contested(size_t folder, uint32_t uid)
{
	struct plan *plan = &account.plans[folder];
	(void)operation_list_add(&plan->contested, OPERATION_REMOVE_FAR, uid);
	uid_set_add(&plan->downloads, uid);
	struct gone_message *message = &account.gone[folder][account.folders[folder].gone_count++];
	*message = (struct gone_message){ .uid = uid, .identity = account_identity(uid) };
	return message;
}

/* Where the new file of the removed message's identity is; and what becomes of the removal. */
static const struct {
	enum arrival_kind kind; /* of no folder of the round; KINDS: there is none */
	bool is_brought;        /* an earlier run brought it to B */
	const char *fate;       /* "nothing": the message comes back */
	bool has_moved;
} contests[] = {
	{ ARRIVAL_KINDS, false, "nothing", false },
	{ ARRIVAL_KINDS, true, "removed", true },
	{ ARRIVAL_WAITS, false, "held", false },
	{ ARRIVAL_WAITS, true, "removed", true },
	{ ARRIVAL_WITHHELD, false, "withheld", false },
	{ ARRIVAL_HERE_ONLY, false, "withheld", false },
	{ ARRIVAL_STRAY, false, "nothing", false },
};

Test(sync_settle, what_is_elsewhere_is_no_conflict)
{
	for (size_t i = 0; i < COUNT(contests); i++) {
		(void)contested(0, 5);
		if (contests[i].kind != ARRIVAL_KINDS)
			account_stands(&account, 5, contests[i].kind);
		if (contests[i].is_brought) {
			(void)account_arrives(&account, 1, 5, OPERATION_ADOPT);
			account.added[1][0].upload_from_uid = 50;
		}
		account_plan(&account);
		const struct plan *plan = &account.plans[0];
		bool stays = strcmp(contests[i].fate, "nothing") != 0;
		cr_expect_str_eq(account_fate(&account, 0, 5), contests[i].fate, "case %zu", i);
		cr_expect_eq(uid_set_contains(&plan->downloads, 5), !stays, "case %zu", i);
		cr_expect_eq(plan_moved_far(plan), contests[i].has_moved, "case %zu", i);
		cr_expect_eq(plan->removals_far, stays && strcmp(contests[i].fate, "withheld") != 0,
			     "case %zu", i);
		end();
		begin();
	}
}

/* What the window lets go does not come back, and is not removed either. */
Test(sync_settle, what_does_not_come_back_is_not_contested)
{
	(void)contested(0, 5);
	uid_set_clear(&account.plans[0].downloads);
	account_stands(&account, 5, ARRIVAL_WAITS);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 5), "nothing");
	cr_expect(uid_set_is_empty(&account.plans[0].held));
}

/* They stand among the other removals in the order of UIDs, for such lists are searched. */
Test(sync_settle, contested_ones_join_in_their_place)
{
	static const uint32_t uids[] = { 2, 3, 5, 6, 8 };
	struct operation_list *removals = &account.plans[0].operations[OPERATION_REMOVE_FAR];
	for (size_t i = 0; i < COUNT(uids); i++) {
		if (uids[i] % 3 == 0)
			(void)account_gone(&account, 0, uids[i]);
		else
			(void)contested(0, uids[i]);
		if (uids[i] != 5)
			account_stands(&account, uids[i], ARRIVAL_WAITS);
	}
	account_plan(&account);
	cr_assert_eq(removals->count, 4);
	cr_expect_eq(account.plans[0].removals_far, 4);
	for (size_t i = 0, n = 0; i < COUNT(uids); i++) {
		if (uids[i] != 5)
			cr_expect_eq(removals->items[n++].uid, uids[i]);
		cr_expect_eq(operation_list_find(removals, uids[i]) != NULL, uids[i] != 5);
	}
	cr_expect_eq(uid_set_size(&account.plans[0].downloads), 1);
}

/* --- New versions in place of old ones, on servers that can --- */

static const struct operation *new_version(uint32_t old)
{
	account.folders[0].replaces = true;
	struct operation *upload = account_arrives(&account, 0, 30, OPERATION_UPLOAD);
	upload->upload.supersedes = old;
	return upload;
}

Test(sync_settle, an_old_version_that_stays_is_not_replaced)
{
	const struct operation *upload = new_version(1); /* the rules let nothing be removed */
	account_plan(&account);
	cr_expect_eq(upload->upload.in_place_of, 0);
}

Test(sync_settle, an_old_version_that_is_held_is_not_replaced)
{
	(void)account_gone(&account, 0, 1);
	const struct operation *upload = new_version(1);
	account_stands(&account, 1, ARRIVAL_WAITS);
	account_plan(&account);
	cr_expect_eq(upload->upload.in_place_of, 0);
}

Test(sync_settle, an_old_version_in_the_trash_is_not_replaced)
{
	account.folders[0].has_trash = true;
	(void)account_gone(&account, 0, 1);
	const struct operation *upload = new_version(1);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "trash");
	cr_expect_eq(upload->upload.in_place_of, 0);
}

Test(sync_settle, what_is_no_new_version_replaces_nothing)
{
	(void)account_gone(&account, 0, 1);
	account.folders[0].replaces = true;
	(void)account_arrives(&account, 0, 30, OPERATION_UPLOAD);
	struct operation_list *uploads = &account.plans[0].operations[OPERATION_UPLOAD];
	operation_list_add(uploads, OPERATION_UPLOAD, 0)->upload.replaces = 7; /* comes back */
	account_plan(&account);
	cr_expect_eq(uploads->items[0].upload.in_place_of, 0);
	cr_expect_eq(uploads->items[1].upload.in_place_of, 0);
	cr_expect_str_eq(account_fate(&account, 0, 1), "removed");
}

/* --- When plans were refused --- */

static void settle(size_t refused)
{
	struct plan *plans[ACCOUNT_FOLDERS];
	for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
		plans[i] = &account.plans[i];
	if (refused < ACCOUNT_FOLDERS)
		plan_refuse(plans[refused], PLAN_REFUSED_FAR);
	moves_settle(plans, ACCOUNT_FOLDERS);
}

/* A message without a name of its own goes to the trash, and is what moved all the same. */
Test(sync_settle, half_a_move_by_the_trash_is_none)
{
	for (int refused = 0; refused < 2; refused++) {
		account.folders[0].has_trash = true;
		account_gone(&account, 0, 1)->is_nameless = true;
		(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
		account_plan(&account);
		settle(refused ? 1 : SIZE_MAX);
		const struct operation *trashed = account_find(&account, 0, OPERATION_TRASH, 1);
		cr_assert(trashed);
		cr_expect_eq(trashed->removal.has_moved, !refused);
		cr_expect_eq(trashed->removal.moved_to != NULL, !refused);
		cr_expect_eq(uid_set_contains(&account.plans[0].held, 1), refused);
		end();
		begin();
	}
}

/* What was carried stays there, so it is copied; the message is in both. */
Test(sync_settle, what_may_not_leave_is_copied)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_gone(&account, 0, 1);
	const struct operation *upload = account_arrives_as(&account, 1, 1, 7);
	account_plan(&account);
	cr_expect(upload->upload.moves);
	settle(0);
	cr_expect(upload->upload.source && !upload->upload.moves);
	cr_expect_null(upload->upload.moved_from);
}

Test(sync_settle, a_move_that_stands_is_as_before)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_gone(&account, 0, 1);
	const struct operation *upload = account_arrives_as(&account, 1, 1, 7);
	account_plan(&account);
	settle(3);
	cr_expect(upload->upload.moves);
	cr_expect_str_eq(upload->upload.moved_from, "A");
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect_eq(plan_moved_far(&account.plans[0]), 1);
}

/* What an earlier run brought somewhere needs no other half. */
Test(sync_settle, what_was_brought_stands_by_itself)
{
	(void)account_gone(&account, 0, 1);
	(void)account_arrives(&account, 1, 1, OPERATION_ADOPT);
	account.added[1][0].upload_from_uid = 50;
	account_plan(&account);
	settle(1);
	cr_expect_str_eq(account_fate(&account, 0, 1), "removed");
	cr_expect_eq(plan_moved_far(&account.plans[0]), 1);
}

/* A copy notes from where it is, so that a removal there is known later; it is none now. */
Test(sync_settle, a_copy_confirms_no_removal)
{
	struct operation *copy;
	(void)account_gone(&account, 0, 1);
	(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	copy = account_arrives(&account, 2, 2, OPERATION_UPLOAD);
	copy->upload.from_id = 9;
	copy->upload.from_uid = 1; /* in a folder that takes no part */
	account_plan(&account);
	settle(1);
	cr_expect_str_eq(account_fate(&account, 0, 1), "held");
	cr_expect_eq(plan_moved_far(&account.plans[0]), 0);
	cr_expect_eq(copy->upload.from_uid, 1);
}

/* --- What stands behind the end of a list is not in it --- */

Test(sync_settle, nothing_behind_a_list_counts)
{
	struct plan *plan = &account.plans[0];
	struct operation_list *removals = &plan->operations[OPERATION_REMOVE_FAR];
	struct operation_list *uploads = &plan->operations[OPERATION_UPLOAD];
	account.folders[0].replaces = true;
	(void)account_gone(&account, 0, 1);
	(void)account_gone(&account, 0, 2);
	(void)contested(0, 4);
	(void)account_arrives(&account, 0, 30, OPERATION_UPLOAD);
	(void)account_arrives(&account, 0, 31, OPERATION_UPLOAD);
	uploads->items[1].upload.supersedes = 1;
	for (uint32_t uid = 2; uid <= 5; uid++)
		account_stands(&account, uid, ARRIVAL_WAITS);
	(void)account_arrives(&account, 0, 32, OPERATION_FORGET);
	removals->count--;
	uploads->count--;
	plan->contested.count--;
	arrival_list_sort(&account.arrivals);
	account.arrivals.count--; /* that of 32, the last */
	moves_plan(account.folders, ACCOUNT_FOLDERS, &account.arrivals, &account.sources);
	cr_expect_str_eq(account_fate(&account, 0, 1), "removed");
	cr_expect(uid_set_is_empty(&plan->held));
	cr_expect_eq(uid_set_size(&plan->downloads), 1);
	cr_expect_eq(uploads->items[1].upload.in_place_of, 0);
	cr_expect_eq(account.arrivals.items[account.arrivals.count].kind, ARRIVAL_SENT);
}

Test(sync_settle, nothing_behind_a_list_is_settled)
{
	struct operation_list *uploads = &account.plans[1].operations[OPERATION_UPLOAD];
	struct operation_list *removals = &account.plans[0].operations[OPERATION_REMOVE_FAR];
	for (uint32_t uid = 1; uid <= 2; uid++) {
		(void)account_gone(&account, 0, uid);
		(void)account_arrives(&account, 1, uid, OPERATION_UPLOAD);
	}
	account_plan(&account);
	uploads->count--;
	removals->count--;
	settle(SIZE_MAX);
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect(uid_set_is_empty(&account.plans[0].held));
	cr_expect_str_eq(uploads->items[1].upload.moved_from, "A");
	cr_expect(removals->items[1].removal.has_moved);
}

/* Folders behind the last are no part of the round. */
Test(sync_settle, no_folder_behind_the_last_counts)
{
	struct plan *plans[ACCOUNT_FOLDERS];
	struct plan *last = &account.plans[3];
	account.folders[3].replaces = true;
	(void)account_gone(&account, 3, 1);
	(void)account_gone(&account, 3, 2);
	account_stands(&account, 2, ARRIVAL_WAITS);
	struct operation_list *uploads = &last->operations[OPERATION_UPLOAD];
	struct operation *upload = operation_list_add(uploads, OPERATION_UPLOAD, 0);
	upload->upload.supersedes = 1;
	arrival_list_sort(&account.arrivals);
	moves_plan(account.folders, 3, &account.arrivals, &account.sources);
	cr_expect(uid_set_is_empty(&last->held));
	cr_expect_eq(upload->upload.in_place_of, 0);
	for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
		plans[i] = &account.plans[i];
	last->operations[OPERATION_REMOVE_FAR].items[0].removal.moved_to = "A";
	last->operations[OPERATION_REMOVE_FAR].items[0].removal.has_moved = true;
	last->operations[OPERATION_REMOVE_FAR].items[1].removal.moved_to = "A";
	upload->upload.moved_from = "A";
	moves_settle(plans, 3);
	cr_expect_eq(plan_moved_far(last), 1);
	cr_expect(uid_set_is_empty(&last->held));
	cr_expect_str_eq(upload->upload.moved_from, "A");
}
