/* Messages that are here, and that the server has but does not show (horizon.h): what a run does
 * about them besides its plan. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_HIDDEN_H
#define NAVETTE_SYNC_APPLY_HIDDEN_H

#include <stdbool.h>

#include "state/state.h"

struct sync_folder;

/* Warns when the folder's plan found messages that are not shown any more. */
void hidden_tell(const struct sync_folder *folder);

/* Before a mailbox is removed with all that it holds: fails when that may be more than it shows,
 * unless the user insists. Returns 0 or -1. */
int hidden_check_removal(const struct sync_folder *folder, struct error *error);

/* Empties the folder's base, which is void. Files whose messages are hidden have no UID from then
 * on, and must not be taken for new mail: that they are not to be sent is noted among the uploads,
 * as of a double (upload_double.c). They are paired when the server shows them again. Returns 0 or
 * -1. */
int hidden_clear_base(struct state_transaction *transaction, struct sync_folder *folder,
		      struct error *error);
/* Whether UPLOAD is such a note. */
bool hidden_is_noted(const struct state_upload *upload);

#endif
