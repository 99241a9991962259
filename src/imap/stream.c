/* The bytes to and from a server. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/stream.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "imap/transport.h"

int imap_stream_open(const struct imap_endpoint *endpoint, struct imap_stream **stream_r,
		     struct error *error)
{
	struct imap_stream *stream = memory_allocate(sizeof *stream);
	stream->endpoint = *endpoint;
	stream->socket = -1;
	transport_begin_opening(stream);
	int result = endpoint->tunnel  ? transport_connect_tunnel(stream, error)
		     : endpoint->proxy ? transport_connect_proxy(stream, error)
				       : transport_connect_tcp(stream, error);
	if (result != 0)
		(void)error_widen(error, SCOPE_ACCOUNT); /* always -1 */
	else
		imap_round_trip_sent(&stream->round_trip, clock_monotonic_us());
	if (result == 0 && endpoint->tls == IMAP_TLS_IMPLICIT)
		result = transport_tls_start(stream, error);
	if (result != 0) {
		imap_stream_close(&stream);
		return -1;
	}
	*stream_r = stream;
	return 0;
}

int imap_stream_start_tls(struct imap_stream *stream, struct error *error)
{
	if (stream->wants_tls)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "TLS cannot be started a second time on one connection");
	/* What came in the clear behind the OK could be anybody's (CVE-2011-0411 and its kin). */
	buffer_clear(&stream->ahead);
	return transport_tls_start(stream, error);
}

bool imap_stream_is_secure(const struct imap_stream *stream)
{
	return stream->secure;
}

void imap_stream_opened(struct imap_stream *stream)
{
	stream->open_until = 0;
	imap_round_trip_end(&stream->round_trip);
	imap_pace_answer(&stream->pace);
}

void imap_stream_answered(struct imap_stream *stream)
{
	imap_pace_answer(&stream->pace);
}

/* After a handshake that failed, or was refused for the certificate, nothing goes either way. */
static int check_usable(const struct imap_stream *stream, struct error *error)
{
	if (!stream->wants_tls || stream->secure)
		return 0;
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
			"there is no TLS connection to %s", name);
	free(name);
	return -1;
}

/* --- What is carried: inside TLS, compressed or not --- */

static int read_carried(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	struct imap_stream *stream = context;
	int result = stream->ssl ? transport_tls_read(stream, bytes, size, length_r, error)
				 : transport_receive(stream, bytes, size, length_r, error);
	if (result == 0)
		stream->counts.bytes_in += *length_r;
	return result;
}

static int write_carried(void *context, const void *bytes, size_t length, struct error *error)
{
	struct imap_stream *stream = context;
	int result = stream->ssl ? transport_tls_write(stream, bytes, length, error)
				 : transport_send(stream, bytes, length, error);
	if (result == 0)
		stream->counts.bytes_out += length;
	return result;
}

/* --- What the session reads and writes --- */

void imap_stream_start_deflate(struct imap_stream *stream, const void *ahead, size_t length)
{
	const struct imap_deflate_below below = { .context = stream,
						  .read = read_carried,
						  .write = write_carried };
	if (!stream->deflate)
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
	if (check_usable(stream, error) != 0)
		return -1;
	if (stream->wrote)
		stream->counts.round_trips++;
	stream->wrote = false;
	return stream->deflate ? imap_deflate_read(stream->deflate, bytes, size, length_r, error)
			       : read_carried(stream, bytes, size, length_r, error);
}

int imap_stream_read_now(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
			 struct error *error)
{
	struct imap_stream_counts counts = stream->counts;
	bool wrote = stream->wrote;
	stream->at_hand = true;
	int result = imap_stream_read(stream, bytes, size, length_r, error);
	stream->at_hand = false;
	if (result == IMAP_STREAM_NOTHING) {
		stream->counts.round_trips = counts.round_trips;
		stream->wrote = wrote;
	}
	return result;
}

int imap_stream_descriptor(const struct imap_stream *stream)
{
	return stream->socket;
}

int imap_stream_write(struct imap_stream *stream, const void *bytes, size_t length,
		      struct error *error)
{
	if (check_usable(stream, error) != 0)
		return -1;
	stream->wrote = stream->wrote || length > 0;
	return stream->deflate ? imap_deflate_write(stream->deflate, bytes, length, error)
			       : write_carried(stream, bytes, length, error);
}

struct imap_stream_counts imap_stream_counts(const struct imap_stream *stream)
{
	return stream->counts;
}

void imap_stream_drop_unsent(struct imap_stream *stream, bool drop)
{
	const struct linger linger = { .l_onoff = drop ? 1 : 0 };
	/* Where it fails nothing is worse than without. */
	(void)setsockopt(stream->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void imap_stream_close(struct imap_stream **stream)
{
	if (!stream || !*stream)
		return;
	imap_deflate_destroy(&(*stream)->deflate);
	transport_tls_end(*stream);
	if ((*stream)->socket >= 0)
		(void)close((*stream)->socket);
	transport_end_tunnel(*stream);
	buffer_wipe(&(*stream)->ahead);
	buffer_release(&(*stream)->ahead);
	free(*stream);
	*stream = NULL;
}
