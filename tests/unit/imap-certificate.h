/* Certificates made on the fly. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_IMAP_CERTIFICATE_H
#define NAVETTE_TESTS_IMAP_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

struct certificate {
	X509 *x509;
	EVP_PKEY *key;
	char fingerprint[65]; /* SHA-256, lower-case hex digits */
};

struct certificate_wish {
	const char *name;  /* common name */
	bool rsa;          /* the kind of its key; else EC */
	const char *hosts; /* subjectAltName, "DNS:a,IP:::1"; "": none; NULL: an authority */
	long from;         /* seconds from now; 0: an hour ago */
	long to;           /* seconds from now; 0: in an hour */
};

/* ISSUER NULL: self-signed. A mistake in WISH ends the test. */
struct certificate certificate_make(const struct certificate_wish *wish,
				    const struct certificate *issuer);
void certificate_release(struct certificate *certificate);

/* Writes a PEM file without the key. The name is the caller's, who removes the file too. */
char *certificate_write(const struct certificate *certificate);

#endif
