/* What a window makes of a plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sync-plan-parts.h"
#include "sync/plan/plan.h"

/* A base of UIDs 1 to 10, all \Seen, of which `absent` are absent near. */
struct place {
	uint32_t first, absent;
	unsigned int reads, fails_at; /* the read that fails; 0: none */
};

static int read_place(struct place *place, uint32_t uid, struct state_message *message_r,
		      struct error *error)
{
	if (++place->reads == place->fails_at)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be read");
	if (uid < place->first || uid > 10)
		return 0;
	*message_r =
		(struct state_message){ .uid = uid,
					.flags = FLAG_SEEN,
					.place = 1,
					.name = "name:2,S",
					.base_length = 4,
					.absent = uid == place->absent ? STATE_ABSENT_NEAR
								       : STATE_ABSENT_NOWHERE };
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	return read_place(context, uid, message_r, error);
}

static int next(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	struct place *place = context;
	return read_place(place, uid < place->first ? place->first : uid, message_r, error);
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	(void)base, (void)base_length, (void)message_r;
	struct place *place = context;
	if (++place->reads == place->fails_at)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be read");
	return 0;
}

static const struct plan_rules usual = { .pull = CONFIG_KINDS_ALL,
					 .push = CONFIG_KINDS_ALL,
					 .expunge = CONFIG_SIDES_BOTH,
					 .far_storable = FLAGS_SYSTEM,
					 .max_delete_count = 100,
					 .max_delete_percent = 30 };

/* What both sides did, under which window. */
struct scene {
	struct place place;
	struct plan_rules rules;
	struct window window;
	struct uid_set outside;
	struct near_changes near;
	struct far_changes far;
	struct plan plan;
};

static void begin(struct scene *scene, uint32_t newest)
{
	*scene = (struct scene){ .place = { .first = 1 },
				 .rules = usual,
				 .window = { .rule = { .newest = newest } } };
	scene->rules.window = &scene->window;
	scene->rules.outside = &scene->outside;
}

static int try_plan(struct scene *scene, struct error *error)
{
	const struct base_view base = { .context = &scene->place,
					.by_uid = by_uid,
					.by_name = by_name,
					.next = next,
					.count = 11 - scene->place.first,
					.absent_near = scene->place.absent != 0 };
	scene->place.reads = 0;
	return plan_make(&base, &scene->near, &scene->far, &scene->rules, &scene->plan, error);
}

static void plan(struct scene *scene)
{
	cr_assert_eq(try_plan(scene, NULL), 0);
	cr_assert_eq(scene->plan.refusal, PLAN_ALLOWED);
}

static void end(struct scene *scene)
{
	plan_release(&scene->plan);
	window_release(&scene->window);
	uid_set_release(&scene->outside);
	uid_set_release(&scene->near.removed);
	uid_set_release(&scene->far.removed);
	uid_set_release(&scene->far.added);
	uid_set_release(&scene->far.outside_removed);
}

static void expect(const struct uid_set *set, const char *expected, const char *what)
{
	char text[256] = "";
	size_t length = 0;
	for (uint32_t uid = 0; uid_set_next(set, &uid);)
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%u",
					   length > 0 ? " " : "", uid);
	cr_expect_str_eq(text, expected, "%s: %s", what, text);
}

Test(sync_plan_window, what_it_does_not_hold_leaves)
{
	struct scene scene;
	begin(&scene, 3);
	plan(&scene);
	expect(&scene.plan.expires, "1 2 3 4 5 6 7", "of ten the newest three stay");
	end(&scene);
	begin(&scene, 9);
	scene.place.absent = 1;
	plan(&scene);
	expect(&scene.plan.expires, "", "what is not here need not leave");
	end(&scene);
	begin(&scene, 3);
	scene.window.settled = true;
	plan(&scene);
	expect(&scene.plan.expires, "", "it was left like that");
	end(&scene);
	begin(&scene, 10);
	plan(&scene);
	expect(&scene.plan.expires, "", "there are not more");
	end(&scene);
}

Test(sync_plan_window, what_the_server_found_stays)
{
	struct scene scene;
	begin(&scene, 0);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 2, 4);
	uid_set_add(&scene.window.kept, 9);
	plan(&scene);
	expect(&scene.plan.expires, "1 5 6 7 8 10", "what is neither found nor kept");
	end(&scene);
	begin(&scene, 2);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 2, 4);
	uid_set_add(&scene.window.kept, 9);
	plan(&scene);
	expect(&scene.plan.expires, "1 2 5 6 7 8 10", "the newest two of what was found");
	end(&scene);
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
	struct scene scene;
	begin(&scene, 8);
	scene.window.rule.keep_set = FLAG_FLAGGED;
	scene.near.changed = &here;
	scene.near.changed_count = 1;
	scene.far.changed = there;
	scene.far.changed_count = 2;
	plan(&scene);
	expect(&scene.plan.expires, "1", "the second is kept, the third is in it");
	cr_expect_eq(scene.plan.operations[OPERATION_MERGE].count, 2);
	end(&scene);
	begin(&scene, 3);
	scene.far.changed = there;
	scene.far.changed_count = 2;
	plan(&scene);
	expect(&scene.plan.expires, "1 2 3 4 5 6 7", "no flag keeps anything");
	const struct operation *merge = plan_first(&scene.plan, OPERATION_MERGE);
	cr_assert(merge);
	cr_expect_eq(merge->near_wanted, merge->near_flags, "flags do not come any more");
	end(&scene);
}

Test(sync_plan_window, removals_here_count_within_it_only)
{
	struct scene scene;
	begin(&scene, 4);
	uid_set_add(&scene.near.removed, 2);
	uid_set_add(&scene.near.removed, 8);
	plan(&scene);
	/* 1 3 4 5 6 7 9 10 are there after the run, 6 7 9 10 are the newest four of them */
	expect(&scene.plan.expires, "1 2 3 4 5", "the second is left on the server");
	cr_expect_eq(scene.plan.operations[OPERATION_REMOVE_FAR].count, 1);
	cr_expect_eq(plan_first(&scene.plan, OPERATION_REMOVE_FAR)->uid, 8);
	end(&scene);
}

Test(sync_plan_window, new_mail_takes_the_place_of_old)
{
	struct scene scene;
	begin(&scene, 3);
	uid_set_add_range(&scene.far.added, 11, 14);
	plan(&scene);
	expect(&scene.plan.downloads, "12 13 14", "the newest three");
	expect(&scene.plan.outside, "11", "left out");
	expect(&scene.plan.expires, "1 2 3 4 5 6 7 8 9 10", "all that was there");
	end(&scene);
	begin(&scene, 0);
	scene.window.rule.largest = 1000;
	uid_set_add_range(&scene.window.found, 1, 11);
	uid_set_add_range(&scene.far.added, 11, 14);
	scene.window.unsure_from = 13;
	plan(&scene);
	expect(&scene.plan.downloads, "11", "what was found");
	expect(&scene.plan.outside, "12", "what came later may be in it: the next run knows");
	end(&scene);
}

/* What goes up is among the newest; a window of fewer holds nothing else. */
Test(sync_plan_window, uploads_take_the_place_of_old)
{
	for (uint32_t newest = 1; newest <= 4; newest++) {
		struct near_added added[2];
		struct scene scene;
		begin(&scene, newest);
		for (size_t i = 0; i < 2; i++)
			added[i] =
				(struct near_added){ .place = 1, .name = memory_text("new:2,S") };
		scene.near.added = added;
		scene.near.added_count = 2;
		plan(&scene);
		cr_expect_eq(scene.plan.operations[OPERATION_UPLOAD].count, 2);
		cr_expect_eq(uid_set_size(&scene.plan.expires), newest > 2 ? 12 - newest : 10,
			     "newest %u", newest);
		end(&scene);
		free(added[0].name);
		free(added[1].name);
	}
}

Test(sync_plan_window, what_was_left_out_comes_when_it_takes_it)
{
	struct scene scene;
	for (int pulls = 0; pulls < 2; pulls++) {
		for (uint32_t newest = 0; newest <= 12; newest += 12) {
			begin(&scene, newest);
			scene.place.first = 5;
			uid_set_add_range(&scene.outside, 1, 4);
			uid_set_add(&scene.far.outside_removed, 2);
			if (!pulls)
				scene.rules.pull = CONFIG_KIND_FLAGS;
			plan(&scene);
			expect(&scene.plan.downloads, pulls ? "1 3 4" : "", "what is there yet");
			end(&scene);
		}
	}
	begin(&scene, 8);
	scene.place.first = 5;
	uid_set_add_range(&scene.outside, 1, 4);
	plan(&scene);
	expect(&scene.plan.downloads, "3 4", "the newest of it");
	end(&scene);
}

/* Without the whole of the base no plan may be made: what cannot be read would seem to be gone. */
Test(sync_plan_window, a_base_that_cannot_be_read_makes_no_plan)
{
	struct far_changed changed = { .uid = 3, .flags = FLAG_SEEN | FLAG_FLAGGED };
	unsigned int fails_at = 0;
	int result;
	do {
		struct error error = ERROR_INITIAL;
		struct scene scene;
		begin(&scene, 1000);
		scene.place.fails_at = ++fails_at;
		scene.far.changed = &changed;
		scene.far.changed_count = 1;
		uid_set_add(&scene.far.removed, 1);
		uid_set_add(&scene.far.added, 12);
		uid_set_add(&scene.near.removed, 3);
		uid_set_add(&scene.near.removed, 4);
		scene.rules.horizon = (struct horizon){ .shown = 1000 };
		result = try_plan(&scene, &error);
		cr_expect_eq(result != 0, fails_at <= scene.place.reads, "read %u", fails_at);
		if (result != 0)
			cr_expect_str_eq(error.text, "it cannot be read", "read %u", fails_at);
		end(&scene);
	} while (result != 0 && fails_at < 1000);
	cr_expect_gt(fails_at, 20);
}
