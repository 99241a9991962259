/* Certificates made on the fly. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap-certificate.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#define HOUR 3600L

/* A mistake of the test itself. */
static void need(bool done)
{
	if (!done)
		abort();
}

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	need(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void set_fingerprint(struct certificate *certificate)
{
	unsigned char digest[32];

	need(X509_digest(certificate->x509, EVP_sha256(), digest, NULL) == 1);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(certificate->fingerprint + i * 2, 3, "%02x", digest[i]);
}

struct certificate certificate_make(const struct certificate_wish *wish,
				    const struct certificate *issuer)
{
	struct certificate made = { .x509 = X509_new(),
				    .key = wish->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256") };
	uint32_t serial;
	X509_NAME *name;

	need(made.x509 != NULL && made.key != NULL);
	need(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1);
	need(X509_set_version(made.x509, X509_VERSION_3) == 1);
	need(ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.x509), serial) == 1);
	need(X509_gmtime_adj(X509_getm_notBefore(made.x509), wish->from ? wish->from : -HOUR) !=
	     NULL);
	need(X509_gmtime_adj(X509_getm_notAfter(made.x509), wish->to ? wish->to : HOUR) != NULL);
	need(X509_set_pubkey(made.x509, made.key) == 1);
	name = X509_get_subject_name(made.x509);
	need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					(const unsigned char *)wish->name, -1, -1, 0) == 1);
	if (issuer != NULL)
		name = X509_get_subject_name(issuer->x509);
	need(X509_set_issuer_name(made.x509, name) == 1);
	if (wish->hosts == NULL)
		add_extension(made.x509, NID_basic_constraints, "critical,CA:TRUE");
	else if (wish->hosts[0] != '\0')
		add_extension(made.x509, NID_subject_alt_name, wish->hosts);
	need(X509_sign(made.x509, issuer != NULL ? issuer->key : made.key, EVP_sha256()) > 0);
	set_fingerprint(&made);
	return made;
}

void certificate_release(struct certificate *certificate)
{
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	*certificate = (struct certificate){ .x509 = NULL };
}

char *certificate_write(const struct certificate *certificate)
{
	char *path = memory_text("/tmp/navette-test-XXXXXX");
	int descriptor = mkstemp(path);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");

	need(file != NULL && PEM_write_X509(file, certificate->x509) == 1 && fclose(file) == 0);
	return path;
}
