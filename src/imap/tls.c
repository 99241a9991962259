/* TLS by OpenSSL, between memory and the raw transport. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/tls_memory.h"
#include "imap/transport.h"

#define RECORD_SIZE (16u * 1024u) /* what one TLS record carries (RFC 8446 section 5.1) */
#define CLOSE_TIMEOUT 1           /* seconds for the close_notify to leave */

/* --- Errors --- */

/* OpenSSL tells that memory ran out like anything else, and goes on as far as it gets: what it says
 * then of a file or a certificate is not true. */
static void check_memory(void)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ||
	    ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		memory_fail();
}

/* A connection that broke: the error is what OpenSSL says, or WHY without it. */
static int fail_connection(const struct imap_stream *stream, const char *why, struct error *error)
{
	check_memory();
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
			"the TLS connection to %s broke: %s", name, reason ? reason : why);
	free(name);
	ERR_clear_error();
	return -1;
}

/* What OpenSSL's reasons mean here; NULL: nothing more than their words. */
static const char *hint_for(unsigned long code)
{
	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return NULL;
	switch (ERR_GET_REASON(code)) {
	case SSL_R_WRONG_VERSION_NUMBER: /* of a record that is none */
	case SSL_R_RECORD_LENGTH_MISMATCH:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_HTTP_REQUEST:
		return "the server does not speak TLS there; check `port` and `tls`";
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		return "the server supports only a TLS that is older than 1.2, which is not secure, or "
		       "than tls-min";
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
		return "it most likely supports no forward secrecy (ECDHE, DHE), "
		       "without which traffic recorded today can be decrypted "
		       "once its key is known; the server needs an update";
	default:
		return NULL;
	}
}

static int fail_plain(const struct imap_stream *stream, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"%s speaks IMAP without TLS from the first byte; use tls = starttls, or "
			"the `port` of TLS (mostly 993)",
			name);
	free(name);
	ERR_clear_error();
	return -1;
}

static int fail_handshake(const struct imap_stream *stream, bool end, struct error *error)
{
	check_memory();
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	const char *hint = hint_for(code);
	char *name = transport_name(stream);
	if (end && !reason) /* it may be busy or just being started */
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				"no TLS connection could be made with %s: the server closed the "
				"connection during the handshake; if it always does, check `port` "
				"and `tls`",
				name);
	else
		(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				"no TLS connection could be made with %s: %s%s%s", name,
				reason ? reason : "the handshake failed", hint ? "; " : "",
				hint ? hint : "");
	free(name);
	ERR_clear_error();
	return -1;
}

/* --- Preparing --- */

static int load_roots(struct imap_stream *stream, struct error *error)
{
	const char *file = stream->endpoint.tls_ca;
	ERR_clear_error();
	/* Without any roots the certificate is refused, and that says why. */
	bool loaded = file ? SSL_CTX_load_verify_file(stream->ssl_context, file) == 1
			   : SSL_CTX_set_default_verify_paths(stream->ssl_context) == 1;
	check_memory();
	ERR_clear_error();
	if (loaded || !file)
		return 0;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "the file of tls-ca, %s, cannot be read as PEM certificates", file);
}

/* TLS 1.3 has forward secrecy always; of 1.2 only those with it (RFC 9325 section 4.1). */
#define CIPHERS "DEFAULT:!kRSA:!PSK:!SRP:!aNULL"

static int prepare(struct imap_stream *stream, struct error *error)
{
	stream->ssl_context = SSL_CTX_new(TLS_client_method());
	if (!stream->ssl_context)
		memory_fail();
	(void)SSL_CTX_set_min_proto_version(
		stream->ssl_context, stream->endpoint.tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
	if (SSL_CTX_set_cipher_list(stream->ssl_context, CIPHERS) != 1)
		memory_fail(); /* the list is a right one */
	(void)SSL_CTX_set_options(stream->ssl_context,
				  SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Verified all the same: see transport_certificate_check(). */
	SSL_CTX_set_verify(stream->ssl_context, SSL_VERIFY_NONE, NULL);
	imap_tls_memory_attach(stream->endpoint.tls_memory, stream->ssl_context);
	if (load_roots(stream, error) != 0 || transport_identity_set(stream, error) != 0)
		return -1;
	stream->ssl = SSL_new(stream->ssl_context);
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());
	if (!stream->ssl || !in || !out)
		memory_fail();
	(void)BIO_set_mem_eof_return(in, -1);
	(void)BIO_set_mem_eof_return(out, -1);
	SSL_set_bio(stream->ssl, in, out);
	imap_tls_memory_resume(stream->endpoint.tls_memory, stream->ssl);
	return transport_certificate_expect(stream, error);
}

/* --- Between OpenSSL's memory and the socket --- */

static int flush(struct imap_stream *stream, struct error *error)
{
	BIO *out = SSL_get_wbio(stream->ssl);
	char *bytes;
	long length = BIO_get_mem_data(out, &bytes);
	if (length <= 0)
		return 0;
	int result = transport_send(stream, bytes, (size_t)length, error);
	(void)BIO_reset(out);
	return result;
}

/* *end_r: the server closed the connection. Returns 0 or as transport_receive(). */
static int feed(struct imap_stream *stream, bool *end_r, struct error *error)
{
	char bytes[RECORD_SIZE];
	size_t length;
	if (flush(stream, error) != 0)
		return -1;
	int received = transport_receive(stream, bytes, sizeof bytes, &length, error);
	if (received != 0)
		return received;
	*end_r = length == 0;
	if (length > 0 && BIO_write(SSL_get_rbio(stream->ssl), bytes, (int)length) != (int)length)
		memory_fail();
	return 0;
}

/* Whether it is the greeting of plain IMAP that came in place of the server's part. */
static bool is_greeted(const struct imap_stream *stream)
{
	char *bytes;
	long length = BIO_get_mem_data(SSL_get_rbio(stream->ssl), &bytes);
	return stream->endpoint.tls == IMAP_TLS_IMPLICIT && length >= 4 &&
	       memcmp(bytes, "* OK", 4) == 0;
}

static int handshake(struct imap_stream *stream, struct error *error)
{
	bool end = false;
	for (;;) {
		if (is_greeted(stream))
			return fail_plain(stream, error);
		ERR_clear_error();
		int done = SSL_connect(stream->ssl);
		check_memory(); /* a certificate that was not looked at is no bad one */
		if (done == 1)
			return flush(stream, error);
		if (SSL_get_error(stream->ssl, done) != SSL_ERROR_WANT_READ || end) {
			(void)flush(stream, NULL); /* the alert that says why, as far as it goes */
			return fail_handshake(stream, end, error);
		}
		if (feed(stream, &end, error) != 0)
			return -1;
	}
}

int transport_tls_start(struct imap_stream *stream, struct error *error)
{
	stream->wants_tls = true;
	if (prepare(stream, error) != 0 || handshake(stream, error) != 0 ||
	    transport_certificate_check(stream, error) != 0)
		return -1;
	stream->secure = true;
	return 0;
}

#define EXPORTER_LABEL "EXPORTER-Channel-Binding" /* RFC 9266 section 2, and 32 bytes */
#define EXPORTER_LENGTH 32u

bool imap_stream_channel_binding(const struct imap_stream *stream,
				 struct imap_channel_binding *binding_r)
{
	*binding_r = (struct imap_channel_binding){ .exporter = true };
	if (!stream->secure)
		return false;
	if (SSL_version(stream->ssl) >= TLS1_3_VERSION) {
		binding_r->length = EXPORTER_LENGTH;
		return SSL_export_keying_material(stream->ssl, binding_r->bytes, EXPORTER_LENGTH,
						  EXPORTER_LABEL, sizeof EXPORTER_LABEL - 1, NULL,
						  0, 1) == 1;
	}
	/* The first Finished of the handshake is ours: none of TLS 1.2 is ever resumed. */
	binding_r->exporter = false;
	binding_r->length =
		SSL_get_finished(stream->ssl, binding_r->bytes, sizeof binding_r->bytes);
	return binding_r->length > 0 && binding_r->length <= sizeof binding_r->bytes &&
	       SSL_get_extms_support(stream->ssl) == 1;
}

/* --- Application bytes --- */

int transport_tls_read(struct imap_stream *stream, void *bytes, size_t size, size_t *length_r,
		       struct error *error)
{
	*length_r = 0;
	for (;;) {
		bool end = false;
		ERR_clear_error();
		if (SSL_read_ex(stream->ssl, bytes, size, length_r) == 1)
			return 0;
		int why = SSL_get_error(stream->ssl, 0);
		if (why == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (why != SSL_ERROR_WANT_READ)
			return fail_connection(stream, "the server violated the TLS protocol",
					       error);
		int fed = feed(stream, &end, error);
		if (fed != 0)
			return fed;
		if (end)
			return 0;
	}
}

int transport_tls_write(struct imap_stream *stream, const void *bytes, size_t length,
			struct error *error)
{
	const char *from = bytes;
	while (length > 0) {
		size_t part = length < RECORD_SIZE ? length : RECORD_SIZE;
		size_t written = 0;
		ERR_clear_error();
		if (SSL_write_ex(stream->ssl, from, part, &written) != 1)
			return fail_connection(stream, "nothing more can be sent", error);
		if (flush(stream, error) != 0)
			return -1;
		from += written;
		length -= written;
	}
	return 0;
}

void transport_tls_end(struct imap_stream *stream)
{
	if (stream->ssl && SSL_is_init_finished(stream->ssl) && !stream->ended) {
		/* Makes the close_notify; nobody waits for its answer. */
		(void)SSL_shutdown(stream->ssl);
		stream->endpoint.timeout = CLOSE_TIMEOUT;
		(void)flush(stream, NULL); /* it is closed either way */
	}
	SSL_free(stream->ssl);
	SSL_CTX_free(stream->ssl_context);
	stream->ssl = NULL;
	stream->ssl_context = NULL;
	stream->secure = false;
	ERR_clear_error();
}
