/* Gather: which messages the window of a folder holds, where the server's search does not tell.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather_window.h"
#include "sync/observe/mailbox.h"

#define DAY_SECONDS 86400

static int64_t day_of(int64_t seconds)
{
	int64_t day = seconds / DAY_SECONDS;
	return day - (seconds % DAY_SECONDS < 0 ? 1 : 0);
}

/* A date that makes no sense keeps no message out. */
static bool takes(const struct window_rule *rule, const struct far_message *message)
{
	if (rule->dated && message->has_date && day_of(message->date) < rule->since_day)
		return false;
	return rule->largest == 0 || message->size <= rule->largest;
}

static int see(void *context, const struct far_message *message, struct error *error)
{
	struct sync_folder *folder = context;
	(void)error; /* nothing fails */
	if (message->has_size && takes(&folder->far.window.rule, message))
		uid_set_add(&folder->far.window.found, message->uid);
	if (message->flags)
		sync_window_see(folder, message->uid, sync_flags_learn(folder, message->flags));
	return 0;
}

int sync_window_measure(struct sync_folder *folder, struct far_session *session,
			const struct uid_set *uids, uint32_t first, struct error *error)
{
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = uids,
					 .first = first,
					 .items = FAR_FLAGS | FAR_DATE | FAR_SIZE,
					 .context = folder,
					 .see = see };
	return far_fetch(session, &fetch, error) == FAR_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}
