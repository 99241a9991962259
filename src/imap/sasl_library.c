/* The login mechanisms that take a password, or none of ours, by GNU SASL. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl_private.h"

/* Some seconds; servers use 4,096 to 600,000. Fewer are refused: who plays the server and may
 * choose them would guess the password from the answer in no time (RFC 7677 section 4). */
#define ROUNDS_MIN 4096u
#define ROUNDS_MAX 5000000u

struct exchange {
	Gsasl *library;
	Gsasl_session *session;
	char *mechanism;
	char *host; /* may be NULL */
	bool server_first;
	bool begun; /* the first response was made */
	bool done;  /* the last one too */
};

/* What a code of the library means here. */
static int fail_exchange(const struct exchange *exchange, int code, struct error *error)
{
	const char *mechanism = exchange->mechanism;
	switch (code) {
	case GSASL_MALLOC_ERROR:
		memory_fail();
	case GSASL_UNKNOWN_MECHANISM:
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "the login mechanism %s is not supported; change or remove `auth`",
				 mechanism);
	case GSASL_AUTHENTICATION_ERROR:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server could not prove that it knows the "
				 "password: it may not be the server it claims to be",
				 mechanism);
	case GSASL_SASLPREP_ERROR:
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "the user or the password has characters that the login by %s "
				 "does not allow",
				 mechanism);
	case GSASL_NO_CB_TLS_UNIQUE:
	case GSASL_NO_CB_TLS_EXPORTER:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "AUTHENTICATE %s needs channel binding, but the connection "
				 "cannot be bound; choose another mechanism with `auth`",
				 mechanism);
	case GSASL_GSSAPI_INIT_SEC_CONTEXT_ERROR:
	case GSASL_GSSAPI_IMPORT_NAME_ERROR:
	case GSASL_GSSAPI_ACQUIRE_CRED_ERROR:
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"there is no ticket of Kerberos for imap at %s: get one with kinit, and "
			"see with klist whether it is still valid; `host` must be the name that "
			"the realm knows the server by",
			exchange->host ? exchange->host : "the server");
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server sent an invalid challenge; "
				 "check user and password, or choose another mechanism with "
				 "`auth`",
				 mechanism);
	default:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "the login by %s failed: %s; check user and password, or "
				 "choose another mechanism with `auth`",
				 mechanism, gsasl_strerror(code));
	}
}

static int set_binding(const struct exchange *exchange, const struct imap_channel_binding *binding)
{
	char *text = NULL;
	int code = gsasl_base64_to((const char *)binding->bytes, binding->length, &text, NULL);
	if (code == GSASL_OK)
		code = gsasl_property_set(
			exchange->session,
			binding->exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, text);
	gsasl_free(text);
	return code;
}

/* The library frees its copy as it is. */
static void forget_password(Gsasl_session *session)
{
	const char *copy = gsasl_property_fast(session, GSASL_PASSWORD);
	if (copy)
		memory_wipe((char *)(uintptr_t)copy, strlen(copy));
}

static void end(void *state)
{
	struct exchange *exchange = state;
	if (exchange->session) {
		forget_password(exchange->session);
		gsasl_finish(exchange->session);
	}
	if (exchange->library)
		gsasl_done(exchange->library);
	free(exchange->mechanism);
	free(exchange->host);
	free(exchange);
}

static int start(const struct imap_sasl_login *login, void **state_r, struct error *error)
{
	struct exchange *exchange = memory_allocate(sizeof *exchange);
	exchange->mechanism = memory_text(login->mechanism);
	exchange->host = login->host ? memory_text(login->host) : NULL;
	exchange->server_first = login->server_first;
	int code = gsasl_init(&exchange->library);
	if (code == GSASL_OK)
		code = gsasl_client_start(exchange->library, login->mechanism, &exchange->session);
	if (code == GSASL_OK)
		code = gsasl_property_set(exchange->session, GSASL_AUTHID, login->user);
	if (code == GSASL_OK && login->secret)
		code = gsasl_property_set(exchange->session, GSASL_PASSWORD, login->secret);
	/* Whom the ticket or the certificate is to act as. */
	if (code == GSASL_OK && !login->secret)
		code = gsasl_property_set(exchange->session, GSASL_AUTHZID, login->user);
	if (code == GSASL_OK)
		code = gsasl_property_set(exchange->session, GSASL_SERVICE, "imap");
	if (code == GSASL_OK && login->host)
		code = gsasl_property_set(exchange->session, GSASL_HOSTNAME, login->host);
	if (code == GSASL_OK && login->binding)
		code = set_binding(exchange, login->binding);
	if (code != GSASL_OK) {
		(void)fail_exchange(exchange, code, error);
		end(exchange);
		return -1;
	}
	*state_r = exchange;
	return 0;
}

/* What a challenge says in the clear; the caller's. NULL: nothing, or the mechanism is no SCRAM. */
static char *decode_scram(const struct exchange *exchange, const char *challenge)
{
	char *decoded = NULL;
	size_t length = 0;
	if (!text_starts_with(exchange->mechanism, "SCRAM-") ||
	    gsasl_base64_from(challenge, strlen(challenge), &decoded, &length) != GSASL_OK)
		return NULL;
	char *text = memory_text_length(decoded, length);
	gsasl_free(decoded);
	return text;
}

/* The server may say that it is the binding that it does not take (RFC 5802 section 7). */
static int check_binding(const struct exchange *exchange, const char *text, struct error *error)
{
	static const char *const faults[] = { "e=channel-bindings-dont-match",
					      "e=channel-binding-not-supported",
					      "e=unsupported-channel-binding-type" };
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		if (text_starts_with(text, faults[i]))
			return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
					 "the server did not take the login by %s: %s; %s",
					 exchange->mechanism, faults[i] + 2, IMAP_BINDING_ADVICE);
	}
	return 0;
}

/* How many rounds of hashing the server wants (RFC 5802 section 5.1, "i="), or ROUNDS_MIN where it
 * says nothing of them. The library does whatever number it is told, and that could take years. */
static unsigned long long rounds_wanted(const char *text)
{
	unsigned long long rounds = ROUNDS_MIN;
	for (const char *at = text; at; at = strchr(at, ',')) {
		at += *at == ',' ? 1 : 0;
		if (text_starts_with(at, "i="))
			rounds = strtoull(at + 2, NULL, 10); /* an overflow is ULLONG_MAX */
	}
	return rounds;
}

static int check_rounds(const struct exchange *exchange, const char *text, struct error *error)
{
	unsigned long long rounds = rounds_wanted(text);
	if (rounds > ROUNDS_MAX)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server requires an iteration count "
				 "over %u, which no honest server does; choose another "
				 "mechanism with `auth`",
				 exchange->mechanism, ROUNDS_MAX);
	if (rounds < ROUNDS_MIN)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server requires an iteration count "
				 "of only %llu, so that the password could be guessed from "
				 "the answer, and at least %u are needed; choose another "
				 "mechanism with `auth`",
				 exchange->mechanism, rounds, ROUNDS_MIN);
	return 0;
}

static int check_challenge(const struct exchange *exchange, const char *challenge,
			   struct error *error)
{
	char *text = decode_scram(exchange, challenge);
	if (!text)
		return 0;
	int result = check_binding(exchange, text, error);
	if (result == 0)
		result = check_rounds(exchange, text, error);
	free(text);
	return result;
}

/* Frees what the library allocated, wiped. NULL is allowed. */
static void free_bytes(char *bytes, size_t length)
{
	memory_wipe(bytes, length);
	gsasl_free(bytes);
}

static void free_text(char *text)
{
	if (text)
		free_bytes(text, strlen(text));
}

/* As gsasl_step64(), which leaves the response before its encoding in memory: PLAIN's holds the
 * password. */
static int step_once(const struct exchange *exchange, const char *challenge, char **response_r)
{
	char *decoded = NULL;
	char *raw = NULL;
	size_t decoded_length = 0;
	size_t raw_length = 0;
	int code = gsasl_base64_from(challenge, strlen(challenge), &decoded, &decoded_length);
	if (code != GSASL_OK)
		return code;
	code = gsasl_step(exchange->session, decoded, decoded_length, &raw, &raw_length);
	gsasl_free(decoded);
	if (code == GSASL_OK || code == GSASL_NEEDS_MORE) {
		int encoded = gsasl_base64_to(raw, raw_length, response_r, NULL);
		if (encoded != GSASL_OK)
			code = encoded;
	}
	free_bytes(raw, raw_length);
	return code;
}

static int step(void *state, const char *challenge, char **response_r, bool *done_r,
		struct error *error)
{
	struct exchange *exchange = state;
	char *response = NULL;
	if (exchange->done) /* the library would send PLAIN's password again */
		return fail_exchange(exchange, GSASL_MECHANISM_CALLED_TOO_MANY_TIMES, error);
	/* Where the client speaks first, some servers put words into what should be an empty
	 * challenge. */
	if (!exchange->begun && !exchange->server_first)
		challenge = "";
	exchange->begun = true;
	if (check_challenge(exchange, challenge, error) != 0)
		return -1;
	int code = step_once(exchange, challenge, &response);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE) {
		free_text(response);
		return fail_exchange(exchange, code, error);
	}
	exchange->done = *done_r = code == GSASL_OK;
	*response_r = memory_text(response ? response : "");
	free_text(response);
	return 0;
}

const struct imap_sasl_way imap_sasl_library = { .start = start, .step = step, .end = end };
