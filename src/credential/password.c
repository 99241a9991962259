/* The password or the token of an account. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/password.h"

#include "base/memory.h"
#include "credential/command.h"
#include "credential/oauth.h"

bool credential_account_has_secret(const struct config_account *account)
{
	return account->password || account->password_command || account->token_command ||
	       account->oauth.provider != CONFIG_OAUTH_NONE;
}

static int run_command(const struct config_account *account, unsigned int timeout_seconds,
		       const atomic_bool *cancel, char **secret_r, struct error *error)
{
	bool token = account->token_command != NULL;
	const struct credential_command command = {
		.key = token ? "token-command" : "password-command",
		.text = token ? account->token_command : account->password_command,
		.wanted = token ? "token" : "password",
		.account = account->name,
		.timeout_seconds = timeout_seconds,
		.cancel = cancel,
	};
	return credential_command_run(&command, secret_r, error);
}

int credential_account_password(const struct config_account *account, unsigned int timeout_seconds,
				const atomic_bool *cancel, char **secret_r, struct error *error)
{
	if (account->password) {
		*secret_r = memory_text(account->password);
		return 0;
	}
	if (account->token_command || account->password_command)
		return run_command(account, timeout_seconds, cancel, secret_r, error);
	if (account->oauth.provider != CONFIG_OAUTH_NONE)
		return credential_oauth_token(account, timeout_seconds, cancel, secret_r, error);
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "account %s has neither password-command nor password", account->name);
}

void credential_account_refused(const struct config_account *account, const char *secret)
{
	if (account->oauth.provider != CONFIG_OAUTH_NONE)
		credential_oauth_refused(account, secret);
}
