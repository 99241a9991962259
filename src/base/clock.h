/* Time. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_CLOCK_H
#define NAVETTE_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds since the epoch, real time; comparable with file times. */
int64_t clock_real_ns(void);
/* The same as local file systems stamp with: as coarse as the tick. */
int64_t clock_stamp_ns(void);
/* Milliseconds, monotonic; for deadlines. Counts time spent suspended where the system can
 * (CLOCK_BOOTTIME). */
int64_t clock_monotonic_ms(void);
/* Microseconds, for measuring what is short. */
int64_t clock_monotonic_us(void);
/* Sleeps for MILLISECONDS, or until *CANCEL (which may be NULL) is set: a signal's handler does
 * that, and is noticed at once. Returns whether it slept all of it. */
bool clock_sleep(int64_t milliseconds, const atomic_bool *cancel);

#endif
