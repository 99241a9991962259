/* The plan of the account: what becomes of far removals. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "random.h"
#include "sync/plan/moves.h"

enum { FOLDERS = 4, MESSAGES = 40 };

/* An account that is planned folder by folder. */
struct account {
	struct plan plans[FOLDERS];
	struct near_changes changes[FOLDERS];
	struct near_added added[FOLDERS][MESSAGES];
	struct gone_message gone[FOLDERS][MESSAGES];
	struct moves_folder folders[FOLDERS];
	struct arrival_list arrivals;
	struct source_list sources;
};

static struct identity identity_of(uint32_t content)
{
	struct identity identity = { .bytes = { 1 } };
	memcpy(identity.bytes + 8, &content, sizeof content);
	return identity;
}

static void begin(struct account *account)
{
	static const char *const names[FOLDERS] = { "A", "B", "C", "D" };
	*account = (struct account){ .arrivals = { .items = NULL } };
	for (size_t i = 0; i < FOLDERS; i++) {
		account->changes[i].added = account->added[i];
		account->folders[i] = (struct moves_folder){ .plan = &account->plans[i],
							     .changes = &account->changes[i],
							     .gone = account->gone[i],
							     .name = names[i] };
	}
}

static void end(struct account *account)
{
	for (size_t i = 0; i < FOLDERS; i++)
		plan_release(&account->plans[i]);
	arrival_list_release(&account->arrivals);
	source_list_release(&account->sources);
}

/* A message that was removed here; its UID is its content. */
static struct gone_message *gone(struct account *account, size_t folder, uint32_t content)
{
	struct plan *plan = &account->plans[folder];
	struct operation_list *list = &plan->operations[OPERATION_REMOVE_FAR];
	(void)operation_list_add(list, OPERATION_REMOVE_FAR, content);
	plan->removals_far++;
	struct gone_message *message =
		&account->gone[folder][account->folders[folder].gone_count++];
	*message = (struct gone_message){ .uid = content, .identity = identity_of(content) };
	return message;
}

/* A new file. PLANNED: the plan uploads it, or takes it for one that the server has. */
static struct operation *arrives(struct account *account, size_t folder, uint32_t content,
				 enum operation_kind planned)
{
	struct near_changes *changes = &account->changes[folder];
	const struct arrival arrival = { .identity = identity_of(content),
					 .kind = ARRIVAL_SENT,
					 .folder = folder,
					 .added = changes->added_count };
	changes->added[changes->added_count++] = (struct near_added){ .name = NULL };
	arrival_list_add(&account->arrivals, &arrival);
	if (planned == OPERATION_FORGET)
		return NULL;
	struct operation *operation =
		operation_list_add(&account->plans[folder].operations[planned], planned, 0);
	operation->added = arrival.added;
	return operation;
}

static void stands(struct account *account, uint32_t content, enum arrival_kind kind)
{
	const struct arrival arrival = { .identity = identity_of(content),
					 .kind = kind,
					 .folder = SIZE_MAX,
					 .added = SIZE_MAX };
	arrival_list_add(&account->arrivals, &arrival);
}

static void plan(struct account *account)
{
	arrival_list_sort(&account->arrivals);
	source_list_sort(&account->sources);
	moves_plan(account->folders, FOLDERS, &account->arrivals, &account->sources);
}

static const struct operation *find(const struct account *account, size_t folder,
				    enum operation_kind kind, uint32_t uid)
{
	const struct operation_list *list = &account->plans[folder].operations[kind];
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].uid == uid)
			return &list->items[i];
	}
	return NULL;
}

/* What becomes of it, in a word. */
static const char *fate(const struct account *account, size_t folder, uint32_t uid)
{
	const struct operation *removal = find(account, folder, OPERATION_REMOVE_FAR, uid);
	if (uid_set_contains(&account->plans[folder].held, uid))
		return "held";
	if (find(account, folder, OPERATION_TRASH, uid))
		return "trash";
	if (find(account, folder, OPERATION_WITHHOLD, uid))
		return "withheld";
	if (!removal)
		return "nothing";
	if (removal->removal.moved_to)
		return removal->removal.moved_to;
	return identity_is_none(&removal->removal.awaits) ? "removed" : "awaits";
}

Test(sync_moves, a_move_awaits_its_arrival_and_a_removal_does_not)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	(void)gone(&account, 0, 2);
	struct operation *upload = arrives(&account, 1, 1, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "B");
	cr_expect_str_eq(upload->upload.moved_from, "A");
	cr_expect_str_eq(fate(&account, 0, 2), "removed");
	end(&account);
}

Test(sync_moves, what_is_held_is_no_move_yet_and_its_arrival_an_upload)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	struct operation *upload = arrives(&account, 1, 1, OPERATION_UPLOAD);
	stands(&account, 1, ARRIVAL_WAITS); /* a copy of it that goes to the server later */
	plan(&account);
	const struct operation *removal = find(&account, 0, OPERATION_REMOVE_FAR, 1);
	cr_expect(uid_set_contains(&account.plans[0].held, 1));
	cr_expect_not(identity_is_none(&removal->removal.awaits));
	cr_expect_null(removal->removal.moved_to);
	cr_expect_null(upload->upload.moved_from);
	end(&account);
}

Test(sync_moves, chains_and_swaps)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1); /* A to B, while B to C */
	(void)arrives(&account, 1, 1, OPERATION_UPLOAD);
	(void)gone(&account, 1, 2);
	(void)arrives(&account, 2, 2, OPERATION_UPLOAD);
	(void)gone(&account, 2, 3); /* C and D exchange two */
	(void)arrives(&account, 3, 3, OPERATION_UPLOAD);
	(void)gone(&account, 3, 4);
	(void)arrives(&account, 2, 4, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "B");
	cr_expect_str_eq(fate(&account, 1, 2), "C");
	cr_expect_str_eq(fate(&account, 2, 3), "D");
	cr_expect_str_eq(fate(&account, 3, 4), "C");
	end(&account);
}

/* Each new file is what one of them became; the others still wait for it, for it may be theirs. */
Test(sync_moves, two_that_went_and_one_that_came)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	(void)gone(&account, 1, 1);
	(void)arrives(&account, 2, 1, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "C");
	cr_expect_str_eq(fate(&account, 1, 1), "awaits");
	end(&account);
}

Test(sync_moves, what_moved_to_where_nothing_is_sent_stays_on_the_server)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	stands(&account, 1, ARRIVAL_WITHHELD);
	(void)gone(&account, 0, 2);
	stands(&account, 2, ARRIVAL_HERE_ONLY);
	gone(&account, 0, 3)->is_stub = true; /* without the server it would be nothing */
	stands(&account, 3, ARRIVAL_HERE_ONLY);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "withheld");
	cr_expect_str_eq(fate(&account, 0, 2), "withheld");
	cr_expect_str_eq(fate(&account, 0, 3), "removed");
	cr_expect_eq(account.plans[0].removals_far, 1);
	end(&account);
}

Test(sync_moves, what_is_sent_another_time_is_held)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	stands(&account, 1, ARRIVAL_WAITS);
	(void)gone(&account, 0, 2);
	(void)arrives(&account, 1, 2, OPERATION_FORGET); /* no plan sends it */
	gone(&account, 0, 3)->is_stub = true;
	stands(&account, 3, ARRIVAL_STRAY);
	(void)gone(&account, 0, 4); /* whole: what is elsewhere is no concern of its */
	stands(&account, 4, ARRIVAL_STRAY);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "held");
	cr_expect_str_eq(fate(&account, 0, 2), "held");
	cr_expect_str_eq(fate(&account, 0, 3), "held");
	cr_expect_str_eq(fate(&account, 0, 4), "removed");
	end(&account);
}

/* A folder that failed sends nothing in this run. */
Test(sync_moves, what_a_failed_folder_would_send_is_held)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	(void)arrives(&account, 1, 1, OPERATION_UPLOAD);
	account.folders[1].plan = NULL;
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "held");
	end(&account);
}

Test(sync_moves, what_nobody_knows_holds_all)
{
	for (enum arrival_kind kind = 0; kind < ARRIVAL_KINDS; kind++) {
		static struct account account;
		begin(&account);
		(void)gone(&account, 0, 1);
		gone(&account, 0, 2)->is_stub = true;
		account.arrivals.unknown[kind] = true;
		plan(&account);
		const char *whole =
			kind == ARRIVAL_STRAY || kind == ARRIVAL_THERE ? "removed" : "held";
		cr_expect_str_eq(fate(&account, 0, 1), whole, "%d", kind);
		cr_expect_str_eq(fate(&account, 0, 2), kind == ARRIVAL_THERE ? "removed" : "held",
				 "%d", kind);
		end(&account);
	}
}

Test(sync_moves, the_trash_is_for_what_was_removed)
{
	static struct account account;
	begin(&account);
	account.folders[0].has_trash = true;
	(void)gone(&account, 0, 1);
	(void)gone(&account, 0, 2);
	(void)arrives(&account, 1, 2, OPERATION_UPLOAD);
	gone(&account, 0, 3)->is_in_trash = true;
	(void)gone(&account, 0, 4);
	(void)arrives(&account, 1, 4, OPERATION_ADOPT); /* the server has it there */
	gone(&account, 0, 5)->is_nameless = true;       /* rather there than for good */
	(void)arrives(&account, 1, 5, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_str_eq(fate(&account, 0, 1), "trash");
	cr_expect_str_eq(fate(&account, 0, 2), "B");
	cr_expect_str_eq(fate(&account, 0, 3), "removed");
	cr_expect_str_eq(fate(&account, 0, 4), "removed");
	cr_expect_str_eq(fate(&account, 0, 5), "trash");
	cr_expect_eq(account.plans[0].removals_far, 5);
	end(&account);
}

Test(sync_moves, a_new_version_takes_the_place_of_the_old_one)
{
	static struct account account;
	begin(&account);
	account.folders[0].replaces = true;
	(void)gone(&account, 0, 1); /* its new version has the same header */
	struct operation *same = arrives(&account, 0, 1, OPERATION_UPLOAD);
	same->upload.supersedes = 1;
	plan(&account);
	cr_expect_eq(same->upload.in_place_of, 1);
	cr_expect_null(find(&account, 0, OPERATION_REMOVE_FAR, 1)->removal.moved_to);
	end(&account);

	begin(&account); /* what it was stands elsewhere by now, and is sent from there */
	account.folders[0].replaces = true;
	(void)gone(&account, 0, 1);
	struct operation *other = arrives(&account, 0, 2, OPERATION_UPLOAD);
	other->upload.supersedes = 1;
	(void)arrives(&account, 1, 1, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_eq(other->upload.in_place_of, 0);
	end(&account);

	begin(&account); /* that an earlier run began to send */
	account.folders[0].replaces = true;
	(void)gone(&account, 0, 1);
	struct operation *begun = arrives(&account, 0, 2, OPERATION_UPLOAD);
	account.added[0][0].begun_version_of = 1;
	plan(&account);
	cr_expect_eq(begun->upload.in_place_of, 1);
	end(&account);

	begin(&account); /* the server cannot */
	(void)gone(&account, 0, 1);
	struct operation *plain = arrives(&account, 0, 2, OPERATION_UPLOAD);
	plain->upload.supersedes = 1;
	plan(&account);
	cr_expect_eq(plain->upload.in_place_of, 0);
	end(&account);
}

/* --- What the server has already --- */

/* The message of that content and body, UID as content, is in that folder of the server. */
static struct source *has(struct account *account, size_t folder, uint32_t content, uint8_t body)
{
	uint32_t id = (uint32_t)folder + 1;
	const struct source_folder place = { .number = folder, .id = id };
	const struct source_folder *known = source_list_find_folder(&account->sources, id);
	if (!known) {
		known = source_list_add_folder(&account->sources, &place);
		account->sources.folders[account->sources.folder_count - 1]->name =
			memory_text(account->folders[folder].name);
	}
	const struct source source = { .identity = identity_of(content),
				       .folder = known,
				       .uid = content,
				       .body = { .known = true, .bytes = { body } },
				       .base = memory_text("name") };
	source_list_add(&account->sources, &source);
	return &account->sources.items[account->sources.count - 1];
}

static struct operation *arrives_as(struct account *account, size_t folder, uint32_t content,
				    uint8_t body)
{
	static char name[] = "name:2,S";
	struct operation *upload = arrives(account, folder, content, OPERATION_UPLOAD);
	struct near_added *added = &account->added[folder][upload->added];
	added->name = name;
	added->is_identified = true;
	added->identity = identity_of(content);
	added->body = (struct body_digest){ .known = true, .bytes = { body } };
	return upload;
}

Test(sync_moves, what_the_server_has_is_carried)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	(void)has(&account, 0, 1, 7);
	struct operation *moved = arrives_as(&account, 1, 1, 7);
	(void)has(&account, 2, 2, 7); /* it stays */
	struct operation *copied = arrives_as(&account, 1, 2, 7);
	(void)has(&account, 2, 3, 7); /* a byte of it differs */
	struct operation *sent = arrives_as(&account, 1, 3, 8);
	(void)has(&account, 1, 4, 7); /* in that folder itself */
	struct operation *own = arrives_as(&account, 1, 4, 7);
	has(&account, 2, 5, 7)->flags = FLAG_DRAFT;
	struct operation *draft = arrives_as(&account, 1, 5, 7);
	plan(&account);
	cr_expect(moved->upload.source && moved->upload.moves);
	cr_expect_str_eq(moved->upload.moved_from, "A");
	cr_expect_str_eq(fate(&account, 0, 1), "B");
	cr_expect(copied->upload.source && !copied->upload.moved_from);
	cr_expect_null(sent->upload.source);
	cr_expect_null(own->upload.source);
	cr_expect_null(draft->upload.source);
	end(&account);
}

/* It is copied to each, and goes when they are there. */
Test(sync_moves, one_that_is_needed_twice_does_not_leave_with_the_first)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	(void)has(&account, 0, 1, 7);
	struct operation *first = arrives_as(&account, 1, 1, 7);
	struct operation *second = arrives_as(&account, 2, 1, 7);
	plan(&account);
	cr_expect(first->upload.source && !first->upload.moves);
	cr_expect(second->upload.source && !second->upload.moves);
	cr_expect_not(
		identity_is_none(&find(&account, 0, OPERATION_REMOVE_FAR, 1)->removal.awaits));
	end(&account);
}

/* A change of flags on the server would bring it back; what moved takes it along. */
Test(sync_moves, what_is_contested_moves_as_well)
{
	static struct account account;
	begin(&account);
	struct plan *plan_a = &account.plans[0];
	for (uint32_t uid = 1; uid <= 3; uid++) {
		(void)operation_list_add(&plan_a->contested, OPERATION_REMOVE_FAR, uid);
		uid_set_add(&plan_a->downloads, uid);
		account.gone[0][account.folders[0].gone_count++] =
			(struct gone_message){ .uid = uid, .identity = identity_of(uid) };
	}
	has(&account, 0, 1, 7)->far_flags = FLAG_FLAGGED;
	struct operation *upload = arrives_as(&account, 1, 1, 7);
	stands(&account, 2, ARRIVAL_WAITS);
	plan(&account);
	cr_expect(upload->upload.source && upload->upload.moves);
	cr_expect_eq(upload->far_wanted, FLAG_FLAGGED, "also where it is sent after all");
	cr_expect_str_eq(fate(&account, 0, 1), "B");
	cr_expect_str_eq(fate(&account, 0, 2), "held");
	cr_expect_str_eq(fate(&account, 0, 3), "nothing", "it was removed: it comes back");
	cr_expect_eq(uid_set_size(&plan_a->downloads), 1);
	end(&account);
}

/* A plan may be refused after moves were found. */
Test(sync_moves, half_a_move_is_none)
{
	static struct account account;
	begin(&account);
	(void)gone(&account, 0, 1);
	struct operation *upload = arrives(&account, 1, 1, OPERATION_UPLOAD);
	(void)gone(&account, 2, 2);
	(void)arrives(&account, 3, 2, OPERATION_UPLOAD);
	plan(&account);
	cr_expect_eq(plan_moved_far(&account.plans[0]), 1);
	struct plan *plans[FOLDERS];
	for (size_t i = 0; i < FOLDERS; i++)
		plans[i] = &account.plans[i];
	plan_refuse(plans[0], PLAN_REFUSED_FAR);
	plan_refuse(plans[3], PLAN_REFUSED_NEAR);
	moves_settle(plans, FOLDERS);
	cr_expect_null(upload->upload.moved_from, "it is sent");
	cr_expect_str_eq(fate(&account, 2, 2), "held");
	cr_expect_eq(plan_moved_far(&account.plans[2]), 0);
	end(&account);
}

/* Over random accounts: what the user still has anywhere is on the server, or comes there first. */
Test(sync_moves, nothing_goes_before_what_it_became_is_there)
{
	for (uint32_t seed = 1; seed <= 20000; seed++) {
		static struct account account;
		struct random random = { .state = seed };
		begin(&account);
		for (uint32_t content = 1; content <= 12; content++) {
			size_t folder = random_below(&random, FOLDERS);
			if (random_below(&random, 2))
				gone(&account, folder, content)->is_stub =
					random_below(&random, 4) == 0;
			for (uint32_t n = random_below(&random, 3); n > 0; n--) {
				static const enum operation_kind kinds[] = { OPERATION_UPLOAD,
									     OPERATION_ADOPT,
									     OPERATION_FORGET };
				(void)arrives(&account, random_below(&random, FOLDERS), content,
					      kinds[random_below(&random, 3)]);
			}
			if (random_below(&random, 4) == 0)
				stands(&account, content,
				       (enum arrival_kind)(ARRIVAL_WAITS +
							   random_below(&random, 4)));
		}
		for (size_t i = 0; i < FOLDERS; i++)
			account.folders[i].has_trash = random_below(&random, 2);
		plan(&account);
		for (size_t i = 0; i < FOLDERS; i++) {
			for (uint32_t content = 1; content <= 12; content++) {
				struct identity identity = identity_of(content);
				const struct operation *removal =
					find(&account, i, OPERATION_REMOVE_FAR, content);
				if (!removal)
					removal = find(&account, i, OPERATION_TRASH, content);
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
		end(&account);
	}
}
