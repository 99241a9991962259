/* Apply: new far messages come into the Maildir, in durable batches.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/download.h"

#include "maildir/separator.h"
#include "sync/apply/bodies.h"
#include "sync/apply/download_batch.h"
#include "sync/apply/fill.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/stubs.h"
#include "sync/report.h"

static struct object_id object_of(const struct sync_folder *folder,
				  const struct far_message *message)
{
	const struct far_new *told = far_new_list_find(&folder->far.new, message->uid);
	return told ? told->object : message->object;
}

static int take_message(void *context, const struct far_message *message,
			const struct maildir_delivered *delivered, struct error *error)
{
	struct download_batch *batch = context;
	struct sync_folder *folder = batch->folder;
	(void)error; /* nothing fails */
	uint32_t flags = sync_flags_learn(folder, message->flags);
	const struct arrived arrived = { .uid = message->uid,
					 .flags = flags,
					 .near_flags = flags,
					 .delivered = *delivered,
					 .told_size = message->has_size ? message->size
									: delivered->wire_size,
					 .object = object_of(folder, message),
					 .is_stub = sync_stubs_are_made(folder) };
	download_batch_add(batch, &arrived);
	sync_report_progress(folder, "downloading", ++folder->transfer.received,
			     uid_set_size(&folder->plan.downloads));
	return 0;
}

static int commit(void *context, struct error *error)
{
	return download_batch_commit(context, error);
}

/* Those with flags, where files cannot be named with them: their bodies would come in vain. */
static int leave_unnameable(struct sync_folder *folder, struct far_session *session,
			    struct uid_set *wanted, struct error *error)
{
	struct error refusal;
	if (maildir_takes_separator(folder->transfer.maildir, &refusal))
		return 0;
	struct uid_set flagged = UID_SET_INITIAL;
	int result = sync_download_find_flagged(folder, session, wanted, &flagged, error);
	if (result == 0 && !uid_set_is_empty(&flagged)) {
		sync_report_messages(folder, uid_set_size(&flagged), &refusal);
		uid_set_remove_set(wanted, &flagged);
	}
	uid_set_release(&flagged);
	return result;
}

int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct far_session *session, struct error *error)
{
	struct download_batch batch = { .folder = folder };
	const struct body_taker taker = { .headers_only = sync_stubs_are_made(folder),
					  .with_flags = true,
					  .context = &batch,
					  .take = take_message,
					  .commit = commit };
	struct uid_set wanted = UID_SET_INITIAL;
	uid_set_add_set(&wanted, uids);
	int result = leave_unnameable(folder, session, &wanted, error);
	if (result == 0)
		result = sync_bodies_fetch(folder, session, &wanted, &taker, error);
	download_batch_end(&batch, &folder->transfer.counts.downloaded);
	uid_set_release(&wanted);
	return result;
}
