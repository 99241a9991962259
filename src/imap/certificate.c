/* Whose certificate is expected, and whether it came. SPDX-License-Identifier: GPL-3.0-or-later */
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

#define FINGERPRINT_SIZE 65 /* 64 hex digits and NUL */
#define NAMES_MAX 3         /* names of a certificate that are told */
#define NAME_LENGTH_MAX 80u /* so that the fingerprint always has room in the error */

/* --- Before the handshake --- */

/* The host as a certificate has it: without the zone of an address (RFC 4007 section 11) and the
 * dot at the end of a name. The caller owns it. */
static char *name_in_certificate(const char *host)
{
	char *name = memory_text(host);
	size_t length = strlen(name);
	if (strchr(name, ':'))
		name[strcspn(name, "%")] = '\0';
	else if (length > 0 && name[length - 1] == '.')
		name[length - 1] = '\0';
	return name;
}

static bool is_address(const char *name)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* RFC 9051 section 11.1; a common name is no name of a host (RFC 9525 section 2); SNI only for
 * names (RFC 6066 section 3). */
static bool expect_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
	if (*name == '\0') /* OpenSSL would take this as: any name will do */
		return false;
	if (is_address(name)) {
		if (X509_VERIFY_PARAM_set1_ip_asc(parameters, name) != 1)
			memory_fail(); /* an address always is one */
		return true;
	}
	X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
							    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

int transport_certificate_expect(struct imap_stream *stream, struct error *error)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	const char *wanted = endpoint->tls_name ? endpoint->tls_name : endpoint->host;
	if (!wanted && (endpoint->tls_fingerprint || endpoint->tls_key_fingerprint))
		return 0; /* which alone decide */
	char *name = name_in_certificate(wanted ? wanted : "");
	bool done = expect_name(stream->ssl, name);
	free(name);
	ERR_clear_error();
	if (done)
		return 0;
	if (!wanted)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "TLS through a tunnel needs `host`, to know whose certificate to "
				 "expect; or set tls = none if the tunnel protects the connection "
				 "itself");
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "\"%s\" cannot be the name in a certificate; check `%s`", wanted,
			 endpoint->tls_name ? "tls-name" : "host");
}

/* --- What a certificate says --- */

/* Of its SubjectPublicKeyInfo, which stays when the certificate is renewed with the same key (RFC
 * 7469 section 2.4). 1: done. */
static int key_digest(const X509 *certificate, unsigned char *digest, unsigned int *length_r)
{
	unsigned char *bytes = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
	int done = size > 0 ? EVP_Digest(bytes, (size_t)size, digest, length_r, EVP_sha256(), NULL)
			    : 0;
	OPENSSL_free(bytes);
	return done;
}

static bool fingerprint_of(const X509 *certificate, bool key, char text[FINGERPRINT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	int done = key ? key_digest(certificate, digest, &length)
		       : X509_digest(certificate, EVP_sha256(), digest, &length);
	if (done != 1 || length != 32)
		return false;
	for (unsigned int i = 0; i < length; i++)
		(void)snprintf(text + (size_t)i * 2, 3, "%02x", digest[i]);
	return true;
}

/* Bytes that anybody may have chosen. */
static void add_printable_name(struct buffer *text, const char *bytes, size_t length)
{
	char *shown = text_printable(bytes, length < NAME_LENGTH_MAX ? length : NAME_LENGTH_MAX);
	size_t cut = strlen(shown);
	buffer_add(text, shown, cut < NAME_LENGTH_MAX ? cut : NAME_LENGTH_MAX);
	if (length > NAME_LENGTH_MAX || cut > NAME_LENGTH_MAX)
		buffer_add_text(text, "...");
	free(shown);
}

/* What PRINT left in the memory BIO; ends it. */
static void add_printed(struct buffer *text, BIO *printed)
{
	char *bytes = NULL;
	long length = BIO_get_mem_data(printed, &bytes);
	if (length > 0)
		add_printable_name(text, bytes, (size_t)length);
	BIO_free(printed);
}

static void add_distinguished_name(struct buffer *text, const X509_NAME *name)
{
	BIO *printed = BIO_new(BIO_s_mem());
	if (!printed)
		memory_fail();
	(void)X509_NAME_print_ex(printed, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
	add_printed(text, printed);
}

static void add_time(struct buffer *text, const ASN1_TIME *time)
{
	BIO *printed = BIO_new(BIO_s_mem());
	if (!printed)
		memory_fail();
	(void)ASN1_TIME_print(printed, time);
	add_printed(text, printed);
}

/* The text of a name in subjectAltName; false: of a kind that is not told. */
static bool add_general_name(struct buffer *text, const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN];
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	if (type != GEN_DNS && type != GEN_IPADD)
		return false;
	if (text->length > 0)
		buffer_add_text(text, ", ");
	const unsigned char *bytes = ASN1_STRING_get0_data(value);
	int length = ASN1_STRING_length(value);
	if (type == GEN_DNS)
		add_printable_name(text, (const char *)bytes, (size_t)length);
	else if ((length == 4 || length == 16) &&
		 inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, address, sizeof address))
		buffer_add_text(text, address);
	else
		buffer_add_text(text, "a malformed address");
	return true;
}

/* "mail.example.org, imap.example.org and others"; the subject when there are no such names. */
static void add_subject(struct buffer *text, const X509 *certificate)
{
	struct buffer names = BUFFER_INITIAL;
	GENERAL_NAMES *list = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = list ? sk_GENERAL_NAME_num(list) : 0;
	int told = 0;
	int i = 0;
	for (; i < count && told < NAMES_MAX; i++)
		told += add_general_name(&names, sk_GENERAL_NAME_value(list, i)) ? 1 : 0;
	if (told > 0)
		buffer_add(text, names.bytes, names.length);
	else
		add_distinguished_name(text, X509_get_subject_name(certificate));
	if (i < count)
		buffer_add_text(text, " and others");
	GENERAL_NAMES_free(list);
	buffer_release(&names);
}

static void describe(struct buffer *text, const X509 *certificate)
{
	buffer_add_text(text, "it is for ");
	add_subject(text, certificate);
	buffer_add_text(text, ", issued by ");
	add_distinguished_name(text, X509_get_issuer_name(certificate));
	buffer_add_text(text, ", valid from ");
	add_time(text, X509_get0_notBefore(certificate));
	buffer_add_text(text, " to ");
	add_time(text, X509_get0_notAfter(certificate));
}

/* --- After the handshake --- */

/* What to do, up to where the fingerprint stands: pinning comes last. */
static const char *remedy_of(long verified)
{
	switch (verified) {
	case X509_V_OK: /* it is none of those that are pinned */
		return "If the server has a new one, ask its administrator for the fingerprint; "
		       "where it is this, set";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "Set `host`, or else `tls-name`, to a name that it is for, if one of them "
		       "is your server; if none is, ask the server's administrator. Where you "
		       "know that the certificate is right all the same, set";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "The server's administrator has to renew it; and see whether this "
		       "computer's clock is right. Where you know that the certificate is right "
		       "and cannot wait, set";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "See whether this computer's clock is right; if it is, tell the server's "
		       "administrator. Where you know that the certificate is right, set";
	default:
		return "If the server is your own or your organization's, set tls-ca = the file of "
		       "the authority that issued it; if not, somebody may be reading along. Where "
		       "you know that the certificate is right, set";
	}
}

/* What is wrong with it. */
static const char *reason_of(const X509 *certificate, long verified)
{
	if (verified == X509_V_OK)
		return "it is none of tls-fingerprint or tls-key-fingerprint";
	if (verified == X509_V_ERR_HOSTNAME_MISMATCH &&
	    X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0)
		return "hostname mismatch: it names a host only in its common "
		       "name, which is no longer accepted; the server needs one "
		       "with a subjectAltName";
	return X509_verify_cert_error_string(verified);
}

static int refuse_certificate(const struct imap_stream *stream, const X509 *certificate,
			      long verified, const char *fingerprint, struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	char *name = transport_name(stream);
	const char *why = reason_of(certificate, verified);
	describe(&text, certificate);
	(void)error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			"the certificate of %s is not trusted: %s (%s). The password was not sent, "
			"and nothing was done. %s tls-fingerprint = %s",
			name, why, buffer_text(&text), remedy_of(verified), fingerprint);
	buffer_release(&text);
	free(name);
	ERR_clear_error();
	return -1;
}

static bool is_pinned(const struct imap_stream *stream, const X509 *certificate,
		      const char *fingerprint)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	char key[FINGERPRINT_SIZE] = "";
	if (endpoint->tls_fingerprint && strstr(endpoint->tls_fingerprint, fingerprint))
		return true;
	return endpoint->tls_key_fingerprint && fingerprint_of(certificate, true, key) &&
	       strstr(endpoint->tls_key_fingerprint, key);
}

/* The handshake does not stop at a bad certificate, so that it can be told what is wrong with it;
 * nothing of ours was sent yet. */
int transport_certificate_check(const struct imap_stream *stream, struct error *error)
{
	bool pins = stream->endpoint.tls_fingerprint || stream->endpoint.tls_key_fingerprint;
	char fingerprint[FINGERPRINT_SIZE] = "";
	long verified = SSL_get_verify_result(stream->ssl);
	X509 *certificate = SSL_get1_peer_certificate(stream->ssl);
	int result = 0;
	if (!certificate || !fingerprint_of(certificate, false, fingerprint)) {
		char *name = transport_name(stream);
		result = error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				   "%s showed no certificate, so the password was not sent", name);
		free(name);
	} else if (pins ? !is_pinned(stream, certificate, fingerprint) : verified != X509_V_OK) {
		result = refuse_certificate(stream, certificate, pins ? X509_V_OK : verified,
					    fingerprint, error);
	}
	X509_free(certificate);
	return result;
}
