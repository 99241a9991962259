/* Apply: messages that did not come although nothing failed. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/apply/missing.h"

#include "base/buffer.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/deferred.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

static int see_there(void *context, const struct far_message *message, struct error *error)
{
	struct uid_set *there = context;
	(void)error; /* nothing fails */
	if (message->flags)
		uid_set_add(there, message->uid);
	return 0;
}

/* Takes out of UIDS those of which the server tells nothing: iCloud's searches know some that are
 * gone, but gone ones have no flags. What is refused besides is no reason to ask for the others
 * without a word. Returns 0 or -1. */
static int keep_what_is_there(const struct sync_folder *folder, struct far_session *session,
			      struct uid_set *uids, struct error *error)
{
	struct uid_set there = UID_SET_INITIAL;
	struct error failure = ERROR_INITIAL;
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = uids,
					 .items = FAR_FLAGS,
					 .context = &there,
					 .see = see_there };
	enum far_result result = far_fetch(session, &fetch, &failure);
	uid_set_keep_only(uids, &there);
	uid_set_release(&there);
	if (result == FAR_ERROR)
		*error = failure;
	return result == FAR_ERROR ? -1 : 0;
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
	if (keep_what_is_there(folder, session, missing, error) != 0)
		return -1;
	if (uid_set_is_empty(missing))
		return 0;
	tell(folder, missing);
	return sync_deferred_note(folder, missing, SYNC_FAILURE_REFUSED,
				  "the server lists it but gives nothing for it", error);
}
