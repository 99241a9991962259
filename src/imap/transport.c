/* Raw bytes to and from the socket, with deadlines. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "imap/rate.h"

#define AHEAD_MAX (1024u * 1024u)
#define AHEAD_STEP (64u * 1024u)
#define CANCEL_POLL_MS 250 /* how soon a signal is noticed */

char *transport_name(const struct imap_stream *stream)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	if (endpoint->tunnel)
		return endpoint->host ? memory_format("%s (through the tunnel)", endpoint->host)
				      : memory_text("the tunnel");
	return memory_format(strchr(endpoint->host, ':') ? "[%s]:%u" : "%s:%u", endpoint->host,
			     (unsigned int)endpoint->port);
}

int64_t transport_deadline(const struct imap_stream *stream)
{
	return clock_monotonic_ms() + (int64_t)stream->endpoint.timeout * 1000;
}

static bool is_cancelled(const struct imap_stream *stream)
{
	return stream->endpoint.cancel && atomic_load(stream->endpoint.cancel);
}

static int fail_cancelled(struct error *error)
{
	return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			 "stopped by a signal; the next run goes on from here");
}

static int fail_silence(const struct imap_stream *stream, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
			"%s did not respond for %u %s; the next run goes on from here (`timeout` "
			"sets how long to wait)",
			name, stream->endpoint.timeout,
			text_plural(stream->endpoint.timeout, "second", "seconds"));
	free(name);
	return -1;
}

/* Of the account: on other connections, and for the other folders, it would only take as long
 * again. */
static int fail_slowness(const struct imap_stream *stream, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(
		error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
		"%s is too slow: less than %u bytes moved in %u seconds, and no command was "
		"answered; the next run goes on from here (that is %d times `timeout`)",
		name, IMAP_PACE_BYTES, stream->endpoint.timeout * IMAP_PACE_PARTS, IMAP_PACE_PARTS);
	free(name);
	return -1;
}

static int fail_opening(const struct imap_stream *stream, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			"%s did not complete the login in %u seconds (that is %d "
			"times `timeout`); try again later",
			name, stream->endpoint.timeout * IMAP_PACE_PARTS, IMAP_PACE_PARTS);
	free(name);
	return -1;
}

void transport_begin_opening(struct imap_stream *stream)
{
	stream->open_until =
		clock_monotonic_ms() + (int64_t)stream->endpoint.timeout * 1000 * IMAP_PACE_PARTS;
}

/* Which limit comes first, and how to say that it did. */
struct limit {
	int64_t at;
	int (*fail)(const struct imap_stream *stream, struct error *error);
};

static struct limit first_limit(const struct imap_stream *stream, int64_t deadline)
{
	struct limit limit = { .at = deadline, .fail = fail_silence };
	int64_t slow =
		clock_monotonic_ms() + imap_pace_left_ms(&stream->pace, stream->endpoint.timeout);
	if (slow < limit.at)
		limit = (struct limit){ .at = slow, .fail = fail_slowness };
	if (stream->open_until != 0 && stream->open_until <= limit.at)
		limit = (struct limit){ .at = stream->open_until, .fail = fail_opening };
	return limit;
}

static int wait_until(const struct imap_stream *stream, int socket, short events, short *ready_r,
		      const struct limit *limit, struct error *error)
{
	for (;;) {
		if (is_cancelled(stream))
			return fail_cancelled(error);
		int64_t left = limit->at - clock_monotonic_ms();
		if (left <= 0)
			return limit->fail(stream, error);
		if (stream->endpoint.cancel && left > CANCEL_POLL_MS)
			left = CANCEL_POLL_MS;
		struct pollfd polled = { .fd = socket, .events = events };
		int count = poll(&polled, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (count < 0 && errno != EINTR)
			return error_set_errno(error, ERROR_TEMPORARY, SCOPE_CONNECTION, errno,
					       "cannot wait for the server");
		if (count > 0) {
			*ready_r = polled.revents;
			return 0;
		}
	}
}

int transport_wait(struct imap_stream *stream, int socket, short events, short *ready_r,
		   int64_t deadline, struct error *error)
{
	struct limit limit = first_limit(stream, deadline);
	int64_t begun = clock_monotonic_ms();
	int result = wait_until(stream, socket, events, ready_r, &limit, error);
	imap_pace_wait(&stream->pace, clock_monotonic_ms() - begun);
	return result;
}

static int fail_connection(struct imap_stream *stream, int reason, struct error *error)
{
	if (transport_explain_tunnel(stream, error))
		return -1;
	char *name = transport_name(stream);
	(void)error_set_errno(error, ERROR_TEMPORARY, SCOPE_CONNECTION, reason,
			      "the connection to %s broke", name);
	free(name);
	return -1;
}

/* The bytes that moved have their time first. That is no fault of the server's: no limit runs
 * meanwhile. */
static int await_rate(const struct imap_stream *stream, enum imap_direction direction,
		      struct error *error)
{
	int64_t wait;
	while ((wait = imap_rate_wait_us(stream->endpoint.rate, direction)) > 0) {
		if (!clock_sleep((wait + 999) / 1000, stream->endpoint.cancel))
			return fail_cancelled(error);
	}
	return 0;
}

/* What the socket has now: 1 something (*length_r 0: its end), 0 nothing, -1 broken. */
static int receive_now(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		       struct error *error)
{
	ssize_t got;
	do {
		got = recv(stream->socket, bytes,
			   imap_rate_step(stream->endpoint.rate, IMAP_IN, size), MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got < 0)
		return fail_connection(stream, errno, error);
	imap_pace_move(&stream->pace, (size_t)got);
	imap_rate_take(stream->endpoint.rate, IMAP_IN, (size_t)got);
	imap_round_trip_heard(&stream->round_trip, clock_monotonic_us());
	stream->heard = stream->heard || got > 0;
	stream->ended = stream->ended || got == 0;
	*length_r = (size_t)got;
	return 1;
}

static size_t take_ahead(struct imap_stream *stream, void *bytes, size_t size)
{
	size_t length = stream->ahead.length < size ? stream->ahead.length : size;
	memcpy(bytes, stream->ahead.bytes, length);
	buffer_drop(&stream->ahead, length);
	return length;
}

int transport_receive(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		      struct error *error)
{
	short ready;
	*length_r = 0;
	if (stream->ahead.length > 0) {
		*length_r = take_ahead(stream, bytes, size);
		return 0;
	}
	if (stream->ended)
		return 0;
	/* Also between two reads that need not wait: a fast server could go on for long. */
	if (is_cancelled(stream))
		return fail_cancelled(error);
	if (!stream->at_hand && await_rate(stream, IMAP_IN, error) != 0)
		return -1;
	int64_t deadline = transport_deadline(stream);
	for (;;) {
		int got = receive_now(stream, bytes, size, length_r, error);
		if (got > 0 && stream->ended && transport_explain_tunnel(stream, error))
			return -1;
		if (got != 0)
			return got < 0 ? -1 : 0;
		if (stream->at_hand)
			return IMAP_STREAM_NOTHING;
		if (transport_wait(stream, stream->socket, POLLIN, &ready, deadline, error) != 0)
			return -1;
	}
}

/* Two full pipes must not wait for each other: what the server sends while it does not take our
 * bytes is kept here. Returns how many bytes came, or -1. */
static ssize_t read_ahead(struct imap_stream *stream, struct error *error)
{
	size_t room = AHEAD_MAX - stream->ahead.length;
	size_t step = room < AHEAD_STEP ? room : AHEAD_STEP;
	char *bytes = memory_allocate(step);
	size_t length = 0;
	int got = receive_now(stream, bytes, step, &length, error);
	if (got > 0)
		buffer_add(&stream->ahead, bytes, length);
	free(bytes);
	return got < 0 ? -1 : (ssize_t)length;
}

/* Waits until the server takes bytes again, or has sent some: *deadline then starts anew, for that
 * is a sign of life. */
static int wait_to_send(struct imap_stream *stream, int64_t *deadline, struct error *error)
{
	bool may_read = !stream->ended && stream->ahead.length < AHEAD_MAX;
	short ready = 0;
	if (transport_wait(stream, stream->socket, (short)(POLLOUT | (may_read ? POLLIN : 0)),
			   &ready, *deadline, error) != 0)
		return -1;
	if (!may_read || !(ready & POLLIN))
		return 0;
	ssize_t got = read_ahead(stream, error);
	if (got > 0)
		*deadline = transport_deadline(stream);
	return got < 0 ? -1 : 0;
}

int transport_send(struct imap_stream *stream, const void *bytes, size_t length,
		   struct error *error)
{
	const char *from = bytes;
	int64_t deadline = transport_deadline(stream);
	while (length > 0) {
		size_t step = imap_rate_step(stream->endpoint.rate, IMAP_OUT, length);
		if (await_rate(stream, IMAP_OUT, error) != 0)
			return -1;
		ssize_t sent = send(stream->socket, from, step, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			from += sent;
			length -= (size_t)sent;
			imap_pace_move(&stream->pace, (size_t)sent);
			imap_rate_take(stream->endpoint.rate, IMAP_OUT, (size_t)sent);
			imap_round_trip_sent(&stream->round_trip, clock_monotonic_us());
			deadline = transport_deadline(stream);
		} else if (sent < 0 && errno != EINTR) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				return fail_connection(stream, errno, error);
			if (wait_to_send(stream, &deadline, error) != 0)
				return -1;
		}
	}
	return 0;
}
