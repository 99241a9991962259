/* The bytes to and from a server: TCP or a tunnel command, TLS, DEFLATE.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_STREAM_H
#define NAVETTE_IMAP_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum imap_tls { IMAP_TLS_IMPLICIT, IMAP_TLS_STARTTLS, IMAP_TLS_NONE };

struct imap_rate;
struct imap_tls_memory;

/* Where and how to connect. Texts are borrowed and must outlive the stream. */
struct imap_endpoint {
	const char *host;
	uint16_t port;
	enum imap_tls tls;
	const char *tls_ca; /* PEM file of trusted roots, or NULL: the system's */
	/* SHA-256 of certificates and of public keys (SubjectPublicKeyInfo), 64 lower-case hex
	 * digits each, with spaces between, or NULL; when set they alone decide, and one is enough
	 */
	const char *tls_fingerprint, *tls_key_fingerprint;
	bool tls_1_3;         /* nothing older */
	const char *tls_name; /* what the certificate must name; NULL: host */
	/* The user's own certificate and key (files, or pkcs11: URIs), the second NULL where it is
	 * in the first; and the passphrase of the key; or NULL */
	const char *tls_cert, *tls_key, *tls_passphrase;
	struct imap_tls_memory *tls_memory; /* of the account's connections; may be NULL */
	struct imap_rate *rate;             /* of the account's connections, rate.h; may be NULL */
	const char *tunnel; /* /bin/sh -c command instead of TCP, or NULL; TLS still as tls says */
	const char *proxy;  /* socks5h://... or http://..., through which to connect, or NULL */
	unsigned int timeout; /* seconds without any progress before giving up; see also pace.h */
	const atomic_bool
		*cancel; /* set by a signal: every wait ends soon with an error; may be NULL */
};

struct imap_stream;

/* Resolves, connects (each address in turn, within the timeout), and with IMAP_TLS_IMPLICIT does
 * the handshake. Errors: unknown host, refused and time-outs ERROR_TEMPORARY; a certificate that is
 * not right ERROR_FAILED, its text names what is wrong, the host, the certificate's SHA-256
 * fingerprint and what to do. All SCOPE_ACCOUNT (connecting again at once would not help), but a
 * connection that was made and broke in the handshake is SCOPE_CONNECTION. Looking up the name
 * takes as long as the system's resolver does. From here to imap_stream_opened() all waiting ends
 * after 5 times the timeout. Returns 0 or -1. */
int imap_stream_open(const struct imap_endpoint *endpoint, struct imap_stream **stream_r,
		     struct error *error);

/* Waits until the server has said something, before anything is sent to it. One that stays silent
 * for a moment is asked, on another connection, whether it waits for TLS where the endpoint says
 * that there is none yet: that is ERROR_FAILED, SCOPE_ACCOUNT. Returns 0, also when nothing came
 * and nothing is known, or -1. */
int imap_stream_await_greeting(struct imap_stream *stream, struct error *error);

/* The login is done: from now on the server may take its time, as long as something moves. */
void imap_stream_opened(struct imap_stream *stream);
/* A command was answered: a server that answers is not too slow, however little that moved. */
void imap_stream_answered(struct imap_stream *stream);

/* The handshake after STARTTLS' OK. Verified as in open: chain, host name (SNI sent unless the host
 * is an address), TLS 1.2 at least, with forward secrecy. The caller has thrown away what it had
 * buffered; bytes that the stream itself already holds are discarded here (RFC 9051 section 6.2.1).
 * After an error the stream can only be closed. Errors as imap_stream_open(). Returns 0 or -1. */
int imap_stream_start_tls(struct imap_stream *stream, struct error *error);

/* Whether TLS protects the stream now: the handshake is over and the certificate was right. */
bool imap_stream_is_secure(const struct imap_stream *stream);

/* What ties a login to this very TLS connection, so that nobody between the two can pass it on:
 * "tls-exporter" (RFC 9266) of TLS 1.3, "tls-unique" (RFC 5929 section 3) of TLS 1.2. */
#define IMAP_CHANNEL_BINDING_MAX 64
struct imap_channel_binding {
	bool exporter; /* else unique */
	unsigned char bytes[IMAP_CHANNEL_BINDING_MAX];
	size_t length;
};
/* False without TLS, and with a TLS 1.2 whose handshake has no extended master secret (RFC 7627),
 * without which "tls-unique" is not. */
bool imap_stream_channel_binding(const struct imap_stream *stream,
				 struct imap_channel_binding *binding_r);

/* From here on everything is compressed, both ways and inside TLS (RFC 4978 section 3). AHEAD are
 * LENGTH bytes that the caller read too far: they are compressed already and are read again,
 * expanded. Only once. Takes the memory that imap/deflate.h says. */
void imap_stream_start_deflate(struct imap_stream *stream, const void *ahead, size_t length);
bool imap_stream_is_compressed(const struct imap_stream *stream);

/* Waits for and reads 1..SIZE bytes (SIZE > 0). *length_r 0: the server closed the connection.
 * Returns 0 or -1 (ERROR_TEMPORARY, SCOPE_CONNECTION; SCOPE_ACCOUNT when cancelled, or when a
 * tunnel command failed before the server said anything, ERROR_CONFIG when it cannot be run;
 * ERROR_FAILED when what came is damaged). What OpenSSL or zlib already hold is given before
 * anything is waited for. */
int imap_stream_read(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		     struct error *error);
/* The same without waiting: IMAP_STREAM_NOTHING when nothing is here now. A socket may be ready to
 * be read and have nothing for us all the same: a part of a TLS record, or a ticket. */
#define IMAP_STREAM_NOTHING 1
int imap_stream_read_now(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
			 struct error *error);
/* What poll(2) is to look at for it. */
int imap_stream_descriptor(const struct imap_stream *stream);
/* Writes everything, and when it is compressed, so that the server can expand all of it. While the
 * server does not take bytes but sends some, these are read ahead (up to 1 MiB) and given by later
 * reads, so that two full pipes never wait for each other. Returns 0 or -1 (ERROR_TEMPORARY,
 * SCOPE_CONNECTION). SIGPIPE never happens. */
int imap_stream_write(struct imap_stream *stream, const void *bytes, size_t length,
		      struct error *error);

/* Since it was opened: bytes each way as they are inside TLS, compressed where they are; and
 * round trips (times a read had to wait after a write). */
struct imap_stream_counts {
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t round_trips;
};
struct imap_stream_counts imap_stream_counts(const struct imap_stream *stream);

/* The time there and back in microseconds: the shortest wait for an answer until
 * imap_stream_opened(), the server's own time included, or where nothing was answered what the
 * kernel knows of the next hop; -1: not known. */
int64_t imap_stream_round_trip_us(const struct imap_stream *stream);

/* From now on, or no more: closing, and the end of the process by whatever cause, throws away what
 * the kernel has not sent yet instead of sending it. For what must not arrive after its sender has
 * given up on an answer. No effect through a tunnel. */
void imap_stream_drop_unsent(struct imap_stream *stream, bool drop);

/* Closes (TLS close_notify sent, not waited for), ends the tunnel command. NULL is allowed. */
void imap_stream_close(struct imap_stream **stream);

#endif
