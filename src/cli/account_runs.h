/* The runs of several accounts at a time. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_ACCOUNT_RUNS_H
#define NAVETTE_CLI_ACCOUNT_RUNS_H

#include "cli/command.h"
#include "cli/selection.h"
#include "sync/sync.h"

/* Synchronises what is selected, as many accounts at a time as `jobs` of the configuration says,
 * and reports each when it is done; the first signal ends all in order. FETCH: see sync_options;
 * may be NULL. Returns the worst that happened. */
enum error_kind cli_sync_accounts(const struct cli_options *options,
				  const struct cli_selection *selection, struct sync_fetch *fetch);

#endif
