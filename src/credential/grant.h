/* The grants of OAuth 2.0: what is asked of the token endpoint and of the device endpoint.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_GRANT_H
#define NAVETTE_CREDENTIAL_GRANT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "credential/json.h"
#include "credential/refusal.h"

/* Who asks. Texts are borrowed. */
struct grant_client {
	const struct config_account *account;
	const char *token_url;
	const char *secret; /* NULL: a public client (RFC 6749 section 2.1) */
	unsigned int timeout_seconds;
	const atomic_bool *cancel;
};

/* What came: an object, which is a refusal where refusal.word is set. grant_answer_release() ends
 * it. */
struct grant_answer {
	struct credential_json *json;
	struct refusal refusal;
};
void grant_answer_release(struct grant_answer *answer);

/* Each returns 0 when the provider answered, if with a refusal, or -1 with the error of http_ask(),
 * or ERROR_TEMPORARY for what is no answer about tokens. */

/* A code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
int grant_redeem(const struct grant_client *client, const char *code, const char *verifier,
		 const char *redirect_url, struct grant_answer *answer_r, struct error *error);
/* A refresh token for tokens (RFC 6749 section 6). Once it is asked the answer is waited for: it
 * may hold the only refresh token that is valid from then on. */
int grant_refresh(const struct grant_client *client, const char *refresh_token,
		  struct grant_answer *answer_r, struct error *error);
/* Codes for the device and its user (RFC 8628 section 3.1). */
int grant_ask_device(const struct grant_client *client, const char *device_url, const char *scope,
		     struct grant_answer *answer_r, struct error *error);
/* Whether the user has said yes (RFC 8628 section 3.4). */
int grant_poll_device(const struct grant_client *client, const char *device_code,
		      struct grant_answer *answer_r, struct error *error);
/* Gives TOKEN back (RFC 7009 section 2.1), and with a refresh token what came of it. Returns 0 when
 * the provider says that it is void now, else -1: as above, or ERROR_FAILED for a refusal. */
int grant_revoke(const struct grant_client *client, const char *revoke_url, const char *token,
		 struct error *error);

#endif
