/* Giving a Maildir another place. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir-place.h"
#include "maildir/relocate.h"

TestSuite(maildir_relocate, .init = place_make, .fini = place_remove);

static void make(const char *name)
{
	struct maildir *maildir = place_maildir(name);
	maildir_close(&maildir);
}

static int relocate(const char *from, const char *to, bool whole, struct error *error)
{
	char *old = place_join(from);
	char *new = place_join(to);
	int result = maildir_relocate(old, new, whole, error);
	free(old);
	free(new);
	return result;
}

static void expect_list(const char *name, const char *expected)
{
	char *list = place_list(name);
	cr_expect_str_eq(list, expected, "%s: %s", name, list);
	free(list);
}

Test(maildir_relocate, whole_with_what_is_below)
{
	struct error error = ERROR_INITIAL;
	make("a");
	make("a/x");
	place_write_text("a/cur/1:2,S", "1");
	cr_assert_eq(relocate("a", "new/b", true, &error), 0, "%s", error.text);
	cr_expect(!place_has("a"));
	cr_expect(place_has("new/b/cur/1:2,S") && place_has("new/b/x/cur"));
}

/* What is below stays, files go along; so does what stands where it goes. */
Test(maildir_relocate, by_parts)
{
	struct error error = ERROR_INITIAL;
	make("a");
	make("a/x");
	make("b/y");
	place_write_text("a/new/1", "1");
	place_write_text("a/dovecot-keywords", "0 x");
	cr_assert_eq(relocate("a", "b", true, &error), 0, "%s", error.text);
	expect_list("a", "x ");
	expect_list("b", "cur dovecot-keywords new tmp y ");
	cr_expect(place_has("b/new/1"));
	cr_assert_eq(relocate("a/x", "a", false, &error), 0, "%s", error.text);
	expect_list("a", "cur new tmp ");
}

Test(maildir_relocate, into_itself)
{
	struct error error = ERROR_INITIAL;
	make("a");
	cr_assert_eq(relocate("a", "a/b", false, &error), 0, "%s", error.text);
	expect_list("a", "b ");
	expect_list("a/b", "cur new tmp ");
}

/* As a run leaves it that was killed between two parts, and others complete it since. */
Test(maildir_relocate, goes_on_with_a_half)
{
	struct error error = ERROR_INITIAL;
	char *half = place_join("b");
	char *tmp = place_join("a/tmp");
	char *half_tmp = place_join("b/tmp");
	make("a");
	place_write_text("a/cur/1:2,S", "1");
	cr_assert_eq(mkdir(half, 0700), 0);
	cr_assert_eq(rename(tmp, half_tmp), 0);
	cr_assert_eq(mkdir(tmp, 0700), 0);
	cr_assert_eq(relocate("a", "b", true, &error), 0, "%s", error.text);
	expect_list("b", "cur new tmp ");
	cr_expect(place_has("b/cur/1:2,S") && !place_has("a"));
	free(half);
	free(tmp);
	free(half_tmp);
}

/* Two Maildirs are not made one. */
Test(maildir_relocate, not_over_another)
{
	struct error error = ERROR_INITIAL;
	make("a");
	make("b");
	place_write_text("a/new/1", "1");
	place_write_text("b/new/2", "2");
	cr_assert_eq(relocate("a", "b", true, &error), -1);
	cr_expect_eq(error.scope, SCOPE_FOLDER);
	cr_expect(place_has("a/new/1") && place_has("a/cur") && place_has("b/new/2"));
}
