/* Files that may be written to where no directory tells it: drafts in each run, and what was just
 * sent in the run after. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_WATCH_H
#define NAVETTE_SYNC_OBSERVE_WATCH_H

#include "state/state.h"
#include "sync/plan/operation.h"

struct sync_folder;

/* Looks at size and time of the folder's watched files: those of another than recorded go into
 * folder->base.watched, for the scan to read. The Maildir must be open. Returns 0 or -1. */
int sync_watch_look(struct sync_folder *folder, struct error *error);
/* Adds the message to DRAFTS when its file is to be watched. */
void sync_watch_collect(struct uid_set *drafts, const struct state_message *message);
/* Records those. Returns 0 or -1. */
int sync_watch_note(struct state_transaction *transaction, const struct sync_folder *folder,
		    const struct uid_set *drafts, struct error *error);
/* Takes from UIDS, whose files are to be removed, those that were edited where no scan saw it: the
 * next run looks at them. SEEN names the files as the scan saw them; NULL: they have the base's
 * names. Where the rules let no new message go to the server they are added to KEPT: the file
 * stays as one that is only here, and the message may leave the base. The Maildir must be open.
 * Returns 0 or -1. */
int sync_watch_spare_edited(struct sync_folder *folder, struct uid_set *uids,
			    const struct operation_list *seen, struct uid_set *kept,
			    struct error *error);

#endif
