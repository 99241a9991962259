/* Connecting by TCP. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "imap/transport.h"

#define ADDRESS_WAIT_MS 10000 /* for one address when there are others */

/* Fails only on systems that do not know the option: then the connection works without. */
static void set_option(int socket, int level, int name)
{
	int on = 1;
	(void)setsockopt(socket, level, name, &on, sizeof on);
}

void transport_set_options(int socket)
{
	set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
	set_option(socket, IPPROTO_TCP, TCP_NODELAY);
}

/* One address. *reason_r is errno of the failure; -1 without it: cancelled or over time, and the
 * error is set. */
static int try_address(struct imap_stream *stream, const struct addrinfo *address, int64_t deadline,
		       int *reason_r, struct error *error)
{
	short ready;
	int reason = 0;
	socklen_t length = sizeof reason;
	*reason_r = 0;
	int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				address->ai_protocol);
	if (descriptor < 0) {
		*reason_r = errno;
		return -1;
	}
	if (connect(descriptor, address->ai_addr, address->ai_addrlen) != 0)
		reason = errno;
	if (reason == EINPROGRESS || reason == EINTR) {
		if (transport_wait(stream, descriptor, POLLOUT, &ready, deadline, error) != 0) {
			(void)close(descriptor);
			return -1;
		}
		if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &length) != 0)
			reason = errno;
	}
	if (reason != 0) {
		(void)close(descriptor);
		*reason_r = reason;
		return -1;
	}
	transport_set_options(descriptor);
	stream->socket = descriptor;
	return 0;
}

static int fail_connect(const struct imap_stream *stream, int reason, struct error *error)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, reason,
			       "cannot connect to %s port %u (is the server up, and host and port "
			       "right?)",
			       endpoint->host, (unsigned int)endpoint->port);
}

static int fail_lookup(const char *host, int code, struct error *error)
{
	switch (code) {
	case EAI_SYSTEM:
		return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, errno,
				       "the host %s cannot be looked up", host);
	case EAI_NONAME:
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "there is no host named %s; check `host`, and whether this "
				 "computer is on the network",
				 host);
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "the host %s has no address that this computer can reach; check "
				 "`host`",
				 host);
	case EAI_AGAIN:
	case EAI_FAIL:
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "the host %s cannot be looked up, because the name server does "
				 "not answer; check the network",
				 host);
	default:
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "the host %s cannot be looked up: %s", host, gai_strerror(code));
	}
}

static int resolve(const struct imap_stream *stream, struct addrinfo **addresses_r,
		   struct error *error)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	char port[8];
	(void)snprintf(port, sizeof port, "%u", (unsigned int)endpoint->port);
	int code = getaddrinfo(endpoint->host, port, &wanted, addresses_r);
	if (code == EAI_ADDRFAMILY || code == EAI_NONAME) {
		/* Loopback is left out by AI_ADDRCONFIG where there is no other network. */
		struct addrinfo any = wanted;
		any.ai_flags = 0;
		code = getaddrinfo(endpoint->host, port, &any, addresses_r);
	}
	return code == 0 ? 0 : fail_lookup(endpoint->host, code, error);
}

/* One address that swallows everything must not use up the time of the others. */
static int64_t address_deadline(const struct imap_stream *stream, bool more_follow)
{
	int64_t whole = transport_deadline(stream);
	int64_t part = clock_monotonic_ms() + ADDRESS_WAIT_MS;
	return more_follow && part < whole ? part : whole;
}

int transport_connect_tcp(struct imap_stream *stream, struct error *error)
{
	struct addrinfo *addresses;
	if (resolve(stream, &addresses, error) != 0)
		return -1;
	const atomic_bool *cancel = stream->endpoint.cancel;
	struct error last = ERROR_INITIAL; /* of one address; another may do */
	int reason = 0;
	int result = -1;
	bool cancelled = false;
	for (const struct addrinfo *address = addresses; address && result != 0 && !cancelled;
	     address = address->ai_next) {
		int64_t deadline = address_deadline(stream, address->ai_next != NULL);
		result = try_address(stream, address, deadline, &reason, &last);
		cancelled = result != 0 && cancel && atomic_load(cancel);
	}
	freeaddrinfo(addresses);
	if (result == 0)
		return 0;
	if (reason != 0)
		return fail_connect(stream, reason, error);
	if (error)
		*error = last;
	return error_widen(error, SCOPE_ACCOUNT);
}

int64_t imap_stream_round_trip_us(const struct imap_stream *stream)
{
	struct tcp_info info;
	socklen_t length = sizeof info;
	/* Longer than the kernel's own, which ends at a relay. */
	if (stream->round_trip.known)
		return stream->round_trip.least_us;
	/* A tunnel's socket pair is no TCP and says so. */
	if (getsockopt(stream->socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		return -1;
	return info.tcpi_rtt > 0 ? (int64_t)info.tcpi_rtt : -1;
}
