/* Messages that did not come although nothing failed. Internal to apply. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_MISSING_H
#define NAVETTE_SYNC_APPLY_MISSING_H

#include "base/error.h"
#include "mail/uid_set.h"

struct far_session;
struct sync_folder;

/* Tells of those of MISSING that the mailbox has all the same: nothing in place of a message mostly
 * means that it was expunged meanwhile, but one that is there would else be asked for in each run
 * without a word. Returns 0 or -1. */
int sync_tell_missing(struct sync_folder *folder, struct far_session *session,
		      struct uid_set *missing, struct error *error);

#endif
