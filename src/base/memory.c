/* The one allocator. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Uses nothing that allocates. Exit status 3: it may work the next time. */
_Noreturn void memory_fail(void)
{
	static const char text[] = "navette: out of memory; what was done is recorded, the next "
				   "run goes on from there\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored; /* there is nobody left to tell */
	_exit(3);
}

/* calloc() and reallocarray() check this as well, but sanitizers end the programme their own way.
 */
static void refuse_overflow(size_t count, size_t size)
{
	if (count > PTRDIFF_MAX / size)
		memory_fail();
}

void *memory_allocate(size_t size)
{
	return memory_array(1, size);
}

void *memory_array(size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	refuse_overflow(count, size);
	void *memory = calloc(count, size);
	if (!memory)
		memory_fail();
	return memory;
}

void *memory_resize_array(void *old, size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	refuse_overflow(count, size);
	void *memory = reallocarray(old, count, size);
	if (!memory)
		memory_fail();
	return memory;
}

char *memory_text(const char *text)
{
	return memory_text_length(text, strlen(text));
}

char *memory_text_length(const char *text, size_t length)
{
	if (length == SIZE_MAX)
		memory_fail();
	char *copy = memory_allocate(length + 1);
	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *memory_format(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		memory_fail();
	return text;
}

void memory_grow(void **items, size_t *capacity, size_t count_needed, size_t size)
{
	if (count_needed <= *capacity)
		return;
	size_t grown = *capacity < 8 ? 8 : *capacity;
	while (grown < count_needed) {
		if (grown > SIZE_MAX / 2)
			memory_fail();
		grown *= 2;
	}
	*items = memory_resize_array(*items, grown, size);
	*capacity = grown;
}

void memory_sort(void *items, size_t count, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	if (count > 0)
		qsort(items, count, size, compare);
}

void memory_wipe(void *secret, size_t size)
{
	if (secret)
		explicit_bzero(secret, size);
}

__attribute__((noinline)) void memory_wipe_stack(void)
{
	char left[32768];
	memory_wipe(left, sizeof left);
}

void memory_free_secret(char *secret)
{
	if (secret)
		memory_wipe(secret, strlen(secret));
	free(secret);
}
