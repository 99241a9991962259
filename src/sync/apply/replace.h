/* New versions of messages that may take the place of the old ones in one step (REPLACE, RFC 8508):
 * no other client sees both or neither, and a full quota has room for it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_REPLACE_H
#define NAVETTE_SYNC_REPLACE_H

#include "sync/run.h"

/* When all plans stand: marks the uploads (operation.in_place_of) whose old version is planned to
 * be removed for good, and is not what waits to be sent from elsewhere. */
void run_choose_replacements(struct run *run);
/* The UID of the message that the file of that base name is the new version of, as an earlier run
 * that began to send it recorded; 0: of none, or it cannot be read. */
uint32_t replace_find_begun(const struct sync_folder *folder, const char *base, size_t base_length);

#endif
