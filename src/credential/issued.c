/* What the token endpoint has given, taken into a token. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "credential/issued.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* What a token is made of (RFC 6750 section 2.1: b64token). */
#define TOKEN_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
#define LIFETIME_MAX ((int64_t)10 * 365 * 86400)

/* --- Tokens --- */

static void replace_secret(char **place, const char *text)
{
	memory_free_secret(*place);
	*place = memory_text(text);
}

int issued_take(const struct config_account *account, const struct credential_json *json,
		int64_t now, struct token *token, struct error *error)
{
	const char *access = credential_json_text(json, "access_token");
	const char *refresh = credential_json_text(json, "refresh_token");
	const char *type = credential_json_text(json, "token_type");
	int64_t lifetime = credential_json_number(json, "expires_in", 0);
	if (!access || access[strspn(access, TOKEN_BYTES)] != '\0' ||
	    (type && !text_equal_ignoring_case(type, "bearer")))
		return error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			"the provider of account %s said yes and gave no bearer token; try "
			"again, and check the keys about oauth",
			account->name);
	replace_secret(&token->access, access);
	if (refresh)
		replace_secret(&token->refresh, refresh);
	token->obtained = now;
	token->expires =
		lifetime == 0 ? 0 : now + (lifetime < LIFETIME_MAX ? lifetime : LIFETIME_MAX);
	return 0;
}

/* --- Scopes --- */

/* What tells who one is, or asks for a refresh token, and is often left out of the answer. */
static bool is_about_identity(const char *word)
{
	static const char *const words[] = { "openid", "email", "profile", "offline_access", NULL };
	for (size_t i = 0; words[i]; i++) {
		if (text_equal_ignoring_case(word, words[i]))
			return true;
	}
	return false;
}

/* Microsoft answers with another of the hosts that it has for a service. */
static bool is_same_scope(const char *asked, const char *granted)
{
	const char *asked_name = strrchr(asked, '/');
	const char *granted_name = strrchr(granted, '/');
	if (text_equal_ignoring_case(asked, granted))
		return true;
	return asked_name && granted_name && asked_name[1] &&
	       text_equal_ignoring_case(asked_name, granted_name);
}

/* The next word between spaces, the caller's; NULL at the end. */
static char *next_word(const char **rest)
{
	*rest += strspn(*rest, " ");
	size_t length = strcspn(*rest, " ");
	char *word = length > 0 ? memory_text_length(*rest, length) : NULL;
	*rest += length;
	return word;
}

static bool is_granted(const char *asked, const char *granted)
{
	bool found = false;
	for (char *word; !found && (word = next_word(&granted)) != NULL;) {
		found = is_same_scope(asked, word);
		free(word);
	}
	return found;
}

bool issued_grants(const struct credential_json *json, const char *scope, char **lacking_r)
{
	const char *granted = credential_json_text(json, "scope");
	if (!granted || !scope)
		return true;
	for (char *word; (word = next_word(&scope)) != NULL;) {
		if (!is_about_identity(word) && !is_granted(word, granted)) {
			*lacking_r = word;
			return false;
		}
		free(word);
	}
	return true;
}

/* --- Who it is --- */

/* The claims of a JWT: its second part, base64url without padding (RFC 7515 section 3). */
static struct credential_json *claims_of(const char *jwt)
{
	const char *start = strchr(jwt, '.');
	if (!start)
		return NULL;
	start++;
	size_t length = strcspn(start, ".");
	size_t padded = (length + 3) / 4 * 4;
	char *encoded = memory_allocate(padded + 1);
	memset(encoded, '=', padded);
	for (size_t i = 0; i < length; i++)
		encoded[i] = start[i] == '-' ? '+' : start[i] == '_' ? '/' : start[i];
	unsigned char *bytes = memory_allocate(padded + 1);
	int got = padded < INT32_MAX
			  ? EVP_DecodeBlock(bytes, (const unsigned char *)encoded, (int)padded)
			  : -1;
	/* The zeros that padding stands for are counted. */
	size_t size = got > 0 ? (size_t)got - (padded - length) : 0;
	struct credential_json *claims =
		got > 0 ? credential_json_read((const char *)bytes, size) : NULL;
	free(encoded);
	free(bytes);
	return claims;
}

static bool is_user(const char *claimed, const char *user)
{
	size_t length = strcspn(claimed, "@");
	if (text_equal_ignoring_case(claimed, user))
		return true;
	return !strchr(user, '@') && strlen(user) == length &&
	       text_starts_with_ignoring_case(claimed, user);
}

char *issued_user(const struct credential_json *json, const char *user, bool *matches_r)
{
	static const char *const names[] = { "email", "preferred_username", "upn", "unique_name",
					     NULL };
	const char *jwt = credential_json_text(json, "id_token");
	struct credential_json *claims = jwt ? claims_of(jwt) : NULL;
	char *said = NULL;
	*matches_r = false;
	for (size_t i = 0; claims && names[i] && !*matches_r; i++) {
		const char *claimed = credential_json_text(claims, names[i]);
		if (!claimed)
			continue;
		*matches_r = is_user(claimed, user);
		if (said && !*matches_r)
			continue; /* the first is as good */
		free(said);
		said = memory_text(claimed);
	}
	credential_json_release(&claims);
	return said;
}
