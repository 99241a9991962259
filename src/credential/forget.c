/* The end of a login: the provider is told, and nothing is kept. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "credential/client_secret.h"
#include "credential/endpoints.h"
#include "credential/grant.h"
#include "credential/login.h"
#include "credential/token_store.h"

/* What was given for another client, or elsewhere, is not shown to the provider of today. */
static bool is_of(const struct token *token, const struct config_account *account,
		  const struct endpoints *endpoints)
{
	return token->client_id && strcmp(token->client_id, account->oauth.client_id) == 0 &&
	       token->token_url && endpoints->token &&
	       strcmp(token->token_url, endpoints->token) == 0;
}

static int ask(const struct config_account *account, const struct token *token,
	       const struct endpoints *endpoints, struct error *error)
{
	struct grant_client client = { .account = account,
				       .token_url = token->token_url,
				       .timeout_seconds = account->timeout };
	char *secret = NULL;
	if (credential_client_secret(account, account->timeout, NULL, &secret, error) != 0)
		return -1;
	client.secret = secret;
	/* With a refresh token goes all that came of it (RFC 7009 section 2.1). */
	int result = grant_revoke(&client, endpoints->revoke,
				  token->refresh ? token->refresh : token->access, error);
	memory_free_secret(secret);
	return result;
}

/* Whether the provider was told, and says that it has revoked TOKEN. */
static bool revoke(const struct config_account *account, const struct token *token)
{
	struct error error = ERROR_INITIAL;
	struct endpoints endpoints = endpoints_of(&account->oauth);
	bool revoked = false;
	if (endpoints_discover(account, account->timeout, NULL, &endpoints, &error) == 0 &&
	    endpoints.revoke && is_of(token, account, &endpoints))
		revoked = ask(account, token, &endpoints, &error) == 0;
	if (error.kind != ERROR_NONE)
		log_line(LOG_WARNING, "%s: the provider was not told: %s", account->name,
			 error.text);
	endpoints_release(&endpoints);
	return revoked;
}

/* What cannot be read cannot be revoked; that is told by removing it, or is no matter any more. */
static bool revoke_what_is_kept(const struct config_account *account)
{
	struct error error = ERROR_INITIAL;
	struct token token;
	bool found = false;
	if (token_store_read(account, &token, &found, &error) != 0 || !found)
		return false;
	bool revoked = revoke(account, &token);
	token_release(&token);
	return revoked;
}

int credential_forget(const struct config_account *account,
		      struct credential_forgotten *forgotten_r, struct error *error)
{
	int lock;
	if (account->oauth.provider == CONFIG_OAUTH_NONE)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "account %s has no oauth, so no tokens are kept for it",
				 account->name);
	if (token_store_lock(account, account->timeout, NULL, &lock, error) != 0)
		return -1;
	/* Before they are removed: what is left after a crash can be tried again. */
	forgotten_r->revoked = revoke_what_is_kept(account);
	int result = token_store_remove(account, &forgotten_r->had, error);
	token_store_unlock(lock);
	return result;
}
