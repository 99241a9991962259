/* Folders that have another name on one side. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_RENAMES_H
#define NAVETTE_SYNC_RENAMES_H

#include "sync/folders/listing.h"
#include "sync/folders/mailboxes.h"
#include "sync/observe/other_names.h"

struct run;

/* What holds as long as a list of mailboxes does. Start zeroed, but for the session. */
struct run_renaming {
	struct far_session *session;
	unsigned int steps;          /* so far */
	bool asked;                  /* whether the server was asked in this round */
	struct mailboxes *mailboxes; /* borrowed; with the names that they were given since */
	struct far_names known;
	struct text_list failed; /* folders of the base that could not be renamed: they are left
				    alone */
};

/* Looks which folders of the run's table have another name, and renames them on the other side; or
 * the base's. *again_r: something was done, and the table is of no use any more. In a run that
 * changes nothing it is only told. Returns 0 or -1. */
int run_rename_folders(struct run *run, struct run_renaming *renaming,
		       const struct listing_certainty *certain, bool *again_r, struct error *error);
void run_renaming_release(struct run_renaming *renaming);

#endif
