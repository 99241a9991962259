/* The plan: conflicts, guard, restore, flags that cannot be stored. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "sync-plan-parts.h"
#include "sync/plan/plan.h"

#define COUNT 200 /* messages of the base: UIDs 1 to COUNT, all \Seen, in cur/ */

/* What the base knows of UID 5. */
static uint32_t five_flags = FLAG_SEEN;
static enum state_absence five_absent = STATE_ABSENT_NOWHERE;

static int give(uint32_t uid, struct state_message *message_r)
{
	*message_r = (struct state_message){
		.uid = uid, .flags = FLAG_SEEN, .place = 1, .name = "name:2,S", .base_length = 4
	};
	if (uid == 5) {
		message_r->flags = five_flags;
		message_r->absent = five_absent;
	}
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	const uint32_t *count = context;
	(void)error;
	return uid >= 1 && uid <= *count ? give(uid, message_r) : 0;
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	(void)context, (void)base, (void)base_length, (void)message_r, (void)error;
	return 0;
}

static const struct plan_rules usual = { .pull = CONFIG_KINDS_ALL,
					 .push = CONFIG_KINDS_ALL,
					 .expunge = CONFIG_SIDES_BOTH,
					 .far_storable = FLAGS_SYSTEM,
					 .max_delete_count = 100,
					 .max_delete_percent = 30 };

static struct plan make(uint32_t count, const struct near_changes *near,
			const struct far_changes *far, const struct plan_rules *rules)
{
	struct base_view base = { .context = &count,
				  .by_uid = by_uid,
				  .by_name = by_name,
				  .next = by_uid,
				  .count = count };
	struct plan plan;
	cr_assert_eq(plan_make(&base, near, far, rules, &plan, NULL), 0);
	plan_guard(&plan, rules);
	return plan;
}

/* What one side did with UID 5: removed it, or gave it these flags. */
#define GONE UINT32_MAX

static struct plan make_conflict(uint32_t near_flags, uint32_t far_flags,
				 const struct plan_rules *rules)
{
	char name[] = "name:2,";
	struct near_changed near_changed = {
		.uid = 5, .place = 1, .name = name, .flags = near_flags
	};
	struct far_changed far_changed = { .uid = 5, .flags = far_flags };
	struct uid_range five = { 5, 5 };
	struct near_changes near = { .changed = &near_changed };
	struct far_changes far = { .changed = &far_changed };
	if (near_flags == GONE)
		near.removed = (struct uid_set){ .ranges = &five, .count = 1 };
	else
		near.changed_count = 1;
	if (far_flags == GONE)
		far.removed = (struct uid_set){ .ranges = &five, .count = 1 };
	else
		far.changed_count = 1;
	return make(COUNT, &near, &far, rules);
}

static const struct {
	uint32_t near, far;
	enum operation_kind kind;
	bool download;
} conflicts[] = {
	{ GONE, GONE, OPERATION_FORGET, false },
	{ GONE, FLAG_SEEN, OPERATION_REMOVE_FAR, false },
	{ GONE, 0, OPERATION_REMOVE_FAR, false },
	{ GONE, FLAG_SEEN | FLAG_DELETED, OPERATION_REMOVE_FAR, false },
	{ GONE, FLAG_SEEN | FLAG_FLAGGED, 0, true },
	{ GONE, FLAG_ANSWERED, 0, true },
	{ FLAG_SEEN, GONE, OPERATION_REMOVE_NEAR, false },
	{ 0, GONE, OPERATION_REMOVE_NEAR, false },
	{ FLAG_DELETED, GONE, OPERATION_REMOVE_NEAR, false },
	{ FLAG_SEEN | FLAG_DRAFT, GONE, OPERATION_UPLOAD, false },
	{ FLAG_ANSWERED, GONE, OPERATION_UPLOAD, false },
};

Test(sync_plan, removal_against_change)
{
	for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
		struct plan plan = make_conflict(conflicts[i].near, conflicts[i].far, &usual);
		cr_assert_eq(plan.refusal, PLAN_ALLOWED);
		cr_expect_eq(uid_set_contains(&plan.downloads, 5), conflicts[i].download,
			     "case %zu", i);
		cr_assert_eq(plan_size(&plan), conflicts[i].download ? 0 : 1, "case %zu", i);
		if (plan_size(&plan) > 0)
			cr_expect_eq(plan_any(&plan)->kind, conflicts[i].kind, "case %zu", i);
		if (plan_size(&plan) > 0 && plan_any(&plan)->kind == OPERATION_UPLOAD)
			cr_expect_eq(plan_any(&plan)->upload.replaces, 5);
		plan_release(&plan);
	}
}

/* Removals under rules: what is kept, on which side it counts as absent, and whether it is marked.
 */
#define NO_DELETIONS (CONFIG_KINDS_ALL & ~(unsigned int)CONFIG_KIND_DELETIONS)
#define NO_FLAGS (CONFIG_KINDS_ALL & ~(unsigned int)CONFIG_KIND_FLAGS)
#define NO_NEW (CONFIG_KINDS_ALL & ~(unsigned int)CONFIG_KIND_NEW)
#define ALL CONFIG_KINDS_ALL
#define BOTH CONFIG_SIDES_BOTH

static const struct {
	uint32_t near, far;
	unsigned int pull, push, expunge;
	enum operation_kind kind;
	enum state_absence absent;
	bool marked;
} ruled[] = {
	{ GONE, 1, ALL, NO_DELETIONS, BOTH, OPERATION_WITHHOLD, STATE_ABSENT_NEAR, false },
	{ GONE, 1, ALL, ALL, 0, OPERATION_WITHHOLD, STATE_ABSENT_NEAR, true },
	{ GONE, 1, ALL, ALL, CONFIG_SIDE_NEAR, OPERATION_WITHHOLD, STATE_ABSENT_NEAR, true },
	{ GONE, 1, ALL, ALL, CONFIG_SIDE_FAR, OPERATION_REMOVE_FAR, 0, false },
	{ GONE, 5, NO_NEW, ALL, BOTH, OPERATION_WITHHOLD, STATE_ABSENT_NEAR, false },
	{ GONE, 5, NO_NEW, ALL, 0, OPERATION_WITHHOLD, STATE_ABSENT_NEAR, false },
	{ GONE, 5, NO_FLAGS, ALL, BOTH, OPERATION_REMOVE_FAR, 0, false },
	{ 1, GONE, NO_DELETIONS, ALL, BOTH, OPERATION_WITHHOLD, STATE_ABSENT_FAR, false },
	{ 1, GONE, ALL, ALL, 0, OPERATION_WITHHOLD, STATE_ABSENT_FAR, true },
	{ 1, GONE, ALL, ALL, CONFIG_SIDE_FAR, OPERATION_WITHHOLD, STATE_ABSENT_FAR, true },
	{ 1, GONE, ALL, ALL, CONFIG_SIDE_NEAR, OPERATION_REMOVE_NEAR, 0, false },
	{ 5, GONE, ALL, NO_NEW, BOTH, OPERATION_WITHHOLD, STATE_ABSENT_FAR, false },
	{ 5, GONE, ALL, NO_NEW, 0, OPERATION_WITHHOLD, STATE_ABSENT_FAR, false },
	{ 5, GONE, ALL, NO_FLAGS, BOTH, OPERATION_REMOVE_NEAR, 0, false },
};

Test(sync_plan, removals_under_rules)
{
	cr_assert_eq(FLAG_SEEN | FLAG_FLAGGED, 5);
	for (size_t i = 0; i < sizeof ruled / sizeof *ruled; i++) {
		struct plan_rules rules = usual;
		rules.pull = ruled[i].pull;
		rules.push = ruled[i].push;
		rules.expunge = ruled[i].expunge;
		struct plan plan = make_conflict(ruled[i].near, ruled[i].far, &rules);
		cr_assert_eq(plan_size(&plan), 1, "case %zu", i);
		cr_expect(uid_set_is_empty(&plan.downloads), "case %zu", i);
		const struct operation *operation = plan_any(&plan);
		cr_expect_eq(operation->kind, ruled[i].kind, "case %zu", i);
		cr_expect_eq(operation->absent, ruled[i].absent, "case %zu", i);
		uint32_t flags =
			ruled[i].near == GONE ? operation->far_wanted : operation->near_wanted;
		cr_expect_eq((flags & FLAG_DELETED) != 0, ruled[i].marked, "case %zu", i);
		plan_release(&plan);
	}
}

/* Who takes away the mark that stands for a removal wants the message back. */
Test(sync_plan, a_mark_that_is_taken_away_brings_it_back)
{
	struct plan_rules rules = usual;
	rules.expunge = 0;
	five_flags = FLAG_SEEN | FLAG_DELETED;
	for (int absent = 0; absent < 2; absent++) {
		five_absent = absent ? STATE_ABSENT_NEAR : STATE_ABSENT_NOWHERE;
		struct plan plan = make_conflict(GONE, FLAG_SEEN, &rules);
		cr_expect_eq(uid_set_contains(&plan.downloads, 5), absent);
		plan_release(&plan);
		five_absent = absent ? STATE_ABSENT_FAR : STATE_ABSENT_NOWHERE;
		plan = make_conflict(FLAG_SEEN, GONE, &rules);
		cr_expect_eq(plan_has(&plan, OPERATION_UPLOAD), absent);
		plan_release(&plan);
	}
	five_absent = STATE_ABSENT_NEAR;
	struct plan plan = make_conflict(GONE, five_flags, &rules);
	cr_expect(uid_set_is_empty(&plan.downloads));
	cr_expect_eq(plan_size(&plan), 0, "it is as it was");
	plan_release(&plan);
}

Test(sync_plan, restore_turns_removals_round)
{
	struct plan_rules rules = usual;
	rules.restore = true;
	struct plan plan = make_conflict(GONE, FLAG_SEEN, &rules);
	cr_expect(uid_set_contains(&plan.downloads, 5));
	cr_expect_eq(plan_size(&plan), 0);
	plan_release(&plan);
	plan = make_conflict(FLAG_SEEN, GONE, &rules);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->kind, OPERATION_UPLOAD);
	plan_release(&plan);
}

static const struct {
	uint32_t near, far, merged;
} merges[] = {
	{ FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN, FLAG_SEEN | FLAG_FLAGGED },
	{ FLAG_SEEN, FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_FLAGGED },
	{ 0, FLAG_SEEN | FLAG_FLAGGED, FLAG_FLAGGED },
	{ FLAG_SEEN | FLAG_ANSWERED, 0, FLAG_ANSWERED },
	{ 0, 0, 0 },
	{ FLAG_DRAFT, FLAG_DELETED, FLAG_DRAFT | FLAG_DELETED },
};

Test(sync_plan, flags_merge_flag_by_flag)
{
	for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
		struct plan plan = make_conflict(merges[i].near, merges[i].far, &usual);
		cr_assert_eq(plan_size(&plan), 1, "case %zu", i);
		const struct operation *operation = plan_any(&plan);
		cr_expect_eq(operation->kind, OPERATION_MERGE);
		cr_expect_eq(operation->near_wanted, merges[i].merged, "case %zu", i);
		cr_expect_eq(operation->far_wanted, merges[i].merged, "case %zu", i);
		cr_expect_eq(operation->base_flags, merges[i].merged, "case %zu", i);
		plan_release(&plan);
	}
}

Test(sync_plan, flags_that_cannot_be_stored_stay_near)
{
	struct plan_rules rules = usual;
	rules.far_storable = FLAG_SEEN;
	struct plan plan =
		make_conflict(FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_ANSWERED, &rules);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->near_wanted, FLAG_SEEN | FLAG_FLAGGED | FLAG_ANSWERED);
	cr_expect_eq(plan_any(&plan)->far_wanted, plan_any(&plan)->far_flags);
	cr_expect_eq(plan_any(&plan)->base_flags, FLAG_SEEN | FLAG_ANSWERED);
	plan_release(&plan);
}

static const struct {
	uint32_t count, removed;
	enum plan_refusal refusal;
} guards[] = {
	{ 200, 100, PLAN_ALLOWED },                                    /* not more than 100 */
	{ 200, 101, PLAN_REFUSED_FAR },                                /* more than 100 and 30 % */
	{ 1000, 300, PLAN_ALLOWED },                                   /* not more than 30 % */
	{ 1000, 301, PLAN_REFUSED_FAR }, { 40, 40, PLAN_REFUSED_FAR }, /* emptied */
	{ 40, 39, PLAN_ALLOWED },        { 2, 2, PLAN_REFUSED_FAR },
	{ 1, 1, PLAN_ALLOWED }, /* the last message */
};

/* The same removals on either side: what one side lost is refused on the other. */
static struct plan make_removed(uint32_t count, uint32_t removed, bool near_side,
				const struct plan_rules *rules)
{
	struct uid_range range = { 1, removed };
	const struct uid_set gone = { .ranges = &range, .count = 1 };
	const struct near_changes near = { .removed = near_side ? gone : (struct uid_set){ 0 } };
	const struct far_changes far = { .removed = near_side ? (struct uid_set){ 0 } : gone };
	return make(count, &near, &far, rules);
}

static void expect_guard(size_t i, bool near_side)
{
	enum plan_refusal refusal = guards[i].refusal;
	struct plan_rules other = usual;
	if (refusal == PLAN_REFUSED_FAR && !near_side)
		refusal = PLAN_REFUSED_NEAR;
	struct plan plan = make_removed(guards[i].count, guards[i].removed, near_side, &usual);
	cr_expect_eq(plan.refusal, refusal, "case %zu, near %d", i, near_side);
	cr_expect_eq(plan_size(&plan), refusal == PLAN_ALLOWED ? guards[i].removed : 0);
	cr_expect_eq(plan.removals_far, near_side ? guards[i].removed : 0);
	cr_expect_eq(plan.removals_near, near_side ? 0 : guards[i].removed);
	plan_release(&plan);
	other.force_delete = true;
	plan = make_removed(guards[i].count, guards[i].removed, near_side, &other);
	cr_expect_eq(plan.refusal, PLAN_ALLOWED, "case %zu, near %d", i, near_side);
	cr_expect_eq(plan_size(&plan), guards[i].removed);
	plan_release(&plan);
	other = usual;
	other.max_delete_count = PLAN_NO_GUARD;
	plan = make_removed(guards[i].count, guards[i].removed, near_side, &other);
	cr_expect_eq(plan.refusal, PLAN_ALLOWED, "case %zu, near %d", i, near_side);
	plan_release(&plan);
}

Test(sync_plan, guard)
{
	for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
		expect_guard(i, true);
		expect_guard(i, false);
	}
}

/* A side that lost all is no less empty because changes on the other one keep most of it: also one
 * removal is refused, and none at all is nothing to refuse. */
/* What only moved is no loss: who moves as much as goes, or more, has tidied up. */
Test(sync_plan, guard_of_what_moved)
{
	static const struct {
		uint32_t count, removed, moved;
		enum plan_refusal refusal;
	} cases[] = {
		{ 40, 40, 40, PLAN_ALLOWED },       { 40, 40, 20, PLAN_ALLOWED },
		{ 40, 40, 19, PLAN_REFUSED_FAR },   { 200, 199, 99, PLAN_ALLOWED },
		{ 200, 199, 98, PLAN_REFUSED_FAR }, { 1000, 401, 100, PLAN_REFUSED_FAR },
		{ 1000, 401, 101, PLAN_ALLOWED },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct plan_rules none = usual;
		none.max_delete_count = PLAN_NO_GUARD;
		struct plan plan = make_removed(cases[i].count, cases[i].removed, true, &none);
		struct operation_list *list = &plan.operations[OPERATION_REMOVE_FAR];
		for (uint32_t k = 0; k < cases[i].moved; k++)
			list->items[k].removal.has_moved = true;
		plan_guard(&plan, &usual);
		cr_expect_eq(plan.refusal, cases[i].refusal, "case %zu", i);
		plan_release(&plan);
	}
}

Test(sync_plan, guard_of_an_emptied_side_counts_what_is_gone)
{
	static char name[] = "name:2,FS";
	for (uint32_t kept = 3; kept <= 4; kept++) {
		struct uid_range range = { 1, 4 };
		const struct uid_set gone = { .ranges = &range, .count = 1 };
		struct far_changed far_changed[4];
		struct near_changed near_changed[4];
		for (uint32_t i = 0; i < kept; i++) {
			far_changed[i] = (struct far_changed){ .uid = i + 1,
							       .flags = FLAG_SEEN | FLAG_FLAGGED };
			near_changed[i] =
				(struct near_changed){ .uid = i + 1,
						       .place = 1,
						       .name = name,
						       .flags = FLAG_SEEN | FLAG_FLAGGED };
		}
		const struct near_changes near_gone = { .removed = gone };
		const struct far_changes far_kept = { .changed = far_changed,
						      .changed_count = kept };
		struct plan plan = make(4, &near_gone, &far_kept, &usual);
		cr_expect_eq(plan.refusal, kept < 4 ? PLAN_REFUSED_FAR : PLAN_ALLOWED);
		cr_expect_eq(uid_set_size(&plan.downloads), kept < 4 ? 0 : 4);
		plan_release(&plan);
		const struct near_changes near_kept = { .changed = near_changed,
							.changed_count = kept };
		const struct far_changes far_gone = { .removed = gone };
		plan = make(4, &near_kept, &far_gone, &usual);
		cr_expect_eq(plan.refusal, kept < 4 ? PLAN_REFUSED_NEAR : PLAN_ALLOWED);
		cr_expect_eq(plan_size(&plan), kept < 4 ? 0 : 4);
		plan_release(&plan);
	}
}

/* --- A new file that could not be read --- */

Test(sync_plan, an_unreadable_file_waits_with_what_it_may_be)
{
	static char name[] = "unreadable";
	static const uint64_t sizes[] = { 2000, 10000, 10200, 12500, 20000 };
	struct near_added added = {
		.place = MAILDIR_CUR, .name = name, .is_unreadable = true, .file_size = 10000
	};
	struct near_changes near = { .added = &added, .added_count = 1 };
	struct far_identified identified[5];
	struct far_changes far = { .identified = identified, .identified_count = 5 };
	for (uint32_t i = 0; i < 5; i++) {
		identified[i] = (struct far_identified){ .uid = 1000 + i, .size = sizes[i] };
		uid_set_add(&far.added, 1000 + i);
	}
	struct plan plan = make(0, &near, &far, &usual);
	cr_assert_eq(plan_size(&plan), 0, "nothing is uploaded");
	cr_assert_eq(uid_set_size(&plan.downloads), 2);
	cr_assert(uid_set_contains(&plan.downloads, 1000));
	cr_assert(uid_set_contains(&plan.downloads, 1004));
	plan_release(&plan);
	added.file_size = UINT64_MAX;
	plan = make(0, &near, &far, &usual);
	cr_assert(uid_set_is_empty(&plan.downloads), "nobody knows its size");
	plan_release(&plan);
	uid_set_release(&far.added);
}

/* --- New versions --- */

/* UID 5 has other bytes near, and far did this with it. */
static struct plan make_edit(uint32_t near_flags, uint32_t far_flags,
			     const struct plan_rules *rules)
{
	char name[] = "name:2,";
	struct near_added added = { .place = 1, .name = name, .flags = near_flags, .edits = 5 };
	struct far_changed changed = { .uid = 5, .flags = far_flags };
	struct far_changes far = { .changed = &changed,
				   .changed_count = far_flags != GONE && far_flags != FLAG_SEEN };
	struct near_changes near = { .added = &added, .added_count = 1 };
	if (far_flags == GONE)
		uid_set_add(&far.removed, 5);
	struct plan plan = make(COUNT, &near, &far, rules);
	uid_set_release(&far.removed);
	return plan;
}

Test(sync_plan, a_new_version_goes_up_and_the_old_one_goes)
{
	struct plan plan = make_edit(FLAG_SEEN, FLAG_SEEN, &usual);
	const struct operation *upload = plan_first(&plan, OPERATION_UPLOAD);
	const struct operation *removal = plan_first(&plan, OPERATION_REMOVE_FAR);
	cr_assert_eq(plan_size(&plan), 2);
	cr_assert(upload && removal);
	cr_expect_eq(upload->upload.supersedes, 5);
	cr_expect_eq(upload->upload.replaces, 0);
	cr_expect_eq(removal->uid, 5);
	plan_release(&plan);
}

Test(sync_plan, a_new_version_has_the_flags_of_both)
{
	struct plan plan = make_edit(FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_ANSWERED, &usual);
	const struct operation *upload = plan_first(&plan, OPERATION_UPLOAD);
	cr_assert(upload && plan_first(&plan, OPERATION_REMOVE_FAR));
	cr_expect_eq(upload->far_wanted, FLAG_SEEN | FLAG_FLAGGED | FLAG_ANSWERED);
	cr_expect_eq(upload->base_flags, FLAG_SEEN | FLAG_FLAGGED,
		     "what far has beyond the file's is its change yet");
	cr_expect(uid_set_is_empty(&plan.downloads), "the old one never comes back");
	plan_release(&plan);
}

Test(sync_plan, a_new_version_wins_over_a_removal)
{
	struct plan plan = make_edit(FLAG_SEEN, GONE, &usual);
	const struct operation *upload = plan_first(&plan, OPERATION_UPLOAD);
	cr_assert_eq(plan_size(&plan), 1);
	cr_assert(upload);
	cr_expect_eq(upload->upload.replaces, 5);
	cr_expect_eq(upload->upload.supersedes, 0);
	plan_release(&plan);
}

Test(sync_plan, a_new_version_stays_where_the_rules_let_none_go)
{
	struct plan_rules rules = usual;
	rules.push = CONFIG_KIND_FLAGS | CONFIG_KIND_DELETIONS;
	struct plan plan = make_edit(FLAG_SEEN, FLAG_SEEN, &rules);
	cr_expect_eq(plan_size(&plan), 0);
	plan_release(&plan);
	rules.push = CONFIG_KIND_NEW;
	plan = make_edit(FLAG_SEEN, FLAG_SEEN, &rules);
	const struct operation *left = plan_first(&plan, OPERATION_WITHHOLD);
	cr_assert(plan_first(&plan, OPERATION_UPLOAD) && left);
	cr_expect_eq(left->absent, STATE_ABSENT_NEAR, "the old one stays there");
	plan_release(&plan);
}

/* Whatever is edited, neither side counts as emptied. */
Test(sync_plan, edits_empty_nothing)
{
	char name[] = "name:2,";
	struct near_added added[2] = { { .place = 1, .name = name, .edits = 1 },
				       { .place = 1, .name = name, .edits = 2 } };
	struct near_changes near = { .added = added, .added_count = 2 };
	struct far_changes far = { .changed = NULL };
	struct plan plan = make(2, &near, &far, &usual);
	cr_expect_eq(plan.refusal, PLAN_ALLOWED);
	cr_expect_eq(plan_size(&plan), 4);
	plan_release(&plan);
}
