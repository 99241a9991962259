/* A server that does not greet may wait for TLS, which the client begins: it is asked.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "imap/transport.h"

/* So long a server of plain IMAP may take to greet before it is asked; a slower one only gets a
 * connection more. */
#define SILENCE_MAX_MS 2000
#define SILENCE_PART 4 /* of `timeout`, where that is less */
/* A server that speaks TLS answers this soon; seconds. */
#define PROBE_TIMEOUT 5u

/* The first bytes of what a TLS server answers to a ClientHello, a handshake or an alert, and the
 * major version of every TLS (RFC 8446 section 5.1). */
#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define RECORD_MAJOR 3

static bool is_record(const unsigned char *bytes, size_t length)
{
	return length >= 2 && (bytes[0] == RECORD_HANDSHAKE || bytes[0] == RECORD_ALERT) &&
	       bytes[1] == RECORD_MAJOR;
}

/* Nothing is verified: nothing but the kind of the answer is believed, and no secret is sent. */
static int send_hello(struct imap_stream *stream)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = context ? SSL_new(context) : NULL;
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());
	char *bytes;
	if (!ssl || !in || !out)
		memory_fail();
	(void)BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	(void)SSL_connect(ssl); /* wants the answer, which nobody gives it */
	long length = BIO_get_mem_data(out, &bytes);
	int result = length > 0 ? transport_send(stream, bytes, (size_t)length, NULL) : -1;
	SSL_free(ssl);
	SSL_CTX_free(context);
	return result;
}

/* On a connection of its own: the first one may still greet. */
static bool speaks_tls(const struct imap_endpoint *endpoint)
{
	struct imap_endpoint plain = *endpoint;
	struct imap_stream *stream;
	unsigned char bytes[2];
	size_t length = 0;
	plain.tls = IMAP_TLS_NONE;
	if (plain.timeout > PROBE_TIMEOUT)
		plain.timeout = PROBE_TIMEOUT;
	if (imap_stream_open(&plain, &stream, NULL) != 0)
		return false;
	int result = send_hello(stream);
	if (result == 0)
		result = transport_receive(stream, bytes, sizeof bytes, &length, NULL);
	imap_stream_close(&stream);
	return result == 0 && is_record(bytes, length);
}

static int fail_for_tls_port(const struct imap_stream *stream, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"%s speaks TLS from the first byte, and the configuration says tls = %s; "
			"use tls = implicit, or another `port`",
			name, stream->endpoint.tls == IMAP_TLS_NONE ? "none" : "starttls");
	free(name);
	return -1;
}

int imap_stream_await_greeting(struct imap_stream *stream, struct error *error)
{
	int64_t silence = (int64_t)stream->endpoint.timeout * 1000 / SILENCE_PART;
	short ready;
	if (stream->wants_tls || stream->endpoint.tunnel)
		return 0;
	if (silence > SILENCE_MAX_MS)
		silence = SILENCE_MAX_MS;
	/* What else ends the wait is told by the read that follows. */
	if (transport_wait(stream, stream->socket, POLLIN, &ready, clock_monotonic_ms() + silence,
			   NULL) == 0 ||
	    !speaks_tls(&stream->endpoint))
		return 0;
	return fail_for_tls_port(stream, error);
}
