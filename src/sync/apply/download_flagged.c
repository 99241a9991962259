/* Apply: which of the new messages have flags. SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/imap.h"
#include "imap/commands.h"
#include "sync/apply/batch.h"
#include "sync/apply/download.h"

static int see_flags(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct uid_set *flagged = context;
	(void)error; /* nothing fails */
	if (fetch->has_flags && (fetch->flags.system != 0 || fetch->flags.keywords.count > 0))
		uid_set_add(flagged, fetch->uid);
	return 0;
}

int sync_download_find_flagged(struct far_session *session, const struct uid_set *uids,
			       struct uid_set *flagged, struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	uid_set_add_set(&left, uids);
	while (result == IMAP_RESULT_OK && uid_set_take_first(&left, SYNC_FETCH_MESSAGES, &part)) {
		struct imap_command *command =
			imap_fetch_send(far_imap_session(session), &part, IMAP_FETCH_FLAGS,
					see_flags, flagged, NULL);
		result = imap_fetch_finish(far_imap_session(session), &command, error);
	}
	uid_set_release(&left);
	uid_set_release(&part);
	return result == IMAP_RESULT_OK ? 0 : -1;
}
