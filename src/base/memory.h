/* The one allocator. Out of memory ends the programme at once with a message and exit status 3:
 * every step of a run is recorded before it is done, so that dying is as safe as kill -9.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_MEMORY_H
#define NAVETTE_BASE_MEMORY_H

#include <stddef.h>

/* All never return NULL; the caller owns the result and releases it with free(). */
void *memory_allocate(size_t size);            /* zeroed; size 0 gives 1 byte */
void *memory_array(size_t count, size_t size); /* zeroed; an overflow is out of memory */
void *memory_resize_array(void *old, size_t count, size_t size); /* new part is not zeroed */
char *memory_text(const char *text);                             /* a copy */
char *memory_text_length(const char *text, size_t length); /* a copy of LENGTH bytes plus NUL */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Grows the array *items to hold at least COUNT_NEEDED items of SIZE bytes, doubling *capacity. */
void memory_grow(void **items, size_t *capacity, size_t count_needed, size_t size);

/* qsort(), but COUNT may be 0, and ITEMS NULL then. */
void memory_sort(void *items, size_t count, size_t size,
		 int (*compare)(const void *a, const void *b));

/* Says that memory ran out and ends the programme: for a library that cannot go on without. */
_Noreturn void memory_fail(void);

/* Overwrites a secret in a way the compiler cannot remove. NULL is allowed. */
void memory_wipe(void *secret, size_t size);
/* Overwrites what functions that have returned left on this thread's stack: for a library that
 * keeps secrets there. */
void memory_wipe_stack(void);
/* Wipes a NUL-terminated secret, frees it. NULL is allowed. */
void memory_free_secret(char *secret);

#endif
