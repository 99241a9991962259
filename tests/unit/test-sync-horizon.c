/* Servers that show only the newest messages: what is hidden, and what was removed.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "sync-plan-parts.h"
#include "sync/plan/plan.h"

/* --- The rule --- */

static const struct {
	struct horizon horizon;
	uint64_t gone, arrived;
	bool hides;
	const char *why;
} cases[] = {
	{ { .shown = 1000, .before = 1000, .news_from = 9 }, 20, 20, true, "the shape" },
	{ { .shown = 10000, .before = 10000, .news_from = 9 }, 1, 1, true, "by one" },
	{ { .shown = 3000, .before = 3000, .news_from = 9 }, 20, 0, true, "ours pushed them out" },
	{ { .shown = 1000, .before = 990, .news_from = 9 },
	  10,
	  20,
	  true,
	  "it was reached just now" },
	{ { .shown = 1000, .before = 0 }, 20, 0, true, "nobody knows how many there were" },
	{ { .shown = 10000, .before = 12000, .news_from = 9 }, 2000, 0, true, "a limit was set" },
	{ { .shown = 1000, .before = 1000, .news_from = 9 }, 0, 20, false, "nothing is gone" },
	{ { .shown = 1000, .before = 1020, .news_from = 9 }, 20, 0, false, "none came for them" },
	{ { .shown = 1000, .before = 1001, .news_from = 9 }, 2, 1, false, "fewer came than went" },
	{ { .shown = 1000, .before = 1100, .news_from = 9 }, 100, 0, false, "by hand" },
	{ { .shown = 1000, .before = 1101, .news_from = 9 }, 101, 0, true, "more than by hand" },
	{ { .shown = 999, .before = 999, .news_from = 9 }, 1, 1, false, "one short of it" },
	{ { .shown = 1001, .before = 1001, .news_from = 9 }, 1, 1, false, "one more" },
	{ { .shown = 1500, .before = 1500, .news_from = 9 }, 1, 1, false, "no such limit" },
	{ { .shown = 200, .before = 200, .news_from = 9 }, 1, 1, false, "everyday" },
	{ { .shown = 0, .before = 1000, .news_from = 9 }, 1000, 1000, false, "emptied" },
	{ { .told = true, .shown = 200, .before = 200, .news_from = 9 },
	  20,
	  20,
	  true,
	  "it says so" },
	{ { .told = true, .shown = 99, .before = 99, .news_from = 9 }, 1, 1, false, "too small" },
	{ { .told = true, .shown = 100, .before = 100, .news_from = 9 },
	  1,
	  1,
	  true,
	  "large enough" },
	{ { .told = true, .shown = 300, .before = 301, .news_from = 9 }, 1, 0, false, "a removal" },
	{ { .told = true, .limit = 50, .shown = 50, .before = 50 }, 1, 1, true, "its own number" },
	{ { .told = true, .limit = 500, .shown = 499, .before = 499 }, 1, 1, false, "not full" },
};

Test(sync_horizon, rule)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(horizon_hides(&cases[i].horizon, cases[i].gone, cases[i].arrived),
			     cases[i].hides, "case %zu: %s", i, cases[i].why);
}

/* --- A folder: UIDs 1 to `count`, of which the lowest `hidden` are hidden already --- */

struct folder {
	uint32_t count;
	uint32_t hidden;
	bool removed_here; /* while they were hidden */
	const char *name;
};

static int give(const struct folder *folder, uint32_t uid, struct state_message *message_r)
{
	*message_r = (struct state_message){ .uid = uid,
					     .flags = FLAG_SEEN,
					     .place = 1,
					     .name = folder->name ? folder->name : "name:2,S",
					     .base_length = 4 };
	if (uid <= folder->hidden)
		message_r->absent =
			folder->removed_here ? STATE_ABSENT_HIDDEN_REMOVED : STATE_ABSENT_HIDDEN;
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	const struct folder *folder = context;
	(void)error;
	return uid >= 1 && uid <= folder->count ? give(folder, uid, message_r) : 0;
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

static struct plan_rules rules_of(const struct folder *folder)
{
	struct plan_rules rules = usual;
	rules.horizon = (struct horizon){ .shown = folder->count - folder->hidden,
					  .before = folder->count - folder->hidden,
					  .news_from = folder->count + 1 };
	return rules;
}

static struct plan make(struct folder *folder, const struct near_changes *near,
			const struct far_changes *far, const struct plan_rules *rules)
{
	struct base_view base = { .context = folder,
				  .by_uid = by_uid,
				  .by_name = by_name,
				  .next = by_uid,
				  .count = folder->count,
				  .absent_near = folder->removed_here ? folder->hidden : 0,
				  .absent_far = folder->hidden };
	struct plan plan;
	cr_assert_eq(plan_make(&base, near, far, rules, &plan, NULL), 0);
	plan_guard(&plan, rules);
	cr_assert_eq(plan.refusal, PLAN_ALLOWED);
	return plan;
}

static uint32_t count_kind(const struct plan *plan, enum operation_kind kind,
			   enum state_absence absent)
{
	uint32_t count = 0;
	const struct operation_list *list = &plan->operations[kind];
	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].absent == absent;
	return count;
}

static void release(struct far_changes *far)
{
	uid_set_release(&far->added);
	uid_set_release(&far->removed);
}

/* GONE of the lowest that were shown go and ARRIVED come, and those of MORE as well. */
static struct far_changes slide(const struct folder *folder, uint32_t gone, uint32_t arrived)
{
	struct far_changes far = { .changed = NULL };
	if (gone > 0)
		uid_set_add_range(&far.removed, folder->hidden + 1, folder->hidden + gone);
	if (arrived > 0)
		uid_set_add_range(&far.added, folder->count + 1, folder->count + arrived);
	return far;
}

Test(sync_horizon, what_passes_out_of_sight_stays)
{
	struct folder folder = { .count = 1000 };
	const struct near_changes near = { .added = NULL };
	const struct plan_rules rules = rules_of(&folder);
	struct far_changes far = slide(&folder, 20, 20);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 0);
	cr_expect_eq(count_kind(&plan, OPERATION_WITHHOLD, STATE_ABSENT_HIDDEN), 20);
	cr_expect_eq(plan_size(&plan), 20);
	cr_expect_eq(uid_set_size(&plan.hidden), 20);
	cr_expect_eq(uid_set_size(&plan.downloads), 20);
	plan_release(&plan);
	release(&far);
}

/* One that the window leaves out is shown, as long as it is there. */
Test(sync_horizon, what_is_outside_is_shown_until_it_is_gone)
{
	struct uid_set outside = UID_SET_INITIAL;
	struct folder folder = { .count = 1000 };
	const struct near_changes near = { .added = NULL };
	uid_set_add(&outside, 5);
	for (int gone = 0; gone < 2; gone++) {
		struct plan_rules rules = rules_of(&folder);
		struct far_changes far = slide(&folder, 20, 20);
		rules.outside = &outside;
		if (gone)
			uid_set_add(&far.outside_removed, 5);
		struct plan plan = make(&folder, &near, &far, &rules);
		cr_expect_eq(uid_set_size(&plan.hidden), gone ? 20 : 4);
		plan_release(&plan);
		uid_set_release(&far.outside_removed);
		release(&far);
	}
	uid_set_release(&outside);
}

/* Of twenty that went three were from among those that are shown: these were removed. */
Test(sync_horizon, removals_among_those_shown_are_followed)
{
	struct folder folder = { .count = 1000 };
	const struct near_changes near = { .added = NULL };
	const struct plan_rules rules = rules_of(&folder);
	struct far_changes far = slide(&folder, 17, 20);
	uid_set_add(&far.removed, 500);
	uid_set_add_range(&far.removed, 999, 1000);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 3);
	cr_expect_eq(count_kind(&plan, OPERATION_WITHHOLD, STATE_ABSENT_HIDDEN), 17);
	plan_release(&plan);
	release(&far);
}

Test(sync_horizon, everyday_removals_are_followed)
{
	struct folder folder = { .count = 200 };
	const struct near_changes near = { .added = NULL };
	const struct plan_rules rules = rules_of(&folder);
	struct far_changes far = slide(&folder, 1, 1);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 1);
	cr_expect(uid_set_is_empty(&plan.hidden));
	plan_release(&plan);
	release(&far);
}

/* The next slide, with the hidden ones told as missing again, as a whole listing does. */
Test(sync_horizon, slides_in_a_row)
{
	struct folder folder = { .count = 1020, .hidden = 20 };
	const struct near_changes near = { .added = NULL };
	const struct plan_rules rules = rules_of(&folder);
	struct far_changes far = slide(&folder, 30, 30);
	uid_set_add_range(&far.removed, 1, 20);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 0);
	cr_expect_eq(plan_size(&plan), 30, "what is hidden already is not noted again");
	cr_expect_eq(uid_set_size(&plan.hidden), 30);
	plan_release(&plan);
	release(&far);
}

/* Messages that we sent pushed as many out: nothing is new to the base. */
Test(sync_horizon, uploads_push_old_ones_out)
{
	struct folder folder = { .count = 1020 };
	const struct near_changes near = { .added = NULL };
	struct plan_rules rules = rules_of(&folder);
	rules.horizon = (struct horizon){ .shown = 1000, .before = 990, .news_from = 1001 };
	struct far_changes far = slide(&folder, 20, 0);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 0);
	cr_expect_eq(uid_set_size(&plan.hidden), 20);
	plan_release(&plan);
	release(&far);
}

/* Only what came since the last look may have pushed others out. */
Test(sync_horizon, what_was_there_before_pushes_nothing_out)
{
	struct folder folder = { .count = 1020 };
	const struct near_changes near = { .added = NULL };
	struct plan_rules rules = rules_of(&folder);
	for (uint32_t came = 19; came <= 20; came++) {
		rules.horizon = (struct horizon){ .shown = 1000,
						  .before = 1000 + came - 20,
						  .news_from = 1021 - came };
		rules.horizon.before -= came == 20; /* not as many as now */
		struct far_changes far = slide(&folder, 20, 0);
		struct plan plan = make(&folder, &near, &far, &rules);
		cr_expect_eq(uid_set_size(&plan.hidden), came == 20 ? 20 : 0, "%u came", came);
		plan_release(&plan);
		release(&far);
	}
}

Test(sync_horizon, forced_removals_are_followed)
{
	struct folder folder = { .count = 1020, .hidden = 20 };
	const struct near_changes near = { .added = NULL };
	struct plan_rules rules = rules_of(&folder);
	rules.force_delete = true;
	struct far_changes far = slide(&folder, 5, 5);
	uid_set_add_range(&far.removed, 1, 20);
	struct plan plan = make(&folder, &near, &far, &rules);
	cr_expect_eq(plan.removals_near, 25);
	plan_release(&plan);
	release(&far);
}

/* --- What happens to a message meanwhile --- */

static struct plan make_change(struct folder *folder, uint32_t near_flags, bool removed,
			       const struct plan_rules *rules)
{
	static char name[] = "name:2,FS"; /* the plan borrows it */
	struct near_changed changed = { .uid = 5, .place = 1, .name = name, .flags = near_flags };
	struct near_changes near = { .changed = &changed, .changed_count = removed ? 0 : 1 };
	const struct far_changes far = { .changed = NULL };
	if (removed)
		uid_set_add(&near.removed, 5);
	struct plan plan = make(folder, &near, &far, rules);
	uid_set_release(&near.removed);
	return plan;
}

/* Neither sent again nor forgotten: the base keeps the old flags, and the new name. */
Test(sync_horizon, flags_changed_while_hidden_wait)
{
	struct folder folder = { .count = 1020, .hidden = 20 };
	struct plan_rules rules = rules_of(&folder);
	for (int restore = 0; restore < 2; restore++) {
		rules.restore = restore == 1;
		struct plan plan = make_change(&folder, FLAG_SEEN | FLAG_FLAGGED, false, &rules);
		cr_assert_eq(plan_size(&plan), 1);
		cr_expect_eq(plan_any(&plan)->kind, OPERATION_WITHHOLD);
		cr_expect_eq(plan_any(&plan)->absent, STATE_ABSENT_HIDDEN);
		cr_expect_eq(plan_any(&plan)->base_flags, FLAG_SEEN);
		cr_expect_eq(plan_any(&plan)->far_wanted, plan_any(&plan)->far_flags);
		cr_expect_eq(plan_any(&plan)->near_wanted, FLAG_SEEN | FLAG_FLAGGED);
		cr_expect_str_eq(plan_any(&plan)->name, "name:2,FS");
		plan_release(&plan);
	}
}

Test(sync_horizon, a_removal_while_hidden_waits)
{
	struct folder folder = { .count = 1020, .hidden = 20 };
	const struct plan_rules rules = rules_of(&folder);
	struct plan plan = make_change(&folder, 0, true, &rules);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->kind, OPERATION_WITHHOLD);
	cr_expect_eq(plan_any(&plan)->absent, STATE_ABSENT_HIDDEN_REMOVED);
	cr_expect_eq(plan.removals_far, 0);
	plan_release(&plan);
}

static struct plan make_shown(struct folder *folder, uint32_t far_flags)
{
	struct far_changed changed = { .uid = 5, .flags = far_flags };
	const struct near_changes near = { .added = NULL };
	const struct far_changes far = { .changed = &changed, .changed_count = 1 };
	const struct plan_rules rules = rules_of(folder);
	return make(folder, &near, &far, &rules);
}

Test(sync_horizon, what_is_shown_again_is_as_before)
{
	struct folder folder = { .count = 1020, .hidden = 20 };
	struct plan plan = make_shown(&folder, FLAG_SEEN | FLAG_ANSWERED);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->kind, OPERATION_MERGE);
	cr_expect_eq(plan_any(&plan)->absent, STATE_ABSENT_NOWHERE);
	cr_expect_eq(plan_any(&plan)->near_wanted, FLAG_SEEN | FLAG_ANSWERED);
	plan_release(&plan);
	/* What changed here meanwhile is in the name. */
	folder.name = "name:2,FS";
	plan = make_shown(&folder, FLAG_SEEN | FLAG_ANSWERED);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->far_wanted, FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED);
	cr_expect_eq(plan_any(&plan)->near_wanted, FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED);
	cr_expect_eq(plan_any(&plan)->base_flags, FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED);
	plan_release(&plan);
}

Test(sync_horizon, what_was_removed_goes_when_it_is_shown_again)
{
	struct folder folder = { .count = 1020, .hidden = 20, .removed_here = true };
	struct plan plan = make_shown(&folder, FLAG_SEEN);
	cr_assert_eq(plan_size(&plan), 1);
	cr_expect_eq(plan_any(&plan)->kind, OPERATION_REMOVE_FAR);
	plan_release(&plan);
}

/* The guard's share is of what the server showed, not of all that was ever there. */
Test(sync_horizon, the_guard_counts_what_is_shown)
{
	struct folder folder = { .count = 1500, .hidden = 1000 };
	struct plan_rules rules = rules_of(&folder);
	const struct near_changes near = { .added = NULL };
	struct far_changes far = { .changed = NULL };
	struct plan plan;
	struct base_view base = { .context = &folder,
				  .by_uid = by_uid,
				  .by_name = by_name,
				  .next = by_uid,
				  .count = folder.count,
				  .absent_far = folder.hidden };
	rules.horizon.shown = 320;
	uid_set_add_range(&far.removed, 1301, 1480);
	cr_assert_eq(plan_make(&base, &near, &far, &rules, &plan, NULL), 0);
	plan_guard(&plan, &rules);
	cr_expect_eq(plan.refusal, PLAN_REFUSED_NEAR);
	plan_release(&plan);
	release(&far);
}

/* --- What is hidden, by what is gone and what is shown --- */

/* Ten messages of the base, of which the lowest two are hidden already; the server says that it
 * shows only the newest. 0 ends a list. */
static const struct {
	uint32_t removed[10];
	uint32_t seen;     /* of the base, with other flags */
	uint32_t added;    /* new there */
	uint32_t outside;  /* there, and not here because of the window ... */
	bool outside_gone; /* ... and gone now */
	uint64_t hidden;
} views[] = {
	{ { 3, 4, 5 }, 0, 0, 0, false, 3 },
	{ { 3, 5 }, 0, 0, 0, false, 1 }, /* 4 is shown, so 5 was removed */
	{ { 4, 5 }, 0, 0, 0, false, 0 },
	{ { 1, 2, 3 }, 0, 0, 0, false, 1 }, /* those that were hidden are not so anew */
	{ { 3, 4, 5 }, 2, 0, 0, false, 0 }, /* one of these is shown again */
	{ { 3, 4, 5 }, 8, 0, 0, false, 3 },
	{ { 3, 4, 5 }, 0, 20, 0, false, 3 },
	{ { 3, 4, 5, 6, 7, 8, 9, 10 }, 0, 20, 0, false, 8 },
	{ { 3, 4, 5, 6, 7, 8, 9, 10, 11 }, 0, 20, 0, false, 8 }, /* 11 was never in the base */
	{ { 3, 4, 5, 6, 7, 8, 9, 10 }, 0, 0, 0, false, 0 },      /* it shows none: it was emptied */
	{ { 3, 4, 5, 6, 7, 8, 9, 10 }, 0, 20, 7, false, 4 },
	{ { 3, 4, 5, 6, 7, 8, 9, 10 }, 0, 20, 7, true, 8 },
	{ { 3, 4, 5, 6, 7, 8, 9, 10 }, 0, 0, 7, true, 0 },
	{ { 3, 4, 5 }, 0, 0, 4, false, 1 },
	{ { 11, 12 }, 0, 20, 0, false, 0 }, /* never in the base */
};

static uint64_t count_hidden(struct folder *folder, const struct horizon *horizon,
			     const struct far_changes *far, const struct uid_set *outside)
{
	struct uid_set hidden = UID_SET_INITIAL;
	const struct base_view base = { .context = folder,
					.by_uid = by_uid,
					.by_name = by_name,
					.next = by_uid,
					.count = folder->count };
	cr_assert_eq(horizon_find_hidden(horizon, &base, far, outside, &hidden, NULL), 0);
	uint64_t size = uid_set_size(&hidden);
	uid_set_release(&hidden);
	return size;
}

Test(sync_horizon, below_all_that_is_shown)
{
	const struct horizon horizon = { .told = true, .limit = 1, .shown = 5, .before = 5 };
	for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
		struct folder folder = { .count = 10, .hidden = 2 };
		struct far_changed seen = { .uid = views[i].seen };
		struct far_changes far = { .changed = &seen, .changed_count = seen.uid != 0 };
		struct uid_set outside = UID_SET_INITIAL;
		for (size_t k = 0; views[i].removed[k] != 0; k++)
			uid_set_add(&far.removed, views[i].removed[k]);
		if (views[i].added != 0)
			uid_set_add(&far.added, views[i].added);
		if (views[i].outside != 0)
			uid_set_add(&outside, views[i].outside);
		if (views[i].outside_gone)
			uid_set_add(&far.outside_removed, views[i].outside);
		cr_expect_eq(count_hidden(&folder, &horizon, &far, &outside), views[i].hidden,
			     "case %zu", i);
		if (views[i].outside == 0)
			cr_expect_eq(count_hidden(&folder, &horizon, &far, NULL), views[i].hidden,
				     "case %zu, without a window", i);
		uid_set_release(&outside);
		uid_set_release(&far.outside_removed);
		release(&far);
	}
}

/* As many must have come as went: new ones, and those that were sent since the last look. */
static const struct {
	uint32_t news_from, added, removed_too;
	bool hides; /* the lowest two that were shown */
} arrivals[] = {
	{ 9, 0, 0, true },  { 10, 0, 0, false }, { 10, 1, 0, true }, { 11, 1, 0, false },
	{ 11, 2, 0, true }, { 9, 0, 10, false }, { 0, 0, 0, true },
};

Test(sync_horizon, as_many_came_as_went)
{
	for (size_t i = 0; i < sizeof arrivals / sizeof *arrivals; i++) {
		const struct horizon horizon = { .told = true,
						 .limit = 1,
						 .shown = 7,
						 .before = 8,
						 .news_from = arrivals[i].news_from };
		struct folder folder = { .count = 10, .hidden = 2 };
		struct far_changes far = { .changed = NULL };
		uid_set_add_range(&far.removed, 3, 4);
		if (arrivals[i].removed_too != 0)
			uid_set_add(&far.removed, arrivals[i].removed_too);
		if (arrivals[i].added > 0)
			uid_set_add_range(&far.added, 11, 10 + arrivals[i].added);
		cr_expect_eq(count_hidden(&folder, &horizon, &far, NULL), arrivals[i].hides ? 2 : 0,
			     "case %zu", i);
		release(&far);
	}
}

/* Where nobody knows since when, all that is shown may have come; what is hidden has not. */
Test(sync_horizon, what_is_hidden_did_not_come)
{
	const struct horizon horizon = { .told = true, .limit = 1, .shown = 1, .before = 2 };
	struct folder folder = { .count = 5, .hidden = 2 };
	struct far_changes far = { .changed = NULL };
	uid_set_add_range(&far.removed, 3, 4);
	cr_expect_eq(count_hidden(&folder, &horizon, &far, NULL), 0, "only one is there");
	release(&far);
}

/* The highest UID that there is, alone in the base. */
static int the_highest(void *context, uint32_t uid, struct state_message *message_r,
		       struct error *error)
{
	unsigned int *reads = context;
	cr_assert_lt(++*reads, 100);
	(void)uid, (void)error;
	*message_r =
		(struct state_message){ .uid = UINT32_MAX, .name = "name:2,", .base_length = 4 };
	return 1;
}

Test(sync_horizon, the_highest_uid_ends_the_base)
{
	const struct horizon horizon = { .told = true, .limit = 1, .shown = 1, .before = 2 };
	for (int gone = 0; gone < 2; gone++) {
		unsigned int reads = 0;
		struct far_changes far = { .changed = NULL };
		struct uid_set hidden = UID_SET_INITIAL;
		const struct base_view base = { .context = &reads,
						.by_uid = the_highest,
						.by_name = by_name,
						.next = the_highest,
						.count = 1 };
		uid_set_add(&far.removed, gone ? UINT32_MAX : 5);
		cr_expect_eq(horizon_find_hidden(&horizon, &base, &far, NULL, &hidden, NULL), 0);
		cr_expect_eq(uid_set_size(&hidden), !gone);
		uid_set_release(&hidden);
		release(&far);
	}
}

/* Where nothing is gone, or no limit is reached, the base is not read for it. */
Test(sync_horizon, without_need_nothing_is_read)
{
	for (int what = 0; what < 3; what++) {
		const struct horizon horizon = { .told = true,
						 .limit = 5,
						 .shown = what == 1 ? 4 : 5 };
		unsigned int reads = 0;
		struct far_changes far = { .changed = NULL };
		struct uid_set hidden = UID_SET_INITIAL;
		const struct base_view base = { .context = &reads,
						.by_uid = the_highest,
						.by_name = by_name,
						.next = the_highest,
						.count = 1 };
		if (what > 0)
			uid_set_add(&far.removed, 7);
		cr_expect_eq(horizon_find_hidden(&horizon, &base, &far, NULL, &hidden, NULL), 0);
		cr_expect_eq(reads > 0, what == 2, "%d", what);
		cr_expect_eq(uid_set_size(&hidden), what == 2, "%d", what);
		uid_set_release(&hidden);
		release(&far);
	}
}
