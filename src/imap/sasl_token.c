/* The login mechanisms that take an access token of OAuth 2.0: OAUTHBEARER (RFC 7628) and XOAUTH2,
 * Google's and Microsoft's older way. SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "imap/sasl_private.h"

#define SEPARATOR "\001" /* RFC 7628 section 3.1: kvsep */

/* What a token is made of (RFC 6750 section 2.1: b64token). */
#define TOKEN_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

struct exchange {
	struct buffer first; /* the response that holds the token; a secret */
	const char *last;    /* base64 of what ends a refused exchange */
	bool begun;          /* the first response was made */
	bool refused;        /* the server said why it does not take the token */
	struct imap_token_refusal refusal;
};

/* --- The first response --- */

static int check_token(const struct imap_sasl_login *login, struct error *error)
{
	size_t length = strlen(login->secret);
	size_t good = strspn(login->secret, TOKEN_BYTES);
	if (length > 0 && good == length)
		return 0;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "what token-command printed is no access token (it has to be alone in the "
			 "first line, without quotes, \"Bearer\" or JSON around it), so it was not "
			 "sent");
}

static int check_user(const struct imap_sasl_login *login, struct error *error)
{
	for (const char *at = login->user; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "the user has characters that the login by %s does not "
					 "allow",
					 login->mechanism);
	}
	return 0;
}

static int begin(const struct imap_sasl_login *login, const char *last,
		 struct exchange **exchange_r, struct error *error)
{
	if (check_token(login, error) != 0 || check_user(login, error) != 0)
		return -1;
	*exchange_r = memory_allocate(sizeof **exchange_r);
	(*exchange_r)->last = last;
	buffer_make_secret(&(*exchange_r)->first);
	return 0;
}

static void add_token(struct buffer *text, const char *token)
{
	buffer_add_text(text, SEPARATOR "auth=Bearer ");
	buffer_add_text(text, token);
	buffer_add_text(text, SEPARATOR SEPARATOR);
}

static int start_xoauth2(const struct imap_sasl_login *login, void **state_r, struct error *error)
{
	struct exchange *exchange;
	if (begin(login, "", &exchange, error) != 0)
		return -1;
	buffer_add_text(&exchange->first, "user=");
	buffer_add_text(&exchange->first, login->user);
	add_token(&exchange->first, login->secret);
	*state_r = exchange;
	return 0;
}

/* A saslname (RFC 5801 section 4): "=" and "," mean something in what is around it. */
static void add_name(struct buffer *text, const char *name)
{
	for (; *name; name++) {
		if (*name == '=')
			buffer_add_text(text, "=3D");
		else if (*name == ',')
			buffer_add_text(text, "=2C");
		else
			buffer_add_byte(text, *name);
	}
}

/* RFC 7628 section 3.1; its end is that of section 3.2.3, as in section 4.3. */
static int start_oauthbearer(const struct imap_sasl_login *login, void **state_r,
			     struct error *error)
{
	struct exchange *exchange;
	if (begin(login, "AQ==", &exchange, error) != 0)
		return -1;
	buffer_add_text(&exchange->first, "n,a=");
	add_name(&exchange->first, login->user);
	buffer_add_text(&exchange->first, ",");
	if (login->host)
		buffer_add_format(&exchange->first, SEPARATOR "host=%s" SEPARATOR "port=%u",
				  login->host, (unsigned int)login->port);
	add_token(&exchange->first, login->secret);
	*state_r = exchange;
	return 0;
}

/* --- The steps --- */

static char *encode(const struct buffer *bytes)
{
	char *encoded = NULL;
	if (gsasl_base64_to(bytes->bytes, bytes->length, &encoded, NULL) != GSASL_OK)
		memory_fail(); /* its only error */
	char *copy = memory_text(encoded);
	memory_wipe(encoded, strlen(encoded));
	gsasl_free(encoded);
	return copy;
}

/* What is no base64 says nothing; the NO that follows counts. */
static struct imap_token_refusal decode(const char *challenge)
{
	char *text = NULL;
	size_t length = 0;
	if (gsasl_base64_from(challenge, strlen(challenge), &text, &length) != GSASL_OK)
		return imap_token_refusal_read("", 0);
	struct imap_token_refusal refusal = imap_token_refusal_read(text, length);
	gsasl_free(text);
	return refusal;
}

static int step(void *state, const char *challenge, char **response_r, bool *done_r,
		struct error *error)
{
	struct exchange *exchange = state;
	if (exchange->refused)
		return error_set(
			error, ERROR_FAILED, SCOPE_ACCOUNT,
			"the server refused the token and then asked for more, which makes "
			"no sense; try the other way of `auth` (xoauth2, oauthbearer)");
	if (!exchange->begun) {
		*response_r = encode(&exchange->first);
		buffer_release(&exchange->first);
		exchange->begun = true;
	} else {
		exchange->refusal = decode(challenge);
		exchange->refused = true;
		*response_r = memory_text(exchange->last);
	}
	*done_r = true;
	return 0;
}

static const struct imap_token_refusal *refusal(const void *state)
{
	const struct exchange *exchange = state;
	return exchange->refused ? &exchange->refusal : NULL;
}

static void end(void *state)
{
	struct exchange *exchange = state;
	buffer_release(&exchange->first);
	imap_token_refusal_release(&exchange->refusal);
	free(exchange);
}

const struct imap_sasl_way imap_sasl_xoauth2 = {
	.start = start_xoauth2, .step = step, .end = end, .refusal = refusal
};
const struct imap_sasl_way imap_sasl_oauthbearer = {
	.start = start_oauthbearer, .step = step, .end = end, .refusal = refusal
};
