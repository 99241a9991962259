/* How much is done at once. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/batch.h"

bool sync_batch_take(struct uid_set *set, uint32_t messages, struct uid_set *part)
{
	uid_set_clear(part);
	uint32_t room = messages;
	while (room > 0 && set->count > 0) {
		struct uid_range range = set->ranges[0];
		if (range.last - range.first >= room)
			range.last = range.first + (room - 1);
		room -= range.last - range.first + 1;
		uid_set_add_range(part, range.first, range.last);
		uid_set_remove_range(set, range.first, range.last);
	}
	return part->count > 0;
}
