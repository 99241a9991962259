/* The authorization request and what the browser brings back. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "credential/authorization.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/form.h"

#define DIGEST_SIZE 32

/* base64url without padding (RFC 7636 appendix A). */
static void encode(const unsigned char bytes[DIGEST_SIZE], char text_r[AUTHORIZATION_RANDOM_SIZE])
{
	unsigned char encoded[AUTHORIZATION_RANDOM_SIZE + 4];
	(void)EVP_EncodeBlock(encoded, bytes, DIGEST_SIZE); /* 44 characters and NUL */
	for (size_t i = 0; i < AUTHORIZATION_RANDOM_SIZE - 1; i++)
		text_r[i] = encoded[i] == '+' ? '-' : encoded[i] == '/' ? '_' : (char)encoded[i];
	text_r[AUTHORIZATION_RANDOM_SIZE - 1] = '\0';
	memory_wipe(encoded, sizeof encoded);
}

static void make_random(char text_r[AUTHORIZATION_RANDOM_SIZE])
{
	unsigned char bytes[DIGEST_SIZE];
	if (RAND_bytes(bytes, sizeof bytes) != 1)
		memory_fail(); /* a system without random bytes does not start */
	encode(bytes, text_r);
	memory_wipe(bytes, sizeof bytes);
}

void authorization_begin(struct authorization *authorization)
{
	make_random(authorization->state);
	make_random(authorization->verifier);
}

void authorization_challenge(const char *verifier, char challenge_r[AUTHORIZATION_RANDOM_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	if (EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL) != 1)
		memory_fail();
	encode(digest, challenge_r);
}

char *authorization_url(const struct authorization *authorization,
			const struct endpoints *endpoints, const char *client_id,
			const char *redirect_url, const char *user)
{
	char challenge[AUTHORIZATION_RANDOM_SIZE];
	struct buffer url = BUFFER_INITIAL;
	authorization_challenge(authorization->verifier, challenge);
	buffer_add_text(&url, endpoints->authorize);
	if (!strchr(endpoints->authorize, '?'))
		buffer_add_byte(&url, '?');
	form_add(&url, "response_type", "code");
	form_add(&url, "client_id", client_id);
	form_add(&url, "redirect_uri", redirect_url);
	form_add(&url, "scope", endpoints->scope);
	form_add(&url, "state", authorization->state);
	form_add(&url, "code_challenge", challenge);
	form_add(&url, "code_challenge_method", "S256");
	form_add(&url, "login_hint", user && strchr(user, '@') ? user : NULL);
	if (*endpoints->extra)
		buffer_add_format(&url, "&%s", endpoints->extra);
	return buffer_take(&url);
}

/* --- What comes back --- */

/* The parameters that mean something; each at most once (RFC 6749 section 3.1). */
struct parameters {
	char *code, *state, *error, *words, *issuer;
	bool good;
};

static char **place_of(struct parameters *parameters, const char *name)
{
	const struct {
		const char *name;
		char **place;
	} places[] = { { "code", &parameters->code },
		       { "state", &parameters->state },
		       { "error", &parameters->error },
		       { "error_description", &parameters->words },
		       { "iss", &parameters->issuer } };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (strcmp(places[i].name, name) == 0)
			return places[i].place;
	}
	return NULL;
}

/* Up to the fragment, which some providers add ("#_=_"). */
static struct parameters read_parameters(const char *query)
{
	struct parameters parameters = { .good = true };
	char *text = memory_text_length(query, strcspn(query, "# \t\r\n"));
	const char *rest = text;
	char *name;
	char *value;
	while (form_next(&rest, &name, &value, &parameters.good)) {
		char **place = place_of(&parameters, name);
		if (place && *place)
			parameters.good = false;
		if (place && !*place) {
			*place = value;
			value = NULL;
		}
		memory_free_secret(value);
		memory_free_secret(name);
	}
	memory_free_secret(text);
	return parameters;
}

static void release(struct parameters *parameters)
{
	memory_free_secret(parameters->code);
	memory_free_secret(parameters->state);
	free(parameters->error);
	free(parameters->words);
	free(parameters->issuer);
}

/* The path of an address, or of what begins with one; "" is "/". *length_r: without the query. */
static const char *path_of(const char *target, size_t *length_r)
{
	const char *scheme = strstr(target, "://");
	const char *path = scheme ? scheme + 3 : target;
	if (scheme)
		path += strcspn(path, "/?#");
	*length_r = strcspn(path, "?#");
	if (*length_r == 1 && *path == '/')
		*length_r = 0;
	return path;
}

static bool is_redirect(const char *redirect_url, const char *target)
{
	size_t wanted_length;
	size_t length;
	const char *wanted = path_of(redirect_url, &wanted_length);
	const char *path = path_of(target, &length);
	return length == wanted_length && (length == 0 || memcmp(path, wanted, length) == 0);
}

/* RFC 9207 section 2.4. */
static bool is_from_issuer(const struct endpoints *endpoints, const char *issuer)
{
	if (!issuer)
		return !endpoints->issuer_is_told;
	return !endpoints->issuer || strcmp(issuer, endpoints->issuer) == 0;
}

struct authorization_result authorization_read(const struct authorization *authorization,
					       const struct endpoints *endpoints,
					       const char *redirect_url, const char *target)
{
	struct authorization_result result = { .answer = AUTHORIZATION_FOREIGN };
	const char *query = strchr(target, '?');
	if (!query || !is_redirect(redirect_url, target))
		return result;
	struct parameters parameters = read_parameters(query + 1);
	if (parameters.code || parameters.error)
		result.answer = AUTHORIZATION_WRONG;
	if (result.answer == AUTHORIZATION_WRONG && parameters.good && parameters.state &&
	    strcmp(parameters.state, authorization->state) == 0 &&
	    is_from_issuer(endpoints, parameters.issuer)) {
		result.answer = parameters.error ? AUTHORIZATION_REFUSED : AUTHORIZATION_GIVEN;
		result.code = parameters.code;
		result.word = parameters.error;
		result.words = parameters.words;
		parameters.code = parameters.error = parameters.words = NULL;
	}
	release(&parameters);
	return result;
}

void authorization_result_release(struct authorization_result *result)
{
	memory_free_secret(result->code);
	free(result->word);
	free(result->words);
	*result = (struct authorization_result){ .answer = AUTHORIZATION_FOREIGN };
}

/* --- The request --- */

/* RFC 9112 section 3.2: an address has nothing else. */
static bool is_visible(const char *from, const char *to)
{
	for (; from < to; from++) {
		if ((unsigned char)*from <= ' ' || (unsigned char)*from >= 0x7f)
			return false;
	}
	return true;
}

int authorization_request_read(const char *bytes, size_t length, char **target_r)
{
	static const char method[] = "GET ";
	size_t method_length = sizeof method - 1;
	size_t known = length < method_length ? length : method_length;
	if (memcmp(bytes, method, known) != 0)
		return -1;
	/* The header lines say nothing that matters, but whoever sends them wants them read. */
	if (!memmem(bytes, length, "\r\n\r\n", 4))
		return memchr(bytes, '\0', length) ? -1 : 0;
	const char *target = bytes + method_length;
	size_t line_length = (size_t)((const char *)memmem(bytes, length, "\r\n", 2) - target);
	const char *end = memchr(target, ' ', line_length);
	if (!end || *target != '/' || !is_visible(target, end) ||
	    !text_starts_with(end, " HTTP/1."))
		return -1;
	*target_r = memory_text_length(target, (size_t)(end - target));
	return 1;
}
