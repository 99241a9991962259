/* Keywords and their letters. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "mail/flags.h"

Test(mail_flags, bits_do_not_overlap)
{
	uint32_t seen = FLAGS_SYSTEM;
	cr_assert_eq(FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DELETED | FLAG_DRAFT |
			     FLAG_FORWARDED,
		     FLAGS_SYSTEM);
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		cr_assert_eq(seen & FLAG_KEYWORD(i), 0);
		seen |= FLAG_KEYWORD(i);
	}
	cr_assert_eq(seen, UINT32_MAX);
}

Test(mail_flags, a_keyword_keeps_its_letter_in_any_case)
{
	struct keyword_table table = { .names = { NULL } };

	cr_assert_eq(keyword_table_find(&table, "work"), 0);
	cr_assert_eq(keyword_table_add(&table, "work", FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(0));
	cr_assert_eq(keyword_table_add(&table, "$Junk", FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(1));
	cr_assert_eq(keyword_table_add(&table, "WORK", FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(0));
	cr_assert_eq(keyword_table_find(&table, "$jUNK"), FLAG_KEYWORD(1));
	cr_assert_str_eq(table.names[0], "work");
	cr_assert_eq(keyword_table_known(&table), FLAGS_SYSTEM | FLAG_KEYWORD(0) | FLAG_KEYWORD(1));
	keyword_table_release(&table);
	cr_assert_null(table.names[0]);
	cr_assert_eq(keyword_table_known(&table), FLAGS_SYSTEM);
}

Test(mail_flags, a_full_table_takes_no_more)
{
	struct keyword_table table = { .names = { NULL } };
	char name[16];
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++) {
		(void)snprintf(name, sizeof name, "word%u", i);
		cr_assert_eq(keyword_table_add(&table, name, FLAG_KEYWORD_COUNT, 0),
			     FLAG_KEYWORD(i));
	}
	cr_assert_eq(keyword_table_add(&table, "one-more", FLAG_KEYWORD_COUNT, 0), 0);
	cr_assert_eq(keyword_table_add(&table, "Word25", FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(25));
	cr_assert_eq(keyword_table_known(&table), UINT32_MAX);
	keyword_table_release(&table);
}

Test(mail_flags, names_that_cannot_be_keywords_are_refused)
{
	static const char *const bad[] = { "",      "two words", "tab\there", "(",
					   "a)",    "{3}",       "100%",      "*",
					   "\"q\"", "\\Seen",    "\x7f",      "\xc3\xa9" };
	struct keyword_table table = { .names = { NULL } };
	char long_name[300];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_eq(keyword_table_add(&table, bad[i], FLAG_KEYWORD_COUNT, 0), 0, "%s",
			     bad[i]);
	memset(long_name, 'x', sizeof long_name);
	long_name[256] = '\0';
	cr_assert_eq(keyword_table_add(&table, long_name, FLAG_KEYWORD_COUNT, 0), 0);
	long_name[255] = '\0';
	cr_assert_eq(keyword_table_add(&table, long_name, FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(0));
	keyword_table_release(&table);
}

Test(mail_flags, a_copy_stands_by_itself)
{
	struct keyword_table table = { .names = { NULL } };
	struct keyword_table copy = { .names = { NULL } };
	(void)keyword_table_add(&table, "one", FLAG_KEYWORD_COUNT, 0);
	(void)keyword_table_add(&table, "two", FLAG_KEYWORD_COUNT, 0);
	keyword_table_copy(&copy, &table);
	keyword_table_release(&table);
	cr_assert_eq(keyword_table_find(&copy, "two"), FLAG_KEYWORD(1));
	cr_assert_null(copy.names[2]);
	keyword_table_release(&copy);
}

Test(mail_flags, a_keyword_gets_the_letter_that_is_wanted_and_none_that_is_taken)
{
	struct keyword_table table = { .names = { NULL } };
	cr_expect_eq(keyword_table_add(&table, "work", 4, 0), FLAG_KEYWORD(4));
	cr_expect_eq(keyword_table_add(&table, "home", 4, 0), FLAG_KEYWORD(0));
	cr_expect_eq(keyword_table_add(&table, "fun", 2, FLAG_KEYWORD(1) | FLAG_KEYWORD(2)),
		     FLAG_KEYWORD(3));
	cr_expect_eq(keyword_table_add(&table, "WORK", 9, UINT32_MAX), FLAG_KEYWORD(4));
	cr_expect_eq(keyword_table_add(&table, "more", 9, UINT32_MAX), 0);
	cr_expect_eq(keyword_table_add(&table, "no good", 9, 0), 0);
	keyword_table_release(&table);
}
