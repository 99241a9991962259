/* What a provider of tokens says when it gives none, as a sentence. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_REFUSAL_H
#define NAVETTE_CREDENTIAL_REFUSAL_H

#include <stdint.h>

#include "base/error.h"

/* Of RFC 6749 section 5.2 and 4.1.2.1, RFC 8628 section 3.5. Texts are its own. */
struct refusal {
	char *word;     /* "invalid_grant"; NULL: there is none */
	char *words;    /* what is meant for developers; may be NULL */
	int64_t number; /* of Microsoft's, as in AADSTS700016; 0: none */
};

/* What was asked for. */
enum refusal_of {
	REFUSAL_OF_LOGIN,  /* by the user, who is there */
	REFUSAL_OF_REFRESH /* by a run */
};

/* Takes copies. NUMBER 0 is looked for in WORDS. */
struct refusal refusal_create(const char *word, const char *words, int64_t number);
void refusal_release(struct refusal *refusal);

/* The sentence, about ACCOUNT, with what to do: ERROR_LOGIN where a run can do nothing but ask for
 * a new login, ERROR_TEMPORARY where the provider is busy, ERROR_CONFIG where client or scope are
 * wrong, else ERROR_FAILED; SCOPE_ACCOUNT. Returns -1. */
int refusal_set_error(const struct refusal *refusal, enum refusal_of of, const char *account,
		      struct error *error);

#endif
