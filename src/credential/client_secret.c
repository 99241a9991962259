/* The secret of an OAuth 2.0 client. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/client_secret.h"

#include "credential/command.h"

int credential_client_secret(const struct config_account *account, unsigned int timeout_seconds,
			     const atomic_bool *cancel, char **secret_r, struct error *error)
{
	const struct credential_command command = { .key = "client-secret-command",
						    .text = account->oauth.client_secret_command,
						    .wanted = "secret",
						    .account = account->name,
						    .timeout_seconds = timeout_seconds,
						    .cancel = cancel };
	*secret_r = NULL;
	return command.text ? credential_command_run(&command, secret_r, error) : 0;
}
