/* Where the secrets of an account come from. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_PASSWORD_H
#define NAVETTE_CREDENTIAL_PASSWORD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* The account's password or token, from where config_account_secret() says: a command is run as
 * credential_command_run() does, a token is as in oauth.h, the user is asked where there is a
 * terminal. *secret_r is the caller's, to be released with memory_free_secret(). Returns 0 or -1.
 */
int credential_account_password(const struct config_account *account, unsigned int timeout_seconds,
				const atomic_bool *cancel, char **secret_r, struct error *error);

/* What `user-command` prints. The caller owns it. Returns 0 or -1. */
int credential_account_user(const struct config_account *account, const atomic_bool *cancel,
			    char **user_r, struct error *error);

/* What `tls-key-command` prints, as *passphrase_r, to be released with memory_free_secret().
 * Returns 0 or -1. */
int credential_account_passphrase(const struct config_account *account, const atomic_bool *cancel,
				  char **passphrase_r, struct error *error);

/* The server did not take SECRET, which credential_account_password() gave: where it was kept, it
 * is not given again. */
void credential_account_refused(const struct config_account *account, const char *secret);

#endif
