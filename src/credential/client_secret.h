/* The secret of an OAuth 2.0 client. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_CLIENT_SECRET_H
#define NAVETTE_CREDENTIAL_CLIENT_SECRET_H

#include <stdatomic.h>

#include "base/error.h"
#include "config/config.h"

/* What `client-secret-command` prints; *secret_r NULL where there is no such key: a public client.
 * To be released with memory_free_secret(). Returns 0, or -1 as credential_command_run(). */
int credential_client_secret(const struct config_account *account, unsigned int timeout_seconds,
			     const atomic_bool *cancel, char **secret_r, struct error *error);

#endif
