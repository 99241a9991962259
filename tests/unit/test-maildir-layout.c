/* Where folders stand under the Maildir root. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "mail/folder_name.h"
#include "maildir-place.h"
#include "maildir/layout.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

TestSuite(maildir_layout, .init = place_make, .fini = place_remove);

static void make_directory(const char *name)
{
	struct error error = ERROR_INITIAL;
	char *path = place_join(name);
	cr_assert_eq(path_make_directories(path, &error), 0, "%s", error.text);
	free(path);
}

static void make_link(const char *target, const char *name)
{
	char *path = place_join(name);
	cr_assert_eq(symlink(target, path), 0, "%s", path);
	free(path);
}

static void note_skipped(void *context, const struct maildir_skipped *skipped)
{
	cr_assert(text_starts_with(skipped->path, place_path()), "%s", skipped->path);
	cr_assert_neq(*skipped->reason, '\0');
	buffer_add_format(context, skipped->foreign ? "(%s) " : "[%s] ",
			  skipped->path + strlen(place_path()) + 1);
}

static enum maildir_layout layout = MAILDIR_NESTED; /* of the test */

/* What is found below ROOT of the place, each followed by a space, then what was skipped in
 * brackets; the caller owns it. NULL: an error. */
static char *list(const char *root, struct error *error)
{
	struct buffer all = BUFFER_INITIAL;
	struct buffer skipped = BUFFER_INITIAL;
	struct text_list folders = { .items = NULL };
	char *path = place_join(root);
	int result = maildir_layout_list(layout, path, &folders, note_skipped, &skipped, error);
	for (size_t i = 0; i < folders.count; i++)
		buffer_add_format(&all, "%s ", folders.items[i]);
	buffer_add_text(&all, buffer_text(&skipped));
	text_list_release(&folders);
	buffer_release(&skipped);
	free(path);
	char *text = buffer_take(&all);
	if (result == 0)
		return text;
	free(text);
	return NULL;
}

static void assert_list(const char *root, const char *expected)
{
	struct error error = ERROR_INITIAL;
	char *all = list(root, &error);
	cr_assert_not_null(all, "%s", error.text);
	cr_assert_str_eq(all, expected, "%s, expected %s", all, expected);
	free(all);
}

Test(maildir_layout, path)
{
	char *path = maildir_layout_path(MAILDIR_NESTED, "/home/me/Mail", "Lists/foo");
	cr_assert_str_eq(path, "/home/me/Mail/Lists/foo");
	free(path);
}

Test(maildir_layout, nothing)
{
	assert_list("missing", "");
	make_directory("root");
	assert_list("root", "");
}

Test(maildir_layout, finds_nested_folders_sorted_by_bytes)
{
	static const char *const directories[] = {
		"root/INBOX/cur", "root/INBOX/Sub/cur", "root/Lists/a/cur", "root/Lists/B/cur",
		"root/Lists/b/c/d/cur", "root/\xc3\xa4/cur", "root/plain/other",
		/* Not messages' places of their own. */
		"root/INBOX/cur/x/cur", "root/INBOX/new/cur", "root/INBOX/tmp/x/cur",
		/* Hidden ones are somebody else's. */
		"root/.notmuch/cur", "root/.sub/x/cur",
		/* The root itself is no folder. */
		"root/cur", "root/new", "root/tmp"
	};
	for (size_t i = 0; i < COUNT(directories); i++)
		make_directory(directories[i]);
	place_write_text("root/file", "x");
	place_write_text("root/Lists/cur", "no directory");
	assert_list("root",
		    "INBOX INBOX/Sub Lists/B Lists/a Lists/b/c/d \xc3\xa4 (root/.notmuch) ");
}

Test(maildir_layout, tells_of_names_that_cannot_be_folders)
{
	make_directory("root/good/cur");
	make_directory("root/\xff/cur");
	make_directory("root/inbox/cur");
	make_directory("root/new\nline/cur");
	make_directory("root/%41/other"); /* no Maildir, so of no interest */
	struct error error = ERROR_INITIAL;
	char *all = list("root", &error);
	cr_assert_not_null(all, "%s", error.text);
	cr_assert(text_starts_with(all, "good inbox ["), "%s", all); /* which may be INBOX */
	cr_assert_not_null(strstr(all, "[root/\xff]"));
	cr_assert_not_null(strstr(all, "[root/new\nline]"));
	cr_assert_null(strstr(all, "41"));
	free(all);
}

Test(maildir_layout, follows_links_but_not_in_circles)
{
	make_directory("elsewhere/x/cur");
	make_directory("root/a/b/cur");
	make_link("../elsewhere", "root/linked");
	make_link("..", "root/a/up");
	make_link(".", "root/a/b/self");
	make_link("nowhere", "root/dangling");
	make_link("endless", "root/endless");
	assert_list("root", "a/b linked/x ");
}

/* Were it left out, it would look removed. */
Test(maildir_layout, a_cur_that_leads_nowhere_still_makes_a_folder)
{
	make_directory("root/m");
	make_link("/nowhere/at/all", "root/m/cur");
	assert_list("root", "m ");
}

Test(maildir_layout, is_not_too_deep_for_the_walk)
{
	struct buffer name = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	buffer_add_text(&name, "root");
	for (unsigned int i = 0; i < 120; i++)
		buffer_add_text(&name, "/d");
	buffer_add_text(&name, "/cur");
	make_directory(buffer_text(&name));
	char *all = list("root", &error);
	cr_assert_not_null(all, "%s", error.text);
	free(all);
	buffer_release(&name);
}

/* --- What may not be seen --- */

static void close_to_others(const char *name, mode_t mode)
{
	char *path = place_join(name);
	cr_assert_eq(chmod(path, mode), 0);
	free(path);
}

/* Opening it tells why it cannot be synchronised; the others go on. */
Test(maildir_layout, a_closed_directory_counts_as_a_folder)
{
	make_directory("root/closed/cur");
	make_directory("root/open/cur");
	close_to_others("root", 0755);
	close_to_others("root/closed", 0);
	close_to_others("root/open", 0755);
	if (!place_become_nobody())
		cr_skip("cannot become another user");
	assert_list("root", "closed open ");
	cr_assert_eq(seteuid(getuid()), 0);
	close_to_others("root/closed", 0700);
}

/* Either its names cannot be read, or what they stand for cannot be seen. The folders in it would
 * look removed. */
static void check_hidden(mode_t mode)
{
	struct error error = ERROR_INITIAL;
	make_directory("root/lists/a/cur");
	close_to_others("root", 0755);
	close_to_others("root/lists", mode);
	if (!place_become_nobody())
		cr_skip("cannot become another user");
	cr_assert_null(list("root", &error));
	cr_assert_not_null(strstr(error.text, "/root/lists"), "%s", error.text);
	cr_assert_eq(seteuid(getuid()), 0);
	close_to_others("root/lists", 0700);
}

Test(maildir_layout, a_directory_whose_names_are_hidden_is_an_error)
{
	check_hidden(0311);
}

Test(maildir_layout, a_directory_whose_contents_are_hidden_is_an_error)
{
	check_hidden(0444);
}

Test(maildir_layout, a_closed_root_is_an_error)
{
	struct error error = ERROR_INITIAL;
	make_directory("root/a/cur");
	close_to_others("root", 0);
	if (!place_become_nobody())
		cr_skip("cannot become another user");
	cr_assert_null(list("root", &error));
	cr_assert_not_null(strstr(error.text, "/root"), "%s", error.text);
	cr_assert_eq(seteuid(getuid()), 0);
	close_to_others("root", 0700);
}

/* --- Maildir++ --- */

Test(maildir_layout, plusplus_paths)
{
	static const char *const cases[][2] = {
		{ "INBOX", "/m" },
		{ "INBOX/a", "/m/.INBOX.a" },
		{ "Lists/foo", "/m/.Lists.foo" },
		{ "v1.2/x.", "/m/.v1%2E2.x%2E" },
		{ "%2Ehidden", "/m/.%2Ehidden" },
		{ "a%252Eb", "/m/.a%252Eb" },
		{ "\xc3\xa4 b/%63ur", "/m/.\xc3\xa4 b.%63ur" },
	};
	layout = MAILDIR_PLUSPLUS;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = maildir_layout_path(layout, "/m", cases[i][0]);
		cr_expect_str_eq(path, cases[i][1]);
		free(path);
	}
}

Test(maildir_layout, plusplus_finds_what_it_makes)
{
	static const char *const names[] = { "%2Ehidden", "INBOX",   "INBOX/a", "Lists/foo",
					     "a%",        "a%.b/c%", "a%252Eb", "v1.2" };
	struct buffer expected = BUFFER_INITIAL;
	char *root = place_join("root");
	layout = MAILDIR_PLUSPLUS;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct error error = ERROR_INITIAL;
		char *path = maildir_layout_path(layout, root, names[i]);
		char *cur = path_join(path, "cur");
		cr_assert_eq(path_make_directories(cur, &error), 0);
		cr_assert_eq(maildir_layout_mark(layout, root, path, &error), 0);
		buffer_add_format(&expected, "%s ", names[i]);
		free(cur);
		free(path);
	}
	make_directory("root/Nested/cur");
	make_directory("root/.no.maildir");
	assert_list("root", buffer_text(&expected));
	char *mark = place_join("root/.Lists.foo/maildirfolder");
	char *no_mark = place_join("root/maildirfolder");
	cr_expect_eq(access(mark, F_OK), 0);
	cr_expect_neq(access(no_mark, F_OK), 0);
	free(mark);
	free(no_mark);
	free(root);
	buffer_release(&expected);
}

Test(maildir_layout, plusplus_tells_of_names_that_cannot_be_folders)
{
	layout = MAILDIR_PLUSPLUS;
	make_directory("root/.a..b/cur");
	make_directory("root/.cur/cur");
	make_directory("root/.INBOX/cur");
	make_directory("root/.a%2eb/other");
	make_directory("root/.good/cur");
	struct error error = ERROR_INITIAL;
	char *all = list("root", &error);
	cr_assert(text_starts_with(all, "good ["), "%s", all);
	cr_expect_not_null(strstr(all, "[root/.a..b]"), "%s", all);
	cr_expect_not_null(strstr(all, "[root/.cur]"), "%s", all);
	cr_expect_not_null(strstr(all, "[root/.INBOX]"), "%s", all);
	cr_expect_null(strstr(all, "other"), "%s", all);
	free(all);
}

Test(maildir_layout, plusplus_names_that_are_too_long)
{
	struct buffer name = BUFFER_INITIAL;
	for (int i = 0; i < 127; i++)
		buffer_add_text(&name, i == 0 ? "a" : "/a");
	cr_expect(maildir_layout_can_hold(MAILDIR_PLUSPLUS, buffer_text(&name)));
	buffer_add_text(&name, "/a");
	cr_expect_not(maildir_layout_can_hold(MAILDIR_PLUSPLUS, buffer_text(&name)));
	cr_expect(maildir_layout_can_hold(MAILDIR_NESTED, buffer_text(&name)));
	buffer_release(&name);
}

/* The layouts of other programs: where a folder stands, and that it is found there. */
Test(maildir_layout, flat_and_legacy)
{
	static const struct {
		enum maildir_layout layout;
		const char *folder, *directory;
	} cases[] = {
		{ MAILDIR_FLAT, "INBOX", "INBOX" },
		{ MAILDIR_FLAT, "Lists/b/c", "Lists.b.c" },
		{ MAILDIR_FLAT, "v1.2/%2Ex", "v1%2E2.%2Ex" },
		{ MAILDIR_LEGACY, "INBOX", "INBOX" },
		{ MAILDIR_LEGACY, "Lists/b/c", "Lists/.b/.c" },
		{ MAILDIR_LEGACY, "v1.2/x.y", "v1.2/.x.y" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = maildir_layout_path(cases[i].layout, "/m", cases[i].folder);
		char *directory = memory_format("tree-%zu/%s/cur", i, cases[i].directory);
		char *root = memory_format("tree-%zu", i);
		char *expected = memory_format("%s ", cases[i].folder);
		cr_expect_str_eq(path + strlen("/m/"), cases[i].directory);
		make_directory(directory);
		layout = cases[i].layout;
		assert_list(root, expected);
		free(expected);
		free(root);
		free(directory);
		free(path);
	}
	make_directory("mixed/Lists/cur");
	make_directory("mixed/Lists/a/cur");
	make_directory("mixed/Lists/.a/cur");
	layout = MAILDIR_LEGACY;
	assert_list("mixed", "Lists Lists/a (mixed/Lists/a) ");
	make_directory("mixed/.hidden/cur");
	layout = MAILDIR_FLAT;
	assert_list("mixed", "Lists (mixed/.hidden) ");
}

Test(maildir_layout, holds_names_of_its_own_length)
{
	char long_name[3 + FOLDER_COMPONENT_MAX + 1] = "ab/";
	memset(long_name + 3, 'x', FOLDER_COMPONENT_MAX);
	cr_expect(maildir_layout_can_hold(MAILDIR_NESTED, long_name));
	cr_expect_not(maildir_layout_can_hold(MAILDIR_LEGACY, long_name), "a dot more");
	cr_expect_not(maildir_layout_can_hold(MAILDIR_FLAT, long_name));
	long_name[3 + FOLDER_COMPONENT_MAX - 1] = '\0';
	cr_expect(maildir_layout_can_hold(MAILDIR_LEGACY, long_name));
	long_name[3 + FOLDER_COMPONENT_MAX - 3] = '\0';
	cr_expect(maildir_layout_can_hold(MAILDIR_FLAT, long_name));
	cr_expect_not(maildir_layout_can_hold(MAILDIR_PLUSPLUS, long_name), "a dot in front");
}
