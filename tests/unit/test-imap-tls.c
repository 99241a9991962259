/* The handshake: whom it trusts, and what goes out when it does not. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "imap-peer.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define DAY 86400L

/* --- Helpers --- */

/* An authority, and the file in which the client finds it. */
struct authority {
	struct certificate certificate;
	char *file;
};

static struct authority make_authority(void)
{
	static const struct certificate_wish wish = { .name = "authority" };
	struct authority authority = { .certificate = certificate_make(&wish, NULL) };

	authority.file = certificate_write(&authority.certificate);
	return authority;
}

static void release_authority(struct authority *authority)
{
	(void)unlink(authority->file);
	free(authority->file);
	certificate_release(&authority->certificate);
}

static void expect_words(const struct error *error, const char *words)
{
	cr_expect_not_null(strstr(error->text, words), "no \"%s\" in: %s", words, error->text);
}

/* One handshake with PEER, and 2 bytes each way when it is done. Returns 0, or -1 with the error;
 * then nothing of ours may have gone out. */
static int try_handshake(struct imap_peer *peer, const struct imap_endpoint *endpoint,
			 struct error *error)
{
	struct imap_stream *stream = imap_peer_pair(peer, endpoint);
	struct error later = ERROR_INITIAL;
	int result = imap_stream_start_tls(stream, error);
	int written = imap_stream_write(stream, "hi", 2, result == 0 ? error : &later);
	char bytes[2] = "";
	size_t length = 1;

	cr_expect_eq(imap_stream_is_secure(stream), result == 0);
	cr_expect_eq(written, result);
	if (result != 0) {
		cr_expect_eq(error->scope, SCOPE_ACCOUNT);
		cr_expect_eq(imap_stream_read(stream, bytes, sizeof bytes, &length, &later), -1);
		cr_expect_eq(length, 0);
	}
	imap_stream_close(&stream);
	imap_peer_end(peer);
	cr_expect_eq(peer->received, result == 0 ? 2 : 0);
	return result;
}

/* --- Names (RFC 9051 section 11.1) --- */

Test(imap_tls, certificate_must_be_for_the_host)
{
	static const struct {
		const char *hosts;
		const char *host;
		bool right;
		const char *server_name;
	} cases[] = {
		{ "DNS:mail.example.org", "mail.example.org", true, "mail.example.org" },
		{ "DNS:mail.example.org", "MAIL.Example.org", true, "MAIL.Example.org" },
		{ "DNS:mail.example.org", "mail.example.org.", true, "mail.example.org" },
		{ "DNS:a.example.org,DNS:b.example.org", "b.example.org", true, "b.example.org" },
		{ "DNS:*.example.org", "mail.example.org", true, "mail.example.org" },
		{ "DNS:*.example.org", "example.org", false, "example.org" },
		{ "DNS:*.example.org", "a.mail.example.org", false, "a.mail.example.org" },
		{ "DNS:m*.example.org", "mail.example.org", false, "mail.example.org" },
		{ "DNS:mail.example.org", "example.org", false, "example.org" },
		{ "DNS:mail.example.org", "xmail.example.org", false, "xmail.example.org" },
		{ "DNS:mail.example.org.evil.example", "mail.example.org", false,
		  "mail.example.org" },
		{ "", "mail.example.org", false, "mail.example.org" },
		{ "email:a@mail.example.org", "mail.example.org", false, "mail.example.org" },
		{ "IP:192.0.2.1", "192.0.2.1", true, "" },
		{ "IP:192.0.2.1", "192.0.2.2", false, "" },
		{ "DNS:192.0.2.1", "192.0.2.1", false, "" },
		{ "IP:2001:db8::1", "2001:DB8:0::1", true, "" },
		{ "IP:fe80::1", "fe80::1%eth0", true, "" },
		{ "IP:fe80::1", "fe80::2", false, "" },
	};
	struct authority authority = make_authority();

	for (size_t i = 0; i < COUNT(cases); i++) {
		/* A common name that would do if it counted beside the others. */
		struct certificate_wish wish = { .name = cases[i].host, .hosts = cases[i].hosts };
		struct certificate certificate = certificate_make(&wish, &authority.certificate);
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = cases[i].host,
						  .tls_ca = authority.file,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;
		int result = try_handshake(&peer, &endpoint, &error);

		cr_expect_eq(result, cases[i].right ? 0 : -1, "case %zu: %s", i, error.text);
		cr_expect_str_eq(peer.server_name, cases[i].server_name, "case %zu", i);
		if (!cases[i].right) {
			cr_expect_eq(error.kind, ERROR_FAILED);
			expect_words(&error, "mismatch");
			expect_words(&error, certificate.fingerprint);
		}
		certificate_release(&certificate);
	}
	release_authority(&authority);
}

Test(imap_tls, host_that_no_certificate_can_have_is_told)
{
	static const char *const hosts[] = { "", ".", NULL };
	static const struct certificate_wish wish = { .name = "here", .hosts = "DNS:here" };
	struct certificate certificate = certificate_make(&wish, NULL);

	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = hosts[i],
						  .tunnel = hosts[i] ? NULL : "a command",
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1, "case %zu", i);
		cr_expect_eq(error.kind, ERROR_CONFIG);
		expect_words(&error, "`host`");
	}
	certificate_release(&certificate);
}

/* --- Authorities and times --- */

Test(imap_tls, certificate_must_be_valid_now)
{
	static const struct {
		struct certificate_wish wish;
		const char *words;
	} cases[] = {
		{ { .name = "a", .hosts = "DNS:a", .from = -2 * DAY, .to = -DAY }, "expired" },
		{ { .name = "a", .hosts = "DNS:a", .from = DAY, .to = 2 * DAY }, "not yet valid" },
	};
	struct authority authority = make_authority();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct certificate certificate =
			certificate_make(&cases[i].wish, &authority.certificate);
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = "a",
						  .tls_ca = authority.file,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1);
		cr_expect_eq(error.kind, ERROR_FAILED);
		expect_words(&error, cases[i].words);
		expect_words(&error, certificate.fingerprint);
		cr_expect_null(strstr(error.text, "tls-ca"), "of no use here: %s", error.text);
		certificate_release(&certificate);
	}
	release_authority(&authority);
}

Test(imap_tls, another_authority_is_not_enough)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct authority authority = make_authority();
	struct authority namesake = make_authority();
	const struct certificate *const issuers[] = { &namesake.certificate, NULL };

	for (size_t i = 0; i < COUNT(issuers); i++) {
		struct certificate certificate = certificate_make(&wish, issuers[i]);
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = "a",
						  .tls_ca = authority.file,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1, "case %zu", i);
		cr_expect_eq(error.kind, ERROR_FAILED);
		expect_words(&error, certificate.fingerprint);
		expect_words(&error, "tls-ca");
		certificate_release(&certificate);
	}
	release_authority(&namesake);
	release_authority(&authority);
}

Test(imap_tls, file_of_authorities_must_be_one)
{
	static const char *const files[] = { "/nonexistent/ca.pem", "/dev/null" };
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct certificate certificate = certificate_make(&wish, NULL);

	for (size_t i = 0; i < COUNT(files); i++) {
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = "a", .tls_ca = files[i], .timeout = 20 };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1, "%s", files[i]);
		cr_expect_eq(error.kind, ERROR_CONFIG);
		expect_words(&error, files[i]);
	}
	certificate_release(&certificate);
}

/* --- The fingerprint, which alone decides --- */

Test(imap_tls, right_fingerprint_is_enough)
{
	static const struct certificate_wish wish = {
		.name = "b", .hosts = "DNS:b", .from = -2 * DAY, .to = -DAY
	};
	static const char *const hosts[] = { "a", "192.0.2.1", NULL };
	struct certificate certificate = certificate_make(&wish, NULL);

	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint = { .host = hosts[i],
						  .tunnel = hosts[i] ? NULL : "a command",
						  .tls_fingerprint = certificate.fingerprint,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;

		cr_expect_eq(try_handshake(&peer, &endpoint, &error), 0, "%s", error.text);
	}
	certificate_release(&certificate);
}

Test(imap_tls, wrong_fingerprint_is_refused_although_all_else_is_right)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct authority authority = make_authority();
	struct certificate certificate = certificate_make(&wish, &authority.certificate);
	struct imap_peer peer = { .certificate = &certificate };
	struct imap_endpoint endpoint = { .host = "a",
					  .tls_ca = authority.file,
					  .tls_fingerprint = authority.certificate.fingerprint,
					  .timeout = 20 };
	struct error error = ERROR_INITIAL;

	cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1);
	cr_expect_eq(error.kind, ERROR_FAILED);
	expect_words(&error, "none of tls-fingerprint");
	expect_words(&error, certificate.fingerprint);
	certificate_release(&certificate);
	release_authority(&authority);
}

/* --- The protocol --- */

Test(imap_tls, versions_before_1_2_are_refused)
{
	static const struct {
		int version;
		bool right;
	} cases[] = {
		{ TLS1_VERSION, false },
		{ TLS1_1_VERSION, false },
		{ TLS1_2_VERSION, true },
		{ TLS1_3_VERSION, true },
	};
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct certificate certificate = certificate_make(&wish, NULL);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_peer peer = { .certificate = &certificate,
					  .tls_version = cases[i].version };
		struct imap_endpoint endpoint = { .host = "a",
						  .tls_fingerprint = certificate.fingerprint,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;
		int result = try_handshake(&peer, &endpoint, &error);

		cr_expect_eq(result, cases[i].right ? 0 : -1, "case %zu: %s", i, error.text);
		cr_expect_eq(peer.shaken, cases[i].right);
		if (!cases[i].right) {
			cr_expect_eq(error.kind, ERROR_FAILED);
			expect_words(&error, "older than 1.2");
		}
	}
	certificate_release(&certificate);
}

Test(imap_tls, common_name_is_told_and_can_be_pinned)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "" };
	struct authority authority = make_authority();
	struct certificate certificate = certificate_make(&wish, &authority.certificate);
	struct imap_peer peer = { .certificate = &certificate };
	struct imap_peer again = { .certificate = &certificate };
	struct imap_endpoint endpoint = { .host = "a", .tls_ca = authority.file, .timeout = 20 };
	struct error error = ERROR_INITIAL;

	cr_expect_eq(try_handshake(&peer, &endpoint, &error), -1);
	expect_words(&error, "common name");
	expect_words(&error, certificate.fingerprint);
	endpoint.tls_fingerprint = certificate.fingerprint;
	cr_expect_eq(try_handshake(&again, &endpoint, &error), 0, "%s", error.text);
	certificate_release(&certificate);
	release_authority(&authority);
}

Test(imap_tls, version_1_2_needs_forward_secrecy)
{
	static const struct {
		const char *ciphers;
		bool right;
	} cases[] = {
		{ "AES128-GCM-SHA256", false },          { "kRSA", false },
		{ "ECDHE-RSA-AES128-GCM-SHA256", true }, { "DHE-RSA-AES256-GCM-SHA384", true },
		{ "ECDHE-RSA-AES256-SHA384", true },
	};
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a", .rsa = true };
	struct certificate certificate = certificate_make(&wish, NULL);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_peer peer = { .certificate = &certificate,
					  .tls_version = TLS1_2_VERSION,
					  .ciphers = cases[i].ciphers };
		struct imap_endpoint endpoint = { .host = "a",
						  .tls_fingerprint = certificate.fingerprint,
						  .timeout = 20 };
		struct error error = ERROR_INITIAL;
		int result = try_handshake(&peer, &endpoint, &error);

		cr_expect_eq(result, cases[i].right ? 0 : -1, "case %zu: %s", i, error.text);
		if (!cases[i].right)
			expect_words(&error, "forward secrecy");
	}
	certificate_release(&certificate);
}

static void greet_in_the_clear(struct imap_peer *peer)
{
	(void)imap_peer_write(peer, "* OK this is not TLS\r\n", 22);
}

static void hang_up(struct imap_peer *peer)
{
	imap_peer_hang_up(peer);
}

/* Neither of these counts as received: the peer reads what the client sent for the handshake. */
static struct error fail_without_tls(void (*greet)(struct imap_peer *))
{
	struct imap_peer peer = { .greet = greet };
	struct imap_endpoint endpoint = { .host = "a", .port = 7, .timeout = 20 };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;

	cr_expect_eq(imap_stream_start_tls(stream, &error), -1);
	cr_expect_not(imap_stream_is_secure(stream));
	expect_words(&error, "a:7");
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	return error;
}

Test(imap_tls, server_without_tls_is_told)
{
	struct error error = fail_without_tls(greet_in_the_clear);

	cr_expect_eq(error.kind, ERROR_FAILED);
	expect_words(&error, "speaks IMAP without TLS");
}

Test(imap_tls, server_that_goes_may_come_back)
{
	struct error error = fail_without_tls(hang_up);

	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	expect_words(&error, "closed the connection");
}

/* --- STARTTLS --- */

#define CLEAR_BYTES (4u * 1024u * 1024u)

/* So much that the client cannot write it without reading. */
static void inject_then_read(struct imap_peer *peer)
{
	static const char injected[] = "* BYE injected\r\n";
	char *bytes = memory_allocate(CLEAR_BYTES);

	(void)imap_peer_write(peer, injected, sizeof injected - 1);
	(void)imap_peer_read(peer, bytes, CLEAR_BYTES);
	free(bytes);
}

static void say_hi(struct imap_peer *peer)
{
	(void)imap_peer_write(peer, "hi", 2);
}

/* RFC 9051 section 6.2.1. */
Test(imap_tls, bytes_from_before_the_handshake_are_thrown_away)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct certificate certificate = certificate_make(&wish, NULL);
	struct imap_peer peer = { .certificate = &certificate,
				  .greet = inject_then_read,
				  .talk = say_hi };
	struct imap_endpoint endpoint = { .host = "a",
					  .tls_fingerprint = certificate.fingerprint,
					  .timeout = 20 };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;
	char *bytes = memory_allocate(CLEAR_BYTES);
	size_t length = 0;

	cr_assert_eq(imap_stream_write(stream, bytes, CLEAR_BYTES, &error), 0, "%s", error.text);
	cr_expect_gt(stream->ahead.length, 0, "nothing to throw away");
	cr_assert_eq(imap_stream_start_tls(stream, &error), 0, "%s", error.text);
	cr_assert_eq(imap_stream_read(stream, bytes, CLEAR_BYTES, &length, &error), 0);
	cr_expect_eq(length, 2);
	cr_expect_arr_eq(bytes, "hi", 2);
	free(bytes);
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	certificate_release(&certificate);
}

/* Waits for one byte, then speaks. */
static void answer_hi(struct imap_peer *peer)
{
	char byte;

	if (imap_peer_read(peer, &byte, 1))
		say_hi(peer);
}

/* Behind the handshake of TLS 1.3 come tickets: the socket is ready, and there is nothing to read.
 */
Test(imap_tls, what_is_not_there_is_not_waited_for)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct certificate certificate = certificate_make(&wish, NULL);
	struct imap_peer peer = { .certificate = &certificate,
				  .tls_version = TLS1_3_VERSION,
				  .talk = answer_hi };
	struct imap_endpoint endpoint = { .host = "a",
					  .tls_fingerprint = certificate.fingerprint,
					  .timeout = 20 };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct pollfd polled = { .fd = imap_stream_descriptor(stream), .events = POLLIN };
	struct error error = ERROR_INITIAL;
	char bytes[8];
	size_t length = 0;
	int result = IMAP_STREAM_NOTHING;

	cr_assert_eq(imap_stream_start_tls(stream, &error), 0, "%s", error.text);
	cr_assert_eq(poll(&polled, 1, 20000), 1, "no ticket came");
	cr_expect_eq(imap_stream_read_now(stream, bytes, sizeof bytes, &length, &error),
		     IMAP_STREAM_NOTHING);
	cr_assert_eq(imap_stream_write(stream, "?", 1, &error), 0, "%s", error.text);
	while (result == IMAP_STREAM_NOTHING) {
		cr_assert_eq(poll(&polled, 1, 20000), 1, "no answer came");
		result = imap_stream_read_now(stream, bytes, sizeof bytes, &length, &error);
	}
	cr_expect_eq(result, 0);
	cr_expect_eq(length, 2);
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	certificate_release(&certificate);
}

Test(imap_tls, second_handshake_is_refused)
{
	static const struct certificate_wish wish = { .name = "a", .hosts = "DNS:a" };
	struct certificate certificate = certificate_make(&wish, NULL);
	struct imap_peer peer = { .certificate = &certificate };
	struct imap_endpoint endpoint = { .host = "a",
					  .tls_fingerprint = certificate.fingerprint,
					  .timeout = 20 };
	struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
	struct error error = ERROR_INITIAL;

	cr_assert_eq(imap_stream_start_tls(stream, &error), 0, "%s", error.text);
	cr_expect_eq(imap_stream_start_tls(stream, &error), -1);
	expect_words(&error, "a second time");
	cr_expect(imap_stream_is_secure(stream));
	imap_stream_close(&stream);
	imap_peer_end(&peer);
	certificate_release(&certificate);
}

/* --- Channel binding --- */

static void keep_binding(struct imap_peer *peer)
{
	struct imap_channel_binding *binding = peer->context;

	binding->exporter = SSL_version(peer->ssl) >= TLS1_3_VERSION;
	binding->length = binding->exporter ? 32
					    : SSL_get_peer_finished(peer->ssl, binding->bytes,
								    sizeof binding->bytes);
	if (binding->exporter)
		(void)SSL_export_keying_material(peer->ssl, binding->bytes, 32,
						 "EXPORTER-Channel-Binding", 24, NULL, 0, 1);
	(void)imap_peer_write(peer, "x", 1);
}

Test(imap_tls, both_ends_see_the_same_channel_binding)
{
	static const struct certificate_wish wish = { .name = "here", .hosts = "DNS:here" };
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (size_t i = 0; i < COUNT(versions); i++) {
		struct certificate certificate = certificate_make(&wish, NULL);
		struct imap_channel_binding far = { .length = 0 };
		struct imap_channel_binding near;
		struct imap_peer peer = { .certificate = &certificate,
					  .tls_version = versions[i],
					  .talk = keep_binding,
					  .context = &far };
		const struct imap_endpoint endpoint = {
			.host = "here", .timeout = 20, .tls_fingerprint = certificate.fingerprint
		};
		struct imap_stream *stream = imap_peer_pair(&peer, &endpoint);
		struct error error = ERROR_INITIAL;
		size_t length;
		char byte;

		cr_expect_not(imap_stream_channel_binding(stream, &near), "in the clear");
		cr_assert_eq(imap_stream_start_tls(stream, &error), 0, "%s", error.text);
		cr_assert_eq(imap_stream_read(stream, &byte, 1, &length, &error), 0);
		cr_expect(imap_stream_channel_binding(stream, &near));
		imap_stream_close(&stream);
		imap_peer_end(&peer);
		cr_expect_eq(near.exporter, versions[i] == TLS1_3_VERSION);
		cr_assert_eq(near.length, far.length);
		cr_expect_arr_eq(near.bytes, far.bytes, near.length);
		certificate_release(&certificate);
	}
}

/* --- From the connect on --- */

Test(imap_tls, implicit_tls_comes_with_the_connection)
{
	static const struct certificate_wish wishes[] = {
		{ .name = "a", .hosts = "IP:127.0.0.1" },
		{ .name = "a", .hosts = "IP:127.0.0.2" },
	};
	struct authority authority = make_authority();

	for (size_t i = 0; i < COUNT(wishes); i++) {
		struct certificate certificate =
			certificate_make(&wishes[i], &authority.certificate);
		struct imap_peer peer = { .certificate = &certificate };
		struct imap_endpoint endpoint;
		struct imap_stream *stream = NULL;
		struct error error = ERROR_INITIAL;

		imap_peer_listen(&peer);
		endpoint = imap_peer_endpoint(&peer, IMAP_TLS_IMPLICIT);
		endpoint.tls_ca = authority.file;
		cr_expect_eq(imap_stream_open(&endpoint, &stream, &error), i == 0 ? 0 : -1, "%s",
			     error.text);
		cr_expect_eq(stream != NULL && imap_stream_is_secure(stream), i == 0);
		imap_stream_close(&stream);
		imap_peer_end(&peer);
		certificate_release(&certificate);
	}
	release_authority(&authority);
}
