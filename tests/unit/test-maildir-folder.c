/* One Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "maildir-place.h"
#include "maildir/folder.h"
#include "maildir/private.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

TestSuite(maildir_folder, .init = place_make, .fini = place_remove);

static void make(const char *name)
{
	char *path = place_join(name);
	cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
	free(path);
}

static enum maildir_open_result open_one(const char *name, struct maildir **maildir_r,
					 struct error *error)
{
	char *path = place_join(name);
	*maildir_r = NULL;
	enum maildir_open_result result = maildir_open(path, maildir_r, error);
	free(path);
	return result;
}

Test(maildir_folder, create_makes_a_private_maildir_with_its_parents)
{
	static const char *const parts[] = { "a", "a/b", "a/b/cur", "a/b/new", "a/b/tmp" };
	struct error error = ERROR_INITIAL;
	char *path = place_join("a/b");

	cr_assert_eq(maildir_create(path, &error), 0, "%s", error.text);
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct stat status;
		char *part = place_join(parts[i]);
		cr_assert_eq(stat(part, &status), 0, "%s", part);
		cr_assert_eq(status.st_mode, S_IFDIR | 0700, "%s", part);
		free(part);
	}
	place_write_text("a/b/cur/m", "x");
	cr_assert_eq(maildir_create(path, &error), 0, "%s", error.text);
	cr_assert(place_has("a/b/cur/m"));
	free(path);
}

Test(maildir_folder, create_says_what_is_in_the_way)
{
	struct error error = ERROR_INITIAL;
	char *path = place_join("file/m");

	place_write_text("file", "x");
	cr_assert_eq(maildir_create(path, &error), -1);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, "/file"), "%s", error.text);
	free(path);
}

Test(maildir_folder, open_tells_what_is_missing)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir;

	make("plain");
	make("plain/sub");
	place_write_text("file", "x");
	cr_assert_eq(open_one("nothing", &maildir, &error), MAILDIR_OPEN_MISSING);
	cr_assert_eq(open_one("file", &maildir, &error), MAILDIR_OPEN_MISSING);
	cr_assert_eq(open_one("file/m", &maildir, &error), MAILDIR_OPEN_MISSING);
	cr_assert_eq(open_one("plain", &maildir, &error), MAILDIR_OPEN_MISSING);
	cr_assert_null(maildir);
	cr_assert_eq(error.kind, ERROR_NONE);
	maildir_close(&maildir);
	maildir_close(NULL);
}

Test(maildir_folder, open_completes_one_with_cur_only)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir;

	make("m");
	make("m/cur");
	cr_assert_eq(open_one("m", &maildir, &error), MAILDIR_OPEN_OK, "%s", error.text);
	char *list = place_list("m");
	cr_assert_str_eq(list, "cur new tmp ");
	cr_assert_not_null(strstr(maildir_path(maildir), "/m"));
	free(list);
	maildir_close(&maildir);
	cr_assert_null(maildir);
}

/* Without cur/ the mail is gone, which is not what the user did by removing messages. */
Test(maildir_folder, open_refuses_one_that_lost_cur)
{
	static const char *const left[] = { "new", "tmp" };
	for (size_t i = 0; i < COUNT(left); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir *maildir;
		char *path = place_join("m");
		cr_assert_eq(mkdir(path, 0700), 0);
		char *part = path_join(path, left[i]);
		cr_assert_eq(mkdir(part, 0700), 0);
		cr_assert_eq(maildir_open(path, &maildir, &error), MAILDIR_OPEN_ERROR);
		cr_assert_eq(error.kind, ERROR_SAFETY);
		cr_assert_eq(error.scope, SCOPE_FOLDER);
		cr_assert_not_null(strstr(error.text, path), "%s", error.text);
		cr_assert_eq(rmdir(part) + rmdir(path), 0);
		free(part);
		free(path);
	}
}

/* Its target may be on a disk that is not mounted. */
Test(maildir_folder, open_refuses_a_cur_that_leads_nowhere)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir;
	char *link = place_join("m/cur");

	make("m");
	cr_assert_eq(symlink("/nowhere/at/all", link), 0);
	cr_assert_eq(open_one("m", &maildir, &error), MAILDIR_OPEN_ERROR);
	cr_assert_not_null(strstr(error.text, link), "%s", error.text);
	free(link);
}

/* "Missing" would be taken for removed. */
Test(maildir_folder, open_does_not_call_missing_what_it_may_not_see)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *path = place_join("m");

	maildir_close(&maildir);
	cr_assert_eq(chmod(path, 0444), 0);
	if (!place_become_nobody())
		cr_skip("cannot become another user");
	cr_assert_eq(open_one("m", &maildir, &error), MAILDIR_OPEN_ERROR);
	cr_assert_not_null(strstr(error.text, path), "%s", error.text);
	cr_assert_eq(seteuid(getuid()), 0);
	cr_assert_eq(chmod(path, 0700), 0);
	free(path);
}

/* --- Renaming --- */

typedef int rename_function(int from_directory, const char *from, int to_directory, const char *to);

static void check_rename(rename_function *function)
{
	struct maildir *maildir = place_maildir("m");
	int new = maildir_place_descriptor(maildir, MAILDIR_NEW);
	int cur = maildir_place_descriptor(maildir, MAILDIR_CUR);

	place_write_text("m/new/a", "one");
	cr_assert_eq(function(new, "a", cur, "a:2,"), 0);
	cr_assert(!place_has("m/new/a"));
	cr_assert(place_has("m/cur/a:2,"));

	place_write_text("m/new/a", "two");
	cr_assert_eq(function(new, "a", cur, "a:2,"), -1);
	cr_assert_eq(errno, EEXIST);
	size_t length;
	char *content = place_read("m/cur/a:2,", &length);
	cr_assert_str_eq(content, "one");
	free(content);
	cr_assert(place_has("m/new/a"));

	/* That the source is gone is told, whatever stands at the target. */
	cr_assert_eq(function(new, "b", cur, "a:2,"), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(function(new, "b", cur, "b:2,"), -1);
	cr_assert_eq(errno, ENOENT);

	/* A link that leads nowhere is in the way as well. */
	cr_assert_eq(symlinkat("nowhere", cur, "link"), 0);
	cr_assert_eq(function(new, "a", cur, "link"), -1);
	cr_assert_eq(errno, EEXIST);

	/* rename(2) does nothing with two names of one file, and says it was done. */
	cr_assert_eq(linkat(new, "a", cur, "other", 0), 0);
	cr_assert_eq(function(new, "a", cur, "other"), -1);
	cr_assert_eq(errno, EEXIST);
	maildir_close(&maildir);
}

Test(maildir_folder, rename_never_overwrites)
{
	check_rename(maildir_rename_exclusively);
}

Test(maildir_folder, rename_never_overwrites_where_it_must_look_first)
{
	check_rename(maildir_rename_after_look);
}

/* --- Fingerprints --- */

Test(maildir_folder, stamps_are_safe_when_old_enough)
{
	static const int64_t now = 1000 * SECOND + 500 * MS;
	static const struct {
		int64_t stamp;
		bool fine;
		bool safe;
	} cases[] = {
		{ now, true, false },
		{ now - 19 * MS, true, false },
		{ now - 20 * MS, true, false },
		{ now - 21 * MS, true, true },
		{ now - 21 * MS, false, false },
		{ now - 1999 * MS, false, false },
		{ now - 2001 * MS, false, true },
		/* Whole seconds: a file system that knows no more, whatever its name is. */
		{ 1000 * SECOND, true, false },
		{ 999 * SECOND, true, false },
		{ 998 * SECOND, true, true },
		/* The future: the clock was set. */
		{ now + 1, true, false },
		{ now + 3600 * SECOND, true, false },
		{ INT64_MAX, true, false },
		{ INT64_MIN, true, true },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_eq(maildir_stamp_is_safe(cases[i].stamp, now, cases[i].fine),
			     cases[i].safe, "case %zu", i);
	cr_assert(!maildir_stamp_is_safe(INT64_MIN, INT64_MIN, true));
}

static struct maildir_fingerprint take(const struct maildir *maildir, bool *safe_r)
{
	struct error error = ERROR_INITIAL;
	struct maildir_fingerprint fingerprint;
	cr_assert_eq(maildir_fingerprint_take(maildir, &fingerprint, safe_r, &error), 0, "%s",
		     error.text);
	return fingerprint;
}

static void make_old(void)
{
	place_set_time("m/cur", 1000000000, 1);
	place_set_time("m/new", 1000000000, 2);
}

static void write_cur(void)
{
	place_write_text("m/cur/b", "x");
}
static void write_new(void)
{
	place_write_text("m/new/b", "x");
}
static void rename_in_cur(void)
{
	char *from = place_join("m/cur/a:2,");
	char *to = place_join("m/cur/a:2,S");
	cr_assert_eq(rename(from, to), 0);
	free(to);
	free(from);
}
static void remove_in_cur(void)
{
	char *path = place_join("m/cur/a:2,");
	cr_assert_eq(unlink(path), 0);
	free(path);
}

Test(maildir_folder, fingerprint_shows_every_change_of_names)
{
	static void (*const changes[])(void) = { write_cur, write_new, rename_in_cur,
						 remove_in_cur };
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(changes); i++) {
		bool safe;
		place_remove();
		place_make();
		maildir_close(&maildir);
		maildir = place_maildir("m");
		place_write_text("m/cur/a:2,", "x");
		make_old();
		struct maildir_fingerprint before = take(maildir, &safe);
		cr_assert(safe);
		/* Content is none of its business. */
		place_write_text("m/cur/a:2,", "y");
		struct maildir_fingerprint same = take(maildir, &safe);
		cr_assert(maildir_fingerprint_equal(&before, &same));
		changes[i]();
		struct maildir_fingerprint after = take(maildir, &safe);
		cr_assert(!maildir_fingerprint_equal(&before, &after), "change %zu", i);
	}
	maildir_close(&maildir);
}

Test(maildir_folder, fingerprint_shows_another_directory_of_the_same_age)
{
	bool safe;
	struct maildir *one = place_maildir("m");
	make_old();
	struct maildir_fingerprint before = take(one, &safe);
	char *path = place_join("m");
	char *aside = place_join("aside");
	cr_assert_eq(rename(path, aside), 0);
	struct maildir *other = place_maildir("m");
	make_old();
	struct maildir_fingerprint after = take(other, &safe);
	cr_assert(!maildir_fingerprint_equal(&before, &after));
	free(aside);
	free(path);
	maildir_close(&other);
	maildir_close(&one);
}

Test(maildir_folder, fingerprint_bears_any_time)
{
	static const int64_t times[] = { -2000000000, 0, 4000000000, 15000000000, 1000000000000 };
	struct maildir *maildir = place_maildir("m");
	for (size_t i = 0; i < COUNT(times); i++) {
		bool safe;
		place_set_time("m/new", 1000000000, 1);
		place_set_time("m/cur", (long)times[i], 999999999); /* or the nearest it knows */
		struct maildir_fingerprint fingerprint = take(maildir, &safe);
		cr_assert_eq(safe, times[i] <= 0, "time %zu", i);
		cr_assert_geq(fingerprint.change_ns[MAILDIR_CUR], -3000000000 * SECOND);
	}
	maildir_close(&maildir);
}

/* --- An open one --- */

Test(maildir_folder, stays_the_same_when_it_is_renamed)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *path = place_join("m");
	char *aside = place_join("aside");

	cr_assert_eq(rename(path, aside), 0);
	place_write_text("aside/new/a", "x");
	cr_assert_eq(maildir_rename_exclusively(maildir_place_descriptor(maildir, MAILDIR_NEW), "a",
						maildir_place_descriptor(maildir, MAILDIR_CUR),
						"a:2,"),
		     0);
	cr_assert(place_has("aside/cur/a:2,"));
	cr_assert_eq(maildir_sync(maildir, &error), 0, "%s", error.text);
	free(aside);
	free(path);
	maildir_close(&maildir);
}

/* Its directories may be links; all of them can be made durable. */
Test(maildir_folder, directories_may_be_links)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir;
	char *link = place_join("m/cur");
	char *target = place_join("elsewhere");

	make("m");
	make("elsewhere");
	cr_assert_eq(symlink(target, link), 0);
	cr_assert_eq(open_one("m", &maildir, &error), MAILDIR_OPEN_OK, "%s", error.text);
	cr_assert_eq(maildir_sync(maildir, &error), 0, "%s", error.text);
	maildir_close(&maildir);
	free(target);
	free(link);
}

Test(maildir_folder, places_have_names)
{
	cr_assert_str_eq(maildir_place_name(MAILDIR_NEW), "new");
	cr_assert_str_eq(maildir_place_name(MAILDIR_CUR), "cur");
}
