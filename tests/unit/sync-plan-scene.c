/* A folder of three messages, for tests of its plan. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-plan-scene.h"

#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-plan-parts.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct plan_scene scene;

/* --- The base --- */

static int next(void *context, uint32_t from_uid, struct state_message *message_r,
		struct error *error)
{
	(void)context, (void)error;
	for (size_t i = 0; i < COUNT(scene.messages); i++) {
		if (scene.messages[i].uid >= from_uid) {
			*message_r = scene.messages[i];
			return 1;
		}
	}
	return 0;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	return next(context, uid, message_r, error) > 0 && message_r->uid == uid;
}

static int by_name(void *context, const char *base, size_t base_length,
		   struct state_message *message_r, struct error *error)
{
	(void)context, (void)base, (void)base_length, (void)message_r, (void)error;
	return 0;
}

static struct state_message message(uint32_t uid, const char *name, size_t base_length)
{
	return (struct state_message){
		.uid = uid, .flags = FLAG_SEEN, .place = 1, .name = name, .base_length = base_length
	};
}

/* --- What happened --- */

void scene_begin(void)
{
	scene = (struct plan_scene){
		.messages = { message(3, "three:2,S", 5), message(5, "five:2,S", 4),
			      message(7, "seven:2,S", 5) },
		.rules = { .pull = CONFIG_KINDS_ALL,
			   .push = CONFIG_KINDS_ALL,
			   .expunge = CONFIG_SIDES_BOTH,
			   .far_storable = FLAGS_SYSTEM,
			   .max_delete_count = 100,
			   .max_delete_percent = 30 },
		.near = { .changed = &scene.near_five, .added = &scene.added },
		.far = { .changed = &scene.far_five, .identified = &scene.identified },
		.near_five = { .uid = 5, .place = 1, .name = scene.name, .flags = FLAG_SEEN },
		.far_five = { .uid = 5, .flags = FLAG_SEEN },
		.added = { .place = 1, .name = scene.new_name, .flags = FLAG_FLAGGED },
		.identified = { .uid = 9, .size = 10 },
		.name = "five:2,FS",
		.new_name = "new:2,F",
	};
}

void scene_clear(void)
{
	plan_release(&scene.plan);
	uid_set_release(&scene.near.removed);
	uid_set_release(&scene.far.removed);
	uid_set_release(&scene.far.added);
}

void scene_again(void)
{
	scene_clear();
	scene_begin();
}

void scene_gone_here(void)
{
	uid_set_add(&scene.near.removed, 5);
}

void scene_gone_there(void)
{
	uid_set_add(&scene.far.removed, 5);
}

void scene_changed_here(uint32_t flags)
{
	scene.near.changed_count = 1;
	scene.near_five.flags = flags;
}

void scene_changed_there(uint32_t flags)
{
	scene.far.changed_count = 1;
	scene.far_five.flags = flags;
}

/* --- The plan --- */

void scene_make(void)
{
	const struct base_view base = {
		.by_uid = by_uid, .by_name = by_name, .next = next, .count = COUNT(scene.messages)
	};
	cr_assert_eq(plan_make(&base, &scene.near, &scene.far, &scene.rules, &scene.plan, NULL), 0);
}

const struct operation *scene_only(enum operation_kind kind)
{
	cr_assert_eq(plan_size(&scene.plan), 1);
	const struct operation *operation = plan_first(&scene.plan, kind);
	cr_assert(operation);
	cr_expect_eq(operation->kind, kind);
	return operation;
}

void scene_expect_far(const struct operation *operation, uint32_t has, uint32_t wanted)
{
	cr_expect_eq(operation->far_flags, has);
	cr_expect_eq(operation->far_wanted, wanted);
}

void scene_expect_near(const struct operation *operation, uint32_t has, uint32_t wanted)
{
	cr_expect_eq(operation->near_flags, has);
	cr_expect_eq(operation->near_wanted, wanted);
}
