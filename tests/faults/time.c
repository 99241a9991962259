/* Covers of clocks and pauses. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <time.h>

#include "faults.h"

#define NS_PER_S INT64_C(1000000000)

static atomic_bool skips;
static atomic_int_least64_t skipped_ns;

void faults_skip_pauses(void)
{
	atomic_store(&skips, true);
}

static int skip(const struct timespec *wanted, struct timespec *left)
{
	atomic_fetch_add(&skipped_ns, wanted->tv_sec * NS_PER_S + wanted->tv_nsec);
	if (left)
		*left = (struct timespec){ .tv_sec = 0 };
	return 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
	struct fault fault = faults_enter(FAULT_SLEEP, false);
	if (fault.code != 0) {
		errno = fault.code;
		return -1;
	}
	return atomic_load(&skips) ? skip(wanted, left) : REAL(nanosleep)(wanted, left);
}

static void add_skipped(struct timespec *now)
{
	int64_t ns = atomic_load(&skipped_ns) + now->tv_nsec;
	now->tv_sec += ns / NS_PER_S;
	now->tv_nsec = ns % NS_PER_S;
}

int clock_gettime(clockid_t clock, struct timespec *now_r)
{
	struct timespec now;
	/* The clock that file systems stamp with. */
	if (clock == CLOCK_REALTIME_COARSE && faults_second(&now) != 0) {
		*now_r = now;
		return 0;
	}
	int result = REAL(clock_gettime)(clock, now_r);
	if (result == 0 && atomic_load(&skips))
		add_skipped(now_r);
	return result;
}
