/* Letters in the file names of a folder that mean something by another table than the account's.
 * Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_LETTERS_H
#define NAVETTE_SYNC_OBSERVE_LETTERS_H

#include "base/error.h"
#include "state/state.h"

struct sync_folder;

/* What the state knows of it: a table that the folder had alone, or whose letters a run began to
 * exchange. Until they are exchanged (apply/letters.h) the folder has that table. Returns 0 or -1.
 */
int sync_letters_load(struct sync_folder *folder, struct state_transaction *transaction,
		      struct error *error);
/* Where the Maildir may have changed: reads its dovecot-keywords, whose keywords get letters in the
 * account, the same ones where they are free; where one has another, the folder has a table of its
 * own. Of a folder that the base does not know, letters that mean nothing are noted, so that they
 * never will. The Maildir is open. Returns 0 or -1. */
int sync_letters_look(struct sync_folder *folder, struct error *error);

#endif
