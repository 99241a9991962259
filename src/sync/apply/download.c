/* Apply: new far messages come into the Maildir, in durable batches.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/download.h"

#include <stdlib.h>

#include "base/memory.h"
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

struct download {
	struct sync_folder *folder;
	struct far_session *session;
	struct download_batch batch;
	struct uid_set wanted;
	struct bodies *bodies; /* NULL: they were not asked for yet */
};

static struct bodies *ask(struct download *download)
{
	struct sync_folder *folder = download->folder;
	const struct body_taker taker = { .headers_only = sync_stubs_are_made(folder),
					  .with_flags = true,
					  .context = &download->batch,
					  .take = take_message,
					  .commit = commit };
	return sync_bodies_begin(folder, download->session, &download->wanted, &taker);
}

struct download *sync_download_begin(struct sync_folder *folder, const struct uid_set *uids,
				     struct far_session *session)
{
	struct download *download = memory_allocate(sizeof *download);
	struct error refusal; /* said when it is this one's turn */
	download->folder = folder;
	download->session = session;
	download->batch.folder = folder;
	uid_set_add_set(&download->wanted, uids);
	if (maildir_takes_separator(folder->transfer.maildir, &refusal))
		download->bodies = ask(download);
	return download;
}

bool sync_download_is_sent(const struct download *download)
{
	return download->bodies && sync_bodies_are_sent(download->bodies);
}

/* Those with flags, where files cannot be named with them: their bodies would come in vain. */
static int leave_unnameable(struct download *download, struct error *error)
{
	struct error refusal;
	if (maildir_takes_separator(download->folder->transfer.maildir, &refusal))
		return 0;
	struct uid_set flagged = UID_SET_INITIAL;
	int result = sync_download_find_flagged(download->folder, download->session,
						&download->wanted, &flagged, error);
	if (result == 0 && !uid_set_is_empty(&flagged)) {
		sync_report_messages(download->folder, uid_set_size(&flagged), &refusal);
		uid_set_remove_set(&download->wanted, &flagged);
	}
	uid_set_release(&flagged);
	return result;
}

int sync_download_finish(struct download **downloads, struct error *error)
{
	struct download *download = *downloads;
	int result = download->bodies ? 0 : leave_unnameable(download, error);
	if (result == 0 && !download->bodies)
		download->bodies = ask(download);
	if (download->bodies)
		result = sync_bodies_finish(&download->bodies, error);
	download_batch_end(&download->batch, &download->folder->transfer.counts.downloaded);
	uid_set_release(&download->wanted);
	free(download);
	*downloads = NULL;
	return result;
}

int sync_apply_downloads(struct sync_folder *folder, const struct uid_set *uids,
			 struct far_session *session, struct error *error)
{
	struct download *download = sync_download_begin(folder, uids, session);
	return sync_download_finish(&download, error);
}
