/* Messages that fail: when they are asked for again, and what is no message.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "sync/apply/placeholder.h"
#include "sync/observe/deferred.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DAY (INT64_C(24) * 3600)

/* A refusal costs little and may pass: soon, then ever less often. */
Test(sync_deferred, refused_ones_wait_as_long_as_they_failed)
{
	cr_assert_eq(sync_deferred_again(SYNC_FAILURE_REFUSED, 1, 1000, 1000), 1000);
	cr_assert_eq(sync_deferred_again(SYNC_FAILURE_REFUSED, 2, 1000, 1059), 1059);
	cr_assert_eq(sync_deferred_again(SYNC_FAILURE_REFUSED, 2, 1000, 1300), 1600);
	cr_assert_eq(sync_deferred_again(SYNC_FAILURE_REFUSED, 9, 1000, 4600), 8200);
	cr_assert_eq(sync_deferred_again(SYNC_FAILURE_REFUSED, 2, 2000, 1000), 1000, "clock set");
	int64_t wait = sync_deferred_again(SYNC_FAILURE_REFUSED, 90, 0, 90 * DAY) - 90 * DAY;
	cr_assert(wait > DAY / 2 && wait < DAY);
}

/* One that ends connections waits for a day, once it is known to be the reason. */
Test(sync_deferred, those_that_end_connections_wait_for_a_day)
{
	static const struct {
		enum sync_failure failure;
		uint32_t count;
		bool waits;
	} cases[] = {
		{ SYNC_FAILURE_BYE, 1, false },   { SYNC_FAILURE_BYE, 2, true },
		{ SYNC_FAILURE_BYE, 3, true },    { SYNC_FAILURE_BROKE, 1, false },
		{ SYNC_FAILURE_BROKE, 3, false }, { SYNC_FAILURE_BROKE, 4, true },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t wait =
			sync_deferred_again(cases[i].failure, cases[i].count, 1000, 1002) - 1002;
		cr_assert_eq(wait > 0, cases[i].waits, "case %zu", i);
		cr_assert(wait == 0 || (wait > DAY / 2 && wait < DAY), "case %zu", i);
	}
}

#define NOTE "Retrieval using the IMAP4 protocol failed for the following message:"

/* In pieces of one byte and as a whole. */
static bool is_placeholder(const char *text, size_t more)
{
	struct placeholder placeholder = { .size = 0 };
	bool results[2];
	for (size_t step = 0; step < 2; step++) {
		size_t length = strlen(text);
		size_t piece = step == 0 ? 1 : length;
		placeholder_begin(&placeholder);
		for (size_t i = 0; i < length; i += piece)
			placeholder_write(&placeholder, text + i, piece);
		for (size_t i = 0; i < more; i++)
			placeholder_write(&placeholder, "x", 1);
		results[step] = placeholder_is_one(&placeholder);
	}
	placeholder_release(&placeholder);
	cr_assert_eq(results[0], results[1], "%s", text);
	return results[0];
}

Test(sync_placeholder, is_told_from_mail)
{
	static const struct {
		const char *text;
		size_t more; /* bytes after it */
		bool is_one;
	} cases[] = {
		{ "Subject: " NOTE " 4\r\n\r\nno\r\n", 0, true },
		{ "From: x\nSUBJECT: " NOTE "\r\n 12345\r\n\r\n", 1000, true },
		{ "Subject:\r\n\tRetrieval using the\r\n IMAP4 protocol failed for the following "
		  "message: 4\r\n\r\n",
		  0, true },
		{ "Subject: " NOTE " 4\r\n\r\n", 20000, false }, /* a long one is a mail */
		{ "Subject: Re: " NOTE " 4\r\n\r\n", 0, false },
		{ "Subject: " NOTE " 4 again\r\n\r\n", 0, false },
		{ "Subject: " NOTE "\r\n\r\n", 0, false },
		{ "Subject: " NOTE " 4", 0, false },
		{ "From: x\r\n\r\nSubject: " NOTE " 4\r\n", 0, false }, /* in the text */
		{ "Subject: hello\r\nX-Subject: " NOTE " 4\r\n\r\n", 0, false },
		{ "", 0, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_eq(is_placeholder(cases[i].text, cases[i].more), cases[i].is_one,
			     "case %zu", i);
}
