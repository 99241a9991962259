/* Where the secrets of an account come from. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_PASSWORD_H
#define NAVETTE_CREDENTIAL_PASSWORD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* Whether the account says where a secret comes from. One behind a tunnel may do without. */
bool credential_account_has_secret(const struct config_account *account);

/* The account's password or token: `password`; what `password-command` or `token-command` prints,
 * see credential_command_run(); or an access token of `navette login`, see oauth.h. *secret_r is
 * the caller's, to be released with memory_free_secret(). Returns 0 or -1. */
int credential_account_password(const struct config_account *account, unsigned int timeout_seconds,
				const atomic_bool *cancel, char **secret_r, struct error *error);

/* The server did not take SECRET, which credential_account_password() gave: where it was kept, it
 * is not given again. */
void credential_account_refused(const struct config_account *account, const char *secret);

#endif
