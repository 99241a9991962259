/* Login mechanisms, by GNU SASL. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SASL_H
#define NAVETTE_IMAP_SASL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "imap/stream.h"

/* One exchange of one mechanism. */
struct imap_sasl;

/* The first of SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN that the server offers (capabilities
 * "AUTH=...", upper case). SECURE: nobody can listen. Without it PLAIN is chosen too, but only
 * where no SCRAM is offered; whether a password may go in the clear at all is the configuration's
 * to say and was checked before. NULL: none of them, use LOGIN. The result is static. Never one
 * with channel binding ("-PLUS"): behind a proxy that ends TLS it cannot work, and some servers
 * have it wrong; it is the user's to ask for. */
const char *imap_sasl_choose(const struct text_list *capabilities, bool secure);

/* Whether MECHANISM needs the connection's channel binding: the "-PLUS" ones (RFC 5802 section 6).
 */
bool imap_sasl_needs_binding(const char *mechanism);

/* Starts MECHANISM. HOST and BINDING may be NULL. Returns 0 or -1. */
int imap_sasl_start(const char *mechanism, const char *user, const char *password, const char *host,
		    const struct imap_channel_binding *binding, struct imap_sasl **sasl_r,
		    struct error *error);
/* Answers one challenge (base64 text as in the server's "+ ..." line; "" for the first step of
 * mechanisms where the client speaks first, which is also the initial response of SASL-IR, RFC
 * 4959). *response_r is base64, the caller's, a secret. *done_r: nothing more to send after this. A
 * challenge that makes no sense, a server that cannot prove that it knows the password, or one that
 * wants millions of rounds of hashing or next to none, is an error (SCOPE_ACCOUNT). Returns 0 or
 * -1. */
int imap_sasl_step(struct imap_sasl *sasl, const char *challenge, char **response_r, bool *done_r,
		   struct error *error);
/* Ends it, wipes its secrets. NULL is allowed. */
void imap_sasl_end(struct imap_sasl **sasl);

#endif
