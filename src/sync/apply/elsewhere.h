/* Servers that put a mailbox elsewhere than they were asked to. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_ELSEWHERE_H
#define NAVETTE_SYNC_APPLY_ELSEWHERE_H

#include "base/error.h"

struct far_session;
struct sync_folder;

/* The folder's mailbox was created, the server says, but cannot be opened, as ERROR tells. Lists
 * the mailboxes again; where one of its name is in another place, and was not there when the
 * folder's account was last in sync, ERROR tells of that instead. Always -1; ERROR's scope is
 * SCOPE_FOLDER or more. */
int elsewhere_explain(const struct sync_folder *folder, struct far_session *session,
		      struct error *error);

#endif
