/* The steps of a folder's plan to the last member: new versions, and what is new.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-plan-parts.h"
#include "sync-plan-scene.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KEYWORD FLAG_KEYWORD(3)

TestSuite(sync_plan_new, .init = scene_begin, .fini = scene_clear);

/* --- New versions --- */

static const struct {
	uint32_t here, there; /* GONE: removed */
	unsigned int pull;
	uint32_t storable;
	uint32_t wanted, base; /* of the new message */
} versions[] = {
	{ FLAG_SEEN, FLAG_SEEN, CONFIG_KINDS_ALL, FLAGS_SYSTEM, FLAG_SEEN, FLAG_SEEN },
	{ FLAG_SEEN, FLAG_FLAGGED, CONFIG_KINDS_ALL, FLAGS_SYSTEM, FLAG_FLAGGED, FLAG_SEEN },
	{ FLAG_SEEN, FLAG_FLAGGED, CONFIG_KIND_NEW, FLAGS_SYSTEM, FLAG_SEEN, FLAG_SEEN },
	{ 0, FLAG_SEEN, CONFIG_KINDS_ALL, FLAGS_SYSTEM, 0, 0 },
	{ 0, FLAG_FLAGGED, CONFIG_KINDS_ALL, FLAGS_SYSTEM, FLAG_FLAGGED, 0 },
	{ FLAG_SEEN | FLAG_DRAFT, FLAG_SEEN | FLAG_FLAGGED, CONFIG_KINDS_ALL, FLAG_SEEN, FLAG_SEEN,
	  FLAG_SEEN },
};

Test(sync_plan_new, a_new_version)
{
	for (size_t i = 0; i < COUNT(versions); i++) {
		scene.rules.pull = versions[i].pull;
		scene.rules.far_storable = versions[i].storable;
		scene.near.added_count = 1;
		scene.added.edits = 5;
		scene.added.flags = versions[i].here;
		scene_changed_there(versions[i].there);
		scene_make();
		const struct operation *upload = plan_first(&scene.plan, OPERATION_UPLOAD);
		cr_assert(upload);
		cr_expect_eq(upload->added, 0);
		cr_expect_eq(upload->name, scene.new_name);
		cr_expect_eq(upload->place, MAILDIR_CUR);
		scene_expect_near(upload, versions[i].here, versions[i].here);
		cr_expect_eq(upload->far_wanted, versions[i].wanted, "case %zu", i);
		cr_expect_eq(upload->base_flags, versions[i].base, "case %zu", i);
		cr_expect(plan_first(&scene.plan, OPERATION_REMOVE_FAR), "case %zu", i);
		cr_expect_eq(plan_size(&scene.plan), 2, "case %zu", i);
		scene_again();
	}
}

/* The old version was removed there: nothing of its flags counts. */
Test(sync_plan_new, a_new_version_of_what_is_gone)
{
	scene.near.added_count = 1;
	scene.added.edits = 5;
	scene_gone_there();
	scene_changed_there(FLAG_ANSWERED);
	scene_make();
	const struct operation *upload = scene_only(OPERATION_UPLOAD);
	cr_expect_eq(upload->far_wanted, FLAG_FLAGGED);
	cr_expect_eq(upload->upload.replaces, 5);
}

/* How the old one stays, where removals do not go, or are only marked. */
Test(sync_plan_new, an_old_version_that_stays)
{
	for (int marks = 0; marks < 2; marks++) {
		scene.near.added_count = 1;
		scene.added.edits = 5;
		if (marks)
			scene.rules.expunge = CONFIG_SIDE_NEAR;
		else
			scene.rules.push = CONFIG_KIND_NEW;
		scene_make();
		const struct operation *left = plan_first(&scene.plan, OPERATION_WITHHOLD);
		cr_assert(left);
		cr_expect_eq(plan_size(&scene.plan), 2);
		scene_expect_far(left, FLAG_SEEN, marks ? FLAG_SEEN | FLAG_DELETED : FLAG_SEEN);
		scene_again();
	}
}

/* --- What is new --- */

static void new_there(void)
{
	uid_set_add(&scene.far.added, 9);
	scene.far.identified_count = 1;
}

Test(sync_plan_new, a_new_file)
{
	for (int copy = 0; copy < 2; copy++) {
		scene.rules.far_storable = FLAG_SEEN | FLAG_FLAGGED;
		scene.near.added_count = 1;
		scene.added.flags = FLAG_FLAGGED | FLAG_DRAFT;
		scene.added.is_copy = copy;
		scene_make();
		const struct operation *upload = scene_only(OPERATION_UPLOAD);
		cr_expect_eq(upload->needs_new_name, copy);
		cr_expect_eq(upload->added, 0);
		cr_expect_eq(upload->name, scene.new_name);
		cr_expect_eq(upload->place, MAILDIR_CUR);
		cr_expect_eq(upload->upload.replaces, 0);
		cr_expect_eq(upload->upload.supersedes, 0);
		scene_expect_near(upload, FLAG_FLAGGED | FLAG_DRAFT, FLAG_FLAGGED | FLAG_DRAFT);
		scene_expect_far(upload, 0, FLAG_FLAGGED);
		cr_expect_eq(upload->base_flags, FLAG_FLAGGED);
		scene_again();
	}
}

Test(sync_plan_new, what_is_new_and_may_not_go)
{
	struct name_digest left = { .words = { 0, 0 } };
	name_digest_add(&left, MAILDIR_CUR, scene.new_name);
	scene.rules.pull = scene.rules.push = CONFIG_KIND_FLAGS;
	scene.near.added_count = 1;
	new_there();
	scene.far.identified_count = 0;
	scene_make();
	cr_expect(plan_is_empty(&scene.plan));
	cr_expect(name_digest_equal(&scene.plan.near_withheld, &left));
	cr_expect_eq(uid_set_size(&scene.plan.far_withheld), 1);
	cr_expect(uid_set_contains(&scene.plan.far_withheld, 9));
}

/* A file that could not be read waits, and is not one that the rules leave here. */
Test(sync_plan_new, an_unreadable_file_is_not_withheld)
{
	scene.rules.push = CONFIG_KIND_FLAGS;
	scene.near.added_count = 1;
	scene.added.is_unreadable = true;
	scene_make();
	cr_expect(plan_is_empty(&scene.plan));
	cr_expect(name_digest_is_empty(&scene.plan.near_withheld));
}

/* The file of an upload that was begun has flags of that time as its base, when it is that one. */
static const struct {
	uint32_t from, then;      /* the upload's first UID, and its flags */
	uint32_t here, there;     /* now */
	uint32_t near, far, base; /* as they shall be */
} adopted[] = {
	{ 0, 0, FLAG_FLAGGED, FLAG_SEEN, FLAG_FLAGGED | FLAG_SEEN, FLAG_FLAGGED | FLAG_SEEN,
	  FLAG_FLAGGED | FLAG_SEEN },
	{ 0, FLAG_SEEN, 0, FLAG_SEEN, FLAG_SEEN, FLAG_SEEN, FLAG_SEEN },
	{ 9, FLAG_SEEN, 0, FLAG_SEEN, 0, 0, 0 },
	{ 8, FLAG_SEEN, FLAG_SEEN, 0, 0, 0, 0 },
	{ 10, FLAG_SEEN, 0, FLAG_SEEN, FLAG_SEEN, FLAG_SEEN, FLAG_SEEN },
	/* A reader that knows no letters dropped them. */
	{ 9, FLAG_SEEN | KEYWORD, FLAG_SEEN, FLAG_SEEN | KEYWORD, FLAG_SEEN | KEYWORD,
	  FLAG_SEEN | KEYWORD, FLAG_SEEN | KEYWORD },
};

Test(sync_plan_new, what_both_sides_have)
{
	for (size_t i = 0; i < COUNT(adopted); i++) {
		scene.near.added_count = 1;
		new_there();
		scene.added.is_identified = true;
		scene.added.is_copy = i == 1;
		scene.added.size = 10;
		scene.added.identity.bytes[0] = scene.identified.identity.bytes[0] = 1;
		scene.added.upload_from_uid = adopted[i].from;
		scene.added.upload_flags = adopted[i].then;
		scene.added.flags = adopted[i].here;
		scene.identified.flags = adopted[i].there;
		scene_make();
		const struct operation *adopt = scene_only(OPERATION_ADOPT);
		cr_expect_eq(adopt->uid, 9);
		cr_expect_eq(adopt->name, scene.new_name);
		cr_expect_eq(adopt->place, MAILDIR_CUR);
		cr_expect_eq(adopt->needs_new_name, i == 1);
		cr_expect_eq(adopt->added, 0);
		cr_expect_eq(adopt->told_size, 10);
		scene_expect_near(adopt, adopted[i].here, adopted[i].near);
		scene_expect_far(adopt, adopted[i].there, adopted[i].far);
		cr_expect_eq(adopt->base_flags, adopted[i].base, "case %zu", i);
		cr_expect(uid_set_is_empty(&scene.plan.downloads), "case %zu", i);
		scene_again();
	}
}

/* Pairs are by file: the one between two others is theirs that has it. */
Test(sync_plan_new, pairs_find_their_files)
{
	struct near_added files[4];
	struct far_identified there[2];
	for (size_t i = 0; i < COUNT(files); i++) {
		files[i] = (struct near_added){ .place = 1,
						.name = scene.new_name,
						.is_identified = true,
						.size = 10 + i,
						.identity = { .bytes = { 1 } } };
	}
	for (size_t i = 0; i < COUNT(there); i++) {
		there[i] = (struct far_identified){ .uid = (uint32_t)(20 + i),
						    .size = 13 - 2 * i,
						    .identity = { .bytes = { 1 } } };
	}
	uid_set_add_range(&scene.far.added, 19, 21);
	scene.near.added = files;
	scene.near.added_count = COUNT(files);
	scene.far.identified = there;
	scene.far.identified_count = COUNT(there);
	scene_make();
	const struct operation_list *adopts = &scene.plan.operations[OPERATION_ADOPT];
	const struct operation_list *uploads = &scene.plan.operations[OPERATION_UPLOAD];
	cr_assert(adopts->count == 2 && uploads->count == 2);
	cr_expect(adopts->items[0].added == 1 && adopts->items[0].uid == 21);
	cr_expect(adopts->items[1].added == 3 && adopts->items[1].uid == 20);
	cr_expect(uploads->items[0].added == 0 && uploads->items[1].added == 2);
	cr_expect_eq(uid_set_size(&scene.plan.downloads), 1);
	cr_expect(uid_set_contains(&scene.plan.downloads, 19));
}

Test(sync_plan_new, a_plan_that_was_released_is_empty)
{
	scene.near.added_count = 1;
	new_there();
	scene_make();
	cr_expect_not(plan_is_empty(&scene.plan));
	plan_release(&scene.plan);
	cr_expect(plan_is_empty(&scene.plan));
	cr_expect_eq(scene.plan.losses.had, 0);
}
