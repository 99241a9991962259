/* The steps of a folder's plan to the last member: messages of the base that changed or went.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-plan-parts.h"
#include "sync-plan-scene.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KEYWORD FLAG_KEYWORD(3)

TestSuite(sync_plan_steps, .init = scene_begin, .fini = scene_clear);

/* --- Changes that are merged --- */

/* A change of one kind alone is one, and none of any is none. */
Test(sync_plan_steps, what_makes_a_step)
{
	static char same_name[] = "five:2,S";
	for (int what = 0; what < 6; what++) {
		scene.near.changed_count = 1;
		scene.near_five.name = same_name;
		if (what == 1)
			scene.near_five.name = scene.name;
		if (what == 2)
			scene.near_five.place = 0;
		if (what == 3)
			scene.near_five.file.inode = 77;
		if (what == 4) /* both sides alike: nothing to do but to record it */
			scene.near_five.flags = 0, scene_changed_there(0);
		if (what == 5) /* it was absent, and is there again */
			scene.messages[1].absent = STATE_ABSENT_NEAR;
		scene_make();
		cr_expect_eq(scene.plan.operations[OPERATION_MERGE].count, what > 0, "%d", what);
		cr_expect_eq(plan_size(&scene.plan), what > 0, "%d", what);
		scene_again();
	}
}

Test(sync_plan_steps, the_file_as_it_is_now)
{
	scene_changed_here(FLAG_SEEN | FLAG_FLAGGED);
	scene.near_five.place = 0;
	scene.near_five.file = (struct file_stamp){ .inode = 77 };
	scene.near_five.body.known = true;
	scene_make();
	const struct operation *merge = scene_only(OPERATION_MERGE);
	cr_expect_eq(merge->uid, 5);
	cr_expect_eq(merge->name, scene.name, "borrowed");
	cr_expect_eq(merge->place, 0);
	cr_expect_eq(merge->file, &scene.near_five.file);
	cr_expect_eq(merge->body, &scene.near_five.body);
	cr_expect_eq(merge->added, SIZE_MAX);
	cr_expect_eq(merge->absent, STATE_ABSENT_NOWHERE);
	scene_expect_near(merge, FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_FLAGGED);
	scene_expect_far(merge, FLAG_SEEN, FLAG_SEEN | FLAG_FLAGGED);
	cr_expect_eq(merge->base_flags, FLAG_SEEN | FLAG_FLAGGED);
}

Test(sync_plan_steps, the_file_as_it_was)
{
	scene_changed_there(FLAG_ANSWERED);
	scene_make();
	const struct operation *merge = scene_only(OPERATION_MERGE);
	cr_expect_str_eq(merge->name, "five:2,S");
	cr_expect_neq(merge->name, scene.messages[1].name, "it outlives the base's answer");
	cr_expect_eq(merge->place, MAILDIR_CUR);
	cr_expect_null(merge->file);
	cr_expect_null(merge->body);
	scene_expect_near(merge, FLAG_SEEN, FLAG_ANSWERED);
	scene_expect_far(merge, FLAG_ANSWERED, FLAG_ANSWERED);
}

/* A file of which nothing new is known leaves what the base has of it. */
Test(sync_plan_steps, a_file_of_which_nothing_is_known)
{
	scene_changed_here(FLAG_SEEN | FLAG_FLAGGED);
	scene_make();
	cr_expect_null(scene_only(OPERATION_MERGE)->file);
	cr_expect_null(scene_only(OPERATION_MERGE)->body);
}

/* Letters that a reader dropped, as it does not know them, come back. */
Test(sync_plan_steps, letters_that_were_dropped)
{
	scene.messages[1].flags = FLAG_SEEN | KEYWORD;
	scene_changed_here(FLAG_SEEN | FLAG_FLAGGED | KEYWORD);
	scene.near_five.dropped = KEYWORD;
	scene_make();
	scene_expect_near(scene_only(OPERATION_MERGE), FLAG_SEEN | FLAG_FLAGGED,
			  FLAG_SEEN | FLAG_FLAGGED | KEYWORD);
}

/* Bits that are not synchronised are none of the base. */
Test(sync_plan_steps, flags_that_are_ignored)
{
	scene.rules.ignored = KEYWORD;
	scene.messages[1].flags = FLAG_SEEN | KEYWORD;
	scene_changed_there(FLAG_SEEN | FLAG_ANSWERED);
	scene_make();
	const struct operation *merge = scene_only(OPERATION_MERGE);
	scene_expect_near(merge, FLAG_SEEN, FLAG_SEEN | FLAG_ANSWERED);
	cr_expect_eq(merge->base_flags, FLAG_SEEN | FLAG_ANSWERED);
}

static const struct {
	unsigned int pull, push;
	uint32_t near, far, base; /* as they shall be; here \Flagged came, there \Seen went */
} one_way[] = {
	{ CONFIG_KINDS_ALL, CONFIG_KINDS_ALL, FLAG_FLAGGED, FLAG_FLAGGED, FLAG_FLAGGED },
	{ CONFIG_KINDS_ALL, CONFIG_KIND_NEW, FLAG_FLAGGED, 0, 0 },
	{ CONFIG_KIND_NEW, CONFIG_KINDS_ALL, FLAG_SEEN | FLAG_FLAGGED, FLAG_FLAGGED,
	  FLAG_SEEN | FLAG_FLAGGED },
};

Test(sync_plan_steps, flags_that_go_one_way)
{
	for (size_t i = 0; i < COUNT(one_way); i++) {
		scene.rules.pull = one_way[i].pull;
		scene.rules.push = one_way[i].push;
		scene_changed_here(FLAG_SEEN | FLAG_FLAGGED);
		scene_changed_there(0);
		scene_make();
		const struct operation *merge = scene_only(OPERATION_MERGE);
		scene_expect_near(merge, FLAG_SEEN | FLAG_FLAGGED, one_way[i].near);
		scene_expect_far(merge, 0, one_way[i].far);
		cr_expect_eq(merge->base_flags, one_way[i].base, "case %zu", i);
		scene_again();
	}
}

/* Each change goes to its own message, and one of a message that the base has no more to none. */
Test(sync_plan_steps, several_changes_find_their_messages)
{
	struct near_changed here[] = {
		{ .uid = 3, .place = 1, .name = scene.name, .flags = FLAG_DRAFT },
		{ .uid = 4, .place = 1, .name = scene.name, .flags = 0 },
		{ .uid = 7, .place = 1, .name = scene.name, .flags = FLAG_FLAGGED },
		{ .uid = 5, .place = 1, .name = scene.name, .flags = 0 }
	};
	struct far_changed there[] = { { .uid = 4, .flags = 0 },
				       { .uid = 5, .flags = FLAG_ANSWERED },
				       { .uid = 7, .flags = FLAG_SEEN | FLAG_ANSWERED },
				       { .uid = 3, .flags = FLAG_ANSWERED } };
	scene.near.changed = here; /* what stands behind the end of a list is not in it */
	scene.near.changed_count = 3;
	scene.far.changed = there;
	scene.far.changed_count = 3;
	scene_make();
	const struct operation_list *merges = &scene.plan.operations[OPERATION_MERGE];
	cr_assert_eq(merges->count, 3);
	cr_expect_eq(plan_size(&scene.plan), 3);
	cr_expect_eq(merges->items[0].base_flags, FLAG_DRAFT);
	cr_expect_eq(merges->items[1].base_flags, FLAG_ANSWERED);
	cr_expect_eq(merges->items[2].base_flags, FLAG_FLAGGED | FLAG_ANSWERED);
}

/* --- Removals --- */

Test(sync_plan_steps, a_removal_here)
{
	scene_gone_here();
	scene_changed_there(FLAG_DELETED);
	scene_make();
	const struct operation *removal = scene_only(OPERATION_REMOVE_FAR);
	cr_expect_eq(removal->uid, 5);
	cr_expect_eq(removal->base_flags, FLAG_SEEN);
	scene_expect_far(removal, FLAG_DELETED, FLAG_DELETED);
	cr_expect_null(removal->name);
	cr_expect_not(removal->removal.has_moved);
	cr_expect_eq(scene.plan.removals_far, 1);
	cr_expect_eq(scene.plan.removals_near, 0);
	cr_expect_eq(scene.plan.losses.near, 1);
	cr_expect_eq(scene.plan.losses.far, 0);
	cr_expect_eq(scene.plan.losses.had, 3);
	cr_expect_eq(scene.plan.contested.count, 0);
}

Test(sync_plan_steps, a_removal_there)
{
	scene_gone_there();
	scene_changed_here(0);
	scene_make();
	const struct operation *removal = scene_only(OPERATION_REMOVE_NEAR);
	cr_expect_eq(removal->uid, 5);
	cr_expect_eq(removal->name, scene.name);
	scene_expect_near(removal, 0, 0);
	cr_expect_eq(scene.plan.removals_near, 1);
	cr_expect_eq(scene.plan.removals_far, 0);
	cr_expect_eq(scene.plan.losses.near, 0);
	cr_expect_eq(scene.plan.losses.far, 1);
}

/* What was lost before is no loss of now. */
Test(sync_plan_steps, what_is_absent_is_lost_once)
{
	static const enum state_absence sides[] = { STATE_ABSENT_NEAR, STATE_ABSENT_FAR };
	for (size_t i = 0; i < COUNT(sides); i++) {
		scene.messages[1].absent = sides[i];
		scene_gone_here();
		scene_gone_there();
		scene_make();
		(void)scene_only(OPERATION_FORGET);
		cr_expect_eq(scene.plan.losses.near, sides[i] != STATE_ABSENT_NEAR);
		cr_expect_eq(scene.plan.losses.far, sides[i] != STATE_ABSENT_FAR);
		scene_again();
	}
}

/* What is absent on a side and was not seen there again is as if it were removed now. */
Test(sync_plan_steps, what_is_absent_stays_absent)
{
	scene.messages[1].absent = STATE_ABSENT_NEAR;
	scene_gone_there();
	scene_make();
	(void)scene_only(OPERATION_FORGET);
	scene_again();
	scene.messages[1].absent = STATE_ABSENT_FAR;
	scene_gone_here();
	scene_make();
	(void)scene_only(OPERATION_FORGET);
	scene_again();
	scene.messages[1].absent = STATE_ABSENT_NEAR;
	scene_changed_here(FLAG_SEEN); /* seen again */
	scene_make();
	(void)scene_only(OPERATION_MERGE);
	scene_again();
	scene.messages[1].absent = STATE_ABSENT_FAR;
	scene_changed_there(FLAG_SEEN);
	scene_make();
	(void)scene_only(OPERATION_MERGE);
}

/* It comes back, unless the plan of the account finds it elsewhere. */
Test(sync_plan_steps, a_contested_removal)
{
	scene_gone_here();
	scene_changed_there(FLAG_SEEN | FLAG_FLAGGED);
	scene_make();
	cr_expect_eq(plan_size(&scene.plan), 0);
	cr_expect(uid_set_contains(&scene.plan.downloads, 5));
	cr_assert_eq(scene.plan.contested.count, 1);
	const struct operation *removal = &scene.plan.contested.items[0];
	cr_expect_eq(removal->kind, OPERATION_REMOVE_FAR);
	cr_expect_eq(removal->uid, 5);
	cr_expect_eq(removal->base_flags, FLAG_SEEN);
	scene_expect_far(removal, FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_FLAGGED);
	for (int what = 0; what < 2; what++) {
		scene_again();
		scene_gone_here();
		scene_changed_there(FLAG_SEEN | FLAG_FLAGGED);
		if (what == 0)
			scene.rules.restore = true;
		else /* it would only be marked, and that says the same */
			scene.rules.expunge = CONFIG_SIDE_NEAR,
			scene.messages[1].absent = STATE_ABSENT_NEAR;
		scene_make();
		cr_expect_eq(scene.plan.contested.count, 0, "%d", what);
		cr_expect(uid_set_contains(&scene.plan.downloads, 5), "%d", what);
	}
}

/* An earlier run brought it to another folder: what is left of it goes, whatever changed there. */
Test(sync_plan_steps, what_moved_in_an_earlier_run)
{
	for (uint32_t moved = 5; moved <= 6; moved++) {
		struct uid_set set = UID_SET_INITIAL;
		uid_set_add(&set, moved);
		scene.rules.moved = &set;
		scene_gone_here();
		scene_changed_there(FLAG_SEEN | FLAG_FLAGGED);
		scene_make();
		cr_expect_eq(scene.plan.operations[OPERATION_REMOVE_FAR].count, moved == 5);
		cr_expect_eq(uid_set_contains(&scene.plan.downloads, 5), moved == 6);
		cr_expect_eq(plan_moved_far(&scene.plan), moved == 5);
		uid_set_release(&set);
		scene_again();
	}
}

/* To the server again, as a new message, with what it can store. */
Test(sync_plan_steps, what_is_brought_back_there)
{
	scene.rules.far_storable = FLAG_SEEN | FLAG_FLAGGED;
	scene_gone_there();
	scene_changed_here(FLAG_FLAGGED | FLAG_DRAFT);
	scene_make();
	const struct operation *upload = scene_only(OPERATION_UPLOAD);
	cr_expect_eq(upload->uid, 0);
	cr_expect_eq(upload->upload.replaces, 5);
	cr_expect_eq(upload->upload.supersedes, 0);
	cr_expect_eq(upload->added, SIZE_MAX);
	cr_expect_eq(upload->name, scene.name);
	scene_expect_near(upload, FLAG_FLAGGED | FLAG_DRAFT, FLAG_FLAGGED | FLAG_DRAFT);
	cr_expect_eq(upload->far_wanted, FLAG_FLAGGED);
	cr_expect_eq(upload->base_flags, FLAG_FLAGGED);
}

/* A flag that the server cannot store is no change that would bring it back. */
Test(sync_plan_steps, a_change_that_cannot_go_brings_nothing_back)
{
	scene.rules.far_storable = FLAG_SEEN;
	scene_gone_there();
	scene_changed_here(FLAG_SEEN | FLAG_FLAGGED);
	scene_make();
	(void)scene_only(OPERATION_REMOVE_NEAR);
}

/* --- Removals that are withheld, or only marked --- */

static const struct {
	bool here;  /* removed here, else there */
	bool marks; /* the other side gets \Deleted */
	uint32_t storable;
	uint32_t other;  /* what the other side has ... */
	uint32_t wanted; /* ... and shall have */
	uint32_t base;
} withheld[] = {
	{ true, false, FLAGS_SYSTEM, 0, 0, FLAG_SEEN },
	{ true, true, FLAGS_SYSTEM, 0, FLAG_DELETED, FLAG_SEEN | FLAG_DELETED },
	{ true, true, FLAG_SEEN, 0, 0, FLAG_SEEN | FLAG_DELETED },
	{ false, false, FLAGS_SYSTEM, 0, 0, FLAG_SEEN },
	{ false, true, FLAGS_SYSTEM, 0, FLAG_DELETED, FLAG_SEEN | FLAG_DELETED },
};

Test(sync_plan_steps, removals_that_stay_on_their_side)
{
	for (size_t i = 0; i < COUNT(withheld); i++) {
		scene.rules.far_storable = withheld[i].storable;
		if (withheld[i].marks)
			scene.rules.expunge = 0;
		else
			scene.rules.pull = scene.rules.push = CONFIG_KIND_NEW | CONFIG_KIND_FLAGS;
		if (withheld[i].here)
			scene_gone_here(), scene_changed_there(withheld[i].other);
		else
			scene_gone_there(), scene_changed_here(withheld[i].other);
		scene_make();
		const struct operation *left = scene_only(OPERATION_WITHHOLD);
		cr_expect_eq(left->absent, withheld[i].here ? STATE_ABSENT_NEAR : STATE_ABSENT_FAR,
			     "case %zu", i);
		cr_expect_eq(left->base_flags, withheld[i].base, "case %zu", i);
		cr_expect_eq(left->name, withheld[i].here ? NULL : scene.name, "case %zu", i);
		if (withheld[i].here) {
			scene_expect_far(left, withheld[i].other, withheld[i].wanted);
			scene_expect_near(left, FLAG_SEEN, FLAG_SEEN);
		} else {
			scene_expect_near(left, withheld[i].other, withheld[i].wanted);
			scene_expect_far(left, FLAG_SEEN, FLAG_SEEN);
		}
		scene_again();
	}
}

/* What is withheld or marked already is not noted again. */
Test(sync_plan_steps, what_is_withheld_already)
{
	for (int marked = 0; marked < 2; marked++) {
		scene.messages[1].absent = STATE_ABSENT_NEAR;
		scene.messages[1].flags = marked ? FLAG_SEEN | FLAG_DELETED : FLAG_SEEN;
		scene.rules.expunge = 0;
		scene_gone_here();
		scene_make();
		cr_expect_eq(plan_size(&scene.plan), !marked, "%d", marked);
		scene_again();
	}
}
