/* Time. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_CLOCK_H
#define NAVETTE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since the epoch, real time; comparable with file times. */
int64_t clock_real_ns(void);
/* Milliseconds, monotonic; for deadlines. Counts time spent suspended where the system can
 * (CLOCK_BOOTTIME). */
int64_t clock_monotonic_ms(void);

#endif
