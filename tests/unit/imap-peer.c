/* The other end of a stream, in a thread. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap-peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/memory.h"

/* A mistake of the test itself. */
static void need(bool done)
{
	if (!done)
		abort();
}

bool imap_peer_write(struct imap_peer *peer, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length > 0) {
		size_t part = length < 16384 ? length : 16384;
		ssize_t sent = peer->ssl ? SSL_write(peer->ssl, from, (int)part)
					 : send(peer->socket, from, part, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		from += sent;
		length -= (size_t)sent;
	}
	return true;
}

static ssize_t read_some(struct imap_peer *peer, void *bytes, size_t size)
{
	ssize_t got = peer->ssl ? SSL_read(peer->ssl, bytes, (int)size)
				: recv(peer->socket, bytes, size, 0);

	if (got > 0)
		peer->received += (size_t)got;
	return got;
}

bool imap_peer_read(struct imap_peer *peer, void *bytes, size_t length)
{
	char *to = bytes;

	while (length > 0) {
		ssize_t got = read_some(peer, to, length < 16384 ? length : 16384);

		if (got <= 0)
			return false;
		to += got;
		length -= (size_t)got;
	}
	return true;
}

void imap_peer_ignore(struct imap_peer *peer)
{
	struct pollfd polled = { .fd = peer->socket, .events = POLLRDHUP };

	(void)poll(&polled, 1, 30000); /* not a measure: so that a mistake ends the test */
}

void imap_peer_say_goodbye(struct imap_peer *peer)
{
	(void)SSL_shutdown(peer->ssl); /* its answer is drained with the rest */
}

void imap_peer_hang_up(struct imap_peer *peer)
{
	(void)shutdown(peer->socket, SHUT_WR); /* the client may have gone */
}

static void drain(struct imap_peer *peer)
{
	char bytes[16384];

	while (read_some(peer, bytes, sizeof bytes) > 0)
		continue;
}

static SSL_CTX *make_context(const struct imap_peer *peer)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	(void)SSL_CTX_set_dh_auto(context, 1); /* as long as its key wants them */
	need(peer->ciphers == NULL || SSL_CTX_set_cipher_list(context, peer->ciphers) == 1);
	need(context != NULL && SSL_CTX_use_certificate(context, peer->certificate->x509) == 1 &&
	     SSL_CTX_use_PrivateKey(context, peer->certificate->key) == 1);
	if (peer->tls_version != 0)
		need(SSL_CTX_set_min_proto_version(context, peer->tls_version) == 1 &&
		     SSL_CTX_set_max_proto_version(context, peer->tls_version) == 1);
	return context;
}

static bool shake_hands(struct imap_peer *peer, SSL_CTX *context)
{
	const char *name;

	peer->ssl = SSL_new(context);
	need(peer->ssl != NULL && SSL_set_fd(peer->ssl, peer->socket) == 1);
	peer->shaken = SSL_accept(peer->ssl) == 1;
	name = SSL_get_servername(peer->ssl, TLSEXT_NAMETYPE_host_name);
	(void)snprintf(peer->server_name, sizeof peer->server_name, "%s", name ? name : "");
	return peer->shaken;
}

static void serve(struct imap_peer *peer)
{
	SSL_CTX *context = peer->certificate ? make_context(peer) : NULL;
	bool ready = true;

	if (peer->greet)
		peer->greet(peer);
	if (context)
		ready = shake_hands(peer, context);
	if (ready && peer->talk)
		peer->talk(peer);
	if (ready)
		drain(peer);
	SSL_free(peer->ssl);
	SSL_CTX_free(context);
	peer->ssl = NULL;
}

static void *run(void *argument)
{
	struct imap_peer *peer = argument;
	const struct timeval patience = { .tv_sec = 30 };
	sigset_t pipe;

	/* Of this thread alone: the client's writing must not need it. */
	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	need(pthread_sigmask(SIG_BLOCK, &pipe, NULL) == 0);
	if (peer->listener >= 0)
		peer->socket = accept(peer->listener, NULL, NULL);
	if (peer->socket < 0)
		return NULL;
	/* Not a measure of anything: so that a mistake ends the test. */
	(void)setsockopt(peer->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(peer->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	serve(peer);
	(void)close(peer->socket);
	return NULL;
}

static void start(struct imap_peer *peer)
{
	need(pthread_create(&peer->thread, NULL, run, peer) == 0);
}

void imap_peer_listen(struct imap_peer *peer)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(peer->listener >= 0 &&
	     bind(peer->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
	     listen(peer->listener, 1) == 0 &&
	     getsockname(peer->listener, (struct sockaddr *)&address, &size) == 0);
	peer->port = ntohs(address.sin_port);
	start(peer);
}

void imap_peer_serve(struct imap_peer *peer, int socket)
{
	peer->listener = -1;
	peer->socket = socket;
	start(peer);
}

struct imap_stream *imap_peer_pair(struct imap_peer *peer, const struct imap_endpoint *endpoint)
{
	struct imap_stream *stream = memory_allocate(sizeof *stream);
	int sockets[2];

	need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
	need(fcntl(sockets[0], F_SETFL, O_NONBLOCK) == 0);
	stream->endpoint = *endpoint;
	stream->socket = sockets[0];
	imap_peer_serve(peer, sockets[1]);
	return stream;
}

void imap_peer_end(struct imap_peer *peer)
{
	if (peer->listener >= 0)
		(void)shutdown(peer->listener, SHUT_RDWR); /* nobody will come any more */
	need(pthread_join(peer->thread, NULL) == 0);
	if (peer->listener >= 0)
		(void)close(peer->listener);
}

struct imap_endpoint imap_peer_endpoint(const struct imap_peer *peer, enum imap_tls tls)
{
	return (struct imap_endpoint){
		.host = "127.0.0.1", .port = peer->port, .tls = tls, .timeout = 20
	};
}
