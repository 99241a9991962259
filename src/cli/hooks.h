/* Commands of the user's around a run: an account's, and those for all. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_HOOKS_H
#define NAVETTE_CLI_HOOKS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/text.h"
#include "cli/change_list.h"
#include "config/config.h"
#include "sync/sync.h"

/* What is told of a run. */
struct cli_hook_news {
	uint64_t arrived;               /* messages that are new here, or whole now */
	struct text_list new_folders;   /* where they are */
	struct text_list other_folders; /* where something else changed here */
	struct cli_change_list changes;
	bool ended;
	enum error_kind worst; /* how */
};

struct cli_hooks {
	const struct config_hooks *global;
	const atomic_bool *cancel;
	bool active;              /* the run may change something */
	struct cli_hook_news all; /* of all accounts so far */
};

/* One account's. Several may have their runs at a time: what follows is not for two threads at a
 * time but for hooks that run, which take turns by themselves. */
struct cli_account_hooks {
	const struct config_account *account;
	struct cli_hook_news own;
};

/* Before the first account: `pre-sync` of [global]. CONFIG is borrowed, and CANCEL, which ends what
 * runs. Not ACTIVE, as for -n: nothing is run at all. */
void cli_hooks_begin(struct cli_hooks *hooks, const struct config *config, bool active,
		     const atomic_bool *cancel);
/* Before an account's run: its `pre-sync`. ACCOUNT is borrowed until the end of its run. By any
 * thread. */
void cli_hooks_begin_account(const struct cli_hooks *hooks, struct cli_account_hooks *mine,
			     const struct config_account *account);
/* Both where no run begins: nothing is run. */
void cli_hooks_resume(struct cli_hooks *hooks, struct cli_account_hooks *mine,
		      const struct config *config, const struct config_account *account,
		      const atomic_bool *cancel);
/* What its run tells. */
void cli_hooks_take_folder(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_folder_report *folder);
void cli_hooks_take_change(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_change *change);
void cli_hooks_take_result(struct cli_hooks *hooks, struct cli_account_hooks *mine,
			   const struct sync_result *result);
/* After that: its `post-new` and `post-sync`. By any thread. */
void cli_hooks_end_account(const struct cli_hooks *hooks, struct cli_account_hooks *mine);
/* After the last account: those of [global]. */
void cli_hooks_end(struct cli_hooks *hooks);
/* Instead of both ends: nothing is run. */
void cli_hooks_drop(struct cli_hooks *hooks, struct cli_account_hooks *mine);

#endif
