/* Messages of which only the header is here (maildir/stub.h). Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_STUBS_H
#define NAVETTE_SYNC_OBSERVE_STUBS_H

#include <stdbool.h>

#include "base/error.h"
#include "state/state.h"

struct sync_folder;

/* Whether new messages of the folder come as stubs. */
bool sync_stubs_are_made(const struct sync_folder *folder);

/* Learns which messages are stubs, and which of them are wanted whole: those that were wanted
 * before, and all when the rules bring whole messages now. */
int sync_stubs_look(struct sync_folder *folder, struct state_transaction *transaction,
		    struct error *error);

#endif
