/* Which messages the selected mailbox holds. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_PRESENT_H
#define NAVETTE_SYNC_OBSERVE_PRESENT_H

#include "far/imap.h"
#include "imap/commands.h"

/* Adds all UIDs of it to UIDS. Asks by UID SEARCH, and where that is refused or told fewer messages
 * than there are, as servers do that cap the answer to a search, by a FETCH. Returns 0, or -1 with
 * a scope of SCOPE_FOLDER or more. */
int present_find(struct far_session *session, struct uid_set *uids, struct error *error);

/* By UID FETCH 1:* (UID FLAGS) only, when *REFUSAL is what a search came to; a refusal that asks
 * for a pause is left as it is. UIDS is untouched unless the result is OK. */
enum imap_result present_fetch(struct far_session *session, struct uid_set *uids,
			       struct error *refusal);

#endif
