/* Small helpers for text. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(base_text, case_is_that_of_ascii_only)
{
	cr_assert(text_equal_ignoring_case("", ""));
	cr_assert(text_equal_ignoring_case("InBox[1]", "iNbOX[1]"));
	cr_assert_not(text_equal_ignoring_case("inbox", "inbo"));
	cr_assert_not(text_equal_ignoring_case("inbo", "inbox"));
	cr_assert_not(text_equal_ignoring_case("[", "{"));
	cr_assert_not(text_equal_ignoring_case("@", "`"));
	cr_assert_not(text_equal_ignoring_case("\xc3\x89", "\xc3\xa9"));
}

Test(base_text, starts_with)
{
	cr_assert(text_starts_with("navette", "nav"));
	cr_assert(text_starts_with("navette", ""));
	cr_assert_not(text_starts_with("navette", "Nav"));
	cr_assert_not(text_starts_with("nav", "navette"));
	cr_assert(text_starts_with_ignoring_case("Navette", "nAV"));
	cr_assert(text_starts_with_ignoring_case("", ""));
	cr_assert_not(text_starts_with_ignoring_case("nav", "navette"));
	cr_assert_not(text_starts_with_ignoring_case("vette", "nav"));
}

/* RFC 3629 section 4, at both ends of every row of its table. */
Test(base_text, well_formed_utf8)
{
	static const struct {
		const char *bytes;
		bool good;
	} cases[] = {
		{ "", true },
		{ "plain", true },
		{ "\x7f", true },
		{ "\xc2\x80", true },
		{ "\xdf\xbf", true },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\x80", false },
		{ "\xbf", false },
		{ "\xc0\x80", false },
		{ "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false },
		{ "\xed\xbf\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xff", false },
		{ "\xfe", false },
		{ "\xc2", false },
		{ "\xe2\x82", false },
		{ "\xf0\x9f\x93", false },
		{ "\xc2\x41", false },
		{ "\xe2\x41\x82", false },
		{ "a\xc3\xa9\xc3", false },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_eq(text_is_utf8(cases[i].bytes, strlen(cases[i].bytes)), cases[i].good,
			     "case %zu", i);
	cr_assert(text_is_utf8("a\0b", 3));
}

Test(base_text, nearest_word)
{
	static const char *const words[] = { "host", "port",       "password", "password-command",
					     "user", "max-delete", NULL };
	static const struct {
		const char *word;
		const char *nearest;
	} cases[] = {
		{ "host", "host" },
		{ "hots", "host" },
		{ "HOST", "host" },
		{ "prot", "port" },
		{ "pasword", "password" },
		{ "password_command", "password-command" },
		{ "passwordcommand", "password-command" },
		{ "maxdelete", "max-delete" },
		{ "usr", "user" },
		{ "username", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "colour", NULL },
		{ "a-very-long-word-that-is-longer-than-any-row-of-the-table-of-distances", NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *nearest = text_nearest(cases[i].word, words);
		if (cases[i].nearest)
			cr_assert_str_eq(nearest, cases[i].nearest, "%s", cases[i].word);
		else
			cr_assert_null(nearest, "%s gave %s", cases[i].word, nearest);
	}
	cr_assert_null(text_nearest("host", words + COUNT(words) - 1));
}

Test(base_text, whole_numbers)
{
	static const struct {
		const char *text;
		uint64_t maximum;
		bool good;
		uint64_t number;
	} cases[] = {
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "65535", 65535, true, 65535 },
		{ "65536", 65535, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "", 10, false, 0 },
		{ " 1", 10, false, 0 },
		{ "1 ", 10, false, 0 },
		{ "+1", 10, false, 0 },
		{ "-1", 10, false, 0 },
		{ "0x1", 10, false, 0 },
		{ "1.5", 10, false, 0 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t number = 42;
		cr_assert_eq(text_parse_number(cases[i].text, cases[i].maximum, &number),
			     cases[i].good, "%s", cases[i].text);
		cr_assert_eq(number, cases[i].good ? cases[i].number : 42, "%s", cases[i].text);
	}
}

Test(base_text, printable)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *shown;
	} cases[] = {
		{ "", 0, "" },
		{ "plain \\ text", 12, "plain \\ text" },
		{ "a\0b", 3, "a\\x00b" },
		{ "\t\r\n\x1b\x7f", 5, "\\x09\\x0D\\x0A\\x1B\\x7F" },
		{ "\xc2\x9b", 2, "\\xC2\\x9B" }, /* a C1 control, which terminals obey */
		{ "\xc2\xa0", 2, "\xc2\xa0" },
		{ "\xf0\x9f\x93\xa7", 4, "\xf0\x9f\x93\xa7" },
		{ "\xf0\x9f\x93", 3, "\\xF0\\x9F\\x93" },
		{ "\xed\xa0\x80", 3, "\\xED\\xA0\\x80" },
		{ "a\xe2\x80\xae"
		  "b",
		  5, "a\\u202Eb" }, /* turns what follows around */
		{ "\xe2\x81\xa6\xe2\x81\xa9", 6, "\\u2066\\u2069" },
		{ "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", 8, "\\u200B\\uFEFF\\u00AD" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", 6, "\\u2028\\u2029" },
		{ "\xf3\xa0\x81\xbf", 4, "\\uE007F" },
		{ "\xe2\x80\x90\xd7\x90\xd8\xa7", 7, "\xe2\x80\x90\xd7\x90\xd8\xa7" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *shown = text_printable(cases[i].bytes, cases[i].length);
		cr_assert_str_eq(shown, cases[i].shown);
		free(shown);
	}
}

Test(base_text, printable_is_always_text_without_controls)
{
	struct random random = { .state = 99 };
	for (int round = 0; round < 2000; round++) {
		char bytes[24];
		size_t length = random_below(&random, sizeof bytes);
		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)random_below(&random, 256);
		/* In a block of its own size, so that reading too far is seen. */
		char *block = memory_text_length(bytes, length);
		char *exact = memory_resize_array(block, length, 1);
		char *shown = text_printable(exact, length);
		cr_assert(text_is_utf8(shown, strlen(shown)));
		for (const char *byte = shown; *byte; byte++)
			cr_assert_geq((unsigned char)*byte, 0x20);
		free(shown);
		free(exact);
	}
}

Test(base_text, plural)
{
	cr_assert_str_eq(text_plural(0, "folder", "folders"), "folders");
	cr_assert_str_eq(text_plural(1, "folder", "folders"), "folder");
	cr_assert_str_eq(text_plural(2, "folder", "folders"), "folders");
	cr_assert_str_eq(text_plural(UINT64_C(1) << 32 | 1, "folder", "folders"), "folders");
}

Test(base_text, list_owns_its_texts)
{
	struct text_list list = { .items = NULL };
	char source[] = "one";

	cr_assert_not(text_list_holds(&list, "one"));
	text_list_add(&list, source);
	source[0] = 'O';
	text_list_adopt(&list, memory_text("two"));
	for (int i = 0; i < 100; i++)
		text_list_add(&list, "more");
	cr_assert_eq(list.count, 102);
	cr_assert(text_list_holds(&list, "one"));
	cr_assert(text_list_holds(&list, "two"));
	cr_assert_not(text_list_holds(&list, "ONE"));
	text_list_release(&list);
	cr_assert_eq(list.count, 0);
	cr_assert_null(list.items);
	text_list_release(&list);
}
