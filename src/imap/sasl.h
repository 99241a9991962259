/* Login mechanisms: a table of them, and one exchange of one. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SASL_H
#define NAVETTE_IMAP_SASL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "imap/session.h"
#include "imap/token_refusal.h"

/* The way on where a bound login is refused. */
#define IMAP_BINDING_ADVICE                                                                     \
	"something between here and the server may end TLS, or the server does the binding to " \
	"the TLS connection in another way: if you know and trust what it is, set "             \
	"auth = scram-sha-256 (or scram-sha-1), which does without"

/* One exchange of one mechanism. */
struct imap_sasl;

/* Who logs in, and how. Texts are borrowed. */
struct imap_sasl_login {
	const char *mechanism;
	const char *user;
	const char *secret; /* of the mechanism's kind; NULL where that is none */
	const char *host;   /* may be NULL */
	uint16_t port;      /* of no meaning without HOST */
	const struct imap_channel_binding *binding; /* may be NULL */
	bool server_first;                          /* set by imap_sasl_start() */
};

/* The best mechanism for SECRET that the server offers (capabilities "AUTH=...", upper case). For a
 * password the first of SCRAM-SHA-256 and SCRAM-SHA-1, before both the same bound to the connection
 * ("-PLUS") where that can be bound (CAN_BIND; RFC 5802 section 6), and PLAIN; NULL: none of them,
 * use LOGIN. For a token OAUTHBEARER or XOAUTH2, for a ticket GSSAPI, for a certificate EXTERNAL;
 * NULL: it cannot be used. Whether a secret may go in the clear at all is the configuration's to
 * say and was checked before. The result is static. */
const char *imap_sasl_choose(const struct text_list *capabilities, enum imap_secret secret,
			     bool can_bind);

/* Whether MECHANISM needs the connection's channel binding: the "-PLUS" ones (RFC 5802 section 6).
 */
bool imap_sasl_needs_binding(const char *mechanism);

/* Whether the server speaks first in MECHANISM, so that there is no initial response. */
bool imap_sasl_server_is_first(const char *mechanism);

/* Starts LOGIN's mechanism. What cannot be a token is an error before anything is sent. Returns 0
 * or -1. */
int imap_sasl_start(const struct imap_sasl_login *login, struct imap_sasl **sasl_r,
		    struct error *error);
/* Answers one challenge (base64 text as in the server's "+ ..." line; "" for the first step of
 * mechanisms where the client speaks first, which is also the initial response of SASL-IR, RFC
 * 4959). *response_r is base64, the caller's, a secret. *done_r: nothing more to send after this. A
 * challenge that makes no sense, a server that cannot prove that it knows the password, or one that
 * wants millions of rounds of hashing or next to none, is an error (SCOPE_ACCOUNT). Returns 0 or
 * -1. */
int imap_sasl_step(struct imap_sasl *sasl, const char *challenge, char **response_r, bool *done_r,
		   struct error *error);
/* Whether a challenge after the last step still is one for imap_sasl_step(): with a token it says
 * why that is refused, and waits for an answer before the NO (RFC 7628 section 3.2.3). */
bool imap_sasl_hears_refusal(const struct imap_sasl *sasl);
/* What it said then, or NULL. Belongs to SASL. */
const struct imap_token_refusal *imap_sasl_refusal(const struct imap_sasl *sasl);
/* Whether it is bound to the TLS connection. */
bool imap_sasl_is_bound(const struct imap_sasl *sasl);
/* Ends it, wipes its secrets. NULL is allowed. */
void imap_sasl_end(struct imap_sasl **sasl);

#endif
