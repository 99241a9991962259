/* What a plan says of its operations, by their kinds. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "sync-plan-parts.h"
#include "sync/plan/plan.h"
#include "sync/plan/source.h"
#include "sync/sync.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a plan of one operation of a kind says. */
static const struct {
	enum operation_kind kind;
	const char *verb;
	unsigned int side;
	bool removes, has_flags;
	struct sync_counts counts;
} kinds[] = {
	{ OPERATION_UPLOAD, "upload", CONFIG_SIDE_FAR, false, false, { .uploaded = 1 } },
	{ OPERATION_MERGE, NULL, 0, false, true, { .near_flags = 1, .far_flags = 1 } },
	{ OPERATION_WITHHOLD, NULL, 0, false, true, { .near_flags = 1, .far_flags = 1 } },
	{ OPERATION_ADOPT,
	  "adopt",
	  0,
	  false,
	  true,
	  { .adopted = 1, .near_flags = 1, .far_flags = 1 } },
	{ OPERATION_REMOVE_NEAR,
	  "remove-near",
	  CONFIG_SIDE_NEAR,
	  true,
	  false,
	  { .near_removed = 1 } },
	{ OPERATION_REMOVE_FAR, "remove-far", CONFIG_SIDE_FAR, true, false, { .far_removed = 1 } },
	{ OPERATION_TRASH, "trash", CONFIG_SIDE_FAR, true, false, { .far_removed = 1 } },
	{ OPERATION_FORGET, "forget", 0, true, false, { .expired = 0 } },
};

static void add(struct plan *plan, enum operation_kind kind, uint32_t uid)
{
	struct operation *operation = operation_list_add(&plan->operations[kind], kind, uid);
	operation->near_wanted = FLAG_SEEN;
	operation->far_wanted = FLAG_FLAGGED;
}

Test(sync_operation, facts_of_each_kind)
{
	cr_assert_eq(COUNT(kinds), OPERATION_KINDS);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct operation_facts *facts = operation_facts(kinds[i].kind);
		cr_expect_eq(kinds[i].kind, i);
		cr_expect_eq(facts->side, kinds[i].side, "kind %zu", i);
		cr_expect_eq(facts->removes, kinds[i].removes, "kind %zu", i);
		cr_expect_eq(facts->has_flags, kinds[i].has_flags, "kind %zu", i);
		cr_assert_eq(!facts->verb, !kinds[i].verb, "kind %zu", i);
		if (facts->verb)
			cr_expect_str_eq(facts->verb, kinds[i].verb);
	}
}

Test(sync_operation, a_plan_of_one_kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct plan plan = { .refusal = PLAN_ALLOWED };
		struct sync_counts counts = { .downloaded = 0 };
		cr_expect(plan_is_empty(&plan) && !plan_has_operations(&plan));
		add(&plan, kinds[i].kind, 7);
		cr_expect(!plan_is_empty(&plan) && plan_has_operations(&plan), "kind %zu", i);
		cr_expect_eq(plan_removes(&plan), kinds[i].removes, "kind %zu", i);
		cr_expect_eq(plan_transfers(&plan), !kinds[i].removes, "kind %zu", i);
		cr_expect_eq(plan_stores(&plan), kinds[i].has_flags, "kind %zu", i);
		cr_expect_eq(plan_changes_far(&plan),
			     kinds[i].has_flags || kinds[i].side == CONFIG_SIDE_FAR, "kind %zu", i);
		plan_count(&plan, &counts);
		cr_expect_arr_eq(&counts, &kinds[i].counts, sizeof counts, "kind %zu", i);
		plan_release(&plan);
	}
}

/* Flags that are as they shall be are not counted, and nothing is stored for them. */
Test(sync_operation, flags_that_do_not_change)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	struct sync_counts counts = { .downloaded = 0 };
	(void)operation_list_add(&plan.operations[OPERATION_MERGE], OPERATION_MERGE, 1);
	(void)operation_list_add(&plan.operations[OPERATION_ADOPT], OPERATION_ADOPT, 2);
	plan_count(&plan, &counts);
	cr_expect_eq(counts.near_flags, 0);
	cr_expect_eq(counts.far_flags, 0);
	cr_expect_eq(counts.adopted, 1);
	cr_expect(!plan_stores(&plan) && !plan_changes_far(&plan) && plan_transfers(&plan));
	plan_release(&plan);
}

Test(sync_operation, messages_are_counted_by_their_sets)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	struct sync_counts counts = { .downloaded = 0 };
	uid_set_add_range(&plan.downloads, 3, 5);
	cr_expect(plan_transfers(&plan) && !plan_removes(&plan) && !plan_is_empty(&plan));
	uid_set_add_range(&plan.expires, 8, 9);
	cr_expect(plan_removes(&plan));
	cr_expect(!plan_has_operations(&plan) && !plan_changes_far(&plan));
	for (uint32_t uid = 11; uid < 15; uid++)
		add(&plan, OPERATION_REMOVE_FAR, uid);
	plan_count(&plan, &counts);
	cr_expect_eq(counts.downloaded, 3);
	cr_expect_eq(counts.expired, 2);
	cr_expect_eq(counts.far_removed, 4);
	plan_refuse(&plan, PLAN_REFUSED_FAR);
	cr_expect(!plan_has_operations(&plan) && !plan_transfers(&plan) && !plan_removes(&plan));
	cr_expect(!plan_is_empty(&plan), "a refusal is to be told");
	plan_release(&plan);
}

/* A plan is empty only when nothing is to come either. */
Test(sync_operation, what_comes_is_something_to_do)
{
	for (int what = 0; what < 4; what++) {
		struct plan plan = { .refusal = PLAN_ALLOWED };
		(void)operation_list_add(&plan.contested, OPERATION_REMOVE_FAR,
					 5); /* not planned */
		cr_expect(plan_is_empty(&plan));
		if (what == 0)
			uid_set_add(&plan.downloads, 5);
		if (what == 1)
			copy_list_add(&plan.copies, &(struct plan_copy){ .uid = 5 });
		if (what == 2)
			uid_set_add(&plan.expires, 5);
		if (what == 3)
			uid_set_add(&plan.outside, 5);
		cr_expect_not(plan_is_empty(&plan), "%d", what);
		cr_expect_eq(plan_transfers(&plan), what < 2, "%d", what);
		cr_expect_eq(plan_removes(&plan), what == 2, "%d", what);
		cr_expect_not(plan_has_operations(&plan), "%d", what);
		plan_release(&plan);
	}
}

Test(sync_operation, what_the_server_carries_is_not_sent)
{
	static const struct source source = { .uid = 9 };
	struct plan plan = { .refusal = PLAN_ALLOWED };
	struct sync_counts counts = { .downloaded = 0 };
	struct operation_list *uploads = &plan.operations[OPERATION_UPLOAD];
	for (int i = 0; i < 5; i++)
		add(&plan, OPERATION_UPLOAD, 0);
	uploads->items[1].upload.source = &source;
	uploads->items[2].upload.source = &source;
	uploads->items[2].upload.moved_from = "Other"; /* it is told there */
	uploads->count--;
	cr_expect_eq(plan_sent(&plan), 2);
	copy_list_add(&plan.copies, &(struct plan_copy){ .uid = 5 });
	copy_list_add(&plan.copies, &(struct plan_copy){ .uid = 6 });
	plan_count(&plan, &counts);
	cr_expect_eq(counts.uploaded, 2);
	cr_expect_eq(counts.copied, 1);
	cr_expect_eq(counts.linked, 2);
	cr_expect_eq(counts.moved, 0);
	plan_count(&plan, &counts);
	cr_expect_eq(counts.uploaded, 4, "counts are added");
	cr_expect_eq(counts.copied, 2);
	cr_expect_eq(counts.linked, 4);
	plan_release(&plan);
}

/* Only what acts there waits; a new message has no UID yet, and a number held is not its. */
Test(sync_operation, what_is_told)
{
	static const struct {
		enum operation_kind kind;
		uint32_t uid;
		bool held, moved, told;
	} cases[] = {
		{ OPERATION_REMOVE_FAR, 5, false, false, true },
		{ OPERATION_REMOVE_FAR, 5, true, false, false },
		{ OPERATION_REMOVE_FAR, 6, true, false, true },
		{ OPERATION_TRASH, 5, true, false, false },
		{ OPERATION_REMOVE_NEAR, 5, true, false, true },
		{ OPERATION_UPLOAD, 0, true, false, true },
		{ OPERATION_UPLOAD, 0, false, true, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct plan plan = { .refusal = PLAN_ALLOWED };
		const struct operation operation = {
			.kind = cases[i].kind,
			.uid = cases[i].uid,
			.upload = { .moved_from = cases[i].moved ? "Other" : NULL }
		};
		if (cases[i].held)
			uid_set_add(&plan.held, 5);
		cr_expect_eq(plan_tells(&plan, &operation), cases[i].told, "case %zu", i);
		plan_release(&plan);
	}
}

/* Flags of several are counted each, on either side, and what stands behind the end is not. */
Test(sync_operation, flags_are_counted_side_by_side)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	struct sync_counts counts = { .downloaded = 0 };
	struct operation_list *merges = &plan.operations[OPERATION_MERGE];
	for (uint32_t uid = 1; uid <= 4; uid++)
		(void)operation_list_add(merges, OPERATION_MERGE, uid);
	merges->items[3].far_wanted = merges->items[3].near_wanted = FLAG_SEEN;
	merges->count--;
	cr_expect_not(plan_stores(&plan));
	plan_count(&plan, &counts);
	cr_expect(counts.near_flags == 0 && counts.far_flags == 0);
	merges->items[0].near_wanted = merges->items[1].near_wanted = FLAG_SEEN;
	merges->items[2].far_wanted = FLAG_SEEN;
	cr_expect(plan_stores(&plan) && plan_changes_far(&plan));
	plan_count(&plan, &counts);
	cr_expect_eq(counts.near_flags, 2);
	cr_expect_eq(counts.far_flags, 1);
	plan_release(&plan);
}

/* Lists are searched by UID, up to their end. */
Test(sync_operation, found_by_uid)
{
	static const uint32_t uids[] = { 2, 5, 6, 9, 12, 20 };
	for (size_t count = 0; count <= COUNT(uids); count++) {
		struct operation_list list = { .items = NULL };
		for (size_t i = 0; i < COUNT(uids); i++)
			(void)operation_list_add(&list, OPERATION_FORGET, uids[i]);
		list.count = count;
		for (uint32_t uid = 1, next = 0; uid <= 21; uid++) {
			const struct operation *found = operation_list_find(&list, uid);
			bool has = next < count && uids[next] == uid;
			cr_expect_eq(found, has ? &list.items[next] : NULL, "%u of %zu", uid,
				     count);
			next += next < COUNT(uids) && uids[next] == uid;
		}
		struct uid_set set = UID_SET_INITIAL;
		operation_list_uids(&list, &set);
		cr_expect_eq(uid_set_size(&set), count);
		uid_set_release(&set);
		operation_list_release(&list);
	}
}

/* All that a plan would do is gone when it is refused, but for what was to be copied. */
Test(sync_operation, a_refused_plan_does_nothing)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++)
		add(&plan, kind, 7);
	(void)operation_list_add(&plan.contested, OPERATION_REMOVE_FAR, 8);
	copy_list_add(&plan.copies, &(struct plan_copy){ .uid = 5 });
	uid_set_add(&plan.downloads, 1);
	uid_set_add(&plan.expires, 2);
	uid_set_add(&plan.outside, 3);
	uid_set_add(&plan.hidden, 4);
	uid_set_add(&plan.held, 5);
	plan_refuse(&plan, PLAN_REFUSED_NEAR);
	cr_expect_eq(plan.refusal, PLAN_REFUSED_NEAR);
	cr_expect_eq(plan_size(&plan), 0);
	cr_expect_eq(plan.contested.count, 0);
	cr_expect_eq(plan.copies.count, 1);
	cr_expect(uid_set_is_empty(&plan.downloads) && uid_set_is_empty(&plan.expires) &&
		  uid_set_is_empty(&plan.outside) && uid_set_is_empty(&plan.hidden) &&
		  uid_set_is_empty(&plan.held));
	plan_release(&plan);
}

Test(sync_operation, a_move_is_counted_once_and_what_waits_not_at_all)
{
	struct plan plan = { .refusal = PLAN_ALLOWED };
	struct sync_counts counts = { .downloaded = 0 };
	for (uint32_t uid = 1; uid <= 3; uid++)
		add(&plan, OPERATION_REMOVE_FAR, uid);
	plan.operations[OPERATION_REMOVE_FAR].items[0].removal.moved_to = "Archive";
	uid_set_add(&plan.held, 2);
	add(&plan, OPERATION_UPLOAD, 0);
	add(&plan, OPERATION_UPLOAD, 0);
	plan.operations[OPERATION_UPLOAD].items[1].upload.moved_from = "Other";
	plan_count(&plan, &counts);
	cr_expect_eq(counts.moved, 1);
	cr_expect_eq(counts.far_removed, 1);
	cr_expect_eq(counts.uploaded, 1);
	plan_release(&plan);
}

/* Three far removals, of 5, 6 and 7, of messages whose flags the base has. */
static struct plan make_removals(void)
{
	struct plan plan = { .removals_far = 3 };
	for (uint32_t uid = 5; uid <= 7; uid++) {
		struct operation *operation = operation_list_add(
			&plan.operations[OPERATION_REMOVE_FAR], OPERATION_REMOVE_FAR, uid);
		operation->base_flags = FLAG_SEEN | FLAG_ANSWERED;
		operation->far_flags = operation->far_wanted = FLAG_SEEN;
	}
	return plan;
}

static void assert_uids(const struct plan *plan, enum operation_kind kind, const char *expected)
{
	struct uid_set uids = UID_SET_INITIAL;
	struct buffer text = BUFFER_INITIAL;
	operation_list_uids(&plan->operations[kind], &uids);
	uid_set_format(&uids, &text);
	cr_assert_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
	uid_set_release(&uids);
}

Test(sync_operation, far_removals_that_are_withheld)
{
	struct plan plan = make_removals();
	struct uid_set uids = UID_SET_INITIAL;
	uid_set_add(&uids, 6);
	uid_set_add(&uids, 9);
	plan_withhold_far(&plan, &uids);
	assert_uids(&plan, OPERATION_REMOVE_FAR, "5,7");
	assert_uids(&plan, OPERATION_WITHHOLD, "6");
	const struct operation *withheld = plan_first(&plan, OPERATION_WITHHOLD);
	cr_expect_eq(plan.removals_far, 2);
	cr_expect_eq(withheld->kind, OPERATION_WITHHOLD);
	cr_expect_eq(withheld->absent, STATE_ABSENT_NEAR);
	cr_expect_eq(withheld->base_flags, FLAG_SEEN | FLAG_ANSWERED);
	cr_expect(!operation_stores(withheld) && !operation_renames(withheld));
	cr_expect_null(withheld->name);
	uid_set_release(&uids);
	plan_release(&plan);
}

Test(sync_operation, far_removals_that_go_to_the_trash)
{
	struct plan plan = make_removals();
	struct uid_set uids = UID_SET_INITIAL;
	uid_set_add_range(&uids, 6, 7);
	plan_trash_far(&plan, &uids);
	assert_uids(&plan, OPERATION_REMOVE_FAR, "5");
	assert_uids(&plan, OPERATION_TRASH, "6:7");
	cr_expect_eq(plan_first(&plan, OPERATION_TRASH)->kind, OPERATION_TRASH);
	cr_expect_eq(plan.removals_far, 3); /* they go all the same */
	cr_expect(plan_removes_far(&plan));
	uid_set_release(&uids);
	plan_release(&plan);
}
