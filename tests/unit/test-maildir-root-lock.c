/* The lock on trees of Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "maildir-place.h"
#include "maildir/root_lock.h"

TestSuite(maildir_root_lock, .init = place_make, .fini = place_remove, .timeout = 60);

static void make(const char *name)
{
	char *path = place_join(name);
	cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
	free(path);
}

/* Takes the lock on the directory of that name in the place; NULL in place of the lock. */
static int take(const char *name, unsigned int wait, struct maildir_root_lock **lock_r,
		struct error *error)
{
	char *path = place_join(name);
	const char *roots[] = { path };
	int result = maildir_roots_lock(roots, 1, wait, NULL, lock_r, error);
	free(path);
	return result;
}

/* Another process that holds the lock of NAME until it is killed. */
static pid_t start_holder(const char *name)
{
	int ready[2];
	char byte = 'r';
	cr_assert_eq(pipe(ready), 0);
	pid_t process = fork();
	cr_assert_geq(process, 0);
	if (process == 0) {
		struct maildir_root_lock *lock;
		if (take(name, 0, &lock, NULL) == 0 && write(ready[1], &byte, 1) == 1)
			(void)pause();
		_exit(1);
	}
	(void)close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return process;
}

static void stop(pid_t process)
{
	cr_assert_eq(kill(process, SIGKILL), 0);
	cr_assert_eq(waitpid(process, NULL, 0), process);
}

static void assert_free(const char *name)
{
	struct error error = ERROR_INITIAL;
	struct maildir_root_lock *lock = NULL;
	cr_assert_eq(take(name, 0, &lock, &error), 0, "%s: %s", name, error.text);
	maildir_roots_unlock(&lock);
	cr_assert_null(lock);
}

static void assert_held(const char *name, const char *where, pid_t by)
{
	struct error error = ERROR_INITIAL;
	struct maildir_root_lock *lock = NULL;
	char process[32];
	cr_assert_eq(take(name, 0, &lock, &error), -1, "%s", name);
	cr_expect_null(lock);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	cr_expect_eq(error.scope, SCOPE_ACCOUNT);
	(void)snprintf(process, sizeof process, "process (%ld)", (long)by);
	cr_expect(strstr(error.text, where) != NULL, "%s", error.text);
	cr_expect(strstr(error.text, process) != NULL ||
			  strstr(error.text, "another process is") != NULL,
		  "%s", error.text);
}

Test(maildir_root_lock, one_holds_it_and_it_dies_with_its_process)
{
	make("m");
	pid_t holder = start_holder("m");
	assert_held("m", "/m,", holder);
	stop(holder);
	assert_free("m");
}

Test(maildir_root_lock, roots_within_each_other_exclude_each_other)
{
	make("m");
	make("m/a");
	make("m/a/deep");
	pid_t holder = start_holder("m/a");
	assert_held("m", "/m", holder);
	assert_held("m/a/deep", "/m/a", holder);
	stop(holder);
	assert_free("m");
}

Test(maildir_root_lock, roots_side_by_side_do_not)
{
	make("m");
	make("m/a");
	make("m/b");
	pid_t holder = start_holder("m/a");
	assert_free("m/b");
	stop(holder);
}

Test(maildir_root_lock, the_name_does_not_matter)
{
	make("m");
	char *target = place_join("m");
	char *link = place_join("link");
	cr_assert_eq(symlink(target, link), 0);
	free(target);
	free(link);
	pid_t holder = start_holder("m");
	assert_held("link", "/m,", holder);
	stop(holder);
}

Test(maildir_root_lock, what_does_not_exist_is_not_locked_and_not_made)
{
	assert_free("missing");
	cr_assert_not(place_has("missing"));
}

Test(maildir_root_lock, nothing_is_written)
{
	struct maildir_root_lock *lock;
	make("m");
	cr_assert_eq(take("m", 0, &lock, NULL), 0);
	char *names = place_list("m");
	cr_assert_str_eq(names, "");
	free(names);
	maildir_roots_unlock(&lock);
}

/* Several roots, in whatever order they are given. */
Test(maildir_root_lock, all_of_several_or_none)
{
	struct error error = ERROR_INITIAL;
	struct maildir_root_lock *lock = NULL;
	make("a");
	make("b");
	make("c");
	char *a = place_join("a");
	char *b = place_join("b");
	char *c = place_join("c");
	const char *roots[] = { c, a, b, a };
	pid_t holder = start_holder("b");
	cr_expect_eq(maildir_roots_lock(roots, 4, 0, NULL, &lock, &error), -1);
	assert_free("a");
	assert_free("c");
	stop(holder);
	cr_expect_eq(maildir_roots_lock(roots, 4, 0, NULL, &lock, &error), 0, "%s", error.text);
	maildir_roots_unlock(&lock);
	free(a);
	free(b);
	free(c);
}

Test(maildir_root_lock, waits_for_its_turn)
{
	struct error error = ERROR_INITIAL;
	struct maildir_root_lock *lock = NULL;
	make("m");
	pid_t holder = start_holder("m");
	pid_t ender = fork();
	cr_assert_geq(ender, 0);
	if (ender == 0) {
		(void)usleep(300000);
		(void)kill(holder, SIGKILL);
		_exit(0);
	}
	cr_assert_eq(take("m", 50, &lock, &error), 0, "%s", error.text);
	maildir_roots_unlock(&lock);
	cr_assert_eq(waitpid(ender, NULL, 0), ender);
	cr_assert_eq(waitpid(holder, NULL, 0), holder);
}

Test(maildir_root_lock, a_signal_ends_the_wait)
{
	atomic_bool cancel = true;
	struct error error = ERROR_INITIAL;
	struct maildir_root_lock *lock = NULL;
	make("m");
	pid_t holder = start_holder("m");
	char *path = place_join("m");
	const char *roots[] = { path };
	cr_expect_eq(maildir_roots_lock(roots, 1, 1000, &cancel, &lock, &error), -1);
	free(path);
	stop(holder);
}
