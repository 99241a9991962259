/* Which folder stands in which directory. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/places.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct place {
	dev_t device;
	ino_t inode;
	const char *folder;
};

static int compare(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;
	if (left->device != right->device)
		return left->device < right->device ? -1 : 1;
	return (left->inode > right->inode) - (left->inode < right->inode);
}

const char *places_claim(struct places *places, dev_t device, ino_t inode, const char *folder)
{
	struct place *place = memory_allocate(sizeof *place);
	*place = (struct place){ .device = device, .inode = inode, .folder = folder };
	void *node = tsearch(place, &places->tree, compare);
	if (!node) {
		memory_fail();
		return NULL; /* for cppcheck, which does not know that it never comes here */
	}
	const struct place *owner = *(struct place **)node;
	if (owner == place)
		return NULL;
	free(place);
	return strcmp(owner->folder, folder) == 0 ? NULL : owner->folder;
}

void places_leave(struct places *places, dev_t device, ino_t inode, const char *folder)
{
	const struct place wanted = { .device = device, .inode = inode };
	void *node = tfind(&wanted, &places->tree, compare);
	struct place *place = node ? *(struct place **)node : NULL;
	if (!place || strcmp(place->folder, folder) != 0)
		return;
	(void)tdelete(place, &places->tree, compare);
	free(place);
}

void places_release(struct places *places)
{
	while (places->tree) {
		struct place *place = *(struct place **)places->tree;
		(void)tdelete(place, &places->tree, compare);
		free(place);
	}
}
