/* Where the tokens of an account are kept: a file beside its state, or the desktop's keyring.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_TOKEN_STORE_H
#define NAVETTE_CREDENTIAL_TOKEN_STORE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"
#include "credential/token.h"

/* All errors are of SCOPE_ACCOUNT; each function returns 0 or -1. */

/* Keeps other runs, and other threads, from renewing the account's tokens meanwhile: a refresh
 * token may be good for one use. Waits at most TIMEOUT_SECONDS: ERROR_TEMPORARY. Makes their
 * directory. token_store_unlock() ends it. */
int token_store_lock(const struct config_account *account, unsigned int timeout_seconds,
		     const atomic_bool *cancel, int *lock_r, struct error *error);
void token_store_unlock(int lock);

/* What is kept; *found_r false: nothing. A file that others can read, or that is none of ours, is
 * ERROR_FAILED; a keyring that is locked or away likewise: nobody is asked to open it.
 * token_release() ends *token_r where it was found. */
int token_store_read(const struct config_account *account, struct token *token_r, bool *found_r,
		     struct error *error);

/* Under the lock: makes sure, as far as it can, that token_store_write() will succeed. To be called
 * before a provider is asked for what may replace the only valid token. *room_r is for the next
 * two, one of which ends it. */
int token_store_make_room(const struct config_account *account, int *room_r, struct error *error);
void token_store_give_up_room(const struct config_account *account, int room);
/* Under the lock. Replaces what was kept, at once and durably. ASKING: the user is there and may
 * be asked to open the keyring. */
int token_store_write(const struct config_account *account, const struct token *token, int room,
		      bool asking, struct error *error);
/* Under the lock. *had_r: there was something. */
int token_store_remove(const struct config_account *account, bool *had_r, struct error *error);

#endif
