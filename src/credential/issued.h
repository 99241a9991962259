/* What the token endpoint has given, taken into a token. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_CREDENTIAL_ISSUED_H
#define NAVETTE_CREDENTIAL_ISSUED_H

#include "base/error.h"
#include "config/config.h"
#include "credential/json.h"
#include "credential/token.h"

/* Takes the access token of JSON (RFC 6749 section 5.1), given at the time NOW (seconds since the
 * epoch), into TOKEN in place of the one before. A refresh token takes the place of the one before
 * as well, which stays where none came. An answer without a bearer token that can be sent (RFC 6750
 * section 2.1) is ERROR_TEMPORARY, SCOPE_ACCOUNT, and leaves TOKEN as it was. Returns 0 or -1. */
int issued_take(const struct config_account *account, const struct credential_json *json,
		int64_t now, struct token *token, struct error *error);

/* Whether JSON grants what was asked for by SCOPE (may be NULL): where it tells its scope, that has
 * each word, but for what only says who one is. Without regard to case, and to where an address
 * with a path stands. *lacking_r: the first word that is not granted, which the caller owns. */
bool issued_grants(const struct credential_json *json, const char *scope, char **lacking_r);

/* Who signed in, by the id_token of JSON (OpenID Connect Core section 3.1.3.7; it came by TLS from
 * the provider itself, so its signature tells nothing more); NULL: it does not say. The caller owns
 * it. *matches_r: whether it is USER, of whom the part before the "@" is enough. */
char *issued_user(const struct credential_json *json, const char *user, bool *matches_r);

#endif
