/* Removing messages from a mailbox, and what is said of those that stay. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/apply/remove_far.h"

#include "base/log.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

void sync_report_left(struct sync_folder *folder, const struct uid_set *left)
{
	struct error error = ERROR_INITIAL;
	uint64_t count = uid_set_size(left);
	if (count == 0)
		return;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"%llu %s still on the server, or it does not say; the next run tries again",
			(unsigned long long)count,
			text_plural(count, "message that was removed here is",
				    "messages that were removed here are"));
	sync_report_messages(folder, count, &error);
}

/* The removal follows in a later run, when the others are gone or not marked any more. */
static void tell_marked(const struct sync_folder *folder, uint64_t ours, uint64_t others)
{
	log_line(
		LOG_WARNING,
		"%s: %llu removed %s marked \\Deleted on the server but %s there: %llu %s marked "
		"too, and the server (without UIDPLUS) could only remove all of them together. The "
		"removal follows when no other is marked.",
		sync_folder_name(folder), (unsigned long long)ours,
		text_plural(ours, "message is", "messages are"), text_plural(ours, "stays", "stay"),
		(unsigned long long)others, text_plural(others, "other is", "others are"));
}

int sync_remove_from_mailbox(struct sync_folder *folder, struct far_session *session,
			     struct uid_set *uids, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct uid_set left = UID_SET_INITIAL;
	uint64_t others;
	uid_set_add_set(&left, uids);
	int result = far_remove(session, &mailbox, uids, &others, error);
	uid_set_remove_set(&left, uids);
	if (result == 0 && others > 0)
		tell_marked(folder, uid_set_size(&left), others);
	else if (result == 0)
		sync_report_left(folder, &left);
	uid_set_release(&left);
	return result;
}
