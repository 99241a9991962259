/* How a stream reaches the server: a connected socket. Internal to the stream.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_TRANSPORT_H
#define NAVETTE_IMAP_TRANSPORT_H

#include <openssl/ssl.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "imap/stream.h"

struct imap_stream {
	struct imap_endpoint endpoint;
	int socket;   /* non-blocking */
	pid_t tunnel; /* the tunnel's process; 0: none */
	SSL *ssl;     /* NULL: in the clear */
	SSL_CTX *ssl_context;
	struct buffer ahead; /* raw bytes read while the server did not take ours */
	bool ended;          /* the server will send nothing more */
	bool wrote;          /* since the last wait for the server */
	struct imap_stream_counts counts;
};

/* Connect; the socket is left in stream->socket. Errors as imap_stream_open(). */
int transport_connect_tcp(struct imap_stream *stream, struct error *error);    /* tcp.c */
int transport_connect_tunnel(struct imap_stream *stream, struct error *error); /* tunnel.c */
void transport_end_tunnel(struct imap_stream *stream);

/* Waits until the socket is ready for EVENTS of poll(2) or the deadline (clock_monotonic_ms()) is
 * over. 0, or -1 with the error: ERROR_TEMPORARY, of SCOPE. */
int transport_wait(const struct imap_stream *stream, int socket, short events, short *ready_r,
		   int64_t deadline, struct error *error);
int64_t transport_deadline(const struct imap_stream *stream);

/* Raw bytes, below TLS. As imap_stream_read() and imap_stream_write(). */
int transport_receive(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		      struct error *error);
int transport_send(struct imap_stream *stream, const void *bytes, size_t length,
		   struct error *error);

/* The endpoint for sentences: "host:port" or the tunnel. The caller owns it. */
char *transport_name(const struct imap_stream *stream);

/* --- tls.c --- */
int transport_tls_start(struct imap_stream *stream, struct error *error);
int transport_tls_read(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		       struct error *error);
int transport_tls_write(struct imap_stream *stream, const void *bytes, size_t length,
			struct error *error);
void transport_tls_end(struct imap_stream *stream);

#endif
