/* The user's own certificate, and its key. SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "imap/transport.h"

/* What is found in a file or on a card. */
struct identity {
	STACK_OF(X509) * certificates; /* in their order */
	EVP_PKEY *key;
};

static int give_passphrase(char *bytes, int size, int writing, void *context)
{
	const char *passphrase = context;
	size_t length = passphrase ? strlen(passphrase) : 0;
	(void)writing; /* nothing is written */
	if (!passphrase || length > (size_t)size)
		return -1; /* nobody is asked */
	for (size_t i = 0; i < length; i++)
		bytes[i] = passphrase[i]; /* without its NUL */
	return (int)length;
}

/* What a smart card has comes by a provider, which has to be there. */
static bool load_provider(const char *uri)
{
	return !text_starts_with(uri, "pkcs11:") ||
	       (OSSL_PROVIDER_load(NULL, "pkcs11") && OSSL_PROVIDER_load(NULL, "default"));
}

static void take(OSSL_STORE_INFO *info, struct identity *identity)
{
	X509 *certificate = OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_CERT
				    ? OSSL_STORE_INFO_get1_CERT(info)
				    : NULL;
	if (certificate && sk_X509_push(identity->certificates, certificate) <= 0)
		memory_fail();
	if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY && !identity->key)
		identity->key = OSSL_STORE_INFO_get1_PKEY(info);
	OSSL_STORE_INFO_free(info);
}

/* Whatever URI has: PEM, DER, PKCS#12 or a card. False: it cannot be read, or not all of it. */
static bool read_all(const char *uri, const char *passphrase, struct identity *identity)
{
	UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);
	if (!method)
		memory_fail();
	OSSL_STORE_CTX *store =
		load_provider(uri)
			? OSSL_STORE_open(uri, method, (void *)(uintptr_t)passphrase, NULL, NULL)
			: NULL;
	bool good = store != NULL;
	while (good && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);
		if (info)
			take(info, identity);
		else
			good = !OSSL_STORE_error(store) || ERR_peek_last_error() == 0; /* its end */
	}
	(void)OSSL_STORE_close(store); /* only read from */
	UI_destroy_method(method);
	return good;
}

/* The one of the key first, the others are its chain. */
static bool use(SSL_CTX *context, const struct identity *identity)
{
	bool used = false;
	for (int i = 0; i < sk_X509_num(identity->certificates); i++) {
		X509 *certificate = sk_X509_value(identity->certificates, i);
		if (!used && X509_check_private_key(certificate, identity->key) == 1)
			used = SSL_CTX_use_certificate(context, certificate) == 1 &&
			       SSL_CTX_use_PrivateKey(context, identity->key) == 1;
		else if (SSL_CTX_add1_chain_cert(context, certificate) != 1)
			return false;
	}
	return used;
}

static int fail(const char *what, const char *uri, struct error *error)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	(void)error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT, /* always -1 */
			"%s %s%s%s", uri, what, reason ? ": " : "", reason ? reason : "");
	ERR_clear_error();
	return -1;
}

static int set_identity(struct imap_stream *stream, struct identity *identity, struct error *error)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	const char *key = endpoint->tls_key ? endpoint->tls_key : endpoint->tls_cert;
	if (!read_all(endpoint->tls_cert, endpoint->tls_passphrase, identity))
		return fail("(tls-cert) cannot be read as a certificate; if it is encrypted, set "
			    "tls-key-command; a pkcs11: URI needs OpenSSL's provider for it",
			    endpoint->tls_cert, error);
	if (endpoint->tls_key) {
		EVP_PKEY_free(identity->key);
		identity->key = NULL;
		if (!read_all(key, endpoint->tls_passphrase, identity))
			return fail("(tls-key) cannot be read as a key; if it is encrypted, set "
				    "tls-key-command to what prints its passphrase",
				    key, error);
	}
	if (!identity->key)
		return fail("has no key: set tls-key", key, error);
	ERR_clear_error();
	if (!use(stream->ssl_context, identity))
		return fail("has no certificate of the key", endpoint->tls_cert, error);
	return 0;
}

int transport_identity_set(struct imap_stream *stream, struct error *error)
{
	struct identity identity = { .key = NULL };
	if (!stream->endpoint.tls_cert)
		return 0;
	identity.certificates = sk_X509_new_null();
	if (!identity.certificates)
		memory_fail();
	ERR_clear_error();
	int result = set_identity(stream, &identity, error);
	sk_X509_pop_free(identity.certificates, X509_free);
	EVP_PKEY_free(identity.key);
	ERR_clear_error();
	return result;
}
