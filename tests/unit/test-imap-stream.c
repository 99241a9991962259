/* Reading and writing, in the clear and with TLS alike. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <criterion/criterion.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "imap-peer.h"

#define SERVER_SAYS (512u * 1024u)
#define CLIENT_SAYS (4u * 1024u * 1024u)
#define AHEAD_MAX (1024u * 1024u)

/* --- Helpers --- */

static const bool both[] = { false, true };

/* A stream to PEER over a socket pair, whose buffers are small; with TLS when wanted. */
static struct imap_stream *connect_to(struct imap_peer *peer, struct imap_endpoint *endpoint,
				      struct certificate *certificate, bool tls)
{
	static const struct certificate_wish wish = { .name = "here", .hosts = "DNS:here" };
	struct error error = ERROR_INITIAL;
	struct imap_stream *stream;

	if (tls) {
		*certificate = certificate_make(&wish, NULL);
		peer->certificate = certificate;
		endpoint->tls_fingerprint = certificate->fingerprint;
	}
	stream = imap_peer_pair(peer, endpoint);
	if (tls)
		cr_assert_eq(imap_stream_start_tls(stream, &error), 0, "%s", error.text);
	cr_assert_eq(imap_stream_is_secure(stream), tls);
	return stream;
}

static void disconnect(struct imap_stream **stream, struct imap_peer *peer,
		       struct certificate *certificate)
{
	imap_stream_close(stream);
	cr_expect_null(*stream);
	imap_peer_end(peer);
	if (certificate->x509 != NULL)
		certificate_release(certificate);
}

static char *make_bytes(size_t length, unsigned int seed)
{
	char *bytes = memory_allocate(length);

	for (size_t i = 0; i < length; i++) {
		seed = seed * 1103515245u + 12345u;
		bytes[i] = (char)(seed >> 16);
	}
	return bytes;
}

static void expect_words(const struct error *error, const char *words)
{
	cr_expect_not_null(strstr(error->text, words), "no \"%s\" in: %s", words, error->text);
}

static void read_whole(struct imap_stream *stream, char *bytes, size_t length)
{
	struct error error = ERROR_INITIAL;
	size_t got = 0;

	while (length > 0) {
		cr_assert_eq(imap_stream_read(stream, bytes, length, &got, &error), 0, "%s",
			     error.text);
		cr_assert(got > 0 && got <= length, "%zu of %zu", got, length);
		bytes += got;
		length -= got;
	}
}

static void expect_end(struct imap_stream *stream)
{
	struct error error = ERROR_INITIAL;
	char byte;
	size_t got = 1;

	cr_assert_eq(imap_stream_read(stream, &byte, 1, &got, &error), 0, "%s", error.text);
	cr_expect_eq(got, 0);
}

static struct error fail_to_read(struct imap_stream *stream)
{
	struct error error = ERROR_INITIAL;
	char byte;
	size_t got = 1;

	cr_assert_eq(imap_stream_read(stream, &byte, 1, &got, &error), -1);
	cr_expect_eq(got, 0);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	return error;
}

/* Writes until it fails. */
static struct error fail_to_write(struct imap_stream *stream)
{
	struct error error = ERROR_INITIAL;
	char *bytes = make_bytes(CLIENT_SAYS, 3);
	int result = 0;

	for (int i = 0; i < 100 && result == 0; i++)
		result = imap_stream_write(stream, bytes, CLIENT_SAYS, &error);
	free(bytes);
	cr_assert_eq(result, -1);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	return error;
}

/* --- Bytes both ways --- */

static void talk_a_little(struct imap_peer *peer)
{
	char line[6];

	(void)imap_peer_write(peer, "* OK hi\r\n", 9);
	if (imap_peer_read(peer, line, sizeof line))
		(void)imap_peer_write(peer, line, sizeof line);
	if (imap_peer_read(peer, line, sizeof line))
		(void)imap_peer_write(peer, line, sizeof line);
}

Test(imap_stream, bytes_are_carried_and_counted)
{
	for (size_t i = 0; i < 2; i++) {
		struct imap_endpoint endpoint = { .host = "here", .timeout = 20 };
		struct imap_peer peer = { .talk = talk_a_little };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, both[i]);
		struct imap_stream_counts counts;
		struct error error = ERROR_INITIAL;
		char bytes[9];

		cr_assert_eq(imap_stream_write(stream, "", 0, &error), 0); /* makes no round trip */
		read_whole(stream, bytes, 1);                              /* the rest is kept */
		read_whole(stream, bytes + 1, 8);
		cr_expect_arr_eq(bytes, "* OK hi\r\n", 9);
		for (int k = 0; k < 2; k++) {
			cr_assert_eq(imap_stream_write(stream, "NO", 2, &error), 0);
			cr_assert_eq(imap_stream_write(stream, "OP\r\n", 4, &error), 0);
			cr_assert_eq(imap_stream_write(stream, "", 0, &error), 0);
			read_whole(stream, bytes, 6);
			cr_expect_arr_eq(bytes, "NOOP\r\n", 6);
		}
		counts = imap_stream_counts(stream);
		cr_expect_eq(counts.bytes_in, 21);
		cr_expect_eq(counts.bytes_out, 12);
		cr_expect_eq(counts.round_trips, 2);
		disconnect(&stream, &peer, &certificate);
		cr_expect_eq(peer.received, 12);
	}
}

/* --- Two full pipes --- */

struct talk {
	char *server_says;
	char *client_says;
	bool same;
};

static void send_before_reading(struct imap_peer *peer)
{
	struct talk *talk = peer->context;
	char *got = memory_allocate(CLIENT_SAYS);

	talk->same = imap_peer_write(peer, talk->server_says, SERVER_SAYS) &&
		     imap_peer_read(peer, got, CLIENT_SAYS) &&
		     memcmp(got, talk->client_says, CLIENT_SAYS) == 0 &&
		     imap_peer_write(peer, "done", 4);
	free(got);
}

Test(imap_stream, two_full_pipes_do_not_wait_for_each_other)
{
	struct talk talk = { .server_says = make_bytes(SERVER_SAYS, 1),
			     .client_says = make_bytes(CLIENT_SAYS, 2) };
	char *got = memory_allocate(SERVER_SAYS);

	for (size_t i = 0; i < 2; i++) {
		struct imap_endpoint endpoint = { .host = "here", .timeout = 5 };
		struct imap_peer peer = { .talk = send_before_reading, .context = &talk };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, both[i]);
		struct error error = ERROR_INITIAL;
		char end[4];

		cr_assert_eq(imap_stream_write(stream, talk.client_says, CLIENT_SAYS, &error), 0,
			     "%s", error.text);
		read_whole(stream, got, SERVER_SAYS);
		cr_expect_arr_eq(got, talk.server_says, SERVER_SAYS);
		read_whole(stream, end, sizeof end);
		cr_expect_arr_eq(end, "done", 4);
		cr_expect_eq(imap_stream_counts(stream).bytes_in, SERVER_SAYS + 4);
		cr_expect_eq(imap_stream_counts(stream).bytes_out, CLIENT_SAYS);
		disconnect(&stream, &peer, &certificate);
		cr_expect(talk.same);
	}
	free(got);
	free(talk.server_says);
	free(talk.client_says);
}

/* Never reads, and sends more than anybody wants to keep. */
static void flood(struct imap_peer *peer)
{
	const char bytes[16384] = "";

	while (imap_peer_write(peer, bytes, sizeof bytes))
		continue;
}

Test(imap_stream, reading_ahead_has_a_limit)
{
	struct imap_endpoint endpoint = { .host = "here", .timeout = 2 };
	struct imap_peer peer = { .talk = flood };
	struct certificate certificate = { .x509 = NULL };
	struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, false);
	struct error error = fail_to_write(stream);

	expect_words(&error, "did not respond");
	cr_expect_eq(stream->ahead.length, AHEAD_MAX);
	disconnect(&stream, &peer, &certificate);
}

/* Busy for longer than the client's timeout of 2 seconds, and tells about it. */
static void send_drops_then_read(struct imap_peer *peer)
{
	for (int i = 0; i < 150; i++) {
		(void)usleep(20000);
		if (!imap_peer_write(peer, ".", 1))
			return;
	}
}

Test(imap_stream, server_that_sends_while_it_does_not_read_is_alive)
{
	struct imap_endpoint endpoint = { .host = "here", .timeout = 2 };
	struct imap_peer peer = { .talk = send_drops_then_read };
	struct certificate certificate = { .x509 = NULL };
	struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, false);
	char *bytes = make_bytes(CLIENT_SAYS, 4);
	struct error error = ERROR_INITIAL;

	cr_expect_eq(imap_stream_write(stream, bytes, CLIENT_SAYS, &error), 0, "%s", error.text);
	free(bytes);
	disconnect(&stream, &peer, &certificate);
	cr_expect_eq(peer.received, CLIENT_SAYS);
}

/* --- The end of the connection --- */

static void say_bye_and_close_cleanly(struct imap_peer *peer)
{
	(void)imap_peer_write(peer, "bye", 3);
	if (peer->ssl)
		imap_peer_say_goodbye(peer);
	else
		imap_peer_hang_up(peer);
}

static void say_bye_and_just_hang_up(struct imap_peer *peer)
{
	(void)imap_peer_write(peer, "bye", 3);
	imap_peer_hang_up(peer);
}

Test(imap_stream, every_end_is_an_end)
{
	void (*const talks[])(struct imap_peer *) = { say_bye_and_close_cleanly,
						      say_bye_and_just_hang_up };

	for (size_t i = 0; i < 4; i++) {
		struct imap_endpoint endpoint = { .host = "here", .timeout = 20 };
		struct imap_peer peer = { .talk = talks[i / 2] };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream =
			connect_to(&peer, &endpoint, &certificate, both[i % 2]);
		char bytes[3];

		read_whole(stream, bytes, sizeof bytes);
		cr_expect_arr_eq(bytes, "bye", 3);
		expect_end(stream);
		expect_end(stream);
		disconnect(&stream, &peer, &certificate);
	}
}

/* What came before the end is not lost when the end is seen while writing. */
static void say_much_and_close(struct imap_peer *peer)
{
	char *bytes = make_bytes(SERVER_SAYS, 5);

	(void)imap_peer_write(peer, bytes, SERVER_SAYS);
	imap_peer_hang_up(peer);
	free(bytes);
}

Test(imap_stream, bytes_read_ahead_come_before_the_end)
{
	struct imap_endpoint endpoint = { .host = "here", .timeout = 5 };
	struct imap_peer peer = { .talk = say_much_and_close };
	struct certificate certificate = { .x509 = NULL };
	struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, false);
	char *bytes = make_bytes(CLIENT_SAYS, 6);
	char *expected = make_bytes(SERVER_SAYS, 5);
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_stream_write(stream, bytes, CLIENT_SAYS, &error), 0, "%s", error.text);
	read_whole(stream, bytes, SERVER_SAYS);
	cr_expect_arr_eq(bytes, expected, SERVER_SAYS);
	expect_end(stream);
	free(expected);
	free(bytes);
	disconnect(&stream, &peer, &certificate);
}

static void close_at_once(struct imap_peer *peer)
{
	(void)shutdown(peer->socket, SHUT_RDWR);
}

/* SIGPIPE would end the test. */
Test(imap_stream, writing_to_who_has_gone_is_an_error_and_no_signal)
{
	cr_assert_neq(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	for (size_t i = 0; i < 2; i++) {
		struct imap_endpoint endpoint = { .host = "here", .port = 7, .timeout = 20 };
		struct imap_peer peer = { .talk = close_at_once };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, both[i]);
		struct error error = fail_to_write(stream);

		cr_expect_eq(error.scope, SCOPE_CONNECTION);
		expect_words(&error, "here:7");
		disconnect(&stream, &peer, &certificate);
	}
}

struct meeting {
	sem_t here, gone;
};

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		continue;
}

/* Reads only when the client has gone. */
static void read_late(struct imap_peer *peer)
{
	struct meeting *meeting = peer->context;

	(void)sem_post(&meeting->here);
	await(&meeting->gone);
}

/* What a server that does not read has not got yet, it does not get after the end either. */
Test(imap_stream, what_is_unsent_at_the_close_is_sent_or_dropped)
{
	const size_t size = 1024u * 1024u;
	char *bytes = make_bytes(size, 3);

	for (size_t i = 0; i < 3; i++) {
		struct meeting meeting;
		struct imap_peer peer = { .talk = read_late, .context = &meeting };
		struct imap_endpoint endpoint;
		struct imap_stream *stream;
		struct error error = ERROR_INITIAL;

		cr_assert_eq(sem_init(&meeting.here, 0, 0), 0);
		cr_assert_eq(sem_init(&meeting.gone, 0, 0), 0);
		imap_peer_listen(&peer);
		endpoint = imap_peer_endpoint(&peer, IMAP_TLS_NONE);
		cr_assert_eq(imap_stream_open(&endpoint, &stream, &error), 0, "%s", error.text);
		if (i > 0)
			imap_stream_drop_unsent(stream, true);
		if (i > 1)
			imap_stream_drop_unsent(stream, false);
		cr_assert_eq(imap_stream_write(stream, bytes, size, &error), 0, "%s", error.text);
		await(&meeting.here);
		imap_stream_close(&stream);
		cr_assert_eq(sem_post(&meeting.gone), 0);
		imap_peer_end(&peer);
		cr_expect_eq(peer.received == size, i != 1, "case %zu: %zu", i, peer.received);
		cr_assert_eq(sem_destroy(&meeting.here), 0);
		cr_assert_eq(sem_destroy(&meeting.gone), 0);
	}
	free(bytes);
}

Test(imap_stream, closing_nothing_is_allowed)
{
	struct imap_stream *stream = NULL;

	imap_stream_close(NULL);
	imap_stream_close(&stream);
	cr_expect_null(stream);
}

/* --- Waiting --- */

Test(imap_stream, silent_server_is_given_up)
{
	for (size_t i = 0; i < 2; i++) {
		struct imap_endpoint endpoint = { .host = "here", .port = 7, .timeout = 1 };
		struct imap_peer peer = { .talk = imap_peer_ignore };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, both[i]);
		struct error error = fail_to_read(stream);

		cr_expect_eq(error.scope, SCOPE_CONNECTION);
		expect_words(&error, "here:7 did not respond for 1 second");
		expect_words(&error, "`timeout`");
		error = fail_to_write(stream);
		expect_words(&error, "did not respond");
		disconnect(&stream, &peer, &certificate);
	}
}

static void *set_flag_later(void *flag)
{
	(void)usleep(100000);
	atomic_store((atomic_bool *)flag, true);
	return NULL;
}

Test(imap_stream, signal_ends_every_wait)
{
	struct error (*const waits[])(struct imap_stream *) = { fail_to_read, fail_to_write };

	for (size_t i = 0; i < 4; i++) {
		atomic_bool cancel = false;
		struct imap_endpoint endpoint = { .host = "here",
						  .timeout = 20,
						  .cancel = &cancel };
		struct imap_peer peer = { .talk = imap_peer_ignore };
		struct certificate certificate = { .x509 = NULL };
		struct imap_stream *stream =
			connect_to(&peer, &endpoint, &certificate, both[i % 2]);
		struct error error;
		pthread_t thread;

		cr_assert_eq(pthread_create(&thread, NULL, set_flag_later, &cancel), 0);
		error = waits[i / 2](stream);
		cr_expect_eq(error.scope, SCOPE_ACCOUNT);
		expect_words(&error, "stopped by a signal");
		cr_assert_eq(pthread_join(thread, NULL), 0);
		disconnect(&stream, &peer, &certificate);
	}
}

Test(imap_stream, signal_ends_reading_that_need_not_wait)
{
	atomic_bool cancel = false;
	struct imap_endpoint endpoint = { .host = "here", .timeout = 20, .cancel = &cancel };
	struct imap_peer peer = { .talk = flood };
	struct certificate certificate = { .x509 = NULL };
	struct imap_stream *stream = connect_to(&peer, &endpoint, &certificate, false);
	struct error error;
	char bytes[100];

	read_whole(stream, bytes, sizeof bytes);
	atomic_store(&cancel, true);
	error = fail_to_read(stream);
	expect_words(&error, "stopped by a signal");
	disconnect(&stream, &peer, &certificate);
}
