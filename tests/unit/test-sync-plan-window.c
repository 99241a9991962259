/* What a window makes of a plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "sync-plan-parts.h"
#include "sync-window-scene.h"

Test(sync_plan_window, what_it_does_not_hold_leaves)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7", "of ten the newest three stay");
	window_scene_end(&scene);
	window_scene_begin(&scene, 9);
	scene.place.absent = 1;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "", "what is not here need not leave");
	window_scene_end(&scene);
	window_scene_begin(&scene, 3);
	scene.window.settled = true;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "", "it was left like that");
	window_scene_end(&scene);
	window_scene_begin(&scene, 10);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "", "there are not more");
	window_scene_end(&scene);
}

Test(sync_plan_window, what_the_server_found_stays)
{
	struct window_scene scene;
	window_scene_begin(&scene, 0);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 2, 4);
	uid_set_add(&scene.window.kept, 9);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 5 6 7 8 10", "what is neither found nor kept");
	window_scene_end(&scene);
	window_scene_begin(&scene, 2);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 2, 4);
	uid_set_add(&scene.window.kept, 9);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 5 6 7 8 10",
			    "the newest two of what was found");
	window_scene_end(&scene);
}

/* What the server answered was asked for before these flags. */
Test(sync_plan_window, flags_that_change_keep_or_let_go)
{
	char name[] = "name:2,FS";
	struct near_changed here = {
		.uid = 2, .place = 1, .name = name, .flags = FLAG_SEEN | FLAG_FLAGGED
	};
	struct far_changed there[] = { { .uid = 2, .flags = FLAG_SEEN | FLAG_DRAFT },
				       { .uid = 3, .flags = FLAG_SEEN | FLAG_ANSWERED } };
	struct window_scene scene;
	window_scene_begin(&scene, 8);
	scene.window.rule.keep_set = FLAG_FLAGGED;
	scene.near.changed = &here;
	scene.near.changed_count = 1;
	scene.far.changed = there;
	scene.far.changed_count = 2;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1", "the second is kept, the third is in it");
	cr_expect_eq(scene.plan.operations[OPERATION_MERGE].count, 2);
	window_scene_end(&scene);
	window_scene_begin(&scene, 3);
	scene.far.changed = there;
	scene.far.changed_count = 2;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7", "no flag keeps anything");
	const struct operation *merge = plan_first(&scene.plan, OPERATION_MERGE);
	cr_assert(merge);
	cr_expect_eq(merge->near_wanted, merge->near_flags, "flags do not come any more");
	window_scene_end(&scene);
}

Test(sync_plan_window, removals_here_count_within_it_only)
{
	struct window_scene scene;
	window_scene_begin(&scene, 4);
	uid_set_add(&scene.near.removed, 2);
	uid_set_add(&scene.near.removed, 8);
	window_scene_plan(&scene);
	/* 1 3 4 5 6 7 9 10 are there after the run, 6 7 9 10 are the newest four of them */
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5", "the second is left on the server");
	cr_expect_eq(scene.plan.operations[OPERATION_REMOVE_FAR].count, 1);
	cr_expect_eq(plan_first(&scene.plan, OPERATION_REMOVE_FAR)->uid, 8);
	window_scene_end(&scene);
}

Test(sync_plan_window, new_mail_takes_the_place_of_old)
{
	struct window_scene scene;
	window_scene_begin(&scene, 3);
	uid_set_add_range(&scene.far.added, 11, 14);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "12 13 14", "the newest three");
	window_scene_expect(&scene.plan.outside, "11", "left out");
	window_scene_expect(&scene.plan.expires, "1 2 3 4 5 6 7 8 9 10", "all that was there");
	window_scene_end(&scene);
	window_scene_begin(&scene, 0);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 1, 11);
	uid_set_add_range(&scene.far.added, 11, 14);
	scene.window.unsure_from = 13;
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "11", "what was found");
	window_scene_expect(&scene.plan.outside, "12",
			    "what came later may be in it: the next run knows");
	window_scene_end(&scene);
}

/* What goes up is among the newest; a window of fewer holds nothing else. */
Test(sync_plan_window, uploads_take_the_place_of_old)
{
	for (uint32_t newest = 1; newest <= 4; newest++) {
		struct near_added added[2];
		struct window_scene scene;
		window_scene_begin(&scene, newest);
		for (size_t i = 0; i < 2; i++)
			added[i] =
				(struct near_added){ .place = 1, .name = memory_text("new:2,S") };
		scene.near.added = added;
		scene.near.added_count = 2;
		window_scene_plan(&scene);
		cr_expect_eq(scene.plan.operations[OPERATION_UPLOAD].count, 2);
		cr_expect_eq(uid_set_size(&scene.plan.expires), newest > 2 ? 12 - newest : 10,
			     "newest %u", newest);
		window_scene_end(&scene);
		free(added[0].name);
		free(added[1].name);
	}
}

Test(sync_plan_window, what_was_left_out_comes_when_it_takes_it)
{
	struct window_scene scene;
	for (int pulls = 0; pulls < 2; pulls++) {
		for (uint32_t newest = 0; newest <= 12; newest += 12) {
			window_scene_begin(&scene, newest);
			scene.place.first = 5;
			uid_set_add_range(&scene.outside, 1, 4);
			uid_set_add(&scene.far.outside_removed, 2);
			if (!pulls)
				scene.rules.pull = CONFIG_KIND_FLAGS;
			window_scene_plan(&scene);
			window_scene_expect(&scene.plan.downloads, pulls ? "1 3 4" : "",
					    "what is there yet");
			window_scene_end(&scene);
		}
	}
	window_scene_begin(&scene, 8);
	scene.place.first = 5;
	uid_set_add_range(&scene.outside, 1, 4);
	window_scene_plan(&scene);
	window_scene_expect(&scene.plan.downloads, "3 4", "the newest of it");
	window_scene_end(&scene);
}

/* Without the whole of the base no plan may be made: what cannot be read would seem to be gone. */
Test(sync_plan_window, a_base_that_cannot_be_read_makes_no_plan)
{
	struct far_changed changed = { .uid = 3, .flags = FLAG_SEEN | FLAG_FLAGGED };
	unsigned int fails_at = 0;
	int result;
	do {
		struct error error = ERROR_INITIAL;
		struct window_scene scene;
		window_scene_begin(&scene, 1000);
		scene.place.fails_at = ++fails_at;
		scene.far.changed = &changed;
		scene.far.changed_count = 1;
		uid_set_add(&scene.far.removed, 1);
		uid_set_add(&scene.far.added, 12);
		uid_set_add(&scene.near.removed, 3);
		uid_set_add(&scene.near.removed, 4);
		scene.rules.horizon = (struct horizon){ .shown = 1000 };
		result = window_scene_try_plan(&scene, &error);
		cr_expect_eq(result != 0, fails_at <= scene.place.reads, "read %u", fails_at);
		if (result != 0)
			cr_expect_str_eq(error.text, "it cannot be read", "read %u", fails_at);
		window_scene_end(&scene);
	} while (result != 0 && fails_at < 1000);
	cr_expect_gt(fails_at, 20);
}
