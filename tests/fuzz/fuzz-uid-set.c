/* Fuzz target: sets of UIDs as text. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/uid_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The set as text gives the same set again. */
static void check(const struct uid_set *set)
{
	struct buffer text = BUFFER_INITIAL;
	struct uid_set again = UID_SET_INITIAL;
	uid_set_format(set, &text);
	if (!uid_set_parse(&again, buffer_text(&text), text.length) || again.count != set->count ||
	    memcmp(again.ranges, set->ranges, set->count * sizeof *set->ranges) != 0)
		abort();
	uid_set_remove_set(&again, set);
	if (!uid_set_is_empty(&again))
		abort();
	uid_set_release(&again);
	buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct uid_set set = UID_SET_INITIAL;
	if (uid_set_parse(&set, (const char *)bytes, size))
		check(&set);
	uid_set_release(&set);
	return 0;
}
