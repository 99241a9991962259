/* The plan of the account: what becomes of far removals. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <string.h>

#include "random.h"
#include "sync-account.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(sync_moves, a_move_awaits_its_arrival_and_a_removal_does_not)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_gone(&account, 0, 2);
	struct operation *upload = account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect_str_eq(upload->upload.moved_from, "A");
	cr_expect_str_eq(account_fate(&account, 0, 2), "removed");
	account_end(&account);
}

Test(sync_moves, what_is_held_is_no_move_yet_and_its_arrival_an_upload)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	struct operation *upload = account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	account_stands(&account, 1, ARRIVAL_WAITS); /* a copy of it that goes to the server later */
	account_plan(&account);
	const struct operation *removal = account_find(&account, 0, OPERATION_REMOVE_FAR, 1);
	cr_expect(uid_set_contains(&account.plans[0].held, 1));
	cr_expect_not(identity_is_none(&removal->removal.awaits));
	cr_expect_null(removal->removal.moved_to);
	cr_expect_null(upload->upload.moved_from);
	account_end(&account);
}

Test(sync_moves, chains_and_swaps)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1); /* A to B, while B to C */
	(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	(void)account_gone(&account, 1, 2);
	(void)account_arrives(&account, 2, 2, OPERATION_UPLOAD);
	(void)account_gone(&account, 2, 3); /* C and D exchange two */
	(void)account_arrives(&account, 3, 3, OPERATION_UPLOAD);
	(void)account_gone(&account, 3, 4);
	(void)account_arrives(&account, 2, 4, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect_str_eq(account_fate(&account, 1, 2), "C");
	cr_expect_str_eq(account_fate(&account, 2, 3), "D");
	cr_expect_str_eq(account_fate(&account, 3, 4), "C");
	account_end(&account);
}

/* Each new file is what one of them became; the others still wait for it, for it may be theirs. */
Test(sync_moves, two_that_went_and_one_that_came)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_gone(&account, 1, 1);
	(void)account_arrives(&account, 2, 1, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "C");
	cr_expect_str_eq(account_fate(&account, 1, 1), "awaits");
	account_end(&account);
}

Test(sync_moves, what_moved_to_where_nothing_is_sent_stays_on_the_server)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	account_stands(&account, 1, ARRIVAL_WITHHELD);
	(void)account_gone(&account, 0, 2);
	account_stands(&account, 2, ARRIVAL_HERE_ONLY);
	account_gone(&account, 0, 3)->is_stub = true; /* without the server it would be nothing */
	account_stands(&account, 3, ARRIVAL_HERE_ONLY);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "withheld");
	cr_expect_str_eq(account_fate(&account, 0, 2), "withheld");
	cr_expect_str_eq(account_fate(&account, 0, 3), "removed");
	cr_expect_eq(account.plans[0].removals_far, 1);
	account_end(&account);
}

Test(sync_moves, what_is_sent_another_time_is_held)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	account_stands(&account, 1, ARRIVAL_WAITS);
	(void)account_gone(&account, 0, 2);
	(void)account_arrives(&account, 1, 2, OPERATION_FORGET); /* no plan sends it */
	account_gone(&account, 0, 3)->is_stub = true;
	account_stands(&account, 3, ARRIVAL_STRAY);
	(void)account_gone(&account, 0, 4); /* whole: what is elsewhere is no concern of its */
	account_stands(&account, 4, ARRIVAL_STRAY);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "held");
	cr_expect_str_eq(account_fate(&account, 0, 2), "held");
	cr_expect_str_eq(account_fate(&account, 0, 3), "held");
	cr_expect_str_eq(account_fate(&account, 0, 4), "removed");
	account_end(&account);
}

/* A folder that failed sends nothing in this run. */
Test(sync_moves, what_a_failed_folder_would_send_is_held)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	account.folders[1].plan = NULL;
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "held");
	account_end(&account);
}

Test(sync_moves, what_nobody_knows_holds_all)
{
	for (enum arrival_kind kind = 0; kind < ARRIVAL_KINDS; kind++) {
		static struct account account;
		account_begin(&account);
		(void)account_gone(&account, 0, 1);
		account_gone(&account, 0, 2)->is_stub = true;
		account.arrivals.unknown[kind] = true;
		account_plan(&account);
		const char *whole =
			kind == ARRIVAL_STRAY || kind == ARRIVAL_THERE ? "removed" : "held";
		cr_expect_str_eq(account_fate(&account, 0, 1), whole, "%d", kind);
		cr_expect_str_eq(account_fate(&account, 0, 2),
				 kind == ARRIVAL_THERE ? "removed" : "held", "%d", kind);
		account_end(&account);
	}
}

Test(sync_moves, the_trash_is_for_what_was_removed)
{
	static struct account account;
	account_begin(&account);
	account.folders[0].has_trash = true;
	(void)account_gone(&account, 0, 1);
	(void)account_gone(&account, 0, 2);
	(void)account_arrives(&account, 1, 2, OPERATION_UPLOAD);
	account_gone(&account, 0, 3)->is_in_trash = true;
	(void)account_gone(&account, 0, 4);
	(void)account_arrives(&account, 1, 4, OPERATION_ADOPT); /* the server has it there */
	account_gone(&account, 0, 5)->is_nameless = true;       /* rather there than for good */
	(void)account_arrives(&account, 1, 5, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "trash");
	cr_expect_str_eq(account_fate(&account, 0, 2), "B");
	cr_expect_str_eq(account_fate(&account, 0, 3), "removed");
	cr_expect_str_eq(account_fate(&account, 0, 4), "removed");
	cr_expect_str_eq(account_fate(&account, 0, 5), "trash");
	cr_expect_eq(account.plans[0].removals_far, 5);
	account_end(&account);
}

Test(sync_moves, a_new_version_takes_the_place_of_the_old_one)
{
	static struct account account;
	account_begin(&account);
	account.folders[0].replaces = true;
	(void)account_gone(&account, 0, 1); /* its new version has the same header */
	struct operation *same = account_arrives(&account, 0, 1, OPERATION_UPLOAD);
	same->upload.supersedes = 1;
	account_plan(&account);
	cr_expect_eq(same->upload.in_place_of, 1);
	cr_expect_null(account_find(&account, 0, OPERATION_REMOVE_FAR, 1)->removal.moved_to);
	account_end(&account);

	account_begin(&account); /* what it was stands elsewhere by now, and is sent from there */
	account.folders[0].replaces = true;
	(void)account_gone(&account, 0, 1);
	struct operation *other = account_arrives(&account, 0, 2, OPERATION_UPLOAD);
	other->upload.supersedes = 1;
	(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_eq(other->upload.in_place_of, 0);
	account_end(&account);

	account_begin(&account); /* that an earlier run began to send */
	account.folders[0].replaces = true;
	(void)account_gone(&account, 0, 1);
	struct operation *begun = account_arrives(&account, 0, 2, OPERATION_UPLOAD);
	account.added[0][0].begun_version_of = 1;
	account_plan(&account);
	cr_expect_eq(begun->upload.in_place_of, 1);
	account_end(&account);

	account_begin(&account); /* the server cannot */
	(void)account_gone(&account, 0, 1);
	struct operation *plain = account_arrives(&account, 0, 2, OPERATION_UPLOAD);
	plain->upload.supersedes = 1;
	account_plan(&account);
	cr_expect_eq(plain->upload.in_place_of, 0);
	account_end(&account);
}

/* --- Whether a new file is what a removed message became --- */

#define BODY(byte)                                      \
	(struct body_digest)                            \
	{                                               \
		.known = (byte) != 0, .bytes = { byte } \
	}

/* Bodies that are known, and not the same, are two messages; 0: not known. */
Test(sync_moves, another_body_is_another_message)
{
	static const struct {
		uint8_t gone, came;
		const char *sent, *brought; /* the fate, as the file is sent, or was brought */
	} cases[] = {
		{ 7, 7, "B", "moved" }, { 7, 8, "awaits", "removed" }, { 7, 0, "B", "moved" },
		{ 0, 7, "B", "moved" }, { 0, 0, "B", "moved" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct account account;
		account_begin(&account);
		account_gone(&account, 0, 1)->body = BODY(cases[i].gone);
		account_gone(&account, 0, 2)->body = BODY(cases[i].gone);
		(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
		(void)account_arrives(&account, 1, 2, OPERATION_ADOPT);
		for (size_t k = 0; k < 2; k++)
			account.added[1][k].body = BODY(cases[i].came);
		account.added[1][1].upload_from_uid = 50;
		account_plan(&account);
		const struct operation *brought =
			account_find(&account, 0, OPERATION_REMOVE_FAR, 2);
		cr_expect_str_eq(account_fate(&account, 0, 1), cases[i].sent, "case %zu", i);
		cr_expect_eq(brought->removal.has_moved, strcmp(cases[i].brought, "moved") == 0,
			     "case %zu", i);
		account_end(&account);
	}
}

/* What an earlier run brought stands for one removal each; what was there before for none. */
Test(sync_moves, what_was_brought_is_no_loss)
{
	static struct account account;
	account_begin(&account);
	for (size_t folder = 0; folder < 3; folder++)
		(void)account_gone(&account, folder, 1);
	for (size_t n = 0; n < 3; n++) {
		(void)account_arrives(&account, 3, 1, OPERATION_ADOPT);
		account.added[3][n].upload_from_uid = n < 2 ? 50 : 0;
	}
	(void)account_gone(&account, 0, 2); /* an arrival of another message is behind those of 1 */
	(void)account_arrives(&account, 3, 3, OPERATION_ADOPT);
	account.added[3][3].upload_from_uid = 50;
	(void)account_gone(&account, 0, 4); /* sent now: that is told otherwise */
	(void)account_arrives(&account, 3, 4, OPERATION_UPLOAD);
	(void)account_arrives(&account, 3, 4, OPERATION_UPLOAD);
	account.added[3][4].upload_from_uid = account.added[3][5].upload_from_uid = 50;
	account_plan(&account);
	cr_expect_eq(plan_moved_far(&account.plans[0]), 2);
	cr_expect_eq(plan_moved_far(&account.plans[1]), 1);
	cr_expect_eq(plan_moved_far(&account.plans[2]), 0);
	cr_expect_str_eq(account_fate(&account, 0, 1), "removed",
			 "nobody knows from where it came");
	cr_expect_str_eq(account_fate(&account, 0, 2), "removed");
	cr_expect_str_eq(account_fate(&account, 0, 4), "D");
	account_end(&account);
}

/* Its own new version is not what it became, another file of its folder is. */
Test(sync_moves, within_a_folder)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_arrives(&account, 0, 1, OPERATION_UPLOAD);
	(void)account_gone(&account, 1, 2);
	account_arrives(&account, 1, 2, OPERATION_UPLOAD)->upload.supersedes = 2;
	(void)account_gone(&account, 2, 3);
	account_arrives(&account, 2, 3, OPERATION_UPLOAD)->upload.supersedes = 9;
	(void)account_gone(&account, 3, 4);
	(void)account_arrives(&account, 3, 4, OPERATION_UPLOAD);
	account.added[3][0].begun_version_of = 4;
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "A");
	cr_expect_str_eq(account_fate(&account, 1, 2), "awaits");
	cr_expect_str_eq(account_fate(&account, 2, 3), "C");
	cr_expect_str_eq(account_fate(&account, 3, 4), "awaits");
	account_end(&account);
}

/* Of its identity some are there and one is sent: that is what it became. */
Test(sync_moves, only_what_is_sent_is_a_partner)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_gone(&account, 2, 1);
	(void)account_arrives(&account, 0, 1, OPERATION_ADOPT);
	(void)account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	(void)account_arrives(&account, 1, 2, OPERATION_UPLOAD); /* another message, behind it */
	account_plan(&account);
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect_str_eq(account_fate(&account, 2, 1), "awaits");
	cr_expect_null(account.plans[1].operations[OPERATION_UPLOAD].items[1].upload.moved_from);
	account_end(&account);
}

/* Where it is kept from the server it stays there, unless it may be kept elsewhere as well. */
Test(sync_moves, what_is_kept_here_while_others_are_unknown)
{
	static const enum arrival_kind kept[] = { ARRIVAL_WITHHELD, ARRIVAL_HERE_ONLY };
	for (enum arrival_kind kind = 0; kind < ARRIVAL_KINDS; kind++) {
		bool doubt = kind == ARRIVAL_WITHHELD || kind == ARRIVAL_HERE_ONLY;
		for (size_t k = 0; k < COUNT(kept); k++) {
			static struct account account;
			account_begin(&account);
			(void)account_gone(&account, 0, 1);
			account_stands(&account, 1, kept[k]);
			account.arrivals.unknown[kind] = true;
			account_plan(&account);
			cr_expect_str_eq(account_fate(&account, 0, 1), doubt ? "held" : "withheld",
					 "%d, %zu", kind, k);
			account_end(&account);
		}
	}
}

/* --- What the server has already --- */

Test(sync_moves, what_the_server_has_is_carried)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_has(&account, 0, 1, 7);
	struct operation *moved = account_arrives_as(&account, 1, 1, 7);
	(void)account_has(&account, 2, 2, 7); /* it stays */
	struct operation *copied = account_arrives_as(&account, 1, 2, 7);
	(void)account_has(&account, 2, 3, 7); /* a byte of it differs */
	struct operation *sent = account_arrives_as(&account, 1, 3, 8);
	(void)account_has(&account, 1, 4, 7); /* in that folder itself */
	struct operation *own = account_arrives_as(&account, 1, 4, 7);
	account_has(&account, 2, 5, 7)->flags = FLAG_DRAFT;
	struct operation *draft = account_arrives_as(&account, 1, 5, 7);
	account_plan(&account);
	cr_expect(moved->upload.source && moved->upload.moves);
	cr_expect_str_eq(moved->upload.moved_from, "A");
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect(copied->upload.source && !copied->upload.moved_from);
	cr_expect_null(sent->upload.source);
	cr_expect_null(own->upload.source);
	cr_expect_null(draft->upload.source);
	account_end(&account);
}

/* It is copied to each, and goes when they are there. */
Test(sync_moves, one_that_is_needed_twice_does_not_leave_with_the_first)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	(void)account_has(&account, 0, 1, 7);
	struct operation *first = account_arrives_as(&account, 1, 1, 7);
	struct operation *second = account_arrives_as(&account, 2, 1, 7);
	account_plan(&account);
	cr_expect(first->upload.source && !first->upload.moves);
	cr_expect(second->upload.source && !second->upload.moves);
	cr_expect_not(identity_is_none(
		&account_find(&account, 0, OPERATION_REMOVE_FAR, 1)->removal.awaits));
	account_end(&account);
}

/* A change of flags on the server would bring it back; what moved takes it along. */
Test(sync_moves, what_is_contested_moves_as_well)
{
	static struct account account;
	account_begin(&account);
	struct plan *plan_a = &account.plans[0];
	for (uint32_t uid = 1; uid <= 3; uid++) {
		(void)operation_list_add(&plan_a->contested, OPERATION_REMOVE_FAR, uid);
		uid_set_add(&plan_a->downloads, uid);
		account.gone[0][account.folders[0].gone_count++] =
			(struct gone_message){ .uid = uid, .identity = account_identity(uid) };
	}
	account_has(&account, 0, 1, 7)->far_flags = FLAG_FLAGGED;
	struct operation *upload = account_arrives_as(&account, 1, 1, 7);
	account_stands(&account, 2, ARRIVAL_WAITS);
	account_plan(&account);
	cr_expect(upload->upload.source && upload->upload.moves);
	cr_expect_eq(upload->far_wanted, FLAG_FLAGGED, "also where it is sent after all");
	cr_expect_str_eq(account_fate(&account, 0, 1), "B");
	cr_expect_str_eq(account_fate(&account, 0, 2), "held");
	cr_expect_str_eq(account_fate(&account, 0, 3), "nothing", "it was removed: it comes back");
	cr_expect_eq(uid_set_size(&plan_a->downloads), 1);
	account_end(&account);
}

/* A plan may be refused after moves were found. */
Test(sync_moves, half_a_move_is_none)
{
	static struct account account;
	account_begin(&account);
	(void)account_gone(&account, 0, 1);
	struct operation *upload = account_arrives(&account, 1, 1, OPERATION_UPLOAD);
	(void)account_gone(&account, 2, 2);
	(void)account_arrives(&account, 3, 2, OPERATION_UPLOAD);
	account_plan(&account);
	cr_expect_eq(plan_moved_far(&account.plans[0]), 1);
	struct plan *plans[ACCOUNT_FOLDERS];
	for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
		plans[i] = &account.plans[i];
	plan_refuse(plans[0], PLAN_REFUSED_FAR);
	plan_refuse(plans[3], PLAN_REFUSED_NEAR);
	moves_settle(plans, ACCOUNT_FOLDERS);
	cr_expect_null(upload->upload.moved_from, "it is sent");
	cr_expect_str_eq(account_fate(&account, 2, 2), "held");
	cr_expect_eq(plan_moved_far(&account.plans[2]), 0);
	account_end(&account);
}

/* Over random accounts: what the user still has anywhere is on the server, or comes there first. */
Test(sync_moves, nothing_goes_before_what_it_became_is_there)
{
	for (uint32_t seed = 1; seed <= 20000; seed++) {
		static struct account account;
		struct random random = { .state = seed };
		account_begin(&account);
		for (uint32_t content = 1; content <= 12; content++) {
			size_t folder = random_below(&random, ACCOUNT_FOLDERS);
			if (random_below(&random, 2))
				account_gone(&account, folder, content)->is_stub =
					random_below(&random, 4) == 0;
			for (uint32_t n = random_below(&random, 3); n > 0; n--) {
				static const enum operation_kind kinds[] = { OPERATION_UPLOAD,
									     OPERATION_ADOPT,
									     OPERATION_FORGET };
				(void)account_arrives(&account,
						      random_below(&random, ACCOUNT_FOLDERS),
						      content, kinds[random_below(&random, 3)]);
			}
			if (random_below(&random, 4) == 0)
				account_stands(&account, content,
					       (enum arrival_kind)(ARRIVAL_WAITS +
								   random_below(&random, 4)));
		}
		for (size_t i = 0; i < ACCOUNT_FOLDERS; i++)
			account.folders[i].has_trash = random_below(&random, 2);
		account_plan(&account);
		for (size_t i = 0; i < ACCOUNT_FOLDERS; i++) {
			for (uint32_t content = 1; content <= 12; content++) {
				struct identity identity = account_identity(content);
				const struct operation *removal =
					account_find(&account, i, OPERATION_REMOVE_FAR, content);
				if (!removal)
					removal =
						account_find(&account, i, OPERATION_TRASH, content);
				if (!removal || uid_set_contains(&account.plans[i].held, content))
					continue;
				cr_assert_not(arrival_list_holds(&account.arrivals, &identity,
								 ARRIVAL_WAITS),
					      "%u", seed);
				cr_assert_not(arrival_list_holds(&account.arrivals, &identity,
								 ARRIVAL_WITHHELD),
					      "%u", seed);
				if (arrival_list_holds(&account.arrivals, &identity, ARRIVAL_SENT))
					cr_assert_not(identity_is_none(&removal->removal.awaits),
						      "%u", seed);
			}
		}
		account_end(&account);
	}
}
