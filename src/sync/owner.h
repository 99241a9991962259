/* Whether a state of another account name is of the same server all the same. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OWNER_H
#define NAVETTE_SYNC_OWNER_H

#include "base/error.h"
#include "sync/folders/folder_table.h"

struct sync_context;

/* Where the context's state was recorded for another account, looks whether that is the same mail:
 * the same user under another name of the server, whose folders in TABLE have the UIDVALIDITYs that
 * the base knows. Then it is signed anew; else it is refused (ERROR_SAFETY, SCOPE_ACCOUNT). Returns
 * 0 or -1. */
int owner_settle(const struct sync_context *context, const struct folder_table *table,
		 struct error *error);

/* Whether a server whose mailbox is as NOW may be the one of RECORD. Pure. *telling_r becomes true
 * when that says something: many servers count UIDVALIDITYs from 1. */
bool owner_is_same_mailbox(const struct state_folder *record, const struct far_marks *now,
			   bool *telling_r);
/* Whether both keys (sync/account.h) are of the user USER. Pure. */
bool owner_is_same_user(const char *owner, const char *user);

#endif
