/* The authorization request and what the browser brings back (RFC 6749 section 4.1, RFC 7636,
 * RFC 8252, RFC 9207). Pure but for the random bytes. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_AUTHORIZATION_H
#define NAVETTE_CREDENTIAL_AUTHORIZATION_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "credential/endpoints.h"

#define AUTHORIZATION_RANDOM_SIZE 44 /* 43 characters of base64url, which are 256 bits, and NUL */

/* One attempt. */
struct authorization {
	char state[AUTHORIZATION_RANDOM_SIZE];
	char verifier[AUTHORIZATION_RANDOM_SIZE]; /* a secret (RFC 7636 section 4.1) */
};
void authorization_begin(struct authorization *authorization);

/* The code challenge of VERIFIER, method S256 (RFC 7636 section 4.2). */
void authorization_challenge(const char *verifier, char challenge_r[AUTHORIZATION_RANDOM_SIZE]);

/* Where the browser is sent. USER (may be NULL) is offered as the one to sign in. The caller owns
 * it. */
char *authorization_url(const struct authorization *authorization,
			const struct endpoints *endpoints, const char *client_id,
			const char *redirect_url, const char *user);

/* What an address tells that the browser was sent to in the end. */
enum authorization_answer {
	AUTHORIZATION_FOREIGN, /* nothing of ours: another path, or no parameters that are meant */
	AUTHORIZATION_WRONG,   /* an answer to something else, or a forged one */
	AUTHORIZATION_REFUSED, /* word and words say why */
	AUTHORIZATION_GIVEN    /* code */
};
/* Texts are its own. */
struct authorization_result {
	enum authorization_answer answer;
	char *code; /* a secret */
	char *word, *words;
};

/* TARGET is a whole address, or the path and query of one, whose path must be that of REDIRECT_URL.
 * state must be the attempt's, and iss, where it is there or must be, that of the provider.
 * authorization_result_release() ends the result. */
struct authorization_result authorization_read(const struct authorization *authorization,
					       const struct endpoints *endpoints,
					       const char *redirect_url, const char *target);
void authorization_result_release(struct authorization_result *result);

/* The target of a request for a page: "GET TARGET HTTP/1.x" and header lines, LENGTH bytes, of
 * which more may come. 0: more has to come; -1: it is no such request; else 1, and *target_r is the
 * caller's, a secret. */
int authorization_request_read(const char *bytes, size_t length, char **target_r);

#endif
