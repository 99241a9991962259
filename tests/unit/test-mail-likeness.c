/* What counts for the likeness of two messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "mail/likeness.h"

static struct likeness of(const char *text, size_t piece)
{
	struct likeness_reader *reader = likeness_reader_create();
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i += piece)
		likeness_reader_feed(reader, text + i, length - i < piece ? length - i : piece);
	return likeness_reader_finish(&reader);
}

#define PLAIN "From: a\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbody\r\n"

static const struct {
	const char *text;
	bool is_like;
} cases[] = {
	{ PLAIN, true },
	{ "From: a\nSubject: b\n c\n\nX-No: header\nbody\n", true },
	{ "From: a\r\nSubject: b\r\n c\r\nX-TUID: 1\r\n\r\nX-No: header\r\nbody\r\n", true },
	{ "x-one: 1\r\n\tand 2\r\n 3\r\nFrom: a\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbody\r\n",
	  true },
	{ "From: a\r\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbody\r\n", true },
	{ "From: a\r\nSubject: b\r\n c\r\n\r\nX-Yes: header\r\nbody\r\n", false },
	{ "From: a\r\nSubject: b\r\n c\r\n\r\nbody\r\n", false },
	{ "From: a\r\nSubject: b\r\n c\r\nCc: d\r\n\r\nX-No: header\r\nbody\r\n", false },
	{ "From: a\r\nXubject: b\r\n c\r\n\r\nX-No: header\r\nbody\r\n", false },
	{ "From: a\r\nSubject: b\r\n d\r\n\r\nX-No: header\r\nbody\r\n", false },
	{ "From: a\r\nSubject: b\r\n c\r\nX\r\n\r\nX-No: header\r\nbody\r\n", false },
	{ "From: a\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbody", false },
	{ "From: a\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbo\rdy\r\n", false },
	{ "From: a\r\nSubject: b\r\n c\r\n\r\nX-No: header\r\nbody\r\n\r", false },
	{ "", false },
};

Test(mail_likeness, what_counts)
{
	const struct likeness plain = of(PLAIN, 1000);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct likeness whole = of(cases[i].text, 1000);
		const struct likeness pieces = of(cases[i].text, 1);
		cr_expect_eq(likeness_equal(&whole, &plain), cases[i].is_like, "case %zu", i);
		cr_expect(likeness_equal(&whole, &pieces), "case %zu in pieces", i);
	}
}

Test(mail_likeness, what_is_left_off)
{
	struct likeness_reader *reader = likeness_reader_create();
	likeness_reader_feed(reader, "From", 4);
	likeness_reader_destroy(&reader);
	cr_expect_null(reader);
	likeness_reader_destroy(&reader);
}

/* --- A header that was written anew --- */

static bool is_plainly_like(const char *one, const char *other)
{
	const struct likeness a = of(one, 1000);
	const struct likeness b = of(other, 3);
	return memcmp(a.plain, b.plain, LIKENESS_SIZE) == 0;
}

Test(mail_likeness, a_header_written_anew)
{
	static const char sent[] = "From: a@b\r\nCc: C <c@d>\r\nSubject: x\r\n\r\nbody\r\n";
	cr_expect(is_plainly_like(sent, sent));
	cr_expect(is_plainly_like(sent,
				  "Subject: y\nMIME-Version: 1.0\nCc: \"C\"\n <C@d>\n\nbody\n"));
	cr_expect_not(is_plainly_like(sent, "Cc: c@d\r\n\r\nbody\r\nfooter of the list\r\n"));
	cr_expect_not(is_plainly_like(sent, "Cc: c@d, e@f\r\n\r\nbody\r\n"));
	cr_expect_not(is_plainly_like(sent, "Cc: c@d\r\nList-Id: <l.d>\r\n\r\nbody\r\n"));
	cr_expect_not(is_plainly_like(sent, "Cc: c@d\r\nReceived: by d\r\n\r\nbody\r\n"));
	cr_expect_not(is_plainly_like(sent, "Cc: c@d\r\nResent-From: e@f\r\n\r\nbody\r\n"));
	cr_expect_not(is_plainly_like("Cc: a@b\n\nx", "\nx"));
	cr_expect_not(is_plainly_like("body: a", "other: b\n\nbody: a"));
}
