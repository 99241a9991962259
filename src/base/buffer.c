/* A growing run of bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* What realloc() moves stays where it was. */
static void grow_secretly(struct buffer *buffer, size_t needed)
{
	char *old = buffer->bytes;
	size_t old_capacity = buffer->capacity;
	if (needed <= old_capacity)
		return;
	buffer->bytes = NULL;
	memory_grow((void **)&buffer->bytes, &buffer->capacity, needed, 1);
	if (old)
		memcpy(buffer->bytes, old, buffer->length + 1);
	memory_wipe(old, old_capacity);
	free(old);
}

/* Room for LENGTH more bytes and the NUL. */
static void make_room(struct buffer *buffer, size_t length)
{
	size_t needed =
		length > SIZE_MAX - 1 - buffer->length ? SIZE_MAX : buffer->length + length + 1;
	if (buffer->secret)
		grow_secretly(buffer, needed);
	else
		memory_grow((void **)&buffer->bytes, &buffer->capacity, needed, 1);
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	make_room(buffer, length);
	if (length > 0)
		memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
}

void buffer_add_byte(struct buffer *buffer, char byte)
{
	buffer_add(buffer, &byte, 1);
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length > 0) {
		make_room(buffer, (size_t)length);
		(void)vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, again);
		buffer->length += (size_t)length;
	}
	va_end(again);
}

void buffer_drop(struct buffer *buffer, size_t count)
{
	if (count >= buffer->length) {
		buffer_clear(buffer);
		return;
	}
	memmove(buffer->bytes, buffer->bytes + count, buffer->length - count + 1);
	buffer->length -= count;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	if (buffer->bytes)
		buffer->bytes[0] = '\0';
}

void buffer_wipe(struct buffer *buffer)
{
	memory_wipe(buffer->bytes, buffer->capacity);
	buffer_clear(buffer);
}

void buffer_make_secret(struct buffer *buffer)
{
	buffer->secret = true;
}

void buffer_release(struct buffer *buffer)
{
	if (buffer->secret)
		memory_wipe(buffer->bytes, buffer->capacity);
	free(buffer->bytes);
	*buffer = (struct buffer)BUFFER_INITIAL;
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->bytes ? buffer->bytes : "";
}

char *buffer_take(struct buffer *buffer)
{
	char *text = buffer->bytes ? buffer->bytes : memory_text("");
	*buffer = (struct buffer)BUFFER_INITIAL;
	return text;
}
