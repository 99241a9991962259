/* Maildir trees in another layout than the rules say. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_TWINS_H
#define NAVETTE_SYNC_FOLDERS_TWINS_H

#include "sync/folders/routing.h"

/* Folders that the run would make here, below the root of PLACE, and that stand there in another
 * layout already, are blocked, and so is what it would make of these Maildirs on the server: all of
 * their mail would be there twice. After all Maildirs were seen. Looks at the directories only when
 * there is a folder to be made. */
void twins_block(struct routing *routing, const struct config_channel *place);

#endif
