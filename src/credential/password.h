/* Where the secrets of an account come from. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_PASSWORD_H
#define NAVETTE_CREDENTIAL_PASSWORD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* The account's password or token: `password`, or the first line (without its line end) of what
 * `password-command` or `token-command` prints. The command is run by /bin/sh -c with stdin from
 * /dev/null, its stdout and stderr captured, in its own process group; that whole group is killed
 * after TIMEOUT_SECONDS, or as soon as CANCEL (may be NULL) becomes true, which is ERROR_TEMPORARY.
 * A failing, hanging or silent command is an error (SCOPE_ACCOUNT; ERROR_FAILED, or ERROR_CONFIG
 * where there is no such command or it wants a terminal) that names its exit status or signal and
 * what it printed on stderr. *secret_r is the caller's, to be released with memory_free_secret().
 */
int credential_account_password(const struct config_account *account, unsigned int timeout_seconds,
				const atomic_bool *cancel, char **secret_r, struct error *error);

#endif
