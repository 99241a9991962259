/* DEFLATE by zlib, between two buffers of fixed size. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/deflate.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

#define BUFFER_SIZE (16u * 1024u)
#define WINDOW_BITS (-15) /* the whole window, no header (RFC 4978 section 4) */
#define MEMORY_LEVEL 8
/* On mail: 32 % of the size at 69 MB/s; level 6 makes 31 % at 52 MB/s of it, level 1 35 % at 88. */
#define LEVEL 4

struct imap_deflate {
	struct imap_deflate_below below;
	z_stream in;
	z_stream out;
	bool ended;           /* nothing more will come */
	size_t input_size;    /* of input */
	unsigned char *input; /* compressed, in.next_in points into it */
	unsigned char output[BUFFER_SIZE];
};

/* zlib's memory ends as ours does: in memory_fail(). */
static voidpf allocate(voidpf context, uInt count, uInt size)
{
	(void)context; /* there is one allocator */
	return memory_array(count, size);
}

static void release(voidpf context, voidpf memory)
{
	(void)context; /* there is one allocator */
	free(memory);
}

struct imap_deflate *imap_deflate_create(const struct imap_deflate_below *below, const void *ahead,
					 size_t length)
{
	struct imap_deflate *layer = memory_allocate(sizeof *layer);

	layer->below = *below;
	layer->input_size = length > BUFFER_SIZE ? length : BUFFER_SIZE;
	layer->input = memory_allocate(layer->input_size);
	layer->in.zalloc = layer->out.zalloc = allocate;
	layer->in.zfree = layer->out.zfree = release;
	if (length > UINT_MAX || inflateInit2(&layer->in, WINDOW_BITS) != Z_OK ||
	    deflateInit2(&layer->out, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		memory_fail(); /* the arguments are right, so that nothing else can be the matter */
	if (length > 0)
		memcpy(layer->input, ahead, length);
	layer->in.next_in = layer->input;
	layer->in.avail_in = (uInt)length;
	return layer;
}

void imap_deflate_destroy(struct imap_deflate **layer)
{
	if (*layer == NULL)
		return;
	(void)inflateEnd(&(*layer)->in);
	(void)deflateEnd(&(*layer)->out); /* that bytes are left in it is no matter any more */
	free((*layer)->input);
	free(*layer);
	*layer = NULL;
}

/* --- In --- */

static int fail_damaged(const struct imap_deflate *layer, struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_CONNECTION,
			 "the server's compressed data is damaged (%s), so the connection was "
			 "closed; if that happens again, set disable-extensions = COMPRESS=DEFLATE",
			 layer->in.msg != NULL ? layer->in.msg : "it cannot be expanded");
}

/* Expands what is here, into at most SIZE bytes. */
static int expand(struct imap_deflate *layer, void *bytes, size_t size, size_t *length_r,
		  struct error *error)
{
	uInt room = size < UINT_MAX ? (uInt)size : UINT_MAX;
	int result;

	layer->in.next_out = bytes;
	layer->in.avail_out = room;
	result = inflate(&layer->in, Z_SYNC_FLUSH);
	*length_r = room - layer->in.avail_out;
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR: /* it wants more input */
		return 0;
	case Z_STREAM_END:
		layer->ended = true;
		return 0;
	case Z_MEM_ERROR:
		memory_fail();
	default:
		/* Said again by the next call, when what is good has been given. */
		return *length_r > 0 ? 0 : fail_damaged(layer, error);
	}
}

static int fill(struct imap_deflate *layer, struct error *error)
{
	size_t length = 0;
	int result = layer->below.read(layer->below.context, layer->input, layer->input_size,
				       &length, error);

	if (result != 0)
		return result;
	layer->in.next_in = layer->input;
	layer->in.avail_in = (uInt)length;
	layer->ended = length == 0;
	return 0;
}

int imap_deflate_read(struct imap_deflate *layer, void *bytes, size_t size, size_t *length_r,
		      struct error *error)
{
	int filled;

	*length_r = 0;
	while (!layer->ended) {
		/* Also without input: zlib keeps what the last call had no room for. */
		if (expand(layer, bytes, size, length_r, error) < 0)
			return -1;
		if (*length_r > 0 || layer->ended)
			return 0;
		filled = layer->in.avail_in == 0 ? fill(layer, error) : 0;
		if (filled != 0)
			return filled;
	}
	return 0;
}

/* --- Out --- */

static int fail_to_compress(struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_CONNECTION,
			 "data for the server could not be compressed: this is a "
			 "mistake in navette, please report it");
}

/* Until zlib has nothing left to give: then the buffer is not full. */
static int press(struct imap_deflate *layer, int flush, struct error *error)
{
	size_t length;

	do {
		layer->out.next_out = layer->output;
		layer->out.avail_out = sizeof layer->output;
		if (deflate(&layer->out, flush) == Z_STREAM_ERROR)
			return fail_to_compress(error);
		length = sizeof layer->output - layer->out.avail_out;
		if (length > 0 &&
		    layer->below.write(layer->below.context, layer->output, length, error) < 0)
			return -1;
	} while (layer->out.avail_out == 0);
	return 0;
}

int imap_deflate_write(struct imap_deflate *layer, const void *bytes, size_t length,
		       struct error *error)
{
	const unsigned char *from = bytes;

	while (length > 0) {
		uInt part = length < UINT_MAX ? (uInt)length : UINT_MAX;

		layer->out.next_in = (z_const Bytef *)from;
		layer->out.avail_in = part;
		from += part;
		length -= part;
		if (press(layer, length > 0 ? Z_NO_FLUSH : Z_SYNC_FLUSH, error) < 0)
			return -1;
	}
	return 0;
}
