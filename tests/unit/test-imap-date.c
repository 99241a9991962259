/* INTERNALDATE. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "imap/date.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

Test(imap_date, reads_dates)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "17-Jul-1996 02:44:25 -0700", 837596665 },
		{ "01-Jan-1970 00:00:00 +0000", 0 },
		{ "01-Jan-1970 01:00:00 +0100", 0 },
		{ " 1-Jan-1970 00:00:01 +0000", 1 },
		{ "1-Jan-1970 00:00:01 +0000", 1 },
		{ "8-Mar-2023 12:16:47 +0800", 1678249007 },
		{ "29-feb-2000 00:00:00 +0000", 951782400 },
		{ "29-FEB-2024 23:59:59 -2359", 1709337539 },
		{ "31-Dec-2016 23:59:60 +0000", 1483228800 }, /* a leap second */
		{ "19-Jan-2038 03:14:08 +0000", INT64_C(2147483648) },
		{ "31-Dec-9999 23:59:59 +0000", INT64_C(253402300799) },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds = -1;

		cr_expect(imap_date_parse(cases[i].text, strlen(cases[i].text), &seconds), "%s",
			  cases[i].text);
		cr_expect_eq(seconds, cases[i].seconds, "%s: %" PRId64, cases[i].text, seconds);
	}
}

Test(imap_date, refuses_what_makes_no_sense)
{
	static const char *const bad[] = {
		"",
		" ",
		"00-Jan-0000 00:00:00 +0000", /* quirk D05 */
		"30-Dec-1899 00:00:00 +0530", /* quirk D05 */
		"00-Jan-2000 00:00:00 +0000",
		"32-Jan-2000 00:00:00 +0000",
		"29-Feb-2023 00:00:00 +0000",
		"29-Feb-2100 00:00:00 +0000",
		"31-Apr-2023 00:00:00 +0000",
		"01-Foo-2023 00:00:00 +0000",
		"01-Jan-23 00:00:00 +0000",
		"01-Jan-2023 24:00:00 +0000",
		"01-Jan-2023 00:60:00 +0000",
		"01-Jan-2023 00:00:61 +0000",
		"01-Jan-2023 00:00:00 +2400",
		"01-Jan-2023 00:00:00 +0060",
		"01-Jan-2023 00:00:00 0000",
		"01-Jan-2023 00:00:00 +000",
		"01-Jan-2023 00:00:00 +00000",
		"01-Jan-2023 00:00:00 GMT",
		"01-Jan-2023 00:00:00",
		"01-Jan-2023  00:00:00 +0000",
		"01 Jan 2023 00:00:00 +0000",
		"  1-Jan-2023 00:00:00 +0000",
		"001-Jan-2023 00:00:00 +0000",
		"-1-Jan-2023 00:00:00 +0000",
		"01-Jan-2023 00:00:00 +0000 ",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t seconds = -1;

		cr_expect_not(imap_date_parse(bad[i], strlen(bad[i]), &seconds), "%s", bad[i]);
	}
}

Test(imap_date, does_not_read_behind_the_end)
{
	static const char text[] = "17-Jul-1996 02:44:25 -0700";

	for (size_t length = 0; length < sizeof text - 1; length++) {
		char *copy = memcpy(malloc(length > 0 ? length : 1), text, length);
		int64_t seconds;

		cr_expect_not(imap_date_parse(copy, length, &seconds), "%zu", length);
		free(copy);
	}
}

Test(imap_date, writes_dates)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "01-Jan-1970 00:00:00 +0000" },
		{ 837596665, "17-Jul-1996 09:44:25 +0000" },
		{ 1678249007, "08-Mar-2023 04:16:47 +0000" }, /* two digits: quirk D06 */
		{ -1, "31-Dec-1969 23:59:59 +0000" },
		{ INT64_C(-2208988800), "01-Jan-1900 00:00:00 +0000" },
		{ INT64_C(-2208988801), "01-Jan-1900 00:00:00 +0000" },
		{ INT64_MIN, "01-Jan-1900 00:00:00 +0000" },
		{ INT64_C(253402300799), "31-Dec-9999 23:59:59 +0000" },
		{ INT64_C(253402300800), "31-Dec-9999 23:59:59 +0000" },
		{ INT64_MAX, "31-Dec-9999 23:59:59 +0000" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[IMAP_DATE_SIZE];

		imap_date_format(cases[i].seconds, text);
		cr_expect_str_eq(text, cases[i].text);
	}
}

Test(imap_date, reads_what_it_wrote)
{
	struct random random = { .state = 1 };

	for (unsigned int round = 0; round < 20000; round++) {
		int64_t seconds = (int64_t)random_below(&random, UINT32_MAX) * 59;
		char text[IMAP_DATE_SIZE];
		int64_t again;

		imap_date_format(seconds, text);
		cr_assert(imap_date_parse(text, strlen(text), &again), "%s", text);
		cr_assert_eq(again, seconds, "%s", text);
	}
}

Test(imap_date, days_for_search)
{
	static const struct {
		int64_t day;
		const char *text;
	} cases[] = { { 0, "1-Jan-1970" },          { 19999, "3-Oct-2024" },
		      { 20007, "11-Oct-2024" },     { 19782, "29-Feb-2024" },
		      { INT64_MAX, "31-Dec-9999" }, { INT64_MIN, "1-Jan-1900" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[IMAP_DAY_SIZE];
		imap_date_format_day(cases[i].day, text);
		cr_assert_str_eq(text, cases[i].text);
	}
}
