/* The other end of a stream, in a thread. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_IMAP_PEER_H
#define NAVETTE_TESTS_IMAP_PEER_H

#include <openssl/ssl.h>
#include <pthread.h>

#include "imap-certificate.h"
#include "imap/transport.h"

/* Start with what is wanted set and the rest zero. */
struct imap_peer {
	/* What is wanted. */
	const struct certificate *certificate; /* NULL: no TLS */
	int tls_version;                       /* no other than this; 0: any */
	const char *ciphers;                   /* of TLS 1.2; NULL: any */
	void (*greet)(struct imap_peer *peer); /* in the clear, before TLS; may be NULL */
	void (*talk)(struct imap_peer *peer);  /* after it; may be NULL */
	void *context;                         /* theirs */

	/* For them. */
	int socket;
	SSL *ssl; /* NULL: in the clear */

	/* After imap_peer_end(). */
	bool shaken;           /* the handshake was done */
	char server_name[256]; /* SNI; "" for none */
	size_t received;       /* bytes read, TLS taken off */

	pthread_t thread;
	int listener; /* -1: none */
	uint16_t port;
};

/* A server on 127.0.0.1 for one connection: greets, talks, reads to the end, closes. */
void imap_peer_listen(struct imap_peer *peer);
/* The same on one end of a socket pair. Returns a stream on the other end, as if it had connected
 * to ENDPOINT without TLS. */
struct imap_stream *imap_peer_pair(struct imap_peer *peer, const struct imap_endpoint *endpoint);
/* The same on SOCKET, which it closes. */
void imap_peer_serve(struct imap_peer *peer, int socket);
/* Waits for it. A listener for which nobody came is closed. */
void imap_peer_end(struct imap_peer *peer);

/* For greet and talk. Both return false when the connection is no more. */
bool imap_peer_write(struct imap_peer *peer, const void *bytes, size_t length);
bool imap_peer_read(struct imap_peer *peer, void *bytes, size_t length);
/* Waits, without reading, until the other end is closed. */
void imap_peer_ignore(struct imap_peer *peer);
/* Ends it in the way of TLS (close_notify), or without. */
void imap_peer_say_goodbye(struct imap_peer *peer);
void imap_peer_hang_up(struct imap_peer *peer);

/* An endpoint that is PEER, listening. */
struct imap_endpoint imap_peer_endpoint(const struct imap_peer *peer, enum imap_tls tls);

#endif
