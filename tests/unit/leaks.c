/* Leaks are looked for in the processes that run a test each, not in the one that starts them: that
 * one leaks what Criterion notes of a test with a timeout. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

/* LeakSanitizer asks it when the process ends. */
int __lsan_is_turned_off(void); /* NOLINT(*-reserved-identifier): its name */

int __lsan_is_turned_off(void) /* NOLINT(*-reserved-identifier) */
{
	return getenv("BXFI_MAP") ==
	       NULL; /* by which Criterion's library tells a process its test */
}
