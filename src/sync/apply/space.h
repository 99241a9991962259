/* Whether the disks have room for what is to be downloaded. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_SPACE_H
#define NAVETTE_SYNC_APPLY_SPACE_H

#include <stdbool.h>

#include "base/error.h"
#include "mail/uid_set.h"

struct far_session;
struct sync_folder;

/* Whether so little is free where the folder's Maildir is that it is worth a question to the server
 * what the next messages need. */
bool sync_space_is_low(const struct sync_folder *folder);
/* Then: asks for the sizes of UIDS and fails (ERROR_FAILED, SCOPE_ACCOUNT; the text says what is
 * needed, what is free and where) when they do not fit: so that nothing is fetched in vain. STUBS:
 * their headers alone will come. Returns 0 or -1. */
int sync_space_check(const struct sync_folder *folder, struct far_session *session,
		     const struct uid_set *uids, bool stubs, struct error *error);

#endif
