/* What another synchroniser knows of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/base.h"

#include <stdlib.h>

#include "base/memory.h"

void takeover_base_add(struct takeover_base *base, enum takeover_kind kind, uint32_t uid,
		       uint32_t flags, char *name, uint8_t place)
{
	memory_grow((void **)&base->messages, &base->capacity, base->count + 1,
		    sizeof *base->messages);
	base->messages[base->count++] = (struct takeover_message){
		.kind = kind, .uid = uid, .flags = flags, .name = name, .place = place
	};
}

int takeover_read_base(const struct takeover_source *source, const struct takeover_place *place,
		       struct takeover_base *base, struct error *error)
{
	*base = (struct takeover_base){ .uidvalidity = 0 };
	return source->metadata ? takeover_offlineimap_base(source, place, base, error)
				: takeover_mbsync_base(source, place, base, error);
}

void takeover_base_release(struct takeover_base *base)
{
	for (size_t i = 0; i < base->count; i++)
		free(base->messages[i].name);
	for (size_t i = 0; i < FLAG_KEYWORD_COUNT; i++)
		free(base->keywords[i]);
	free(base->messages);
	*base = (struct takeover_base){ .uidvalidity = 0 };
}
