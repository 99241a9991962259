/* TLS by OpenSSL, between memory and the raw transport. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "imap/transport.h"

#define RECORD_SIZE (16u * 1024u) /* what one TLS record carries (RFC 8446 section 5.1) */
#define FINGERPRINT_SIZE 65       /* 64 hex digits and NUL */

/* --- Errors --- */

static int fail(const struct imap_stream *stream, enum error_kind kind, enum error_scope scope,
		const char *what, struct error *error)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	char *name = transport_name(stream);
	(void)error_set(error, kind, scope, "%s %s%s%s", what, name, reason ? ": " : "",
			reason ? reason : "");
	free(name);
	ERR_clear_error();
	return -1;
}

/* --- Certificates --- */

static bool fingerprint_of(const X509 *certificate, char text[FINGERPRINT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 || length != 32)
		return false;
	for (unsigned int i = 0; i < length; i++)
		(void)snprintf(text + (size_t)i * 2, 3, "%02x", digest[i]);
	return true;
}

static int refuse_certificate(const struct imap_stream *stream, const char *why,
			      const char *fingerprint, struct error *error)
{
	char *name = transport_name(stream);
	(void)error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT,
		"the certificate of %s is not to be trusted: %s. Nothing was sent. If you know "
		"that it is right, set tls-fingerprint = %s, or tls-ca = the file of its authority",
		name, why, fingerprint);
	free(name);
	return -1;
}

/* The handshake ran without stopping at a bad certificate, so that it can be shown; nothing of ours
 * was sent yet. */
static int check_certificate(const struct imap_stream *stream, struct error *error)
{
	char fingerprint[FINGERPRINT_SIZE] = "";
	X509 *certificate = SSL_get1_peer_certificate(stream->ssl);
	bool known = certificate && fingerprint_of(certificate, fingerprint);
	X509_free(certificate);
	if (!known)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "the server %s showed no certificate", stream->endpoint.host);
	const char *pinned = stream->endpoint.tls_fingerprint;
	if (pinned && strcmp(pinned, fingerprint) == 0)
		return 0;
	if (pinned)
		return refuse_certificate(stream, "it is not the one of tls-fingerprint",
					  fingerprint, error);
	long verified = SSL_get_verify_result(stream->ssl);
	if (verified == X509_V_OK)
		return 0;
	return refuse_certificate(stream, X509_verify_cert_error_string(verified), fingerprint,
				  error);
}

static bool is_address(const char *host)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* The name or address that the certificate must be for (RFC 9051 section 11.1); SNI only for names
 * (RFC 6066 section 3). */
static bool set_host(const struct imap_stream *stream)
{
	const char *host = stream->endpoint.host;
	X509_VERIFY_PARAM *parameters = SSL_get0_param(stream->ssl);
	if (!host)
		return false;
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
	X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(stream->ssl, host) == 1;
}

static int load_roots(struct imap_stream *stream, struct error *error)
{
	const char *file = stream->endpoint.tls_ca;
	if (!file) {
		/* Without any the certificate is refused, and that says why. */
		(void)SSL_CTX_set_default_verify_paths(stream->ssl_context);
		return 0;
	}
	if (SSL_CTX_load_verify_file(stream->ssl_context, file) == 1)
		return 0;
	ERR_clear_error();
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "the file of tls-ca, %s, cannot be read as PEM certificates", file);
}

static int prepare(struct imap_stream *stream, struct error *error)
{
	stream->ssl_context = SSL_CTX_new(TLS_client_method());
	if (!stream->ssl_context)
		memory_fail();
	(void)SSL_CTX_set_min_proto_version(stream->ssl_context, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(stream->ssl_context,
				  SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(stream->ssl_context, SSL_VERIFY_NONE,
			   NULL); /* see check_certificate() */
	if (load_roots(stream, error) != 0)
		return -1;
	stream->ssl = SSL_new(stream->ssl_context);
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());
	if (!stream->ssl || !in || !out)
		memory_fail();
	(void)BIO_set_mem_eof_return(in, -1);
	(void)BIO_set_mem_eof_return(out, -1);
	SSL_set_bio(stream->ssl, in, out);
	if (!set_host(stream))
		return fail(stream, ERROR_CONFIG, SCOPE_ACCOUNT,
			    "TLS needs `host`, to know whose certificate to expect, for", error);
	return 0;
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

/* *end_r: the server closed the connection. */
static int feed(struct imap_stream *stream, bool *end_r, struct error *error)
{
	char bytes[RECORD_SIZE];
	size_t length;
	if (flush(stream, error) != 0 ||
	    transport_receive(stream, bytes, sizeof bytes, &length, error) != 0)
		return -1;
	*end_r = length == 0;
	if (length > 0 && BIO_write(SSL_get_rbio(stream->ssl), bytes, (int)length) != (int)length)
		memory_fail();
	return 0;
}

static int handshake(struct imap_stream *stream, struct error *error)
{
	bool end = false;
	for (;;) {
		ERR_clear_error();
		int done = SSL_connect(stream->ssl);
		if (done == 1)
			return flush(stream, error);
		if (SSL_get_error(stream->ssl, done) != SSL_ERROR_WANT_READ || end) {
			struct error ignored = ERROR_INITIAL;
			(void)flush(stream,
				    &ignored); /* the alert that says why, as far as it goes */
			return fail(stream, ERROR_FAILED, SCOPE_ACCOUNT,
				    "no TLS connection could be made with", error);
		}
		if (feed(stream, &end, error) != 0)
			return -1;
	}
}

int transport_tls_start(struct imap_stream *stream, struct error *error)
{
	if (prepare(stream, error) != 0 || handshake(stream, error) != 0)
		return error_widen(error, SCOPE_ACCOUNT);
	return check_certificate(stream, error);
}

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
			return fail(stream, ERROR_TEMPORARY, SCOPE_CONNECTION,
				    "the TLS connection broke with", error);
		if (feed(stream, &end, error) != 0)
			return -1;
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
			return fail(stream, ERROR_TEMPORARY, SCOPE_CONNECTION,
				    "the TLS connection broke with", error);
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
		struct error ignored = ERROR_INITIAL;
		(void)SSL_shutdown(
			stream->ssl); /* makes the close_notify; its answer is not waited for */
		stream->endpoint.timeout = 1;
		(void)flush(stream, &ignored);
	}
	SSL_free(stream->ssl);
	SSL_CTX_free(stream->ssl_context);
	stream->ssl = NULL;
	stream->ssl_context = NULL;
	ERR_clear_error();
}
