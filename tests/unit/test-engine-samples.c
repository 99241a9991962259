/* The real engine: mailboxes under other names on a server that has no names for them that last:
 * by what they are known. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine-story.h"

#define MESSAGES 7 /* of which those of UID 1, 2, 4, 5 and 7 are looked at */
#define TELLING 1000000u

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_samples, .fini = end, .timeout = 120);

/* Both sides have INBOX, and A with that UIDVALIDITY, which is called B there now. */
static void begin(uint32_t uidvalidity, unsigned int count)
{
	rig_begin(&rig, "connections = 1\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	struct world_mailbox *mailbox = world_make(rig.world, "A");
	mailbox->uidvalidity = uidvalidity;
	for (unsigned int i = 0; i < count; i++)
		(void)rig_append(&rig, "A", FLAG_SEEN, 10 + i, 0);
	rig_run(&rig, NULL);
	cr_assert_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_assert(world_rename(rig.world, "A", "B"));
	rig.world->headers_given = rig.world->bodies_given = 0;
}

/* Whether the run takes B for what A was, when it has looked into so many headers. */
static void expect(bool same, unsigned int headers)
{
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->headers_given, headers, "%u headers",
		     (unsigned int)rig.world->headers_given);
	char *near = rig_near(&rig);
	char *far = rig_far(&rig);
	if (same) {
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
		cr_expect_eq(rig.world->bodies_given, 0);
		cr_expect_str_eq(near, far);
		cr_expect_null(strstr(near, "A "));
		story_expect_nothing(&rig);
	} else {
		cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
		cr_expect(strstr(rig.failures, "A: the whole folder is gone"), "%s", rig.failures);
		cr_expect(strstr(near, "A 10.0 1\nA 11.0 1\n"), "%s", near);
	}
	free(near);
	free(far);
}

/* Mostly the UIDVALIDITY is the second in which the mailbox was made. */
Test(engine_samples, numbers_that_tell)
{
	begin(TELLING, MESSAGES);
	expect(true, 0);
	rig_end(&rig);
	begin(TELLING - 1, MESSAGES);
	expect(true, 5);
	rig_end(&rig);
	/* Something changed in it since. */
	begin(TELLING, MESSAGES);
	world_set_flags(world_find(rig.world, "B"), 3, FLAG_SEEN | FLAG_FLAGGED);
	expect(true, 5);
}

Test(engine_samples, an_empty_one_is_known_by_numbers_alone)
{
	for (int telling = 0; telling <= 1; telling++) {
		begin(telling ? TELLING : 5, 0);
		char *path = rig_path(&rig, "A", "note");
		FILE *file = fopen(path, "we"); /* what goes along is the directory itself */
		cr_assert(file && fclose(file) == 0);
		free(path);
		(void)rig_append(&rig, "B", FLAG_SEEN, 20, 0);
		rig_run(&rig, NULL);
		path = rig_path(&rig, "B", "note");
		file = fopen(path, "re");
		cr_expect_eq(file != NULL, telling, "telling: %d", telling);
		if (file)
			(void)fclose(file);
		free(path);
		cr_expect_eq(rig.world->headers_given, 0);
		if (!telling)
			rig_end(&rig);
	}
}

/* What was removed there meanwhile says nothing, as long as half of those that are asked for are
 * there. */
Test(engine_samples, half_of_them_are_enough)
{
	begin(5, MESSAGES);
	world_remove(world_find(rig.world, "B"), 1);
	world_remove(world_find(rig.world, "B"), 2);
	expect(true, 3);
	rig_end(&rig);
	begin(5, MESSAGES);
	world_remove(world_find(rig.world, "B"), 1);
	world_remove(world_find(rig.world, "B"), 2);
	world_remove(world_find(rig.world, "B"), 4);
	expect(false, 2);
}

Test(engine_samples, each_of_few_counts_once)
{
	begin(5, 2);
	world_remove(world_find(rig.world, "B"), 2);
	expect(true, 1);
}

/* A message with that UID and another header. */
static void replace(const char *name, uint32_t uid)
{
	struct world_mailbox *mailbox = world_find(rig.world, name);
	const struct world_message *other = world_message(world_find(rig.world, "INBOX"), 1);
	struct world_message *message = world_message(mailbox, uid);
	message->body = other->body;
	message->length = other->length;
}

Test(engine_samples, one_that_differs_is_enough)
{
	begin(5, MESSAGES);
	replace("B", 5);
	expect(false, 5);
	rig_end(&rig);
	begin(5, MESSAGES);
	replace("B", 6); /* nobody asks for it */
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect_eq(rig.world->headers_given, 5);
	cr_expect_eq(rig.world->bodies_given, 0);
}

/* UIDs never go back. */
Test(engine_samples, one_with_lower_uids_is_another)
{
	begin(5, MESSAGES);
	world_find(rig.world, "B")->uidnext = MESSAGES;
	expect(false, 0);
}

/* New ones of the same UIDVALIDITY, which the server lists before it. */
static void add_others(unsigned int count)
{
	struct world_mailbox *mailboxes = rig.world->mailboxes;
	struct world_mailbox *mailbox = world_find(rig.world, "B");
	mailboxes[WORLD_MAILBOXES - 1] = *mailbox;
	mailbox->exists = false;
	for (unsigned int i = 0; i < count; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "Ax%u", i);
		mailbox = world_make(rig.world, name);
		mailbox->uidvalidity = 5;
		for (unsigned int k = 0; k < MESSAGES; k++)
			(void)rig_append(&rig, name, FLAG_SEEN, 30 + 10 * i + k, 0);
	}
}

Test(engine_samples, three_are_looked_into)
{
	begin(5, MESSAGES);
	add_others(2);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.world->headers_given, 15);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	rig_end(&rig);
	begin(5, MESSAGES);
	add_others(3);
	expect(false, 15);
}

/* What is proven of one holds for those below. */
Test(engine_samples, what_is_below_goes_along)
{
	rig_begin(&rig, "connections = 1\n");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	for (unsigned int i = 0; i < MESSAGES; i++) {
		(void)rig_append(&rig, "A", FLAG_SEEN, 10 + i, 0);
		(void)rig_append(&rig, "A/C", FLAG_SEEN, 20 + i, 0);
	}
	rig_run(&rig, NULL);
	cr_assert(world_rename(rig.world, "A", "B"));
	rig.world->headers_given = rig.world->bodies_given = 0;
	expect(true, 5);
}
