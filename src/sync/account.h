/* What an account's state is called. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_ACCOUNT_H
#define NAVETTE_SYNC_ACCOUNT_H

#include "config/config.h"

/* Says whose state a directory holds: "user@host", or the tunnel. The caller owns it. */
char *account_key(const struct config_account *account);
/* Where the account's state is. The caller owns it. */
char *account_state_directory(const struct config_account *account);

#endif
