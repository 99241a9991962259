/* Whole runs of the real engine. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "engine-rig.h"

static void expect_same(struct rig *rig, const char *expected)
{
	char *near = rig_near(rig);
	char *far = rig_far(rig);
	cr_expect_str_eq(near, expected, "near:\n%s%s", near, rig->failures);
	cr_expect_str_eq(far, expected, "far:\n%s%s", far, rig->failures);
	free(near);
	free(far);
	cr_expect_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}

Test(engine_run, what_is_new_goes_both_ways)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "Lists", 0, 2, 0);
	rig_deliver(&rig, "INBOX", "3.x:2,F", 3, 0);
	rig_deliver(&rig, "Mine", "4.x", 4, 0);
	rig_run(&rig, NULL);
	expect_same(&rig, "INBOX 1.0 1\nINBOX 3.0 4\nLists 2.0 0\nMine 4.0 0\n");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.effects, 0, "a second run has something to do");
	rig_end(&rig);
}

/* Drafts are compared byte by byte: where the server does not give one, it may be ours all the
 * same, and neither is carried then. */
Test(engine_run, what_cannot_be_compared_is_not_doubled)
{
	struct rig rig;
	rig_begin(&rig, "");
	rig.world->ways.refuses_body_of = rig_append(&rig, "INBOX", FLAG_DRAFT, 1, 0);
	(void)rig_append(&rig, "INBOX", 0, 2, 0);
	rig_deliver(&rig, "INBOX", "1.x:2,D", 1, 0);
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_FAILED);
	cr_expect_not_null(strstr(rig.failures, "the next run tries again"), "%s", rig.failures);
	rig.world->ways.refuses_body_of = 0;
	rig_run(&rig, NULL);
	expect_same(&rig, "INBOX 1.0 10\nINBOX 2.0 0\n");
	rig_end(&rig);
}

/* A file that is edited in place, when it cannot be opened to see that: it is told, and the next
 * run takes it up, although nothing has changed since. */
Test(engine_run, an_edited_file_that_cannot_be_read_is_looked_at_again)
{
	struct rig rig;
	struct rig_files files;
	char fail[40];
	rig_begin(&rig, "connections = 1\n");
	for (unsigned int number = 1; number == 1 || faults_counts()->fired > 0; number++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		rig_files_read(&rig, &files);
		rig_write(&rig, "INBOX", "cur", files.items[0].name, 1, 1);
		rig_files_release(&files);
		(void)snprintf(fail, sizeof fail, "open:%u:%d", number, EIO);
		faults_begin(NULL, fail);
		rig_run(&rig, NULL);
		faults_end();
		rig_run(&rig, NULL);
		expect_same(&rig, "INBOX 1.1 1\n");
	}
	rig_end(&rig);
}

static void rename_part(const struct rig *rig, const char *from, const char *to)
{
	char *old = rig_path(rig, "A", from);
	char *new = rig_path(rig, "A", to);
	cr_assert_eq(rename(old, new), 0, "%s to %s", old, new);
	free(old);
	free(new);
}

/* Half made it has no cur, and yet it has not lost one; later it can. */
Test(engine_run, a_maildir_that_was_being_made_again_is_no_torn_one)
{
	struct rig rig;
	const struct sync_options restore = { .restore = true };
	char kill[40];
	rig_begin(&rig, "connections = 1\n");
	bool died = true;
	for (unsigned int number = 1; died; number++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		(void)rig_append(&rig, "A", FLAG_SEEN, 2, 0);
		(void)rig_append(&rig, "A", FLAG_SEEN, 3, 0);
		rig_run(&rig, NULL);
		rig_rename(&rig, "A", "../gone");
		(void)snprintf(kill, sizeof kill, "%u:after", number);
		died = rig_run_to_death(&rig, &restore, kill);
		rig_run(&rig, &restore);
		expect_same(&rig, "A 2.0 1\nA 3.0 1\nINBOX 1.0 1\n");
		char *gone = rig_path(&rig, "../gone", "");
		rig_remove(gone);
		free(gone);
	}
	rename_part(&rig, "cur", "away");
	rig_run(&rig, NULL);
	cr_expect_eq(rig.result.worst, ERROR_SAFETY);
	cr_expect(strstr(rig.failures, "lost its directory cur"), "%s", rig.failures);
	rig_end(&rig);
}
