/* What downloads ask the server beside the messages. Internal to apply. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_DOWNLOAD_H
#define NAVETTE_SYNC_APPLY_DOWNLOAD_H

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* Which of UIDS have flags on the server, added to FLAGGED (download_flagged.c). Returns 0 or -1.
 */
int sync_download_find_flagged(const struct sync_folder *folder, struct far_session *session,
			       const struct uid_set *uids, struct uid_set *flagged,
			       struct error *error);

#endif
