/* Running accounts. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_COMMAND_SYNC_H
#define NAVETTE_CLI_COMMAND_SYNC_H

#include "cli/command.h"
#include "cli/selection.h"
#include "sync/sync.h"

/* Synchronises what is selected, account by account, and reports it; the first signal ends it in
 * order. FETCH: see sync_options; may be NULL. Returns the worst that happened. */
enum error_kind cli_sync_accounts(const struct cli_options *options,
				  const struct cli_selection *selection, struct sync_fetch *fetch);

#endif
