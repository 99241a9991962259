/* Downloads in two steps, so that those of many folders are on their way at a time, and what they
 * ask the server beside the messages. Internal to apply. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_SYNC_APPLY_DOWNLOAD_H
#define NAVETTE_SYNC_APPLY_DOWNLOAD_H

#include <stdbool.h>

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

struct far_session;

/* Asks for UIDS of a folder that was begun (sync_folder_apply_begin()), if they can be had without
 * a question before. */
struct download;
struct download *sync_download_begin(struct sync_folder *folder, const struct uid_set *uids,
				     struct far_session *session);
/* Whether nothing is left to be asked for, so that other folders may follow. */
bool sync_download_is_sent(const struct download *download);
/* Takes them, in the order begun. Frees *downloads. Returns 0, or -1 when the folder cannot go on.
 */
int sync_download_finish(struct download **downloads, struct error *error);

/* Which of UIDS have flags on the server, added to FLAGGED (download_flagged.c). Returns 0 or -1.
 */
int sync_download_find_flagged(const struct sync_folder *folder, struct far_session *session,
			       const struct uid_set *uids, struct uid_set *flagged,
			       struct error *error);

#endif
