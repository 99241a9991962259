/* How slow a server may be. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "imap/pace.h"

#define TIMEOUT 60u
#define WHOLE_MS (5 * 60 * 1000)

/* One byte after each WAIT_MS of waiting: how many come before the time is over; at most 100,000.
 */
static unsigned int trickle(int64_t wait_ms, size_t bytes)
{
	struct imap_pace pace = { .bytes = 0 };
	unsigned int count = 0;

	while (imap_pace_left_ms(&pace, TIMEOUT) >= wait_ms && count < 100000) {
		imap_pace_wait(&pace, wait_ms);
		imap_pace_move(&pace, bytes);
		count++;
	}
	return count;
}

Test(imap_pace, a_trickle_ends)
{
	cr_expect_eq(trickle(54000, 1), 5);
	cr_expect_eq(trickle(54000, 100), 5);
	cr_expect_eq(trickle(1000, 3), 300);
}

Test(imap_pace, a_slow_line_does_not)
{
	cr_expect_eq(trickle(54000, 1024), 100000);
	cr_expect_eq(trickle(54000, 205), 100000); /* five make it */
	cr_expect_eq(trickle(1000, 4), 100000);
	cr_expect_eq(trickle(0, 1), 100000);
}

Test(imap_pace, an_answer_starts_the_time_anew)
{
	struct imap_pace pace = { .bytes = 0 };

	for (int i = 0; i < 1000; i++) {
		imap_pace_wait(&pace, 200 * 1000);
		imap_pace_move(&pace, 10);
		cr_assert_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS - 200 * 1000);
		imap_pace_answer(&pace);
		cr_assert_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS);
	}
}

Test(imap_pace, bytes_and_time_add_up)
{
	struct imap_pace pace = { .bytes = 0 };

	imap_pace_wait(&pace, 100000);
	imap_pace_move(&pace, 1000);
	imap_pace_wait(&pace, -5000);
	imap_pace_wait(&pace, 100000);
	cr_expect_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS - 200000);
	imap_pace_move(&pace, 23);
	cr_expect_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS - 200000);
	imap_pace_move(&pace, 1);
	cr_expect_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS);
	imap_pace_move(&pace, SIZE_MAX);
	cr_expect_eq(imap_pace_left_ms(&pace, TIMEOUT), WHOLE_MS);
	cr_expect_eq(imap_pace_left_ms(&pace, 1), 5000);
}
