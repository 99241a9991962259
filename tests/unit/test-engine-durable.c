/* The real engine: what the state speaks of is durable, and a step that fails or is not reached
 * loses nothing. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "engine-rig.h"

#define STUBS "body = headers\n"

/* The N-th time that a Maildir is to be made durable that fails: behind the state's directory. */
static void run_failing(struct rig *rig, unsigned int n)
{
	char *fail = memory_format("sync:%u:5", n + 1);
	faults_begin(NULL, fail);
	rig_run(rig, NULL);
	faults_end();
	cr_expect_not_null(strstr(rig->failures, "cannot make what was written to"), "%s: %s", fail,
			   rig->failures);
	free(fail);
}

Test(engine_durable, downloads_before_they_are_recorded)
{
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	run_failing(&rig, 1);
	rig_expect(&rig, "INBOX 1.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_FAILED);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

Test(engine_durable, names_before_the_journal_forgets)
{
	static const char both[] = "INBOX 1.0 1\nINBOX 2.0 1\n";
	struct rig rig;
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	run_failing(&rig, 2);
	rig_expect(&rig, both, both, ERROR_FAILED);
	rig_run(&rig, NULL);
	rig_expect(&rig, both, both, ERROR_NONE);
	rig_end(&rig);
}

Test(engine_durable, renamed_files_before_the_base_has_their_flags)
{
	struct rig rig;
	rig_begin(&rig, "");
	uint32_t uid = rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	rig_run(&rig, NULL);
	world_set_flags(world_find(rig.world, "INBOX"), uid, FLAG_FLAGGED);
	run_failing(&rig, 1);
	cr_expect_eq(rig.result.worst, ERROR_FAILED, "%s", rig.failures);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 1.0 4\n", "INBOX 1.0 4\n", ERROR_NONE);
	rig_end(&rig);
}

Test(engine_durable, removed_files_before_the_base_forgets)
{
	struct rig rig;
	rig_begin(&rig, "");
	uint32_t uid = rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
	rig_run(&rig, NULL);
	world_remove(world_find(rig.world, "INBOX"), uid);
	run_failing(&rig, 1);
	cr_expect_eq(rig.result.worst, ERROR_FAILED, "%s", rig.failures);
	rig_run(&rig, NULL);
	rig_expect(&rig, "INBOX 2.0 1\n", "INBOX 2.0 1\n", ERROR_NONE);
	rig_end(&rig);
}

/* The first sync is that of the flag, the second that of the whole in tmp/, the third that of the
 * whole in its place. */
Test(engine_durable, wholes_before_they_are_no_stubs)
{
	for (unsigned int n = 2; n <= 3; n++) {
		struct rig rig;
		rig_begin(&rig, STUBS);
		uint32_t uid = rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		world_set_flags(world_find(rig.world, "INBOX"), uid, FLAG_SEEN | FLAG_FLAGGED);
		run_failing(&rig, n);
		cr_expect_eq(rig.result.worst, ERROR_FAILED, "%u: %s", n, rig.failures);
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 1.0 5\n", "INBOX 1.0 5\n", ERROR_NONE);
		rig_end(&rig);
	}
}

/* --- Kills --- */

/* A run that is killed at its N-th change, and in which calls fail as FAIL says. False: it got to
 * its end. */
static bool kill_at(struct rig *rig, unsigned int n, const char *mode, const char *fail)
{
	int status;
	char *kill = memory_format("%u:%s", n, mode);
	pid_t child = fork();
	cr_assert(child >= 0);
	if (child == 0) {
		faults_begin(kill, fail);
		rig_run(rig, NULL);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	free(kill);
	return WIFSIGNALED(status);
}

/* A file that cannot be put into place is one that comes again, wherever that ends. */
Test(engine_durable, a_failed_download_comes_again)
{
	struct rig rig;
	bool killed = true;
	rig_begin(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
		killed = kill_at(&rig, n, "after", "rename:1:5");
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n",
			   ERROR_NONE);
	}
	rig_end(&rig);
}

/* A window that becomes narrower removes nothing on the server. */
Test(engine_durable, what_leaves_a_window_stays_on_the_server)
{
	struct rig rig;
	bool killed = true;
	rig_begin(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_configure(&rig, "");
		rig_clear(&rig);
		for (unsigned int i = 1; i <= 3; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		rig_configure(&rig, "max-messages = 1\n");
		killed = kill_at(&rig, n, "after", NULL);
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 3.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
			   ERROR_NONE);
	}
	rig_end(&rig);
}

/* Nor does it when there is no window any more by then. */
Test(engine_durable, what_left_a_window_comes_back_without_it)
{
	static const char all[] = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n";
	struct rig rig;
	bool killed = true;
	rig_begin(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_configure(&rig, "");
		rig_clear(&rig);
		for (unsigned int i = 1; i <= 3; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		rig_configure(&rig, "max-messages = 1\n");
		killed = kill_at(&rig, n, "after", NULL);
		rig_configure(&rig, "");
		rig_run(&rig, NULL);
		rig_expect(&rig, all, all, ERROR_NONE);
	}
	rig_end(&rig);
}

/* So it does when all UIDs are void, and afterwards the window holds what it held. */
Test(engine_durable, a_window_outlives_new_uids)
{
	struct rig rig;
	bool killed = true;
	rig_begin(&rig, "max-age = 6d\n");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		for (unsigned int i = 1; i <= 4; i++)
			(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
		rig_run(&rig, NULL);
		char *near = rig_near(&rig);
		char *far = rig_far(&rig);
		world_renumber(rig.world, world_find(rig.world, "INBOX"));
		killed = kill_at(&rig, n, "after", NULL);
		rig_run(&rig, NULL);
		rig_expect(&rig, near, far, ERROR_NONE);
		free(near);
		free(far);
	}
	rig_end(&rig);
}

static void empty_tmp(const struct rig *rig)
{
	char *path = rig_path(rig, "INBOX", "tmp");
	DIR *stream = opendir(path);
	for (struct dirent *entry; stream && (entry = readdir(stream)) != NULL;)
		(void)unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		(void)closedir(stream);
	free(path);
}

/* Cleaners empty tmp/: that is no removal of what waited there. */
Test(engine_durable, what_was_cleaned_out_of_tmp_comes_again)
{
	struct rig rig;
	bool killed = true;
	rig_begin(&rig, "");
	for (unsigned int n = 1; killed; n++) {
		rig_clear(&rig);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
		rig_run(&rig, NULL);
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, 2, 0);
		killed = kill_at(&rig, n, "before", NULL);
		empty_tmp(&rig);
		rig_run(&rig, NULL);
		rig_expect(&rig, "INBOX 1.0 1\nINBOX 2.0 1\n", "INBOX 1.0 1\nINBOX 2.0 1\n",
			   ERROR_NONE);
	}
	rig_end(&rig);
}
