/* New far messages, as far as the server told of them in the flight of the observation: one of them
 * may be a message that is here already, in another folder. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FAR_NEW_H
#define NAVETTE_SYNC_OBSERVE_FAR_NEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/object_id.h"
#include "mail/uid_set.h"

struct far_new {
	uint32_t uid;
	uint32_t flags;
	uint64_t size;
	int64_t date; /* when it arrived; seconds since the epoch */
	bool has_date;
	struct object_id object;
};

/* Start zeroed. */
struct far_new_list {
	struct far_new *items;
	size_t count, capacity;
	uint32_t expected; /* so many were asked for */
};

void far_new_list_add(struct far_new_list *list, const struct far_new *one);
/* When all was told: leaves those of ADDED, each once, ascending by UID. */
void far_new_list_settle(struct far_new_list *list, const struct uid_set *added);
/* After that; NULL: nothing was told of it. */
const struct far_new *far_new_list_find(const struct far_new_list *list, uint32_t uid);
void far_new_list_release(struct far_new_list *list);

#endif
