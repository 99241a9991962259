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
static bool takes(const struct window_rule *rule, const struct imap_fetch_data *fetch)
{
	if (rule->dated && fetch->has_internaldate && day_of(fetch->internaldate) < rule->since_day)
		return false;
	return rule->largest == 0 || fetch->size <= rule->largest;
}

static int see(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct sync_folder *folder = context;
	(void)error; /* nothing fails */
	if (fetch->has_size && takes(&folder->far.window.rule, fetch))
		uid_set_add(&folder->far.window.found, fetch->uid);
	if (fetch->has_flags)
		sync_window_see(folder, fetch->uid,
				sync_flags_of_imap(&folder->base.record.keywords, &fetch->flags));
	return 0;
}

int sync_window_measure(struct sync_folder *folder, struct far_session *session,
			const struct uid_set *uids, uint32_t first, struct error *error)
{
	const unsigned int items = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE;
	if (sync_folder_need_mailbox(folder, session, error) != 0)
		return -1;
	struct imap_command *command =
		uids ? imap_fetch_send(far_imap_session(session), uids, items, see, folder, NULL)
		     : imap_fetch_from_send(far_imap_session(session), first, items, see, folder);
	if (imap_fetch_finish(far_imap_session(session), &command, error) == IMAP_RESULT_OK)
		return 0;
	return error_widen(error, SCOPE_FOLDER);
}
