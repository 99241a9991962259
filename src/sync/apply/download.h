/* What downloads ask the server besides the messages. Internal to apply. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_DOWNLOAD_H
#define NAVETTE_SYNC_APPLY_DOWNLOAD_H

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* Which of UIDS have flags on the server, added to FLAGGED (download_flagged.c). Returns 0 or -1.
 */
int sync_download_find_flagged(struct far_session *session, const struct uid_set *uids,
			       struct uid_set *flagged, struct error *error);
/* Tells of those of MISSING that the mailbox has all the same: NIL or nothing in place of a message
 * mostly means that it was expunged meanwhile, but one that is there would else be asked for in
 * each run without a word. Returns 0 or -1 (download_missing.c). */
int sync_tell_missing(struct sync_folder *folder, struct far_session *session,
		      struct uid_set *missing, struct error *error);

#endif
