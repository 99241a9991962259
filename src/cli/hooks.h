/* Commands of the user's around a run. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_HOOKS_H
#define NAVETTE_CLI_HOOKS_H

#include <stdatomic.h>

#include "base/text.h"
#include "config/config.h"
#include "sync/sync.h"

/* What a hook is told of a run, in its environment. */
struct cli_hook_facts {
	uint64_t arrived;                      /* messages that are new here, or whole now */
	const struct text_list *new_folders;   /* where they are */
	const struct text_list *other_folders; /* where something else changed here */
	const char *result;                    /* as JSON calls it; NULL: the run is to begin */
};

/* Runs COMMAND (NULL: there is none), which stands behind KEY, and waits for it: by /bin/sh, in a
 * process group of its own, with nothing to read, and what it prints goes to stderr. One that
 * fails, or takes longer than the account's hook-timeout and is ended, is warned of and harms
 * nothing. So is one that CANCEL ends. */
void cli_hook_run(const struct config_account *account, const char *key, const char *command,
		  const struct cli_hook_facts *facts, const atomic_bool *cancel);

#endif
