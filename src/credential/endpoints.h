/* Where a provider gives tokens, and what it wants to hear. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_ENDPOINTS_H
#define NAVETTE_CREDENTIAL_ENDPOINTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* Texts are its own. */
struct endpoints {
	char *authorize, *device; /* NULL: it has none, or does not give mail by it */
	char *token;
	char *revoke;        /* where a token is given back (RFC 7009); NULL: not known */
	char *issuer;        /* that its answers may name (RFC 9207); NULL: not known */
	bool issuer_is_told; /* and must name */
	char *scope;         /* to ask for; NULL: none */
	/* Further parameters of the authorization request, encoded; "" or "a=b&c=d". Static. */
	const char *extra;
	const char
		*redirect_host; /* how it knows this computer: "127.0.0.1" or "localhost". Static */
};

/* What the configuration says, and what is known of the providers by name. Pure; of oauth = custom
 * with an issuer what is found by endpoints_discover() is missing. */
struct endpoints endpoints_of(const struct config_oauth *oauth);
/* Fills in what the issuer tells of itself (RFC 8414 section 3, else OpenID Connect Discovery
 * section 4). What it says it is must be `issuer`. Errors as http_ask()'s, ERROR_CONFIG where it
 * says something else. Returns 0 or -1. */
int endpoints_discover(const struct config_account *account, unsigned int timeout_seconds,
		       const atomic_bool *cancel, struct endpoints *endpoints, struct error *error);
void endpoints_release(struct endpoints *endpoints);

#endif
