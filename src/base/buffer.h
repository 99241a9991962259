/* A growing run of bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_BUFFER_H
#define NAVETTE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes 0..length-1 are the content; bytes[length] is always NUL once anything was added, so that
 * text can be read in place. Start with BUFFER_INITIAL; end with buffer_release(). */
struct buffer {
	char *bytes;
	size_t length;
	size_t capacity;
	bool secret; /* no copy is left behind: memory is wiped before it is freed */
};

#define BUFFER_INITIAL                                    \
	{                                                 \
		.bytes = NULL, .length = 0, .capacity = 0 \
	}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Removes the first COUNT bytes. */
void buffer_drop(struct buffer *buffer, size_t count);
/* Empty, memory kept. */
void buffer_clear(struct buffer *buffer);
/* Empty, memory wiped and kept: for buffers that held a secret. */
void buffer_wipe(struct buffer *buffer);
/* From now on, also when it grows or is released, nothing of the content stays in memory. */
void buffer_make_secret(struct buffer *buffer);
/* Memory freed; the buffer is as new. */
void buffer_release(struct buffer *buffer);
/* The content as NUL-terminated text ("" when nothing was added). Valid until the next change. */
const char *buffer_text(const struct buffer *buffer);
/* The content as text that the caller owns; the buffer is as new. Never NULL. */
char *buffer_take(struct buffer *buffer);

#endif
