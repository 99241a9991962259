/* What is done with each folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "base/memory.h"
#include "sync/folders/folder_plan.h"

static const struct {
	bool near, far, base;
	uint32_t messages;
	enum config_sides create, remove;
	bool force, restore;
	enum folder_action action;
} cases[] = {
	{ true, true, true, 9, 3, 0, false, false, FOLDER_SYNC },
	{ true, true, false, 0, 3, 0, false, false, FOLDER_SYNC },
	{ false, true, false, 0, 3, 0, false, false, FOLDER_CREATE_NEAR },
	{ true, false, false, 0, 3, 0, false, false, FOLDER_CREATE_FAR },
	{ false, true, false, 0, CONFIG_SIDE_FAR, 0, false, false, FOLDER_SKIP },
	{ true, false, false, 0, CONFIG_SIDE_NEAR, 0, false, false, FOLDER_SKIP },
	{ false, true, true, 9, 3, 0, false, false, FOLDER_GONE_NEAR },
	{ true, false, true, 9, 3, 0, false, false, FOLDER_GONE_FAR },
	{ false, true, true, 0, 3, 0, false, false, FOLDER_CREATE_NEAR },
	{ false, true, true, 9, 3, CONFIG_SIDE_FAR, false, false, FOLDER_REMOVE_FAR },
	{ false, true, true, 9, 3, CONFIG_SIDE_NEAR, false, false, FOLDER_GONE_NEAR },
	{ true, false, true, 9, 3, CONFIG_SIDE_NEAR, false, false, FOLDER_REMOVE_NEAR },
	{ false, true, true, 101, 3, CONFIG_SIDES_BOTH, false, false, FOLDER_GONE_NEAR },
	{ false, true, true, 101, 3, 0, true, false, FOLDER_REMOVE_FAR },
	{ true, false, true, 101, 3, 0, true, false, FOLDER_REMOVE_NEAR },
	{ false, true, true, 9, 3, 3, false, true, FOLDER_CREATE_NEAR },
	{ true, false, true, 9, 3, 3, false, true, FOLDER_CREATE_FAR },
	{ false, true, true, 100, 3, 3, false, false, FOLDER_REMOVE_FAR },
	{ true, false, true, 100, 3, 3, false, false, FOLDER_REMOVE_NEAR },
	{ true, false, true, 101, 3, 3, false, false, FOLDER_GONE_FAR },
	{ true, false, true, 0, 3, 0, false, false, FOLDER_CREATE_FAR },
	{ false, true, true, 0, 3, 0, true, false, FOLDER_REMOVE_FAR },
	{ false, true, true, 9, 0, 3, false, true, FOLDER_CREATE_NEAR },
	{ false, false, true, 9, 3, 0, false, false, FOLDER_FORGET },
};

Test(sync_folder_plan, actions)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct folder_table table = { .items = NULL };
		struct folder_view *folder = folder_table_add(&table, "Folder");
		folder->near = cases[i].near;
		folder->far = cases[i].far;
		folder->base = cases[i].base;
		folder->base_messages = cases[i].messages;
		const struct config_channel channel = {
			.rules = { .pull = CONFIG_KINDS_ALL,
				   .push = CONFIG_KINDS_ALL,
				   .expunge = CONFIG_SIDES_BOTH,
				   .create = cases[i].create,
				   .remove = cases[i].remove,
				   .max_delete = { .count = 100, .percent = 30 } }
		};
		const struct folder_plan_options options = { .force_delete = cases[i].force,
							     .restore = cases[i].restore };
		folder->channel = &channel;
		folder_plan_make(&table, &options);
		cr_expect_eq(table.items[0]->action, cases[i].action, "case %zu", i);
		folder_table_release(&table);
	}
}

/* What goes one way only neither makes nor removes a folder on the side that it comes from. */
static const struct {
	bool near, far, base;
	uint32_t messages;
	bool force, restore;
	enum folder_action pulled, pushed;
} one_way[] = {
	{ false, true, false, 0, false, false, FOLDER_CREATE_NEAR, FOLDER_SKIP },
	{ true, false, false, 0, false, false, FOLDER_SKIP, FOLDER_CREATE_FAR },
	{ false, true, true, 9, false, false, FOLDER_GONE_NEAR, FOLDER_REMOVE_FAR },
	{ false, true, true, 9, true, false, FOLDER_GONE_NEAR, FOLDER_REMOVE_FAR },
	{ false, true, true, 9, false, true, FOLDER_CREATE_NEAR, FOLDER_GONE_NEAR },
	{ false, true, true, 0, true, false, FOLDER_CREATE_NEAR, FOLDER_REMOVE_FAR },
	{ true, false, true, 9, false, false, FOLDER_REMOVE_NEAR, FOLDER_GONE_FAR },
	{ true, false, true, 9, true, false, FOLDER_REMOVE_NEAR, FOLDER_GONE_FAR },
	{ true, false, true, 9, false, true, FOLDER_GONE_FAR, FOLDER_CREATE_FAR },
	{ true, true, true, 9, true, false, FOLDER_SYNC, FOLDER_SYNC },
};

Test(sync_folder_plan, one_way_only)
{
	for (size_t i = 0; i < 2 * sizeof one_way / sizeof *one_way; i++) {
		size_t row = i / 2;
		bool pulled = i % 2 == 0;
		struct folder_table table = { .items = NULL };
		struct folder_view *folder = folder_table_add(&table, "Folder");
		folder->near = one_way[row].near;
		folder->far = one_way[row].far;
		folder->base = one_way[row].base;
		folder->base_messages = one_way[row].messages;
		const struct config_channel channel = {
			.rules = { .pull = pulled ? CONFIG_KINDS_ALL : CONFIG_KINDS_NONE,
				   .push = pulled ? CONFIG_KINDS_NONE : CONFIG_KINDS_ALL,
				   .expunge = CONFIG_SIDES_BOTH,
				   .create = CONFIG_SIDES_BOTH,
				   .remove = CONFIG_SIDES_BOTH,
				   .max_delete = { .count = 100, .percent = 30 } }
		};
		const struct folder_plan_options options = { .force_delete = one_way[row].force,
							     .restore = one_way[row].restore };
		folder->channel = &channel;
		folder_plan_make(&table, &options);
		cr_expect_eq(table.items[0]->action,
			     pulled ? one_way[row].pulled : one_way[row].pushed,
			     "case %zu, pulled %d", row, pulled);
		folder_table_release(&table);
	}
}

/* Of what may be there all the same nothing follows. */
Test(sync_folder_plan, nothing_is_removed_when_near_is_uncertain)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL,
							   .push = CONFIG_KINDS_ALL,
							   .expunge = CONFIG_SIDES_BOTH,
							   .remove = CONFIG_SIDES_BOTH,
							   .max_delete = { .count = 100 } } };
	const struct folder_plan_options options = { .force_delete = true, .near_uncertain = true };
	struct folder_table table = { .items = NULL };
	struct folder_view *folder = folder_table_add(&table, "Folder");
	folder->far = folder->base = true;
	folder->base_messages = 9;
	folder->channel = &channel;
	folder_plan_make(&table, &options);
	cr_expect_eq(folder->action, FOLDER_GONE_NEAR);
	folder_table_release(&table);
}

/* Nor of a list of the server that may not be whole. */
Test(sync_folder_plan, nothing_is_removed_when_far_is_uncertain)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL,
							   .push = CONFIG_KINDS_ALL,
							   .expunge = CONFIG_SIDES_BOTH,
							   .remove = CONFIG_SIDES_BOTH,
							   .max_delete = { .count = 100 } } };
	for (int forced = 0; forced < 2; forced++) {
		const struct folder_plan_options options = { .force_delete = forced,
							     .far_uncertain = true };
		struct folder_table table = { .items = NULL };
		struct folder_view *folder = folder_table_add(&table, "Folder");
		folder->near = folder->base = true;
		folder->base_messages = 9;
		folder->channel = &channel;
		folder_plan_make(&table, &options);
		cr_expect_eq(folder->action, FOLDER_GONE_FAR, "forced %d", forced);
		folder_table_release(&table);
	}
}

Test(sync_folder_plan, table_is_sorted_and_unique)
{
	static const char *const names[] = { "b", "a/c", "INBOX", "a", "b", "a/b" };
	struct folder_table table = { .items = NULL };
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL,
							   .push = CONFIG_KINDS_ALL,
							   .create = CONFIG_SIDES_BOTH } };
	const struct folder_plan_options options = { .force_delete = false };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		folder_table_add(&table, names[i])->far = true;
	for (size_t i = 0; i < table.count; i++)
		table.items[i]->channel = &channel;
	folder_plan_make(&table, &options);
	cr_assert_eq(table.count, 5);
	cr_expect_str_eq(table.items[0]->name, "INBOX");
	cr_expect_str_eq(table.items[4]->name, "b");
	cr_expect(folder_table_find(&table, "a")->has_children);
	cr_expect_not(folder_table_find(&table, "b")->has_children);
	cr_expect_null(folder_table_find(&table, "none"));
	folder_table_release(&table);
}

Test(sync_folder_plan, lost_sides)
{
	struct config_channel channels[] = { { .maildir = (char *)"/one" },
					     { .maildir = (char *)"/two" } };
	const struct config_account account = { .channels = channels, .channel_count = 2 };
	struct folder_table table = { .items = NULL };
	cr_expect_null(folder_plan_lost_root(&table, &account));
	struct folder_view *one = folder_table_add(&table, "one");
	one->channel = &channels[0];
	one->far = true;
	cr_expect_null(folder_plan_lost_root(&table, &account), "nothing in the base");
	one->base_messages = 3;
	cr_expect_str_eq(folder_plan_lost_root(&table, &account), "/one");
	cr_expect_not(folder_plan_far_is_lost(&table));
	struct folder_view *two = folder_table_add(&table, "two");
	two->channel = &channels[0];
	two->near = true;
	cr_expect_null(folder_plan_lost_root(&table, &account));
	two->channel = &channels[1];
	cr_expect_str_eq(folder_plan_lost_root(&table, &account), "/one", "a root of its own");
	one->channel = NULL;
	cr_expect_null(folder_plan_lost_root(&table, &account), "nothing is done with it");
	one->far = false;
	cr_expect_not(folder_plan_far_is_lost(&table), "nothing is done with it");
	one->channel = &channels[0];
	cr_expect(folder_plan_far_is_lost(&table));
	folder_table_release(&table);
}

/* What the rules of a folder let be made or removed, on each side. */
Test(sync_folder_plan, what_a_side_lets_happen)
{
	static const struct {
		unsigned int pull, push;
		unsigned int expunge;
		bool creates_near, creates_far, removes_near, removes_far;
	} sides[] = {
		{ CONFIG_KINDS_ALL, CONFIG_KINDS_ALL, CONFIG_SIDES_BOTH, true, true, true, true },
		{ CONFIG_KINDS_ALL, 0, CONFIG_SIDES_BOTH, true, false, true, false },
		{ 0, CONFIG_KINDS_ALL, CONFIG_SIDES_BOTH, false, true, false, true },
		{ CONFIG_KINDS_ALL, CONFIG_KINDS_ALL, CONFIG_SIDE_NEAR, true, true, true, false },
		{ CONFIG_KINDS_ALL, CONFIG_KINDS_ALL, CONFIG_SIDE_FAR, true, true, false, true },
		{ CONFIG_KIND_NEW, CONFIG_KIND_DELETIONS, CONFIG_SIDES_BOTH, true, false, false,
		  true },
		{ CONFIG_KIND_FLAGS, CONFIG_KIND_NEW, CONFIG_SIDES_BOTH, false, true, false,
		  false },
	};
	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		const struct config_rules rules = { .pull = sides[i].pull,
						    .push = sides[i].push,
						    .expunge = sides[i].expunge };
		cr_expect_eq(folder_plan_may_create(&rules, CONFIG_SIDE_NEAR),
			     sides[i].creates_near, "case %zu", i);
		cr_expect_eq(folder_plan_may_create(&rules, CONFIG_SIDE_FAR), sides[i].creates_far,
			     "case %zu", i);
		cr_expect_eq(folder_plan_may_remove(&rules, CONFIG_SIDE_NEAR),
			     sides[i].removes_near, "case %zu", i);
		cr_expect_eq(folder_plan_may_remove(&rules, CONFIG_SIDE_FAR), sides[i].removes_far,
			     "case %zu", i);
	}
}

/* What a window leaves on the server goes with its mailbox, so it counts; here it is not. */
Test(sync_folder_plan, what_is_outside_counts_where_it_is)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL,
							   .push = CONFIG_KINDS_ALL,
							   .expunge = CONFIG_SIDES_BOTH,
							   .remove = CONFIG_SIDES_BOTH,
							   .max_delete = { .count = 100 } } };
	const struct folder_plan_options options = { .force_delete = false };
	for (uint32_t outside = 10; outside <= 11; outside++) {
		for (int near = 0; near < 2; near++) {
			struct folder_table table = { .items = NULL };
			struct folder_view *folder = folder_table_add(&table, "Folder");
			folder->base = true;
			folder->near = near;
			folder->far = !near;
			folder->base_messages = 90;
			folder->outside = outside;
			folder->channel = &channel;
			folder_plan_make(&table, &options);
			cr_expect_eq(folder->action, near            ? FOLDER_REMOVE_NEAR
						     : outside == 10 ? FOLDER_REMOVE_FAR
								     : FOLDER_GONE_NEAR);
			folder_table_release(&table);
		}
	}
}

/* What else decides, in this order. */
Test(sync_folder_plan, what_comes_before_the_sides)
{
	const struct config_channel channel = { .rules = { .pull = CONFIG_KINDS_ALL } };
	const struct folder_plan_options options = { .force_delete = false };
	for (int what = 0; what < 4; what++) {
		struct folder_table table = { .items = NULL };
		struct folder_view *folder = folder_table_add(&table, "Folder");
		folder->near = folder->far = true;
		folder->channel = what > 0 ? &channel : NULL;
		if (what > 1)
			folder->blocked = memory_text("for a reason");
		if (what > 2)
			folder->renamed = FOLDER_RENAMED_FAR;
		folder_plan_make(&table, &options);
		static const enum folder_action actions[] = { FOLDER_SKIP, FOLDER_SYNC,
							      FOLDER_BLOCKED, FOLDER_RENAMED_FAR };
		cr_expect_eq(folder->action, actions[what], "%d", what);
		folder_table_release(&table);
	}
}

/* Mail that may not be there any more is no sign of a lost root; that is another's. */
Test(sync_folder_plan, a_blocked_folder_is_no_lost_mail)
{
	struct config_channel channels[] = { { .maildir = (char *)"/one" } };
	const struct config_account account = { .channels = channels, .channel_count = 1 };
	struct folder_table table = { .items = NULL };
	struct folder_view *one = folder_table_add(&table, "one");
	one->channel = &channels[0];
	one->base_messages = 3;
	one->blocked = memory_text("for a reason");
	cr_expect_null(folder_plan_lost_root(&table, &account));
	cr_expect(folder_plan_far_is_lost(&table));
	struct folder_view *two = folder_table_add(&table, "two");
	two->channel = &channels[0];
	two->base_messages = 1;
	cr_expect_str_eq(folder_plan_lost_root(&table, &account), "/one");
	folder_table_release(&table);
}
