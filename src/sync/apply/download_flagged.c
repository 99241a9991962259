/* Apply: which of the new messages have flags. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/download.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"

static int see_flags(void *context, const struct far_message *message, struct error *error)
{
	struct uid_set *flagged = context;
	(void)error; /* nothing fails */
	if (message->flags && (message->flags->system != 0 || message->flags->keywords.count > 0))
		uid_set_add(flagged, message->uid);
	return 0;
}

int sync_download_find_flagged(const struct sync_folder *folder, struct far_session *session,
			       const struct uid_set *uids, struct uid_set *flagged,
			       struct error *error)
{
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = uids,
					 .items = FAR_FLAGS,
					 .context = flagged,
					 .see = see_flags };
	return far_fetch(session, &fetch, error) == FAR_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}
