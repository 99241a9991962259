/* Watching Maildirs. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "maildir-place.h"
#include "maildir/watch.h"

TestSuite(maildir_watch, .init = place_make, .fini = place_remove);

/* What was told, as text. */
static struct buffer told;

static void see_file(void *context, const char *folder, enum maildir_place place, const char *name,
		     enum maildir_event event)
{
	static const char signs[] = { [MAILDIR_EVENT_CAME] = '+',
				      [MAILDIR_EVENT_WRITTEN] = '*',
				      [MAILDIR_EVENT_GONE] = '-' };
	(void)context;
	buffer_add_format(&told, "%c%s/%s/%s ", signs[event], folder, maildir_place_name(place),
			  name);
}

static void see_tree(void *context)
{
	(void)context;
	buffer_add_text(&told, "tree ");
}

static void see_all(void *context)
{
	(void)context;
	buffer_add_text(&told, "all ");
}

/* Reads what there is; it is there as soon as it has happened. */
static const char *read_all(struct maildir_watch *watch)
{
	const struct maildir_news news = { .file = see_file, .tree = see_tree, .all = see_all };
	struct error error = ERROR_INITIAL;
	buffer_release(&told);
	cr_assert_eq(maildir_watch_read(watch, &news, &error), 0, "%s", error.text);
	return buffer_text(&told);
}

static void make_maildir(const char *name)
{
	struct error error = ERROR_INITIAL;
	char *path = place_join(name);
	cr_assert_eq(maildir_create(path, &error), 0, "%s", error.text);
	free(path);
}

static bool watch_one(struct maildir_watch *watch, const char *name)
{
	char *path = place_join(name);
	bool added = maildir_watch_folder(watch, name, path, NULL);
	free(path);
	return added;
}

static void move(const char *from, const char *to)
{
	char *old = place_join(from);
	char *new = place_join(to);
	cr_assert_eq(rename(old, new), 0);
	free(old);
	free(new);
}

static void drop(const char *name)
{
	char *path = place_join(name);
	cr_assert_eq(unlink(path), 0);
	free(path);
}

static struct maildir_watch *watch_two(void)
{
	struct maildir_watch *watch = maildir_watch_create();
	make_maildir("a");
	make_maildir("b");
	maildir_watch_begin(watch);
	cr_assert(watch_one(watch, "a"));
	cr_assert(watch_one(watch, "b"));
	maildir_watch_directory(watch, place_path());
	cr_assert_eq(maildir_watch_end(watch), MAILDIR_WATCH_ALL);
	cr_assert_str_eq(read_all(watch), "");
	return watch;
}

static void end(struct maildir_watch *watch)
{
	maildir_watch_destroy(&watch);
	cr_assert_null(watch);
	buffer_release(&told);
}

Test(maildir_watch, tells_of_names_in_the_order_in_which_they_change)
{
	struct maildir_watch *watch = watch_two();
	place_write_text("a/tmp/m", "x");
	cr_assert_str_eq(read_all(watch), "");
	move("a/tmp/m", "a/new/m");
	struct pollfd ready = { .fd = maildir_watch_descriptor(watch), .events = POLLIN };
	cr_assert_eq(poll(&ready, 1, 0), 1);
	cr_assert_str_eq(read_all(watch), "+a/new/m ");
	move("a/new/m", "a/cur/m:2,S");
	move("a/cur/m:2,S", "b/cur/m:2,S");
	cr_assert_str_eq(read_all(watch), "-a/new/m +a/cur/m:2,S -a/cur/m:2,S +b/cur/m:2,S ");
	drop("b/cur/m:2,S");
	cr_assert_str_eq(read_all(watch), "-b/cur/m:2,S ");
	place_write_text("b/cur/.hidden", "x");
	cr_assert_str_eq(read_all(watch), "", "a hidden file is no message");
	end(watch);
}

Test(maildir_watch, tells_of_what_is_written_in_place)
{
	struct maildir_watch *watch = watch_two();
	place_write_text("a/cur/m:2,D", "x");
	cr_assert_str_eq(read_all(watch), "+a/cur/m:2,D *a/cur/m:2,D ");
	place_write_text("a/cur/m:2,D", "y");
	cr_assert_str_eq(read_all(watch), "*a/cur/m:2,D ");
	end(watch);
}

Test(maildir_watch, tells_of_folders_also_of_those_made_piece_by_piece)
{
	struct maildir_watch *watch = watch_two();
	char *path = place_join("c");
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_str_eq(read_all(watch), "tree ");
	free(path);
	path = place_join("c/cur");
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_str_eq(read_all(watch), "tree ", "what was just made is watched as well");
	free(path);
	move("b", "d");
	cr_assert_str_eq(read_all(watch), "tree tree tree ", "gone, there, and itself");
	end(watch);
}

Test(maildir_watch, says_what_was_not_watched_before_and_forgets_what_is_not_named_again)
{
	struct maildir_watch *watch = watch_two();
	make_maildir("c");
	(void)read_all(watch);
	maildir_watch_begin(watch);
	cr_assert_not(watch_one(watch, "a"));
	cr_assert(watch_one(watch, "c"));
	cr_assert_not(watch_one(watch, "nowhere"));
	(void)maildir_watch_end(watch);
	place_write_text("b/cur/m", "x");
	place_write_text("c/cur/m", "x");
	cr_assert_str_eq(read_all(watch), "+c/cur/m *c/cur/m ");
	end(watch);
}

Test(maildir_watch, says_that_more_happened_than_the_system_keeps)
{
	struct maildir_watch *watch = watch_two();
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	int most = 0;
	cr_assert(file && fscanf(file, "%d", &most) == 1);
	(void)fclose(file);
	place_write_text("a/cur/m0", "x");
	for (int i = 0; i < most / 2 + 1; i++)
		move(i % 2 ? "a/cur/m1" : "a/cur/m0", i % 2 ? "a/cur/m0" : "a/cur/m1");
	cr_assert(strstr(read_all(watch), "all "));
	cr_assert_str_eq(read_all(watch), "");
	place_write_text("a/new/n", "x");
	cr_assert_str_eq(read_all(watch), "+a/new/n *a/new/n ", "it goes on");
	end(watch);
}

Test(maildir_watch, says_what_it_does_not_tell_of)
{
	struct maildir_watch *watch = watch_two();
	char *path = place_join("a");
	char *link = place_join("link");
	bool whole;
	cr_assert(maildir_watch_is_distinct(watch));
	maildir_watch_begin(watch);
	(void)maildir_watch_folder(watch, "a", path, &whole);
	cr_expect(whole);
	cr_assert_eq(symlink(path, link), 0);
	(void)maildir_watch_folder(watch, "link", link, NULL);
	cr_expect_not(maildir_watch_is_distinct(watch), "one directory for two folders");
	maildir_watch_begin(watch);
	(void)maildir_watch_folder(watch, "a", path, NULL);
	cr_expect(maildir_watch_is_distinct(watch));
	char *part = place_join("a/new");
	cr_assert_eq(rmdir(part), 0);
	(void)maildir_watch_folder(watch, "a", path, &whole);
	cr_expect_not(whole);
	free(part);
	free(link);
	free(path);
	end(watch);
}
