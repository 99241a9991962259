/* Folders that get other names, on either side. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "engine-rig.h"
#include "mail/mailbox_attribute.h"

/* What servers there are. */
static const struct world_ways servers[] = { { .with_mailbox_ids = true },
					     { .with_mailbox_ids = false },
					     { .without_modseq = true } };
#define SERVERS (sizeof servers / sizeof *servers)

/* Both sides have A with two messages, A/C with one and INBOX with one. */
static void begin(struct rig *rig, const struct world_ways *ways, const char *rules)
{
	rig_begin(rig, rules);
	rig->world->ways = *ways;
	(void)rig_append(rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(rig, "A", FLAG_SEEN, 2, 0);
	(void)rig_append(rig, "A", 0, 3, 0);
	(void)rig_append(rig, "A/C", FLAG_SEEN, 4, 0);
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}

static void expect(struct rig *rig, const char *both, const char *why)
{
	char *near = rig_near(rig);
	char *far = rig_far(rig);
	cr_expect_str_eq(near, both, "%s, near:\n%s%s", why, near, rig->failures);
	cr_expect_str_eq(far, both, "%s, far:\n%s%s", why, far, rig->failures);
	cr_expect_eq(rig->result.worst, ERROR_NONE, "%s: %s", why, rig->failures);
	free(near);
	free(far);
}

/* A run, in which nothing is carried and no file gets another inode, and one that has nothing to
 * do. */
static void expect_after(struct rig *rig, const char *both, uint64_t effects, const char *why)
{
	uint64_t bodies = rig->world->bodies_given;
	rig_run(rig, NULL);
	expect(rig, both, why);
	cr_expect_eq(rig->effects, effects, "%s: %u effects", why, (unsigned int)rig->effects);
	cr_expect_eq(rig->world->bodies_given, bodies, "%s: something came anew", why);
	cr_expect_eq(rig->result.counts.uploaded + rig->result.counts.adopted, 0, "%s", why);
	rig_run(rig, NULL);
	expect(rig, both, why);
	cr_expect_eq(rig->effects, 0, "%s: a second run has something to do", why);
}

#define RENAMED "B 2.0 1\nB 3.0 0\nB/C 4.0 1\nINBOX 1.0 1\n"

/* One RENAME brings what is below. */
Test(engine_names, a_tree_renamed_here)
{
	for (size_t i = 0; i < SERVERS; i++) {
		struct rig rig;
		begin(&rig, &servers[i], "");
		rig_rename(&rig, "A", "B");
		expect_after(&rig, RENAMED, 1, "renamed here");
		cr_expect(!world_find(rig.world, "A") && !world_find(rig.world, "A/C"));
		rig_end(&rig);
	}
}

Test(engine_names, a_tree_renamed_there)
{
	for (size_t i = 0; i < SERVERS; i++) {
		struct rig rig;
		struct stat before;
		struct stat after;
		begin(&rig, &servers[i], "");
		char *old = rig_path(&rig, "A/C", "cur");
		char *new = rig_path(&rig, "B/C", "cur");
		cr_assert_eq(stat(old, &before), 0);
		cr_assert(world_rename(rig.world, "A", "B"));
		expect_after(&rig, RENAMED, 0, "renamed there");
		cr_assert_eq(stat(new, &after), 0);
		cr_expect_eq(before.st_ino, after.st_ino, "the directory is the same");
		cr_expect_neq(stat(old, &before), 0);
		free(old);
		free(new);
		rig_end(&rig);
	}
}

/* Only one of the two that were one below the other. */
Test(engine_names, one_below_gets_out)
{
	for (int far = 0; far < 2; far++) {
		struct rig rig;
		begin(&rig, &servers[0], "");
		if (far)
			cr_assert(world_rename(rig.world, "A/C", "D/E"));
		else {
			rig_make_folder(&rig, "D");
			rig_run(&rig, NULL);
			rig_rename(&rig, "A/C", "D/E");
		}
		expect_after(&rig, "A 2.0 1\nA 3.0 0\nD/E 4.0 1\nINBOX 1.0 1\n", far ? 0 : 1,
			     "one below");
		rig_end(&rig);
	}
}

/* What the directory held besides stays, and its own parts go one by one. */
Test(engine_names, above_what_was_below_it)
{
	struct rig rig;
	begin(&rig, &servers[0], "");
	cr_assert(world_rename(rig.world, "A/C", "Z"));
	cr_assert(world_rename(rig.world, "A", "A/D"));
	expect_after(&rig, "A/D 2.0 1\nA/D 3.0 0\nINBOX 1.0 1\nZ 4.0 1\n", 0, "into itself");
	rig_end(&rig);
}

Test(engine_names, both_sides_to_the_same)
{
	for (size_t i = 0; i < SERVERS; i++) {
		struct rig rig;
		begin(&rig, &servers[i], "");
		rig_rename(&rig, "A", "B");
		cr_assert(world_rename(rig.world, "A", "B"));
		expect_after(&rig, RENAMED, 0, "both the same");
		rig_end(&rig);
	}
}

/* The server's name wins. */
Test(engine_names, both_sides_differently)
{
	for (size_t i = 0; i < SERVERS; i++) {
		struct rig rig;
		begin(&rig, &servers[i], "");
		rig_rename(&rig, "A", "Mine");
		cr_assert(world_rename(rig.world, "A", "B"));
		expect_after(&rig, RENAMED, 0, "differently");
		rig_end(&rig);
	}
}

/* Mail that came, and flags, on both sides meanwhile. */
Test(engine_names, with_changes_inside)
{
	for (int far = 0; far < 2; far++) {
		struct rig rig;
		begin(&rig, &servers[1], "");
		if (far)
			cr_assert(world_rename(rig.world, "A", "B"));
		else
			rig_rename(&rig, "A", "B");
		rig_deliver(&rig, far ? "A" : "B", "5.x:2,F", 5, 0);
		(void)rig_append(&rig, far ? "B" : "A", FLAG_SEEN, 6, 0);
		world_remove(world_find(rig.world, far ? "B" : "A"), 1);
		rig_run(&rig, NULL);
		expect(&rig, "B 3.0 0\nB 5.0 4\nB 6.0 1\nB/C 4.0 1\nINBOX 1.0 1\n", "changes");
		cr_expect_eq(rig.result.counts.uploaded, 1);
		cr_expect_eq(rig.result.counts.downloaded, 1);
		rig_end(&rig);
	}
}

static bool is_subscribed(struct rig *rig, const char *name)
{
	const struct world_mailbox *mailbox = world_find(rig->world, name);
	return mailbox && (mailbox->attributes & MAILBOX_SUBSCRIBED);
}

Test(engine_names, subscriptions_go_along)
{
	struct rig rig;
	begin(&rig, &servers[0], "");
	world_find(rig.world, "A/C")->attributes |= MAILBOX_SUBSCRIBED;
	rig_rename(&rig, "A", "B");
	rig_run(&rig, NULL);
	cr_expect(is_subscribed(&rig, "B/C"));
	cr_expect_not(is_subscribed(&rig, "B"), "it was not before");
	rig_end(&rig);
}

/* --- What is no rename --- */

/* Made anew under another name: a directory of its own, whatever its inode. */
Test(engine_names, another_maildir)
{
	struct rig rig;
	struct rig_files files;
	begin(&rig, &servers[0], "");
	rig_files_read(&rig, &files);
	for (size_t i = 0; i < files.count; i++) {
		if (strcmp(files.items[i].folder, "A/C") == 0)
			rig_deliver(&rig, "B", files.items[i].name, 4, 0);
	}
	rig_files_release(&files);
	rig_rename(&rig, "A/C", "../gone");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
	char *far = rig_far(&rig);
	cr_expect_str_eq(far, "A 2.0 1\nA 3.0 0\nA/C 4.0 1\nB 4.0 1\nINBOX 1.0 1\n", "%s", far);
	free(far);
	rig_end(&rig);
}

/* Of the same UIDVALIDITY and UIDNEXT, with other messages. */
Test(engine_names, another_mailbox_of_the_same_numbers)
{
	for (int ids = 0; ids < 2; ids++) {
		struct rig rig;
		begin(&rig, &servers[ids ? 0 : 1], "");
		struct world_mailbox *old = world_find(rig.world, "A");
		uint32_t uidvalidity = old->uidvalidity;
		old->exists = false;
		(void)rig_append(&rig, "B", FLAG_SEEN, ids ? 2 : 7, 0);
		(void)rig_append(&rig, "B", 0, ids ? 3 : 8, 0);
		world_find(rig.world, "B")->uidvalidity = uidvalidity;
		rig_run(&rig, NULL);
		cr_expect_eq(rig.result.worst, ERROR_SAFETY, "%s", rig.failures);
		cr_expect(strstr(rig.failures, "A: the whole folder is gone"), "%s", rig.failures);
		char *near = rig_near(&rig);
		cr_expect(strstr(near, "A 2.0 1\nA 3.0 0\n"), "%s", near);
		free(near);
		rig_end(&rig);
	}
}

/* --- What may not be --- */

/* Told, and nothing is done but what would be without knowing of the name. */
static void expect_no_rename(const char *rules, bool far, enum error_kind worst, const char *told)
{
	struct rig rig;
	begin(&rig, &servers[0], "");
	rig_configure(&rig, rules);
	if (far)
		cr_assert(world_rename(rig.world, "A", "B"));
	else
		rig_rename(&rig, "A", "B");
	char *before = far ? rig_near(&rig) : rig_far(&rig);
	rig_run(&rig, NULL);
	char *after = far ? rig_near(&rig) : rig_far(&rig);
	cr_expect_eq(rig.result.worst, worst, "%s: %s", rules, rig.failures);
	cr_expect(strstr(rig.failures, told), "%s: %s", rules, rig.failures);
	cr_expect(strstr(after, before) || strcmp(before, after) == 0, "%s: %s", rules, after);
	free(before);
	free(after);
	rig_end(&rig);
}

Test(engine_names, rules_have_a_say)
{
	expect_no_rename("direction = pull\n", false, ERROR_SAFETY, "gone from the Maildir");
	expect_no_rename("direction = push\n", true, ERROR_SAFETY, "gone from the server");
	expect_no_rename("create = near\n", false, ERROR_SAFETY, "gone from the Maildir");
	expect_no_rename("create = far\n", true, ERROR_SAFETY, "gone from the server");
	expect_no_rename("[channel work/a]\nfolders = *, !B*\n", false, ERROR_SAFETY,
			 "gone from the Maildir");
	expect_no_rename("[channel work/a]\nfolders = *, !B*\n", true, ERROR_SAFETY,
			 "gone from the server");
}

/* Not even where the server would do it: what it uses for Sent, mail programs know by that name. */
Test(engine_names, a_mailbox_with_a_use_is_left_alone)
{
	struct rig rig;
	begin(&rig, &servers[0], "");
	world_find(rig.world, "A")->attributes |= MAILBOX_SENT;
	char *far = rig_far(&rig);
	rig_rename(&rig, "A", "B");
	rig_run(&rig, NULL);
	char *after = rig_far(&rig);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY);
	cr_expect(strstr(rig.failures, "Rename it on the server"), "%s", rig.failures);
	cr_expect(strstr(after, "A 2.0 1\nA 3.0 0\n"), "%s", after);
	cr_expect_not(strstr(after, "B 2.0"), "%s", after);
	free(far);
	free(after);
	rig_end(&rig);
}

/* A server that refuses: it is told, nothing is sent in its place, and the next run tries again. */
Test(engine_names, a_refused_rename_is_tried_again)
{
	struct rig rig;
	begin(&rig, &servers[0], "");
	char *far = rig_far(&rig);
	rig_rename(&rig, "A", "B");
	rig.world->fault = WORLD_REFUSES;
	rig.world->fault_at = rig.world->steps + 3;
	rig_run(&rig, NULL);
	rig.world->fault = WORLD_WELL;
	char *after = rig_far(&rig);
	cr_expect_eq(rig.result.worst, ERROR_FAILED, "%s", rig.failures);
	cr_expect(strstr(rig.failures, "A: A could not be renamed to B"), "%s", rig.failures);
	cr_expect_str_eq(after, far);
	free(after);
	free(far);
	expect_after(&rig, RENAMED, 1, "tried again");
	rig_end(&rig);
}

Test(engine_names, a_dry_run_changes_nothing)
{
	for (int far = 0; far < 2; far++) {
		struct rig rig;
		const struct sync_options dry = { .dry_run = true };
		begin(&rig, &servers[far], "");
		if (far)
			cr_assert(world_rename(rig.world, "A", "B"));
		else
			rig_rename(&rig, "A", "B");
		char *before = rig_near(&rig);
		rig_run(&rig, &dry);
		char *after = rig_near(&rig);
		cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
		cr_expect_eq(rig.effects, 0);
		cr_expect_str_eq(before, after);
		free(before);
		free(after);
		expect_after(&rig, RENAMED, far ? 0 : 1, "after a dry run");
		rig_end(&rig);
	}
}

/* A folder that was empty, and one of a name that the command line chose. */
Test(engine_names, only_what_was_chosen)
{
	struct rig rig;
	struct sync_options chosen = { .dry_run = false };
	begin(&rig, &servers[0], "");
	text_list_add(&chosen.folders, "A");
	rig_rename(&rig, "A", "B");
	rig_run(&rig, &chosen);
	cr_expect_eq(rig.result.worst, ERROR_NONE, "%s", rig.failures);
	cr_expect(world_find(rig.world, "B/C") && !world_find(rig.world, "A"));
	text_list_release(&chosen.folders);
	text_list_add(&chosen.folders, "INBOX");
	rig_rename(&rig, "B", "D");
	rig_run(&rig, &chosen);
	cr_expect(world_find(rig.world, "B") && !world_find(rig.world, "D"));
	text_list_release(&chosen.folders);
	rig_end(&rig);
}
