/* In place of oauth.c and what it stands on, where libcurl or jansson is not there.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include "credential/login.h"
#include "credential/oauth.h"

static int refuse(const struct config_account *account, struct error *error)
{
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"this navette was built without libcurl or jansson, so it cannot get tokens "
		"for account %s by itself: build it with the Debian packages "
		"libcurl4-openssl-dev and libjansson-dev, or use token-command in place of "
		"oauth",
		account->name);
}

int credential_oauth_token(const struct config_account *account, unsigned int timeout_seconds,
			   const atomic_bool *cancel, char **token_r, struct error *error)
{
	(void)timeout_seconds;
	(void)cancel;
	(void)token_r;
	return refuse(account, error);
}

void credential_oauth_refused(const struct config_account *account, const char *token)
{
	(void)account;
	(void)token;
}

char *credential_oauth_describe(const struct config_account *account, bool *lasting_r)
{
	(void)account;
	*lasting_r = false;
	return NULL;
}

const char *credential_oauth_libraries(void)
{
	return NULL;
}

int credential_login(const struct config_account *account, const struct credential_login *login,
		     struct credential_login_result *result_r, struct error *error)
{
	(void)login;
	(void)result_r;
	return refuse(account, error);
}

int credential_forget(const struct config_account *account,
		      struct credential_forgotten *forgotten_r, struct error *error)
{
	(void)forgotten_r;
	return refuse(account, error);
}
