/* What a window makes of a plan: what stays, what leaves and what is left out, by case.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-plan-parts.h"
#include "sync-window-scene.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- What stays by its flags --- */

/* Of UID 3, which the searches told of or not, and what it has of \Flagged, which keeps. */
static const struct {
	bool settled;
	bool found, kept;       /* as the server answered */
	bool base, here, there; /* has the flag */
	bool stays;
} stays[] = {
	{ false, false, false, false, false, false, false },
	{ false, true, false, false, false, false, true },
	{ false, false, true, true, true, true, true },
	{ false, false, true, true, false, true, false }, /* it is taken away now */
	{ false, true, true, true, false, true, true },
	{ false, false, false, false, true, false, true }, /* it gets it now */
	{ false, false, true, true, true, false, true },   /* the server answered before */
	{ false, false, false, false, false, true, false },
	{ true, false, false, false, false, false, true }, /* age and size take it */
	{ true, false, false, false, false, true, true },
	{ true, false, false, true, true, true, true },
	{ true, false, false, true, false, true, false },
	{ true, false, false, true, true, false, false },
	{ true, false, true, true, true, false, false },
	{ true, true, false, true, true, false, true },
};

static uint32_t seen_and(bool flagged)
{
	return flagged ? FLAG_SEEN | FLAG_FLAGGED : FLAG_SEEN;
}

Test(sync_plan_window, what_stays_by_search_and_flags)
{
	char name[] = "name:2,";
	for (size_t i = 0; i < COUNT(stays); i++) {
		struct near_changed here = {
			.uid = 3, .place = 1, .name = name, .flags = seen_and(stays[i].here)
		};
		struct far_changed there = { .uid = 3,
					     .flags = seen_and(stays[i].there) | FLAG_ANSWERED };
		struct window_scene scene;
		window_scene_begin_search(&scene);
		scene.window.settled = stays[i].settled;
		scene.place.flagged = stays[i].base ? 3 : 0;
		if (stays[i].found)
			uid_set_add(&scene.window.found, 3);
		if (stays[i].kept)
			uid_set_add(&scene.window.kept, 3);
		scene.near.changed = &here;
		scene.far.changed = &there;
		scene.near.changed_count = scene.far.changed_count = 1;
		window_scene_plan(&scene);
		cr_expect_eq(uid_set_contains(&scene.plan.expires, 3), !stays[i].stays, "case %zu",
			     i);
		cr_expect_eq(uid_set_size(&scene.plan.expires), !stays[i].stays, "case %zu", i);
		const struct operation *merge = plan_first(&scene.plan, OPERATION_MERGE);
		cr_assert(merge, "case %zu: flags still go", i);
		cr_expect_eq(operation_renames(merge), stays[i].stays, "case %zu", i);
		window_scene_end(&scene);
	}
}

/* New on both sides: what leaves is recorded all the same, and its flags are sent. */
Test(sync_plan_window, what_is_new_on_both_sides)
{
	static const struct {
		bool found, flagged;
		uint32_t unsure_from;
		bool stays;
	} cases[] = {
		{ false, false, 0, false }, { true, false, 0, true },   { false, true, 0, true },
		{ false, false, 15, true }, { false, false, 14, true }, { false, false, 16, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[] = "new:2,";
		struct near_added added = { .place = 1,
					    .name = name,
					    .is_identified = true,
					    .identity = { .bytes = { 1 } },
					    .size = 50,
					    .flags = seen_and(cases[i].flagged) };
		struct far_identified identified = { .uid = 15,
						     .size = 50,
						     .identity = { .bytes = { 1 } },
						     .flags = FLAG_ANSWERED };
		struct window_scene scene;
		window_scene_begin_search(&scene);
		uid_set_add(&scene.window.found, 3);
		if (cases[i].found)
			uid_set_add(&scene.window.found, 15);
		scene.window.unsure_from = cases[i].unsure_from;
		uid_set_add(&scene.far.added, 15);
		scene.near.added = &added;
		scene.far.identified = &identified;
		scene.near.added_count = scene.far.identified_count = 1;
		window_scene_plan(&scene);
		window_scene_expect(&scene.plan.expires, cases[i].stays ? "" : "15", "adopted");
		window_scene_expect(&scene.plan.downloads, "", "adopted");
		const struct operation *adopted = plan_first(&scene.plan, OPERATION_ADOPT);
		cr_assert(adopted);
		cr_expect(operation_stores(adopted), "case %zu", i);
		cr_expect_eq(operation_renames(adopted), cases[i].stays, "case %zu", i);
		window_scene_end(&scene);
	}
}

/* --- What was removed --- */

/* Of a window of four with two that go up, the lower two of the four are about to leave: their
 * removal counts yet. */
Test(sync_plan_window, removals_count_before_uploads_do)
{
	struct near_added added[2];
	char name[] = "new:2,S";
	struct window_scene scene;
	window_scene_begin(&scene, 4);
	added[0] = added[1] = (struct near_added){ .place = 1, .name = name };
	scene.near.added = added;
	scene.near.added_count = 2;
	uid_set_add(&scene.near.removed, 8);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7", "9 and 10 stay, with the two");
	const struct operation *removal = plan_first(&scene.plan, OPERATION_REMOVE_FAR);
	cr_assert(removal);
	cr_expect_eq(removal->uid, 8);
	window_scene_end(&scene);
}

Test(sync_plan_window, removals_of_what_is_kept_count)
{
	struct window_scene scene;
	window_scene_begin_search(&scene);
	uid_set_add(&scene.window.kept, 3);
	uid_set_add(&scene.near.removed, 3);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "", "it is removed");
	cr_expect(plan_first(&scene.plan, OPERATION_REMOVE_FAR));
	window_scene_end(&scene);
}

/* Where removals here may not go to the server, a message outside is left out like any other. */
Test(sync_plan_window, removals_that_are_withheld)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.rules.push = CONFIG_KIND_NEW | CONFIG_KIND_FLAGS;
	uid_set_add(&scene.near.removed, 2);
	uid_set_add(&scene.near.removed, 9);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7", "the second as well");
	cr_assert_eq(scene.plan.operations[OPERATION_WITHHOLD].count, 1);
	cr_expect_eq(plan_first(&scene.plan, OPERATION_WITHHOLD)->uid, 9);
	window_scene_end(&scene);
}

/* A removal there is followed outside too; withheld, the message stays here. */
Test(sync_plan_window, removals_there_are_no_concern_of_it)
{
	for (int followed = 0; followed < 2; followed++) {
		struct window_scene scene;
		window_scene_begin(&scene, 3);
		if (!followed)
			scene.rules.pull = CONFIG_KIND_NEW | CONFIG_KIND_FLAGS;
		uid_set_add(&scene.far.removed, 2);
		uid_set_add(&scene.far.removed, 10);
		window_scene_plan(&scene);
		window_scene_expect(&scene.plan.expires, "1 3 4 5 6", "7 8 9 are the newest");
		cr_expect_eq(
			scene.plan.operations[followed ? OPERATION_REMOVE_NEAR : OPERATION_WITHHOLD]
				.count,
			2);
		cr_expect_eq(plan_size(&scene.plan), 2);
		window_scene_end(&scene);
	}
}

Test(sync_plan_window, what_both_sides_removed_is_forgotten)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	uid_set_add(&scene.far.removed, 2);
	uid_set_add(&scene.near.removed, 2);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 3 4 5 6 7", "it is nowhere");
	cr_expect_eq(scene.plan.operations[OPERATION_FORGET].count, 1);
	window_scene_end(&scene);
}

/* It goes to the server as a new message: the file must not go with the old one. */
Test(sync_plan_window, what_is_sent_again_does_not_leave)
{
	char name[] = "name:2,FS";
	struct near_changed here = {
		.uid = 2, .place = 1, .name = name, .flags = FLAG_SEEN | FLAG_FLAGGED
	};
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.near.changed = &here;
	scene.near.changed_count = 1;
	uid_set_add(&scene.far.removed, 2);
	window_scene_plan(&scene);
	const struct operation *upload = plan_first(&scene.plan, OPERATION_UPLOAD);
	cr_assert(upload);
	cr_expect_eq(upload->upload.replaces, 2);
	window_scene_expect(&scene.plan.expires, "1 3 4 5 6 7 8",
			    "two stay, with the one that goes up");
	window_scene_end(&scene);
}

/* Removed here and changed there: it comes back, but not into a window that does not hold it. */
Test(sync_plan_window, what_would_come_back)
{
	struct far_changed there[] = { { .uid = 2, .flags = FLAG_SEEN | FLAG_ANSWERED },
				       { .uid = 9, .flags = FLAG_SEEN | FLAG_ANSWERED } };
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.far.changed = there;
	scene.far.changed_count = 2;
	uid_set_add(&scene.near.removed, 2);
	uid_set_add(&scene.near.removed, 9);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "9", "it is in it");
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7",
			    "what was to come back is left out");
	cr_expect_eq(plan_size(&scene.plan), 0);
	window_scene_end(&scene);
}

/* In a settled window: by the flags that the message itself has on the server. */
Test(sync_plan_window, what_would_come_back_into_a_settled_one)
{
	for (int kept = 0; kept < 2; kept++) {
		struct far_changed there[] = {
			{ .uid = 2, .flags = seen_and(!kept) },
			{ .uid = 3, .flags = seen_and(kept) | FLAG_ANSWERED },
			{ .uid = 4, .flags = seen_and(!kept) | FLAG_ANSWERED },
		};
		struct window_scene scene;
		window_scene_begin_search(&scene);
		scene.window.settled = true;
		scene.place.flagged = 3;
		scene.far.changed = there;
		scene.far.changed_count = 3;
		uid_set_add_range(&scene.near.removed, 3, 4);
		window_scene_plan(&scene);
		window_scene_expect(&scene.plan.downloads, kept ? "3 4" : "4",
				    "4 is in it by its size");
		window_scene_expect(&scene.plan.expires, kept ? "" : "3", "what lost the flag");
		window_scene_end(&scene);
	}
}

/* Nothing changed there: it is restored with the flags of the base. */
Test(sync_plan_window, what_is_restored)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.rules.restore = true;
	uid_set_add(&scene.near.removed, 2);
	uid_set_add(&scene.near.removed, 9);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "9", "the other is outside");
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7", "restored nowhere");
	window_scene_end(&scene);
}

/* --- What counts as one of the newest --- */

Test(sync_plan_window, what_the_server_has_not_is_not_counted)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.place.absent = 10;
	scene.place.absence = STATE_ABSENT_FAR;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6",
			    "7 8 9 are the newest that are there");
	window_scene_end(&scene);
	window_scene_begin(&scene, 8);
	scene.place.first = 5;
	uid_set_add_range(&scene.outside, 1, 4);
	uid_set_add(&scene.far.outside_removed, 4);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "2 3", "of those outside that are there yet");
	window_scene_end(&scene);
}

Test(sync_plan_window, new_mail_that_flags_keep)
{
	struct window_scene scene;
	window_scene_begin_search(&scene);
	uid_set_add(&scene.window.found, 3);
	uid_set_add_range(&scene.far.added, 11, 13);
	uid_set_add(&scene.window.kept, 12);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "12", "it is kept");
	window_scene_expect(&scene.plan.outside, "11 13", "neither found nor kept");
	window_scene_end(&scene);
}

Test(sync_plan_window, the_highest_uid_ends_the_base)
{
	struct window_scene scene;
	for (uint32_t newest = 1; newest <= 2; newest++) {
		window_scene_begin(&scene, newest);
		scene.place.has_highest = true;
		window_scene_plan(&scene);
		window_scene_expect(&scene.plan.expires,
				    newest == 1 ? "1 2 3 4 5 6 7 8 9 10" : "1 2 3 4 5 6 7 8 9",
				    "the newest stay");
		window_scene_end(&scene);
	}
}

/* Already away here before, for the rules: it has no file to go. */
Test(sync_plan_window, what_was_absent_before_does_not_leave)
{
	struct far_changed there = { .uid = 2, .flags = 0 };
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	scene.rules.expunge = CONFIG_SIDE_NEAR;
	scene.place.absent = 2;
	scene.far.changed = &there;
	scene.far.changed_count = 1;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 3 4 5 6 7", "it is not here");
	window_scene_end(&scene);
}
