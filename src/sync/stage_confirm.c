/* The last part of a run that talks to the server: what is certain of both sides is noted, many
 * folders at a time. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/journal.h"
#include "sync/folder.h"
#include "sync/observe/confirm.h"
#include "sync/observe/look.h"
#include "sync/observe/outside.h"
#include "sync/plan/access.h"
#include "sync/run.h"

static bool confirm_needs_session(const void *task)
{
	(void)task;
	return true;
}

static int confirm_begin(void *context, void *task, struct far_session *session,
			 struct error *error)
{
	(void)context;
	return sync_folder_confirm_begin(task, session, error);
}

static int confirm_finish(void *context, void *task, struct far_session *session,
			  struct error *error)
{
	(void)context;
	return sync_folder_confirm_finish(task, session, error);
}

/* Nothing hangs on it but that the next run looks at this folder. */
static void confirm_end(void *context, void *task, int result, struct error *error)
{
	(void)context;
	(void)task;
	(void)result;
	(void)error;
}

/* Folders in which everything went as planned. */
static bool can_be_confirmed(const struct sync_folder *folder)
{
	return folder->ending.ended && !folder->ending.deferral &&
	       folder->ending.outcome == SYNC_FOLDER_DONE && !folder->ending.failed &&
	       sync_folder_has_changed(folder) && !sync_target_goes(&folder->target) &&
	       folder->target.action != FOLDER_SKIP;
}

/* Uploads that were begun once and whose files are gone since: where both sides are as the base
 * says there is nothing that could be waited for. */
static int record_confirmed(struct state_transaction *transaction, struct sync_folder *folder,
			    struct error *error)
{
	if (folder->base.uploads_pending && folder->base.record.near_known &&
	    state_upload_clear(transaction, folder->base.record.id, error) != 0)
		return -1;
	/* What moved and came back did not move. */
	const struct uid_set none = UID_SET_INITIAL;
	if (!uid_set_is_empty(&folder->base.moved) && folder->base.record.near_known &&
	    state_set_put(transaction, folder->base.record.id, STATE_MOVED, &none, error) != 0)
		return -1;
	return state_folder_put(transaction, &folder->base.record, error);
}

static int record_all(struct state_transaction *transaction, void *context, struct error *error)
{
	struct run *run = context;
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (can_be_confirmed(folder) && record_confirmed(transaction, folder, error) != 0)
			return -1;
	}
	return 0;
}

/* Without a modseq they only tell how many messages were there before something was changed: not to
 * be written anew by a run that has nothing to do. */
static void note_far_marks(struct sync_folder *folder)
{
	const struct far_marks noted = far_marks_of_record(&folder->base.record);
	bool empty = folder->far.seen.messages == 0 && folder->far.seen.uidnext != 0;
	if ((empty && !far_marks_both_empty(&folder->far.seen, &noted)) ||
	    far_marks_known(&folder->far.seen) || folder->base.record.highestmodseq != 0 ||
	    !plan_is_empty(&folder->plan))
		far_marks_to_record(&folder->far.seen, &folder->base.record);
}

/* Our own changes were to show and nothing else, and that could not be seen. */
static void tell_unsettled(const struct run *run, const struct sync_folder *folder)
{
	const struct sync_events *events = run->context.events;
	if (events->unsettled && sync_folder_confirm_needs_server(folder) && !folder->far.confirmed)
		events->unsettled(events->context, sync_folder_name(folder));
}

/* Of both sides what is certain; after the answers of the server. */
static void note(struct sync_folder *folder, bool *slept)
{
	struct error error = ERROR_INITIAL;
	/* Else the next run is told again what was left. */
	if (!folder->transfer.near_raced) {
		note_far_marks(folder);
		if (object_id_is_known(&folder->far.state.mailbox_id))
			folder->base.record.mailbox_id = folder->far.state.mailbox_id;
		folder->base.record.far_withheld = folder->base.withheld.far;
		sync_outside_settle(folder);
	}
	/* What cannot be looked at is not noted: the next run says why. */
	if (sync_folder_confirm_near(folder, slept, &error) != 0 ||
	    access_is_waited_for(&folder->base.record, sync_target_rules(&folder->target),
				 &folder->near.changes, &folder->plan))
		near_marks_to_record(NULL, &folder->base.record);
	maildir_close(&folder->transfer.maildir);
}

void run_confirm(struct run *run)
{
	const struct pool_work work = { .context = run,
					.needs_session = confirm_needs_session,
					.begin = confirm_begin,
					.finish = confirm_finish,
					.end = confirm_end,
					.window = RUN_FOLDERS_IN_FLIGHT };
	struct error error = ERROR_INITIAL;
	bool slept = false;
	bool any = false;
	if (run->context.options->dry_run)
		return;
	if (sync_journal_settle(run->folders, run->folder_count, &error) != 0)
		run_tell_failure(run, NULL, &error);
	if (run->gave_up)
		return;
	for (size_t i = 0; i < run->folder_count; i++) {
		if (can_be_confirmed(&run->folders[i]) &&
		    sync_folder_confirm_needs_server(&run->folders[i]))
			pool_add(run->pool, &run->folders[i]);
	}
	pool_run(run->pool, &work, 1);
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (!can_be_confirmed(folder))
			continue;
		any = true;
		tell_unsettled(run, folder);
		note(folder, &slept);
	}
	if (any && state_write(run->context.state, record_all, run, &error) != 0)
		run_tell_failure(run, NULL, &error);
}
