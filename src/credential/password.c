/* The password or the token of an account. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/password.h"

#include <stdlib.h>

#include "base/memory.h"
#include "credential/command.h"
#include "credential/keyring.h"
#include "credential/netrc.h"
#include "credential/oauth.h"
#include "credential/secret_file.h"
#include "credential/terminal.h"

/* One asking. */
struct asking {
	const struct config_account *account;
	unsigned int timeout_seconds;
	const atomic_bool *cancel;
};

static int run_command(const struct asking *asking, const char *key, const char *text,
		       const char *wanted, char **line_r, struct error *error)
{
	const struct credential_command command = {
		.key = key,
		.text = text,
		.wanted = wanted,
		.account = asking->account->name,
		.timeout_seconds = asking->timeout_seconds,
		.cancel = asking->cancel,
	};
	return credential_command_run(&command, line_r, error);
}

static int ask_user(const struct asking *asking, char **secret_r, struct error *error)
{
	const struct config_account *account = asking->account;
	char *question = memory_format("Password of account %s (%s at %s): ", account->name,
				       account->user ? account->user : "",
				       account->host ? account->host : "the tunnel's server");
	int result = terminal_ask(question, account->name, asking->cancel, secret_r, error);
	free(question);
	return result;
}

static int ask_netrc(const struct config_account *account, char **secret_r, struct error *error)
{
	const struct netrc_wanted wanted = { .host = account->host ? account->host : "",
					     .port = account->port,
					     .user = account->user ? account->user : "" };
	return netrc_read(account->password_netrc, &wanted, secret_r, error);
}

static int ask_keyring(const struct config_account *account, char **secret_r, struct error *error)
{
	struct keyring_item item = { .attributes = { { NULL, NULL } } };
	const struct text_list *words = &account->password_keyring;
	for (size_t i = 0; i + 1 < words->count && i / 2 < KEYRING_ATTRIBUTES_MAX; i += 2) {
		item.attributes[i / 2].name = words->items[i];
		item.attributes[i / 2].value = words->items[i + 1];
	}
	if (keyring_read(&item, false, secret_r, error) != 0)
		return -1;
	if (*secret_r && **secret_r)
		return 0;
	memory_free_secret(*secret_r);
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "the desktop's keyring has no password with the attributes of account %s: "
			 "store it with \"secret-tool store --label=navette ATTRIBUTE VALUE ...\"",
			 account->name);
}

int credential_account_password(const struct config_account *account, unsigned int timeout_seconds,
				const atomic_bool *cancel, char **secret_r, struct error *error)
{
	const struct asking asking = { .account = account,
				       .timeout_seconds = timeout_seconds,
				       .cancel = cancel };
	switch (config_account_secret(account)) {
	case CONFIG_SECRET_PASSWORD:
		*secret_r = memory_text(account->password);
		return 0;
	case CONFIG_SECRET_PASSWORD_COMMAND:
		return run_command(&asking, "password-command", account->password_command,
				   "password", secret_r, error);
	case CONFIG_SECRET_PASSWORD_CREDENTIAL:
		return secret_file_credential(account->password_credential, account->name, secret_r,
					      error);
	case CONFIG_SECRET_PASSWORD_KEYRING:
		return ask_keyring(account, secret_r, error);
	case CONFIG_SECRET_PASSWORD_NETRC:
		return ask_netrc(account, secret_r, error);
	case CONFIG_SECRET_PASSWORD_ASK:
		return ask_user(&asking, secret_r, error);
	case CONFIG_SECRET_TOKEN_COMMAND:
		return run_command(&asking, "token-command", account->token_command, "token",
				   secret_r, error);
	case CONFIG_SECRET_OAUTH:
		return credential_oauth_token(account, timeout_seconds, cancel, secret_r, error);
	case CONFIG_SECRET_NONE:
		break;
	}
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "account %s has neither password-command nor password", account->name);
}

void credential_account_refused(const struct config_account *account, const char *secret)
{
	if (config_account_secret(account) == CONFIG_SECRET_OAUTH)
		credential_oauth_refused(account, secret);
}

int credential_account_user(const struct config_account *account, const atomic_bool *cancel,
			    char **user_r, struct error *error)
{
	const struct asking asking = { .account = account,
				       .timeout_seconds = account->timeout,
				       .cancel = cancel };
	return run_command(&asking, "user-command", account->user_command, "user", user_r, error);
}

int credential_account_passphrase(const struct config_account *account, const atomic_bool *cancel,
				  char **passphrase_r, struct error *error)
{
	const struct asking asking = { .account = account,
				       .timeout_seconds = account->timeout,
				       .cancel = cancel };
	return run_command(&asking, "tls-key-command", account->tls_key_command, "passphrase",
			   passphrase_r, error);
}
