/* What a login has given, and is kept. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_TOKEN_H
#define NAVETTE_CREDENTIAL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are its own; NULL where not known. Start zeroed. */
struct token {
	char *access, *refresh; /* secrets */
	char *client_id;        /* to which they were given */
	char *token_url;        /* where they are renewed */
	char *user;             /* who signed in, as far as the provider says */
	int64_t obtained;       /* when the access token was given, in seconds since the epoch */
	int64_t expires;        /* when it is to be renewed; 0: not known */
	int64_t logged_in;      /* when the login was */
};

/* Reads what token_print() has made. False: it is none. token_release() ends it in either case. */
bool token_read(const char *text, size_t length, struct token *token_r);
/* One line of JSON: a secret of the caller's. */
char *token_print(const struct token *token);
/* Whether the access token can be used at the time NOW: with some time to spare, and where the
 * clock was set back, not. */
bool token_is_fresh(const struct token *token, int64_t now);
/* Wiped; as new. */
void token_release(struct token *token);

#endif
