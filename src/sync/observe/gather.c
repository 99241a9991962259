/* Gather: what changed on both sides of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/gather.h"

#include "sync/folder.h"
#include "sync/observe/gather_window.h"
#include "sync/observe/outside.h"
#include "sync/report.h"

int sync_folder_gather_begin(struct sync_folder *folder, struct far_session *session,
			     struct error *error)
{
	sync_report_progress(folder, "looking", 0, 0);
	if (sync_outside_load(folder, error) != 0)
		return -1;
	return sync_gather_far_begin(folder, session, error);
}

int sync_folder_gather_finish(struct sync_folder *folder, struct far_session *session,
			      struct error *error)
{
	/* Far first: its keywords give the near side's letters their names. */
	if (sync_gather_far_finish(folder, session, error) != 0)
		return -1;
	if (folder->target.action == FOLDER_SKIP)
		return 0;
	if (sync_gather_near(folder, error) != 0 ||
	    sync_window_ask_again(folder, session, error) != 0)
		return -1;
	if (sync_gather_identities(folder, session, error) != 0)
		return -1;
	return sync_gather_uploads(folder, error);
}
