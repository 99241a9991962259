/* "dovecot-keywords". SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir-place.h"
#include "maildir/keywords_file.h"

TestSuite(maildir_keywords_file, .init = place_make, .fini = place_remove);

static const struct keyword_table table = { .names = { (char *)"work", NULL,
						       (char *)"$Junk", [25] = (char *)"last" } };
#define TEXT "0 work\n2 $Junk\n25 last\n"

static void expect_file(const char *expected)
{
	size_t length;
	char *text = place_read("a/dovecot-keywords", &length);
	cr_expect_eq(length, strlen(expected));
	cr_expect_arr_eq(text, expected, length);
	free(text);
}

static void link_files(const char *from, const char *to)
{
	char *from_path = place_join(from);
	char *to_path = place_join(to);
	cr_assert_eq(link(from_path, to_path), 0);
	free(from_path);
	free(to_path);
}

Test(maildir_keywords_file, there_need_not_be_one)
{
	struct error error = ERROR_INITIAL;
	struct keyword_table read;
	struct maildir *maildir = place_maildir("a");
	cr_expect_eq(maildir_keywords_read(maildir, &read, &error), 0);
	cr_expect_eq(keyword_table_known(&read), FLAGS_SYSTEM);
	/* And none is made without a keyword. */
	cr_expect_eq(maildir_keywords_write(maildir, &read, &error), 0);
	cr_expect_not(place_has("a/dovecot-keywords"));
	maildir_close(&maildir);
}

Test(maildir_keywords_file, is_written_and_read)
{
	struct error error = ERROR_INITIAL;
	struct keyword_table read;
	struct maildir *maildir = place_maildir("a");
	cr_assert_eq(maildir_keywords_write(maildir, &table, &error), 0, "%s", error.text);
	expect_file(TEXT);
	cr_expect_not(place_has("a/dovecot-keywords.lock"));
	cr_expect_not(place_has("a/dovecot-keywords.navette"));
	cr_assert_eq(maildir_keywords_read(maildir, &read, &error), 1);
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		cr_expect_str_eq(read.names[i] ? read.names[i] : "",
				 table.names[i] ? table.names[i] : "");
	keyword_table_release(&read);
	maildir_close(&maildir);
}

Test(maildir_keywords_file, lines_that_make_no_sense_are_passed_over)
{
	struct error error = ERROR_INITIAL;
	struct keyword_table read;
	struct maildir *maildir = place_maildir("a");
	place_write_text(
		"a/dovecot-keywords",
		"0 one\n0 two\n1 ONE\n26 far\n-1 x\nx 3\n3\n4 \n5 a b\n\n7 seven\n8 eight");
	cr_assert_eq(maildir_keywords_read(maildir, &read, &error), 1);
	cr_expect_eq(keyword_table_known(&read),
		     FLAGS_SYSTEM | FLAG_KEYWORD(0) | FLAG_KEYWORD(7) | FLAG_KEYWORD(8));
	cr_expect_str_eq(read.names[0], "one");
	keyword_table_release(&read);
	maildir_close(&maildir);
}

/* What does not change is not written, so whoever watches it sees nothing. */
Test(maildir_keywords_file, is_left_alone_where_it_says_that_already)
{
	struct error error = ERROR_INITIAL;
	struct stat before;
	struct stat after;
	struct maildir *maildir = place_maildir("a");
	place_write_text("a/dovecot-keywords", TEXT);
	char *path = place_join("a/dovecot-keywords");
	cr_assert_eq(chmod(path, 0640), 0);
	cr_assert_eq(stat(path, &before), 0);
	cr_expect_eq(maildir_keywords_write(maildir, &table, &error), 0);
	cr_assert_eq(stat(path, &after), 0);
	cr_expect_eq(before.st_ino, after.st_ino);
	place_write_text("a/dovecot-keywords", "0 other\n");
	cr_expect_eq(maildir_keywords_write(maildir, &table, &error), 0);
	cr_assert_eq(stat(path, &after), 0);
	cr_expect_eq(after.st_mode & 0777, 0640, "others may read it no more");
	expect_file(TEXT);
	free(path);
	maildir_close(&maildir);
}

Test(maildir_keywords_file, anothers_lock_is_waited_for)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("a");
	place_write_text("a/dovecot-keywords.lock", "0 theirs\n");
	cr_expect_eq(maildir_keywords_write(maildir, &table, &error), -1);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	cr_expect_not_null(strstr(error.text, "is held by another program"), "%s", error.text);
	cr_expect_not(place_has("a/dovecot-keywords"));
	cr_expect(place_has("a/dovecot-keywords.lock"));
	/* One of long ago is nobody's. */
	place_set_time("a/dovecot-keywords.lock", 1000000000, 0);
	cr_expect_eq(maildir_keywords_write(maildir, &table, &error), 0);
	expect_file(TEXT);
	maildir_close(&maildir);
}

/* A run that was killed left its own. */
Test(maildir_keywords_file, our_own_lock_is_known)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("a");
	place_write_text("a/dovecot-keywords.navette", "0 work\n");
	link_files("a/dovecot-keywords.navette", "a/dovecot-keywords.lock");
	cr_expect_eq(maildir_keywords_write(maildir, &table, &error), 0, "%s", error.text);
	expect_file(TEXT);
	cr_expect_not(place_has("a/dovecot-keywords.lock"));
	maildir_close(&maildir);
}
