/* An allocator that wipes what is given back. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/wiping.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* In front of what the library gets. */
struct head {
	alignas(max_align_t) size_t size;
};

void *wiping_allocate(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct head))
		memory_fail();
	struct head *head = memory_allocate(sizeof *head + size);
	head->size = size;
	return head + 1;
}

void *wiping_array(size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		memory_fail();
	return wiping_allocate(count * size); /* zeroed, as all that memory.h gives */
}

void wiping_free(void *memory)
{
	struct head *head = memory;
	if (!head)
		return;
	head--;
	memory_wipe(head, sizeof *head + head->size);
	free(head);
}

void *wiping_resize(void *old, size_t size)
{
	const struct head *head = old;
	void *fresh = wiping_allocate(size);
	if (head) {
		size_t had = head[-1].size;
		memcpy(fresh, old, had < size ? had : size);
	}
	wiping_free(old);
	return fresh;
}

char *wiping_text(const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(wiping_allocate(size), text, size);
}
