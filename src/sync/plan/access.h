/* Mailboxes that can only be read (RFC 9051 section 7.1, READ-ONLY): nothing that is done here goes
 * to them. The folder's record knows it, in front of its rules. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_ACCESS_H
#define NAVETTE_SYNC_PLAN_ACCESS_H

#include <stdbool.h>

#include "config/config.h"
#include "state/state.h"
#include "sync/plan/plan.h"

/* Whether the mailbox could only be read when it was opened last. */
bool access_is_read_only(const struct state_folder *record);
/* Which changes made here go to the server: none where the mailbox can only be read. */
enum config_kinds access_push(const struct state_folder *record, const struct config_rules *rules);
/* SELECT told whether the mailbox can only be read. True: it can be written to again, so that both
 * sides must be looked at as a whole for what was left here. */
bool access_note(struct state_folder *record, const struct config_rules *rules, bool read_only);
/* Whether what was done here is only waiting until the mailbox can be written to: the next run asks
 * again. */
bool access_is_waited_for(const struct state_folder *record, const struct config_rules *rules,
			  const struct near_changes *near, const struct plan *plan);
/* When that is so: says once of a folder that what was done here stays here. */
void access_tell(struct state_folder *record, const struct config_rules *rules, const char *account,
		 const char *folder);
/* The rules of a record, without that. NULL: it has none. */
const char *access_rules_behind(const struct state_folder *record);

#endif
