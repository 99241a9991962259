/* The hooks of an account that is watched: they run beside its rounds, one at a time, and not too
 * often. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_HOOK_QUEUE_H
#define NAVETTE_CLI_WATCH_HOOK_QUEUE_H

#include "cli/hooks.h"

struct hook_queue;

/* Both are borrowed. AFTER (may be NULL) is called when those for what was told have run, by
 * another thread. Never NULL. */
struct hook_queue *hook_queue_create(const struct config *config,
				     const struct config_account *account,
				     void (*after)(void *context), void *context);
/* Runs `pre-sync`, of [global] and of the account, and waits for it. */
void hook_queue_run_first(struct hook_queue *queue);
/* What a round tells. */
void hook_queue_take_folder(struct hook_queue *queue, const struct sync_folder_report *folder);
void hook_queue_take_change(struct hook_queue *queue, const struct sync_change *change);
/* A round has ended. When it CHANGED something the hooks are told of that: now, or with what
 * further rounds do, when hook-interval has passed since they ran last. */
void hook_queue_take_end(struct hook_queue *queue, const struct sync_result *result, bool changed);
/* Lets hook_queue_run_first() and a hook that runs end, as a signal does in a run. */
void hook_queue_stop(struct hook_queue *queue);
/* What waits for its turn is not told any more. NULL and *queue == NULL are allowed. */
void hook_queue_destroy(struct hook_queue **queue);

#endif
