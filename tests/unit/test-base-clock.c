/* Time. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <time.h>

#include "base/clock.h"

Test(base_clock, real_time_is_between_two_looks_at_it)
{
	struct timespec before;
	struct timespec after;
	(void)clock_gettime(CLOCK_REALTIME, &before);
	int64_t now = clock_real_ns();
	(void)clock_gettime(CLOCK_REALTIME, &after);
	cr_assert_geq(now, (int64_t)before.tv_sec * 1000000000 + before.tv_nsec);
	cr_assert_leq(now, (int64_t)after.tv_sec * 1000000000 + after.tv_nsec);
}

Test(base_clock, monotonic_time_counts_milliseconds)
{
	struct timespec before;
	struct timespec after;
	(void)clock_gettime(CLOCK_BOOTTIME, &before);
	int64_t now = clock_monotonic_ms();
	(void)clock_gettime(CLOCK_BOOTTIME, &after);
	cr_assert_geq(now, (int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000);
	cr_assert_leq(now, (int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000);
}
