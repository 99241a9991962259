/* An allocator for libraries that keep secrets in memory which they free without wiping it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_WIPING_H
#define NAVETTE_BASE_WIPING_H

#include <stddef.h>

/* As malloc(), calloc(), realloc(), strdup() and free(), for memory that comes from these alone.
 * What is given back is wiped; out of memory is that of base/memory.h. */
void *wiping_allocate(size_t size);
void *wiping_array(size_t count, size_t size);
void *wiping_resize(void *old, size_t size);
char *wiping_text(const char *text);
void wiping_free(void *memory);

#endif
