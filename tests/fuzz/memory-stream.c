/* A server that is only bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory-stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/deflate.h"
#include "imap/stream.h"

struct part {
	const char *bytes;
	size_t length;
};

static struct {
	struct part parts[2];
	size_t chunk;
} script;

struct imap_stream {
	struct part parts[2]; /* what is still to be read */
	struct imap_deflate *deflate;
	struct imap_stream_counts counts;
	bool secure;
	bool said_nothing; /* and then it gives something */
};

void memory_stream_set(const char *preamble, const void *bytes, size_t length, size_t chunk)
{
	script.parts[0] = (struct part){ .bytes = preamble, .length = strlen(preamble) };
	script.parts[1] = (struct part){ .bytes = bytes, .length = length };
	script.chunk = chunk;
}

static int read_raw(void *context, void *bytes, size_t size, size_t *length_r, struct error *error)
{
	struct imap_stream *stream = context;
	struct part *part = &stream->parts[stream->parts[0].length > 0 ? 0 : 1];
	size_t length = part->length < size ? part->length : size;

	(void)error; /* memory can always be read */
	if (script.chunk > 0 && length > script.chunk)
		length = script.chunk;
	if (length > 0)
		memcpy(bytes, part->bytes, length);
	part->bytes += length;
	part->length -= length;
	stream->counts.bytes_in += length;
	*length_r = length;
	return 0;
}

static int write_raw(void *context, const void *bytes, size_t length, struct error *error)
{
	struct imap_stream *stream = context;

	(void)bytes; /* thrown away */
	(void)error; /* nothing fails */
	stream->counts.bytes_out += length;
	return 0;
}

int imap_stream_open(const struct imap_endpoint *endpoint, struct imap_stream **stream_r,
		     struct error *error)
{
	struct imap_stream *stream = memory_allocate(sizeof *stream);

	(void)error; /* nothing fails */
	memcpy(stream->parts, script.parts, sizeof stream->parts);
	stream->secure = endpoint->tls == IMAP_TLS_IMPLICIT;
	*stream_r = stream;
	return 0;
}

int imap_stream_start_tls(struct imap_stream *stream, struct error *error)
{
	(void)error; /* nothing fails */
	stream->secure = true;
	return 0;
}

bool imap_stream_is_secure(const struct imap_stream *stream)
{
	return stream->secure;
}

bool imap_stream_channel_binding(const struct imap_stream *stream,
				 struct imap_channel_binding *binding_r)
{
	*binding_r = (struct imap_channel_binding){ .length = 4 };
	return stream->secure;
}

void imap_stream_opened(struct imap_stream *stream)
{
	(void)stream; /* there is no waiting */
}

void imap_stream_answered(struct imap_stream *stream)
{
	(void)stream; /* there is no waiting */
}

void imap_stream_start_deflate(struct imap_stream *stream, const void *ahead, size_t length)
{
	const struct imap_deflate_below below = { .context = stream,
						  .read = read_raw,
						  .write = write_raw };

	if (stream->deflate == NULL)
		stream->deflate = imap_deflate_create(&below, ahead, length);
}

bool imap_stream_is_compressed(const struct imap_stream *stream)
{
	return stream->deflate != NULL;
}

int imap_stream_read(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		     struct error *error)
{
	*length_r = 0;
	return stream->deflate != NULL
		       ? imap_deflate_read(stream->deflate, bytes, size, length_r, error)
		       : read_raw(stream, bytes, size, length_r, error);
}

/* In chunks each comes a moment later than somebody looked for it. */
int imap_stream_read_now(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
			 struct error *error)
{
	*length_r = 0;
	stream->said_nothing = script.chunk > 0 && !stream->said_nothing;
	return stream->said_nothing ? IMAP_STREAM_NOTHING
				    : imap_stream_read(stream, bytes, size, length_r, error);
}

int imap_stream_descriptor(const struct imap_stream *stream)
{
	(void)stream; /* nobody can wait for it */
	return -1;
}

int imap_stream_write(struct imap_stream *stream, const void *bytes, size_t length,
		      struct error *error)
{
	return stream->deflate != NULL ? imap_deflate_write(stream->deflate, bytes, length, error)
				       : write_raw(stream, bytes, length, error);
}

struct imap_stream_counts imap_stream_counts(const struct imap_stream *stream)
{
	return stream->counts;
}

int64_t imap_stream_round_trip_us(const struct imap_stream *stream)
{
	(void)stream; /* nothing is known */
	return -1;
}

void imap_stream_drop_unsent(struct imap_stream *stream, bool drop)
{
	(void)stream; /* nothing is ever unsent */
	(void)drop;
}

void imap_stream_close(struct imap_stream **stream)
{
	if (stream == NULL || *stream == NULL)
		return;
	imap_deflate_destroy(&(*stream)->deflate);
	free(*stream);
	*stream = NULL;
}

int imap_stream_await_greeting(struct imap_stream *stream, struct error *error)
{
	(void)stream; /* its bytes are there at once */
	(void)error;
	return 0;
}
