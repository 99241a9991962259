/* Apply: new far messages that did not come although nothing failed. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "base/buffer.h"
#include "base/text.h"
#include "sync/apply/batch.h"
#include "sync/apply/download.h"
#include "sync/observe/deferred.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

static int see_there(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct uid_set *there = context;
	(void)error;
	if (fetch->has_flags)
		uid_set_add(there, fetch->uid);
	return 0;
}

/* Takes out of UIDS those of which the server tells nothing: iCloud's searches know some that are
 * gone, but gone ones have no flags. */
static enum imap_result keep_what_is_there(struct far_session *session, struct uid_set *uids,
					   struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	uid_set_add_set(&left, uids);
	uid_set_clear(uids);
	while (result != IMAP_RESULT_ERROR && uid_set_take_part(&left, SYNC_SET_BYTES, &part)) {
		struct imap_command *command = imap_fetch_send(
			far_imap_session(session), &part, IMAP_FETCH_FLAGS, see_there, uids, NULL);
		result = imap_fetch_finish(far_imap_session(session), &command, error);
	}
	uid_set_release(&left);
	uid_set_release(&part);
	return result;
}

static void tell(struct sync_folder *folder, const struct uid_set *hollow)
{
	struct error error = ERROR_INITIAL;
	struct buffer uids = BUFFER_INITIAL;
	uint64_t count = uid_set_size(hollow);
	const char *them = text_plural(count, "it", "them");
	uid_set_format(hollow, &uids);
	(void)error_set(
		&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"%llu %s not downloaded, because the server lists %s but gives nothing for %s: "
		"UID %.100s; the next run tries again. If that goes on, %s broken there: remove %s "
		"with another mail program",
		(unsigned long long)count, text_plural(count, "message was", "messages were"), them,
		them, buffer_text(&uids), text_plural(count, "it is", "they are"), them);
	buffer_release(&uids);
	sync_report_messages(folder, count, &error);
}

int sync_tell_missing(struct sync_folder *folder, struct far_session *session,
		      struct uid_set *missing, struct error *error)
{
	if (uid_set_is_empty(missing))
		return 0;
	if (keep_what_is_there(session, missing, error) == IMAP_RESULT_ERROR)
		return -1;
	error_clear(error);
	if (uid_set_is_empty(missing))
		return 0;
	tell(folder, missing);
	return sync_deferred_note(folder, missing, SYNC_FAILURE_REFUSED,
				  "the server lists it but gives nothing for it", error);
}
