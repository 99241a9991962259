/* Access tokens of OAuth 2.0 for accounts that `navette login` has logged in.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_OAUTH_H
#define NAVETTE_CREDENTIAL_OAUTH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* An access token that can be used now: the one that is kept, or a new one for it, which is kept in
 * its place before it is used; a refresh token stays where the provider gives no new one. Of
 * several runs one asks the provider. Nobody is asked anything: where only a new login helps that
 * is ERROR_LOGIN, SCOPE_ACCOUNT, and the text names the command. *token_r is the caller's, to be
 * released with memory_free_secret(). Returns 0 or -1. */
int credential_oauth_token(const struct config_account *account, unsigned int timeout_seconds,
			   const atomic_bool *cancel, char **token_r, struct error *error);
/* The server did not take TOKEN: the next is a new one. */
void credential_oauth_refused(const struct config_account *account, const char *token);
/* What can be told of the account's tokens, such as "the token is good for 59 minutes more and can
 * be renewed", of which the caller owns the text; NULL: nothing. *lasting_r: whether it can be
 * renewed. */
char *credential_oauth_describe(const struct config_account *account, bool *lasting_r);

/* "libcurl 7.88.1, jansson 2.14"; NULL: this program was built without, and all of the above ends
 * in ERROR_CONFIG. */
const char *credential_oauth_libraries(void);

#endif
