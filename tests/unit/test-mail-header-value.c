/* What a rewritten header value has in common with what it was. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "mail/header_value.h"

static void assert_plain(enum header_value_kind kind, const char *value, const char *expected)
{
	struct buffer plain = BUFFER_INITIAL;
	header_value_add_plain(&plain, kind, value, strlen(value));
	cr_expect_str_eq(buffer_text(&plain), expected, "\"%s\" gives \"%s\"", value,
			 buffer_text(&plain));
	buffer_release(&plain);
}

Test(mail_header_value, text)
{
	assert_plain(HEADER_VALUE_TEXT, "", "");
	assert_plain(HEADER_VALUE_TEXT, " one\r\n two\tthree ", "onetwothree");
	assert_plain(HEADER_VALUE_TEXT, "One", "One");
	assert_plain(HEADER_VALUE_TEXT,
		     "Gr\xc3\xbc\xc3\x9f"
		     "e",
		     "GrXe");
	assert_plain(HEADER_VALUE_TEXT, "GrXXXXe", "GrXe");
	assert_plain(HEADER_VALUE_TEXT, "=?utf-8?Q?Gr=C3=BC=c3=9fe_a?=", "GrXea");
	assert_plain(HEADER_VALUE_TEXT, "=?utf-8?Q?Gr=C3=BC?=\n =?utf-8?B?w59l?= a", "GrXea");
	assert_plain(HEADER_VALUE_TEXT, "=?iso-8859-1*de?b?R3L832U=?=", "GrXe");
	assert_plain(HEADER_VALUE_TEXT, "=?a?q?=4?=", "=4");
	assert_plain(HEADER_VALUE_TEXT, "=?a?q?b=", "=?a?q?b=");
	assert_plain(HEADER_VALUE_TEXT, "=?a?z?b?=", "=?a?z?b?=");
	assert_plain(HEADER_VALUE_TEXT, "=?", "=?");
	assert_plain(HEADER_VALUE_TEXT, "=?a?", "=?a?");
	assert_plain(HEADER_VALUE_TEXT, "=?a?b?c?", "=?a?b?c?");
}

Test(mail_header_value, addresses)
{
	static const char plain[] = "a@b.example,c@d.example,";
	assert_plain(HEADER_VALUE_ADDRESSES, "", "");
	assert_plain(HEADER_VALUE_ADDRESSES, "a@b.example, c@d.example", plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "\"a@b.example\" <a@b.example>,c@D.example (C, D)",
		     plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "A <a@b.example>,\n \"D, \\\"C\\\"\" <c@d.example>",
		     plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "=?utf-8?q?=C3=84?= <a@b.example>, c@d.example,",
		     plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "Friends: a@b.example, c@d.example;", plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "a@b.example (one (two) \\) three), c@d.example",
		     plain);
	assert_plain(HEADER_VALUE_ADDRESSES, "undisclosed-recipients:;", "");
	assert_plain(HEADER_VALUE_ADDRESSES, "\"never ended", "");
	assert_plain(HEADER_VALUE_ADDRESSES, "<a@b", "a@b,");
}

Test(mail_header_value, dates)
{
	static const char plain[] = "1 jan 2024 10:00:00 utc ";
	assert_plain(HEADER_VALUE_DATE, "", "");
	assert_plain(HEADER_VALUE_DATE, "Mon, 01 Jan 2024 10:00:00 -0000", plain);
	assert_plain(HEADER_VALUE_DATE, "1 Jan 2024 10:00:00 +0000 (UTC)", plain);
	assert_plain(HEADER_VALUE_DATE, "Mon,1 jan\n 2024 10:00:00 GMT", plain);
	assert_plain(HEADER_VALUE_DATE, "Mon, 1 Jan 2024 10:00:00 +0100",
		     "1 jan 2024 10:00:00 +0100 ");
	assert_plain(HEADER_VALUE_DATE, "yesterday", "yesterday ");
}
