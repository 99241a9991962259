/* Time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

#define CANCEL_POLL_MS 100

int64_t clock_real_ns(void)
{
	struct timespec now = { .tv_sec = 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_stamp_ns(void)
{
	struct timespec now;
#ifdef CLOCK_REALTIME_COARSE
	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0)
		return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#else
	(void)now;
#endif
	return clock_real_ns();
}

int64_t clock_monotonic_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* always there */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
	struct timespec now = { .tv_sec = 0 };
#ifdef CLOCK_BOOTTIME
	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
#endif
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool clock_sleep(int64_t milliseconds, const atomic_bool *cancel)
{
	int64_t end = clock_monotonic_ms() + milliseconds;
	while (!cancel || !atomic_load(cancel)) {
		int64_t left = end - clock_monotonic_ms();
		if (left <= 0)
			return true;
		if (left > CANCEL_POLL_MS)
			left = CANCEL_POLL_MS;
		const struct timespec pause = { .tv_sec = 0, .tv_nsec = (long)left * 1000000 };
		(void)nanosleep(&pause, NULL); /* a signal ends it early: then we look again */
	}
	return false;
}
