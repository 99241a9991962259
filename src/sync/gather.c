/* Gather: what changed on both sides of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "sync/folder.h"

/* The folder's record in the state, or a new one. */
static int load_record(struct sync_folder *folder, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int found = state_folder_get(transaction, folder->view->name, &folder->record, error);
	state_read_end(&transaction);
	if (found < 0)
		return -1;
	if (!found)
		folder->record.name = memory_text(folder->view->name);
	return 0;
}

int sync_folder_gather(struct sync_folder *folder, struct imap_session *session,
		       struct error *error)
{
	sync_report_progress(folder, "looking", 0, 0);
	/* Far first: its keywords give the near side's letters their names. */
	if (load_record(folder, error) != 0 || sync_gather_far(folder, session, error) != 0 ||
	    sync_gather_near(folder, error) != 0)
		return -1;
	return sync_gather_identities(folder, session, error);
}
