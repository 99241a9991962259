/* A folder that is planned under a window, for tests. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-window-scene.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "mail/flags.h"

static enum state_absence absence_of(const struct place *place, uint32_t uid)
{
	if (uid != place->absent)
		return STATE_ABSENT_NOWHERE;
	return place->absence == STATE_ABSENT_NOWHERE ? STATE_ABSENT_NEAR : place->absence;
}

static int read_place(struct place *place, uint32_t uid, struct state_message *message_r,
		      struct error *error)
{
	if (++place->reads == place->fails_at)
		return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be read");
	if (uid < place->first || (uid > 10 && !(place->has_highest && uid == UINT32_MAX)))
		return 0;
	*message_r =
		(struct state_message){ .uid = uid,
					.flags = uid == place->flagged ? FLAG_SEEN | FLAG_FLAGGED
								       : FLAG_SEEN,
					.place = 1,
					.name = "name:2,S",
					.base_length = 4,
					.absent = absence_of(place, uid) };
	return 1;
}

static int by_uid(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	return read_place(context, uid, message_r, error);
}

static int next(void *context, uint32_t uid, struct state_message *message_r, struct error *error)
{
	struct place *place = context;
	if (uid > 10 && place->has_highest)
		uid = UINT32_MAX;
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

void window_scene_begin(struct window_scene *scene, uint32_t newest)
{
	*scene = (struct window_scene){ .place = { .first = 1 },
					.rules = usual,
					.window = { .rule = { .newest = newest } } };
	scene->rules.window = &scene->window;
	scene->rules.outside = &scene->outside;
}

int window_scene_try_plan(struct window_scene *scene, struct error *error)
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

void window_scene_plan(struct window_scene *scene)
{
	cr_assert_eq(window_scene_try_plan(scene, NULL), 0);
	cr_assert_eq(scene->plan.refusal, PLAN_ALLOWED);
}

void window_scene_end(struct window_scene *scene)
{
	plan_release(&scene->plan);
	window_release(&scene->window);
	uid_set_release(&scene->outside);
	uid_set_release(&scene->near.removed);
	uid_set_release(&scene->far.removed);
	uid_set_release(&scene->far.added);
	uid_set_release(&scene->far.outside_removed);
}

void window_scene_expect(const struct uid_set *set, const char *expected, const char *what)
{
	char text[256] = "";
	size_t length = 0;
	for (uint32_t uid = 0; uid_set_next(set, &uid);)
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%u",
					   length > 0 ? " " : "", uid);
	cr_expect_str_eq(text, expected, "%s: %s", what, text);
}

void window_scene_begin_search(struct window_scene *scene)
{
	window_scene_begin(scene, 0);
	scene->window.rule.largest = 1000;
	scene->window.rule.keep_set = FLAG_FLAGGED;
	uid_set_add_range(&scene->window.found, 1, 2);
	uid_set_add_range(&scene->window.found, 4, 10);
}
