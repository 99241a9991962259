/* navette login: the one time that the user is asked. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/login.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "credential/client_secret.h"
#include "credential/issued.h"
#include "credential/login_ways.h"
#include "credential/token_store.h"

static int64_t now_seconds(void)
{
	return clock_real_ns() / 1000000000;
}

/* --- What is granted, and to whom --- */

static int check_scope(const struct login_attempt *attempt, const struct credential_json *json,
		       struct error *error)
{
	char *lacking = NULL;
	if (issued_grants(json, attempt->endpoints.scope, &lacking))
		return 0;
	(void)error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
		"the provider did not grant %s, without which there is no mail: log in again "
		"and allow all that is asked for (each box has to be ticked)",
		lacking);
	free(lacking);
	return -1;
}

/* A token of another account logs in at some servers, and fails afterwards. */
static int check_user(const struct login_attempt *attempt, const struct credential_json *json,
		      char **user_r, struct error *error)
{
	const struct config_account *account = attempt->account;
	const char *wanted = login_user(account);
	bool matches;
	*user_r = issued_user(json, wanted ? wanted : "", &matches);
	if (!*user_r || matches || !wanted)
		return 0;
	(void)error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
		"it was %s who signed in, and account %s is for %s: log in again as that one, "
		"in a private window if the browser knows another; or, if %s may open the "
		"mailbox, add \"oauth-user = %s\"",
		*user_r, account->name, wanted, *user_r, *user_r);
	free(*user_r);
	*user_r = NULL;
	return -1;
}

static int take(const struct login_attempt *attempt, const struct credential_json *json,
		struct token *token, struct error *error)
{
	const struct config_account *account = attempt->account;
	if (issued_take(account, json, now_seconds(), token, error) != 0 ||
	    check_scope(attempt, json, error) != 0 ||
	    check_user(attempt, json, &token->user, error) != 0)
		return -1;
	token->client_id = memory_text(account->oauth.client_id);
	token->token_url = memory_text(attempt->endpoints.token);
	token->logged_in = token->obtained;
	return 0;
}

/* --- Keeping it --- */

static int keep(const struct login_attempt *attempt, const struct token *token, struct error *error)
{
	const struct config_account *account = attempt->account;
	int lock;
	int room;
	if (token_store_lock(account, account->timeout, attempt->login->cancel, &lock, error) != 0)
		return -1;
	int result = token_store_make_room(account, &room, error);
	if (result == 0)
		result = token_store_write(account, token, room, true, error);
	token_store_unlock(lock);
	return result;
}

static int finish(struct login_attempt *attempt, const struct credential_json *json,
		  struct credential_login_result *result_r, struct error *error)
{
	struct token token = { .access = NULL };
	int result = take(attempt, json, &token, error);
	if (result == 0)
		result = keep(attempt, &token, error);
	if (result == 0)
		*result_r = (struct credential_login_result){
			.user = token.user ? memory_text(token.user) : NULL,
			.expires = token.expires,
			.lasting = token.refresh != NULL
		};
	token_release(&token);
	return result;
}

/* --- The login --- */

static int perform(struct login_attempt *attempt, struct credential_login_result *result_r,
		   struct error *error)
{
	const struct config_account *account = attempt->account;
	struct credential_json *json = NULL;
	if (endpoints_discover(account, account->timeout, attempt->login->cancel,
			       &attempt->endpoints, error) != 0 ||
	    credential_client_secret(account, account->timeout, attempt->login->cancel,
				     &attempt->secret, error) != 0)
		return -1;
	int result = attempt->login->way == CREDENTIAL_LOGIN_DEVICE
			     ? login_by_device(attempt, &json, error)
			     : login_by_browser(attempt, &json, error);
	if (result == 0)
		result = finish(attempt, json, result_r, error);
	redirect_end(&attempt->redirect, result == 0);
	credential_json_release(&json);
	return result;
}

int credential_login(const struct config_account *account, const struct credential_login *login,
		     struct credential_login_result *result_r, struct error *error)
{
	struct login_attempt attempt = { .account = account, .login = login };
	if (account->oauth.provider == CONFIG_OAUTH_NONE)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "account %s has no oauth, so there is nothing to log in to: its "
				 "password or token comes from elsewhere; see navette.conf(5)",
				 account->name);
	attempt.endpoints = endpoints_of(&account->oauth);
	int result = perform(&attempt, result_r, error);
	endpoints_release(&attempt.endpoints);
	memory_free_secret(attempt.secret);
	return result;
}
