/* Keywords that are tags: whole runs, also such that are killed, over a database in memory.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/name_set.h"
#include "random.h"
#include "tags-memory.h"

struct scene {
	struct rig rig;
	struct tags_memory *tags;
	struct sync_options options;
};

static void begin(struct scene *scene, const char *rules)
{
	char *text = memory_format("keywords = notmuch\n%s", rules);
	rig_begin(&scene->rig, text);
	free(text);
	scene->tags = tags_memory_create();
	scene->options = (struct sync_options){ .tags = tags_memory_side(scene->tags) };
}

static void end(struct scene *scene)
{
	rig_end(&scene->rig);
	tags_memory_destroy(scene->tags);
}

static void run(struct scene *scene)
{
	rig_run(&scene->rig, &scene->options);
}

/* A run, notmuch new, and a run. */
static void run_and_index(struct scene *scene)
{
	run(scene);
	tags_memory_index(scene->tags, &scene->rig);
	run(scene);
}

/* --- Keywords on the server --- */

static uint32_t bit_of(const struct scene *scene, const char *name)
{
	return world_keyword(scene->rig.world, name);
}

/* The keywords of that message in the folder, as a set; the caller's. */
static char *keywords_of(const struct scene *scene, const char *folder, uint32_t uid)
{
	struct text_list set = { .items = NULL };
	const struct world_message *message =
		world_message(world_find(scene->rig.world, folder), uid);
	for (unsigned int i = 0; message && i < WORLD_KEYWORDS; i++) {
		if (message->flags & FLAG_KEYWORD(i))
			name_set_add(&set, scene->rig.world->keywords[i]);
	}
	char *text = name_set_text(&set);
	text_list_release(&set);
	return text;
}

static void expect(const struct scene *scene, const char *folder, uint32_t uid, unsigned int number,
		   const char *keywords, const char *tags)
{
	char *found = keywords_of(scene, folder, uid);
	cr_expect_str_eq(found, keywords, "%s %u: \"%s\"", folder, uid, found);
	cr_expect_str_eq(tags_memory_tags(scene->tags, number), tags, "%u: \"%s\"", number,
			 tags_memory_tags(scene->tags, number));
	free(found);
}

static void set_keyword(const struct scene *scene, const char *folder, uint32_t uid,
			const char *name, bool add)
{
	struct world_mailbox *mailbox = world_find(scene->rig.world, folder);
	uint32_t flags = world_message(mailbox, uid)->flags;
	uint32_t bit = bit_of(scene, name);
	world_set_flags(mailbox, uid, add ? flags | bit : flags & ~bit);
}

static void expect_rest(struct scene *scene)
{
	run(scene);
	cr_expect_eq(scene->rig.result.worst, ERROR_NONE, "%s", scene->rig.failures);
	uint64_t writes = scene->tags->writes;
	run(scene);
	cr_expect_eq(scene->rig.effects, 0);
	cr_expect_eq(scene->tags->writes, writes);
}

/* --- Scenes --- */

static void begin_with_two(struct scene *scene, const char *rules)
{
	begin(scene, rules);
	(void)rig_append(&scene->rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&scene->rig, "INBOX", FLAG_SEEN, 2, 0);
	run_and_index(scene);
	tags_memory_tag(scene->tags, 1, "todo", true);
	set_keyword(scene, "INBOX", 2, "work", true);
	run(scene);
	expect(scene, "INBOX", 1, 1, "todo", "todo");
	expect(scene, "INBOX", 2, 2, "work", "work");
	expect_rest(scene);
}

Test(engine_tags, both_ways)
{
	struct scene scene;
	begin_with_two(&scene, "");
	tags_memory_tag(scene.tags, 1, "todo", false);
	set_keyword(&scene, "INBOX", 2, "work", false);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "", "");
	expect(&scene, "INBOX", 2, 2, "", "");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, one_look_at_the_database_when_nothing_changed)
{
	struct scene scene;
	begin_with_two(&scene, "");
	uint64_t opened = scene.tags->opened;
	uint64_t listed = scene.rig.world->listed;
	run(&scene);
	cr_expect_eq(scene.tags->opened, opened + 1);
	cr_expect_eq(scene.rig.world->listed, listed);
	/* Nor is the server asked of folders that a change is not about. */
	scene.tags->revision++;
	run(&scene);
	cr_expect_eq(scene.rig.world->listed, listed);
	end(&scene);
}

Test(engine_tags, an_absent_database_holds_nothing_up)
{
	struct scene scene;
	begin_with_two(&scene, "");
	scene.tags->absent = true;
	set_keyword(&scene, "INBOX", 1, "more", true);
	(void)rig_append(&scene.rig, "INBOX", FLAG_SEEN | bit_of(&scene, "new-one"), 3, 0);
	run(&scene);
	cr_expect_eq(scene.rig.result.worst, ERROR_TEMPORARY);
	cr_expect_not_null(strstr(scene.rig.failures, "it is absent"));
	expect(&scene, "INBOX", 1, 1, "more todo", "todo");
	scene.tags->absent = false;
	run_and_index(&scene);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "more todo", "more todo");
	expect(&scene, "INBOX", 3, 3, "new-one", "new-one");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, a_locked_database_takes_it_later)
{
	struct scene scene;
	begin_with_two(&scene, "");
	scene.tags->locked = true;
	set_keyword(&scene, "INBOX", 1, "more", true);
	tags_memory_tag(scene.tags, 1, "mine", true);
	tags_memory_tag(scene.tags, 2, "work", false);
	run(&scene);
	cr_expect_eq(scene.rig.result.worst, ERROR_TEMPORARY);
	expect(&scene, "INBOX", 1, 1, "mine more todo", "mine todo");
	expect(&scene, "INBOX", 2, 2, "", "");
	scene.tags->locked = false;
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "mine more todo", "mine more todo");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, a_new_database_gets_what_the_server_has)
{
	struct scene scene;
	begin_with_two(&scene, "");
	tags_memory_rebuild(scene.tags);
	scene.tags->locked = true;
	tags_memory_index(scene.tags, &scene.rig);
	tags_memory_tag(scene.tags, 2, "mine", true);
	set_keyword(&scene, "INBOX", 2, "work", false);
	run(&scene);
	/* That it could not be written to changes nothing of it. */
	scene.tags->locked = false;
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "todo", "todo");
	expect(&scene, "INBOX", 2, 2, "mine", "mine");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, a_message_that_was_forgotten_and_found_again)
{
	struct scene scene;
	begin_with_two(&scene, "");
	scene.tags->count = 0;
	tags_memory_index(scene.tags, &scene.rig);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "todo", "todo");
	expect(&scene, "INBOX", 2, 2, "work", "work");
	expect_rest(&scene);
	/* And from now on it is known by that. */
	tags_memory_tag(scene.tags, 1, "todo", false);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "", "");
	end(&scene);
}

Test(engine_tags, all_copies_have_them)
{
	struct scene scene;
	begin_with_two(&scene, "");
	(void)rig_append(&scene.rig, "Other", FLAG_SEEN, 1, 0);
	(void)rig_append(&scene.rig, "Third", FLAG_SEEN, 1, 0);
	run_and_index(&scene);
	expect(&scene, "Other", 1, 1, "todo", "todo");
	expect(&scene, "Third", 1, 1, "todo", "todo");
	/* A folder that nothing happened in is opened for it, and is at rest afterwards. */
	set_keyword(&scene, "Other", 1, "work", true);
	set_keyword(&scene, "Other", 1, "todo", false);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "work", "work");
	expect(&scene, "Other", 1, 1, "work", "work");
	expect(&scene, "Third", 1, 1, "work", "work");
	uint64_t listed = scene.rig.world->listed;
	run(&scene);
	cr_expect_eq(scene.rig.effects, 0);
	cr_expect_eq(scene.rig.world->listed, listed);
	end(&scene);
}

Test(engine_tags, a_server_without_keywords_keeps_none)
{
	struct scene scene;
	begin_with_two(&scene, "");
	scene.rig.world->ways.without_keywords = true;
	tags_memory_tag(scene.tags, 1, "mine", true);
	run(&scene);
	cr_expect_eq(scene.rig.result.worst, ERROR_NONE, "%s", scene.rig.failures);
	expect(&scene, "INBOX", 1, 1, "todo", "mine todo");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, nothing_goes_to_the_server_with_pull)
{
	struct scene scene;
	begin(&scene, "direction = pull\n");
	(void)rig_append(&scene.rig, "INBOX", FLAG_SEEN | bit_of(&scene, "work"), 1, 0);
	run_and_index(&scene);
	tags_memory_tag(scene.tags, 1, "mine", true);
	tags_memory_tag(scene.tags, 1, "work", false);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "work", "mine");
	set_keyword(&scene, "INBOX", 1, "more", true);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "more work", "mine more");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, what_is_uploaded_has_its_tags)
{
	struct scene scene;
	begin_with_two(&scene, "");
	rig_deliver(&scene.rig, "INBOX", "3.mine:2,S", 3, 0);
	tags_memory_index(scene.tags, &scene.rig);
	tags_memory_tag(scene.tags, 3, "mine", true);
	run(&scene);
	expect(&scene, "INBOX", 3, 3, "mine", "mine");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, a_new_uidvalidity_takes_nothing_away)
{
	struct scene scene;
	begin_with_two(&scene, "");
	world_renumber(scene.rig.world, world_find(scene.rig.world, "INBOX"));
	tags_memory_tag(scene.tags, 2, "mine", true);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "todo", "todo");
	expect(&scene, "INBOX", 2, 2, "mine work", "mine work");
	expect_rest(&scene);
	end(&scene);
}

Test(engine_tags, other_names_from_now_on)
{
	struct scene scene;
	begin_with_two(&scene, "");
	rig_configure(&scene.rig, "keywords = notmuch\ntags-ignore = todo\n");
	tags_memory_tag(scene.tags, 1, "todo", false);
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "todo", "");
	rig_configure(&scene.rig, "keywords = notmuch\n");
	run(&scene);
	expect(&scene, "INBOX", 1, 1, "todo", "todo");
	expect_rest(&scene);
	end(&scene);
}

/* --- Anybody does anything, and runs end in the middle: what nobody took away is there --- */

enum { NUMBERS = 5, NAMES = 4 };
static const char *const folders[] = { "INBOX", "Other" };
static const char *const names[NAMES] = { "a", "b", "c", "d" };

struct history {
	struct scene scene;
	struct random random;
	bool added[NUMBERS][NAMES];   /* by anybody, ever */
	bool removed[NUMBERS][NAMES]; /* likewise */
};

static uint32_t uid_of(const struct history *history, const char *folder, unsigned int number)
{
	struct world_mailbox *mailbox = world_find(history->scene.rig.world, folder);
	for (uint32_t uid = 1; mailbox && uid < mailbox->uidnext; uid++) {
		const struct world_message *message = world_message(mailbox, uid);
		if (message && !message->is_gone &&
		    rig_content_of((const char *)history->scene.rig.world->bytes + message->body)
				    .number == number)
			return uid;
	}
	return 0;
}

static void change_near(struct history *history, unsigned int number, unsigned int name, bool add)
{
	char *tags = memory_text(tags_memory_tags(history->scene.tags, number));
	tags_memory_tag(history->scene.tags, number, names[name], add);
	/* Where it is not indexed nobody did anything. */
	if (strcmp(tags, tags_memory_tags(history->scene.tags, number)) != 0) {
		history->added[number][name] |= add;
		history->removed[number][name] |= !add;
	}
	free(tags);
}

static void change_far(struct history *history, unsigned int number, unsigned int name, bool add)
{
	const char *folder = folders[random_below(&history->random, 2)];
	uint32_t uid = uid_of(history, folder, number);
	if (uid == 0)
		return;
	struct world_mailbox *mailbox = world_find(history->scene.rig.world, folder);
	bool has = (world_message(mailbox, uid)->flags & bit_of(&history->scene, names[name])) != 0;
	set_keyword(&history->scene, folder, uid, names[name], add);
	history->added[number][name] |= add && !has;
	history->removed[number][name] |= !add && has;
}

static bool has(const char *text, const char *name)
{
	struct text_list set = { .items = NULL };
	name_set_read(&set, text);
	bool found = name_set_has(&set, name);
	text_list_release(&set);
	return found;
}

/* Tags that the server does not have yet go with the database; or with what it knows of the mail,
 * when it looked while that was elsewhere. */
static void rebuild(struct history *history, bool anew)
{
	for (unsigned int number = 0; number < NUMBERS; number++) {
		const char *tags = tags_memory_tags(history->scene.tags, number);
		uint32_t uid = uid_of(history, "INBOX", number);
		char *keywords = keywords_of(&history->scene, "INBOX", uid);
		for (unsigned int name = 0; name < NAMES; name++)
			history->removed[number][name] |=
				has(tags, names[name]) && !has(keywords, names[name]);
		free(keywords);
	}
	if (anew)
		tags_memory_rebuild(history->scene.tags);
	else
		history->scene.tags->count = 0;
}

static void act(struct history *history)
{
	struct tags_memory *tags = history->scene.tags;
	unsigned int number = random_below(&history->random, NUMBERS);
	unsigned int name = random_below(&history->random, NAMES);
	bool add = random_below(&history->random, 3) > 0;
	switch (random_below(&history->random, 10)) {
	case 0:
	case 1:
	case 2:
		change_near(history, number, name, add);
		break;
	case 3:
	case 4:
	case 5:
		change_far(history, number, name, add);
		break;
	case 6:
		if (!tags->absent)
			tags_memory_index(tags, &history->scene.rig);
		break;
	case 7:
		tags->absent = random_below(&history->random, 3) == 0;
		tags->locked = random_below(&history->random, 3) == 0;
		break;
	case 8:
		if (uid_of(history, "Other", number) == 0)
			(void)rig_append(&history->scene.rig, "Other", FLAG_SEEN, number, 0);
		break;
	default:
		if (random_below(&history->random, 4) == 0)
			rebuild(history, random_below(&history->random, 2) == 0);
		break;
	}
}

static void run_somehow(struct history *history)
{
	struct scene *scene = &history->scene;
	struct world *world = scene->rig.world;
	switch (random_below(&history->random, 4)) {
	case 0:
		run(scene);
		break;
	case 1:
		scene->tags->fault = random_below(&history->random, 2) ? TAGS_MEMORY_DIES
								       : TAGS_MEMORY_DIES_AFTER;
		(void)rig_run_to_death(&scene->rig, &scene->options, NULL);
		scene->tags->fault = TAGS_MEMORY_WELL;
		break;
	default:
		world->fault = random_below(&history->random, 2) ? WORLD_DIES : WORLD_DIES_AFTER;
		world->fault_at = world->steps + 1 + random_below(&history->random, 12);
		(void)rig_run_to_death(&scene->rig, &scene->options, NULL);
		break;
	}
}

static void check_number(const struct history *history, unsigned int number, int round)
{
	const char *tags = tags_memory_tags(history->scene.tags, number);
	for (size_t i = 0; i < 2; i++) {
		uint32_t uid = uid_of(history, folders[i], number);
		if (uid == 0)
			continue;
		char *keywords = keywords_of(&history->scene, folders[i], uid);
		cr_assert_str_eq(keywords, tags, "history %d: %s %u: \"%s\", not \"%s\"", round,
				 folders[i], number, keywords, tags);
		free(keywords);
	}
	for (unsigned int k = 0; k < NAMES; k++) {
		if (history->added[number][k] && !history->removed[number][k])
			cr_assert(has(tags, names[k]), "history %d: %u lost %s", round, number,
				  names[k]);
		if (!history->added[number][k])
			cr_assert_not(has(tags, names[k]), "history %d: %u got %s", round, number,
				      names[k]);
	}
}

static void play(struct history *history, int round)
{
	struct scene *scene = &history->scene;
	for (int i = 0; i < 4; i++) {
		for (uint32_t k = random_below(&history->random, 6); k > 0; k--)
			act(history);
		run_somehow(history);
	}
	scene->tags->absent = scene->tags->locked = false;
	run_and_index(scene);
	run(scene);
	cr_assert_eq(scene->rig.result.worst, ERROR_NONE, "%d: %s", round, scene->rig.failures);
	uint64_t writes = scene->tags->writes;
	run(scene);
	cr_assert_eq(scene->rig.effects, 0, "history %d", round);
	cr_assert_eq(scene->tags->writes, writes, "history %d", round);
	for (unsigned int number = 0; number < NUMBERS; number++)
		check_number(history, number, round);
}

Test(engine_tags, histories)
{
	const char *wanted = getenv("NAVETTE_HISTORIES");
	int count = wanted ? atoi(wanted) : 40;
	for (int round = 1; round <= count; round++) {
		struct history history = { .random = { .state = (uint32_t)round * 2654435761u } };
		begin(&history.scene, "");
		for (unsigned int number = 0; number < NUMBERS; number++)
			(void)rig_append(&history.scene.rig, "INBOX", FLAG_SEEN, number, 0);
		run_and_index(&history.scene);
		play(&history, round);
		end(&history.scene);
	}
}
