/* New far messages of which a file is here already. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_COPY_H
#define NAVETTE_SYNC_PLAN_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/object_id.h"

/* Instead of being downloaded it becomes another link to that file, or a copy of it. Texts are
 * borrowed from the folders of the run. */
struct plan_copy {
	uint32_t uid;
	uint32_t flags; /* of the new far message, as of its folder */
	uint64_t size;  /* as the server told it */
	struct object_id object;
	/* The message of the base, or one that is downloaded in this run, whose file it is. */
	const char *from;      /* the folder's name, */
	const char *from_path; /* and where its Maildir stands */
	uint32_t from_uid;
	bool moves; /* it is there no more: one that moved */
	/* Flags that somebody changed here meanwhile, where it was: they go along. */
	uint32_t changed, changed_to;
	bool has_come; /* apply: it is here, and the base says so */
};

/* Ascending by UID. Start zeroed. */
struct copy_list {
	struct plan_copy *items;
	size_t count, capacity;
};
void copy_list_add(struct copy_list *list, const struct plan_copy *copy);
void copy_list_release(struct copy_list *list);

/* FLAGS with what was changed here. */
static inline uint32_t plan_copy_flags(const struct plan_copy *copy, uint32_t flags)
{
	return (flags & ~copy->changed) | (copy->changed_to & copy->changed);
}

#endif
