/* The rules of a folder's channel, as the parts of a run need them. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_RULES_H
#define NAVETTE_SYNC_PLAN_RULES_H

#include "sync/folder.h"

static inline const struct config_rules *sync_folder_rules(const struct sync_folder *folder)
{
	return &folder->target.view->channel->rules;
}

/* Whether the mailbox could only be read when it was opened last (RFC 9051 section 7.1, READ-ONLY).
 * The folder's record knows it, in its rules. */
bool sync_folder_is_read_only(const struct sync_folder *folder);
/* Which changes made here go to the server: none where the mailbox can only be read. */
enum config_kinds sync_folder_push(const struct sync_folder *folder);
/* SELECT told whether the mailbox can only be read. True: it can be written to again, so that both
 * sides must be looked at as a whole for what was left here. */
bool sync_folder_note_access(struct sync_folder *folder, bool read_only);
/* Whether what was done here is only waiting until the mailbox can be written to: the next run asks
 * again. */
bool sync_folder_waits_for_access(const struct sync_folder *folder);
/* When the plan stands: says once of a folder that what was done here stays here. */
void sync_folder_tell_read_only(struct sync_folder *folder);

/* What the plan must respect. */
struct plan_rules sync_folder_plan_rules(const struct sync_folder *folder);
/* How far down the server shows the folder's mailbox, after its gather. */
struct horizon sync_folder_horizon(const struct sync_folder *folder);

/* The rules that say what is left out, as text: "" for the plain ones, which leave out nothing. The
 * caller owns it. */
char *sync_rules_text(const struct config_rules *rules);

/* Marks that were noted under other rules say nothing under these: the folder's record forgets
 * them, and both sides are looked at as a whole once. So they are when what was left out is to be
 * brought back (--restore), or what is hidden to be removed (--force-delete). Returns 0 or -1. */
int sync_folder_apply_rules(struct sync_folder *folder, struct state_transaction *transaction,
			    struct error *error);

#endif
