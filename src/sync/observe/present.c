/* Which messages the selected mailbox holds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/present.h"

#include "base/log.h"
#include "sync/observe/mailbox.h"

static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct uid_set *uids = context;
	(void)error; /* nothing fails */
	uid_set_add(uids, fetch->uid);
	return 0;
}

enum imap_result present_fetch(struct far_session *session, struct uid_set *uids,
			       struct error *refusal)
{
	struct uid_set found = UID_SET_INITIAL;
	if (sync_refusal_wants_pause(refusal))
		return IMAP_RESULT_REFUSED;
	log_line(LOG_VERBOSE, "%s; it is asked in another way", refusal->text);
	error_clear(refusal);
	struct imap_command *command =
		imap_fetch_from_send(far_imap_session(session), 1, IMAP_FETCH_FLAGS, see, &found);
	enum imap_result result = imap_fetch_finish(far_imap_session(session), &command, refusal);
	if (result == IMAP_RESULT_OK)
		uid_set_add_set(uids, &found);
	uid_set_release(&found);
	return result;
}

int present_find(struct far_session *session, struct uid_set *uids, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = imap_search_all(far_imap_session(session), uids, &refusal);
	if (result == IMAP_RESULT_REFUSED)
		result = present_fetch(session, uids, &refusal);
	if (result == IMAP_RESULT_OK)
		return 0;
	*error = refusal;
	return error_widen(error, SCOPE_FOLDER);
}
