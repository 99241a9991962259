/* Letters that mean something by one table, written by another. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/letters.h"

#define A FLAG_KEYWORD(0)
#define B FLAG_KEYWORD(1)
#define C FLAG_KEYWORD(2)
#define Z FLAG_KEYWORD(25)

static struct keyword_table table_of(const char *a, const char *b, const char *c)
{
	return (struct keyword_table){ .names = { (char *)a, (char *)b, (char *)c } };
}

Test(mail_letters, are_exchanged_by_their_names)
{
	const struct keyword_table old = table_of("work", "home", "fun");
	const struct keyword_table now = table_of("HOME", "fun", "work");
	const struct letter_map map = letter_map_make(&old, &now);
	cr_expect_eq(letter_map_apply(&map, A), C);
	cr_expect_eq(letter_map_apply(&map, B), A);
	cr_expect_eq(letter_map_apply(&map, A | B | FLAG_SEEN), A | C | FLAG_SEEN);
	cr_expect_eq(letter_map_apply(&map, A | B | C), A | B | C);
	cr_expect(letter_map_changes(&map, A));
	cr_expect_not(letter_map_changes(&map, Z | FLAGS_SYSTEM));
}

Test(mail_letters, of_the_same_table_stay)
{
	const struct keyword_table table = table_of("work", NULL, "fun");
	const struct letter_map map = letter_map_make(&table, &table);
	cr_expect_not(letter_map_changes(&map, FLAGS_KEYWORDS));
	cr_expect_eq(letter_map_apply(&map, UINT32_MAX), UINT32_MAX);
}

Test(mail_letters, that_mean_nothing_never_get_a_meaning)
{
	const struct keyword_table old = table_of("work", NULL, NULL);
	const struct keyword_table now = table_of("work", "home", NULL);
	const struct letter_map map = letter_map_make(&old, &now);
	cr_expect_eq(letter_map_apply(&map, A | B | C | Z), A | C | Z);
}

Test(mail_letters, of_a_keyword_without_one_go)
{
	const struct keyword_table old = table_of("work", "home", NULL);
	const struct keyword_table now = table_of(NULL, "work", NULL);
	const struct letter_map map = letter_map_make(&old, &now);
	cr_expect_eq(letter_map_apply(&map, A | B), B);
}

Test(mail_letters, forwarded_is_a_flag)
{
	const struct keyword_table old = table_of("$forwarded", "work", NULL);
	const struct keyword_table now = table_of("work", NULL, NULL);
	const struct letter_map map = letter_map_make(&old, &now);
	cr_expect_eq(letter_map_apply(&map, A | B), FLAG_FORWARDED | A);
}

/* --- What a renaming means --- */

Test(mail_letters, stay_when_a_reader_drops_all_with_another_change)
{
	cr_expect_eq(letters_meant(A | B, FLAG_SEEN, false), A | B | FLAG_SEEN);
	cr_expect_eq(letters_meant(A | FLAG_SEEN, 0, false), A);
	cr_expect_eq(letters_meant(A, 0, true), A);
}

Test(mail_letters, go_when_they_alone_are_changed)
{
	cr_expect_eq(letters_meant(A | FLAG_SEEN, FLAG_SEEN, false), FLAG_SEEN);
	cr_expect_eq(letters_meant(A | B | FLAG_SEEN, B | FLAG_SEEN, false), B | FLAG_SEEN);
}

/* Who leaves one knows them. */
Test(mail_letters, go_when_not_all_do)
{
	cr_expect_eq(letters_meant(A | B, B | FLAG_SEEN, false), B | FLAG_SEEN);
	cr_expect_eq(letters_meant(A, B | FLAG_SEEN, true), B | FLAG_SEEN);
}

Test(mail_letters, come)
{
	cr_expect_eq(letters_meant(0, A | FLAG_SEEN, false), A | FLAG_SEEN);
	cr_expect_eq(letters_meant(0, 0, true), 0);
}
