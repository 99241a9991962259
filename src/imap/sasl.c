/* Login mechanisms, by GNU SASL. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/sasl.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Some seconds; servers use 4,096 to 600,000. Fewer are refused: who plays the server and may
 * choose them would guess the password from the answer in no time (RFC 7677 section 4). */
#define ROUNDS_MIN 4096u
#define ROUNDS_MAX 5000000u

#define PLUS "-PLUS"

struct imap_sasl {
	Gsasl *library;
	Gsasl_session *session;
	char *mechanism;
	bool begun; /* the first response was made */
	bool done;  /* the last one too */
};

const char *imap_sasl_choose(const struct text_list *capabilities, bool secure)
{
	static const char *const known[] = { "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN" };
	(void)secure; /* see the header */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char *capability = memory_format("AUTH=%s", known[i]);
		bool offered = text_list_holds(capabilities, capability);
		free(capability);
		if (offered)
			return known[i];
	}
	return NULL;
}

/* What a code of the library means here. */
static int fail(const struct imap_sasl *sasl, int code, struct error *error)
{
	const char *mechanism = sasl->mechanism;
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
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"the login by %s needs TLS that it can be bound to; choose another "
			"way with `auth`",
			mechanism);
	case GSASL_MECHANISM_PARSE_ERROR:
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_CALLED_TOO_MANY_TIMES:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server sent what makes no sense; check "
				 "user and password, or choose another way with `auth`",
				 mechanism);
	default:
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "the login by %s failed: %s; check user and password, or choose "
				 "another way with `auth`",
				 mechanism, gsasl_strerror(code));
	}
}

bool imap_sasl_needs_binding(const char *mechanism)
{
	size_t length = strlen(mechanism);
	return length > strlen(PLUS) && strcmp(mechanism + length - strlen(PLUS), PLUS) == 0;
}

static int set_binding(const struct imap_sasl *sasl, const struct imap_channel_binding *binding)
{
	char *text = NULL;
	int code = gsasl_base64_to((const char *)binding->bytes, binding->length, &text, NULL);
	if (code == GSASL_OK)
		code = gsasl_property_set(
			sasl->session,
			binding->exporter ? GSASL_CB_TLS_EXPORTER : GSASL_CB_TLS_UNIQUE, text);
	gsasl_free(text);
	return code;
}

int imap_sasl_start(const char *mechanism, const char *user, const char *password, const char *host,
		    const struct imap_channel_binding *binding, struct imap_sasl **sasl_r,
		    struct error *error)
{
	struct imap_sasl *sasl = memory_allocate(sizeof *sasl);
	sasl->mechanism = memory_text(mechanism);
	int code = gsasl_init(&sasl->library);
	if (code == GSASL_OK)
		code = gsasl_client_start(sasl->library, mechanism, &sasl->session);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_AUTHID, user);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_PASSWORD, password);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_SERVICE, "imap");
	if (code == GSASL_OK && host)
		code = gsasl_property_set(sasl->session, GSASL_HOSTNAME, host);
	if (code == GSASL_OK && binding)
		code = set_binding(sasl, binding);
	if (code != GSASL_OK) {
		(void)fail(sasl, code, error);
		imap_sasl_end(&sasl);
		return -1;
	}
	*sasl_r = sasl;
	return 0;
}

/* How many rounds of hashing the server wants (RFC 5802 section 5.1, "i="), or ROUNDS_MIN where it
 * says nothing of them. The library does whatever number it is told, and that could take years. */
static unsigned long long rounds_wanted(const struct imap_sasl *sasl, const char *challenge)
{
	char *decoded = NULL;
	size_t length = 0;
	unsigned long long rounds = ROUNDS_MIN;
	if (!text_starts_with(sasl->mechanism, "SCRAM-") ||
	    gsasl_base64_from(challenge, strlen(challenge), &decoded, &length) != GSASL_OK)
		return ROUNDS_MIN;
	char *text = memory_text_length(decoded, length);
	gsasl_free(decoded);
	for (const char *at = text; at; at = strchr(at, ',')) {
		at += *at == ',' ? 1 : 0;
		if (text_starts_with(at, "i="))
			rounds = strtoull(at + 2, NULL, 10); /* an overflow is ULLONG_MAX */
	}
	free(text);
	return rounds;
}

static int check_rounds(const struct imap_sasl *sasl, const char *challenge, struct error *error)
{
	unsigned long long rounds = rounds_wanted(sasl, challenge);
	if (rounds > ROUNDS_MAX)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server wants over %u rounds of hashing, "
				 "which no honest server does; choose another way with `auth`",
				 sasl->mechanism, ROUNDS_MAX);
	if (rounds < ROUNDS_MIN)
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "in the login by %s the server wants %llu rounds of hashing, so "
				 "few that the password could be guessed from the answer, and at "
				 "least %u are needed; choose another way with `auth`",
				 sasl->mechanism, rounds, ROUNDS_MIN);
	return 0;
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
static int step(const struct imap_sasl *sasl, const char *challenge, char **response_r)
{
	char *decoded = NULL;
	char *raw = NULL;
	size_t decoded_length = 0;
	size_t raw_length = 0;
	int code = gsasl_base64_from(challenge, strlen(challenge), &decoded, &decoded_length);
	if (code != GSASL_OK)
		return code;
	code = gsasl_step(sasl->session, decoded, decoded_length, &raw, &raw_length);
	gsasl_free(decoded);
	if (code == GSASL_OK || code == GSASL_NEEDS_MORE) {
		int encoded = gsasl_base64_to(raw, raw_length, response_r, NULL);
		if (encoded != GSASL_OK)
			code = encoded;
	}
	free_bytes(raw, raw_length);
	return code;
}

int imap_sasl_step(struct imap_sasl *sasl, const char *challenge, char **response_r, bool *done_r,
		   struct error *error)
{
	char *response = NULL;
	if (sasl->done) /* the library would send PLAIN's password again */
		return fail(sasl, GSASL_MECHANISM_CALLED_TOO_MANY_TIMES, error);
	/* In all of our mechanisms the client speaks first; some servers put words into what should
	 * be an empty challenge. */
	if (!sasl->begun)
		challenge = "";
	sasl->begun = true;
	if (check_rounds(sasl, challenge, error) != 0)
		return -1;
	int code = step(sasl, challenge, &response);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE) {
		free_text(response);
		return fail(sasl, code, error);
	}
	sasl->done = *done_r = code == GSASL_OK;
	*response_r = memory_text(response ? response : "");
	free_text(response);
	return 0;
}

/* The library frees its copy as it is. */
static void forget_password(Gsasl_session *session)
{
	const char *copy = gsasl_property_fast(session, GSASL_PASSWORD);
	if (copy)
		memory_wipe((char *)(uintptr_t)copy, strlen(copy));
}

void imap_sasl_end(struct imap_sasl **sasl)
{
	if (!sasl || !*sasl)
		return;
	if ((*sasl)->session) {
		forget_password((*sasl)->session);
		gsasl_finish((*sasl)->session);
	}
	if ((*sasl)->library)
		gsasl_done((*sasl)->library);
	free((*sasl)->mechanism);
	free(*sasl);
	*sasl = NULL;
}
