/* How a stream reaches the server: a connected socket. Internal to the stream.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_TRANSPORT_H
#define NAVETTE_IMAP_TRANSPORT_H

#include <openssl/ssl.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "imap/deflate.h"
#include "imap/pace.h"
#include "imap/round_trip.h"
#include "imap/stream.h"

struct imap_stream {
	struct imap_endpoint endpoint;
	int socket;   /* non-blocking */
	pid_t tunnel; /* the tunnel's process; 0: none, or it has been waited for */
	SSL *ssl;     /* NULL: in the clear */
	SSL_CTX *ssl_context;
	bool wants_tls;      /* TLS was begun: nothing goes in the clear any more */
	bool secure;         /* the handshake is over and the certificate is right */
	struct buffer ahead; /* raw bytes read while the server did not take ours */
	bool heard;          /* the server has sent something */
	bool ended;          /* the server will send nothing more */
	bool at_hand;        /* reading waits for nothing: IMAP_STREAM_NOTHING instead */
	bool wrote;          /* since the last wait for the server */
	struct imap_pace pace;
	struct imap_round_trip round_trip;
	int64_t open_until; /* clock_monotonic_ms() by which the login must be done; 0: it is */
	/* Between TLS and the session; NULL: nothing is compressed. */
	struct imap_deflate *deflate;
	struct imap_stream_counts counts;
};

/* Connect; the socket is left in stream->socket. Errors as imap_stream_open(). */
int transport_connect_tcp(struct imap_stream *stream, struct error *error);    /* tcp.c */
int transport_connect_tunnel(struct imap_stream *stream, struct error *error); /* tunnel.c */
int transport_connect_proxy(struct imap_stream *stream, struct error *error);  /* proxy.c */
/* What each TCP socket of ours has. */
void transport_set_options(int socket);

/* For a tunnel that ended before the server said anything: true when the command failed, and sets
 * the error that says so. */
bool transport_explain_tunnel(struct imap_stream *stream, struct error *error);
void transport_end_tunnel(struct imap_stream *stream);

/* Waits until the socket is ready for EVENTS of poll(2), the deadline (clock_monotonic_ms()) is
 * over, the server was too slow for too long, or the login takes too long. 0, or -1 with the error:
 * ERROR_TEMPORARY, SCOPE_CONNECTION for the deadline, else SCOPE_ACCOUNT, as when cancelled.
 */
int transport_wait(struct imap_stream *stream, int socket, short events, short *ready_r,
		   int64_t deadline, struct error *error);
/* From now on the time for the login runs. */
void transport_begin_opening(struct imap_stream *stream);
int64_t transport_deadline(const struct imap_stream *stream);

/* Raw bytes, below TLS. As imap_stream_read_now() where at_hand is set, else imap_stream_read();
 * and imap_stream_write(). */
int transport_receive(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		      struct error *error);
int transport_send(struct imap_stream *stream, const void *bytes, size_t length,
		   struct error *error);

/* The endpoint for sentences: "host:port", "[address]:port" or the tunnel. The caller owns it. */
char *transport_name(const struct imap_stream *stream);

/* --- tls.c --- */
int transport_tls_start(struct imap_stream *stream, struct error *error);
int transport_tls_read(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		       struct error *error);
int transport_tls_write(struct imap_stream *stream, const void *bytes, size_t length,
			struct error *error);
void transport_tls_end(struct imap_stream *stream);

/* --- tls_identity.c --- */

/* Before the handshake: the user's own certificate, where there is one. Returns 0 or -1
 * (ERROR_CONFIG, SCOPE_ACCOUNT). */
int transport_identity_set(struct imap_stream *stream, struct error *error);

/* --- certificate.c --- */

/* Before the handshake: tells OpenSSL whose certificate to expect. Returns 0 or -1. */
int transport_certificate_expect(struct imap_stream *stream, struct error *error);
/* After the handshake: whether the certificate that came is to be trusted. Returns 0 or -1. */
int transport_certificate_check(const struct imap_stream *stream, struct error *error);

#endif
