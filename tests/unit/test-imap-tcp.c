/* Connecting by TCP. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "imap-peer.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FILLERS 4

static struct error fail_to_open(const struct imap_endpoint *endpoint)
{
	struct imap_stream *stream = NULL;
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_stream_open(endpoint, &stream, &error), -1);
	cr_expect_null(stream);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	cr_expect_eq(error.scope, SCOPE_ACCOUNT);
	return error;
}

static void expect_words(const struct error *error, const char *words)
{
	cr_expect_not_null(strstr(error->text, words), "no \"%s\" in: %s", words, error->text);
}

static void expect_echo(const struct imap_endpoint *endpoint)
{
	struct imap_stream *stream = NULL;
	struct error error = ERROR_INITIAL;
	char bytes[8] = "";
	size_t length = 0;

	cr_assert_eq(imap_stream_open(endpoint, &stream, &error), 0, "%s", error.text);
	cr_expect_eq(error.kind, ERROR_NONE, "touched by success: %s", error.text);
	cr_assert_eq(imap_stream_read(stream, bytes, sizeof bytes, &length, &error), 0);
	cr_expect_eq(length, 2);
	cr_expect_str_eq(bytes, "hi");
	imap_stream_close(&stream);
	cr_expect_null(stream);
}

static void say_hi(struct imap_peer *peer)
{
	(void)imap_peer_write(peer, "hi", 2);
}

Test(imap_tcp, connects_by_address_and_by_name)
{
	/* A name may have addresses where nobody listens, as ::1 here. */
	static const char *const hosts[] = { "127.0.0.1", "localhost" };

	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct imap_peer peer = { .talk = say_hi };
		struct imap_endpoint endpoint;

		imap_peer_listen(&peer);
		endpoint = imap_peer_endpoint(&peer, IMAP_TLS_NONE);
		endpoint.host = hosts[i];
		expect_echo(&endpoint);
		imap_peer_end(&peer);
	}
}

static void accept_one(struct imap_peer *peer)
{
	int listener = peer->socket;

	peer->socket = accept(listener, NULL, NULL);
	(void)close(listener);
	if (peer->socket >= 0)
		say_hi(peer);
}

Test(imap_tcp, connects_by_ipv6_address)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t size = sizeof address;
	struct imap_peer peer = { .greet = accept_one };
	struct imap_endpoint endpoint = { .host = "::1", .tls = IMAP_TLS_NONE, .timeout = 20 };
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
		cr_skip_test("there is no IPv6 here");
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	endpoint.port = ntohs(address.sin6_port);
	imap_peer_serve(&peer, listener);
	expect_echo(&endpoint);
	imap_peer_end(&peer);
}

/* A port of 127.0.0.1 that is taken, but where nobody listens. */
static int reserve_port(uint16_t *port_r)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	int reserved = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_geq(reserved, 0);
	cr_assert_eq(bind(reserved, (struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(getsockname(reserved, (struct sockaddr *)&address, &size), 0);
	*port_r = ntohs(address.sin_port);
	return reserved;
}

Test(imap_tcp, refused_connection_is_told)
{
	struct imap_endpoint endpoint = { .host = "127.0.0.1",
					  .tls = IMAP_TLS_NONE,
					  .timeout = 20 };
	int reserved = reserve_port(&endpoint.port);
	struct error error = fail_to_open(&endpoint);
	char port[16];

	(void)snprintf(port, sizeof port, "port %u", (unsigned int)endpoint.port);
	expect_words(&error, "127.0.0.1");
	expect_words(&error, port);
	expect_words(&error, strerror(ECONNREFUSED));
	(void)close(reserved);
}

/* Longer than a label may be: no name server is asked. */
Test(imap_tcp, unknown_host_is_told)
{
	struct imap_endpoint endpoint = {
		.host = "this-label-is-longer-than-the-sixty-three-bytes-that-are-allowed-there.invalid",
		.port = 993,
		.tls = IMAP_TLS_IMPLICIT,
		.timeout = 20
	};
	struct error error = fail_to_open(&endpoint);

	expect_words(&error, endpoint.host);
	expect_words(&error, "`host`");
}

/* A listener whose queue is full lets nobody in and refuses nobody. */
struct full {
	int listener;
	int fillers[FILLERS];
	uint16_t port;
};

static struct full make_full(void)
{
	struct full full = { .listener = reserve_port(&full.port) };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(full.port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(listen(full.listener, 0), 0);
	for (size_t i = 0; i < FILLERS; i++) {
		full.fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		cr_assert_geq(full.fillers[i], 0);
		(void)connect(full.fillers[i], (struct sockaddr *)&address, sizeof address);
	}
	return full;
}

static void release_full(struct full *full)
{
	for (size_t i = 0; i < FILLERS; i++)
		(void)close(full->fillers[i]);
	(void)close(full->listener);
}

Test(imap_tcp, server_that_never_answers_is_given_up)
{
	struct full full = make_full();
	struct imap_endpoint endpoint = {
		.host = "127.0.0.1", .port = full.port, .tls = IMAP_TLS_NONE, .timeout = 1
	};
	struct error error = fail_to_open(&endpoint);

	expect_words(&error, "127.0.0.1:");
	expect_words(&error, "did not respond for 1 second");
	release_full(&full);
}

static void *set_flag_later(void *flag)
{
	(void)usleep(100000);
	atomic_store((atomic_bool *)flag, true);
	return NULL;
}

Test(imap_tcp, signal_ends_connecting)
{
	struct full full = make_full();
	atomic_bool cancel = false;
	struct imap_endpoint endpoint = { .host = "127.0.0.1",
					  .port = full.port,
					  .tls = IMAP_TLS_NONE,
					  .timeout = 20,
					  .cancel = &cancel };
	struct error error;
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, set_flag_later, &cancel), 0);
	error = fail_to_open(&endpoint);
	expect_words(&error, "stopped by a signal");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	release_full(&full);
}

static int option_of(int socket, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	cr_assert_eq(getsockopt(socket, level, name, &value, &size), 0);
	return value;
}

Test(imap_tcp, socket_has_its_options)
{
	struct imap_peer peer = { .talk = NULL };
	struct imap_endpoint endpoint;
	struct imap_stream *stream = NULL;
	struct error error = ERROR_INITIAL;

	imap_peer_listen(&peer);
	endpoint = imap_peer_endpoint(&peer, IMAP_TLS_NONE);
	cr_assert_eq(imap_stream_open(&endpoint, &stream, &error), 0, "%s", error.text);
	cr_expect_neq(option_of(stream->socket, SOL_SOCKET, SO_KEEPALIVE), 0);
	cr_expect_neq(option_of(stream->socket, IPPROTO_TCP, TCP_NODELAY), 0);
	cr_expect_neq(fcntl(stream->socket, F_GETFD) & FD_CLOEXEC, 0);
	cr_expect_neq(fcntl(stream->socket, F_GETFL) & O_NONBLOCK, 0);
	imap_stream_close(&stream);
	imap_peer_end(&peer);
}
