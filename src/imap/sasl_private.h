/* What the mechanisms of sasl.c are made of. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SASL_PRIVATE_H
#define NAVETTE_IMAP_SASL_PRIVATE_H

#include "imap/sasl.h"

/* How a mechanism is performed. STATE is what start() made; end() frees it, wiped. The functions
 * are those of sasl.h. */
struct imap_sasl_way {
	int (*start)(const struct imap_sasl_login *login, void **state_r, struct error *error);
	int (*step)(void *state, const char *challenge, char **response_r, bool *done_r,
		    struct error *error);
	void (*end)(void *state);
	/* NULL: the server has nothing to say of the secret but OK or NO. */
	const struct imap_token_refusal *(*refusal)(const void *state);
};

extern const struct imap_sasl_way imap_sasl_library;     /* by GNU SASL */
extern const struct imap_sasl_way imap_sasl_xoauth2;     /* a token, Google's way */
extern const struct imap_sasl_way imap_sasl_oauthbearer; /* a token, RFC 7628 */

#endif
