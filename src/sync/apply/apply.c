/* Apply: one folder's plan, step by step. Removals come last, when what they replace is safe: also
 * in the other folders, see stages.c. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/apply.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "sync/apply/elsewhere.h"
#include "sync/apply/fill.h"
#include "sync/apply/hidden.h"
#include "sync/apply/letters.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/folders/routing.h"
#include "sync/observe/look.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/outside.h"
#include "sync/plan/query.h"

/* The listing did not show it, so it is there under another name, whose folder it is. */
static int check_is_new(const struct sync_folder *folder, const char *path, struct error *error)
{
	struct maildir *maildir = NULL;
	if (folder->target.view->near || maildir_open(path, &maildir, NULL) != MAILDIR_OPEN_OK)
		return 0;
	maildir_close(&maildir);
	return error_set(
		error, ERROR_FAILED, SCOPE_FOLDER,
		"the folder cannot be made, because %s is the directory of another folder, "
		"by a link or because the file system takes their names for one; rename "
		"the mailbox on the server, or remove the link",
		path);
}

static int put_record(struct state_transaction *transaction, void *context, struct error *error)
{
	struct sync_folder *folder = context;
	return state_folder_put(transaction, &folder->base.record, error);
}

/* Of a folder that the base knows it is noted first that its Maildir is being made: half made it
 * looks like one that lost its cur. */
static int note_begun(struct sync_folder *folder, bool begun, struct error *error)
{
	if (folder->base.record.id == 0 || folder->base.record.near_begun == begun)
		return 0;
	folder->base.record.near_begun = begun;
	return state_write(folder->context->state, put_record, folder, error);
}

static int create_maildir(struct sync_folder *folder, struct error *error)
{
	const char *path = folder->target.view->path;
	if (check_is_new(folder, path, error) != 0 || note_begun(folder, true, error) != 0)
		return -1;
	if (maildir_create(path, error) != 0)
		return -1;
	const struct config_channel *channel = folder->target.view->channel;
	return maildir_layout_mark(routing_layout(channel), channel->maildir, path, error);
}

static int open_maildir(struct sync_folder *folder, struct error *error)
{
	if (folder->target.action == FOLDER_CREATE_NEAR && !folder->transfer.maildir &&
	    create_maildir(folder, error) != 0)
		return -1;
	return sync_folder_open(folder, error);
}

static int open_new_mailbox(struct sync_folder *folder, struct far_session *session,
			    struct error *error)
{
	far_state_release(&folder->far.state);
	free(folder->target.mailbox);
	if (far_create(session, sync_folder_name(folder), &folder->target.mailbox, error) != 0)
		return -1;
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	if (far_look(session, &mailbox, &folder->far.state, error) != 0)
		return elsewhere_explain(folder, session, error);
	folder->far.seen = folder->far.state.marks;
	return 0;
}

/* The folder's record must stand before any of its messages. A void base goes in the same
 * transaction that notes the new UIDVALIDITY: new UIDs could be equal to old ones. */
static int record_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	struct sync_folder *folder = context;
	struct state_folder *record = &folder->base.record;
	if (folder->base.state == FOLDER_BASE_VOID &&
	    hidden_clear_base(transaction, folder, error) != 0)
		return -1;
	if (folder->base.state == FOLDER_BASE_VOID ||
	    record->uidvalidity != folder->far.state.marks.uidvalidity) {
		const struct far_marks none = { .uidvalidity = 0 };
		far_marks_to_record(&none, record);
		near_marks_to_record(NULL, record);
	}
	record->uidvalidity = folder->far.state.marks.uidvalidity;
	record->mailbox_id = folder->far.state.mailbox_id;
	free(record->far_name);
	record->far_name = memory_text(folder->target.mailbox);
	if (state_folder_put(transaction, record, error) != 0 ||
	    sync_deferred_settle(transaction, folder, error) != 0)
		return -1;
	return sync_outside_record(transaction, folder, error);
}

/* --- Folders that go --- */

static int drop_record(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct sync_folder *folder = context;
	struct state_folder record;
	int found = state_folder_get(transaction, folder->target.view->name, &record, error);
	if (found <= 0)
		return found;
	int result = state_folder_remove(transaction, record.id, record.name, error);
	state_folder_release(&record);
	return result;
}

static int leave_place(const struct sync_folder *folder, struct error *error)
{
	struct sync_context *context = folder->context;
	dev_t device;
	ino_t inode;
	if (maildir_identify(folder->transfer.maildir, &device, &inode, error) != 0)
		return -1;
	(void)pthread_mutex_lock(&context->lock);
	places_leave(&context->places, device, inode, folder->target.view->name);
	(void)pthread_mutex_unlock(&context->lock);
	return 0;
}

/* Files that the rules keep from the server are on this side only: their folder stays for them. */
static bool keeps_files(const struct sync_folder *folder)
{
	return !name_digest_is_empty(&folder->base.withheld.near);
}

static int remove_maildir(struct sync_folder *folder, struct far_session *session,
			  struct error *error)
{
	if (open_maildir(folder, error) != 0 || sync_apply_removals(folder, session, error) != 0 ||
	    leave_place(folder, error) != 0)
		return -1;
	maildir_close(&folder->transfer.maildir);
	return keeps_files(folder) ? 0 : maildir_remove(folder->target.view->path, error);
}

/* A mailbox can hold more than the near side ever had, where the rules leave messages out. */
static int check_mailbox(const struct sync_folder *folder, struct error *error)
{
	uint32_t more = folder->far.state.marks.messages - folder->plan.removals_far;
	if (hidden_check_removal(folder, error) != 0)
		return -1;
	if (folder->far.state.marks.messages <= folder->plan.removals_far)
		return 0;
	return error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			 "the folder was removed here, but on the server it holds %u %s "
			 "never here; nothing was done. Remove it on the server, or leave it "
			 "out of its channel's folders",
			 more, text_plural(more, "message that was", "messages that were"));
}

/* With a trash, the messages go there before their mailbox goes. */
static int empty_into_trash(struct sync_folder *folder, struct far_session *session,
			    struct error *error)
{
	if (!folder->target.has_trash || folder->plan.removals_far == 0)
		return 0;
	if (sync_apply_removals(folder, session, error) != 0)
		return -1;
	if (!folder->ending.failed)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "the folder was removed here but stays on the server, because not all of "
			 "its messages are in the trash yet; the next run tries again");
}

static int remove_mailbox(struct sync_folder *folder, struct far_session *session,
			  struct error *error)
{
	if (check_mailbox(folder, error) != 0 || empty_into_trash(folder, session, error) != 0)
		return -1;
	if (far_delete(session, folder->target.mailbox, error) != 0)
		return -1;
	if (!folder->target.has_trash)
		folder->transfer.counts.far_removed += folder->target.view->base_messages;
	return 0;
}

int sync_folder_remove(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	if (folder->target.action == FOLDER_REMOVE_NEAR &&
	    remove_maildir(folder, session, error) != 0)
		return -1;
	if (folder->target.action == FOLDER_REMOVE_FAR &&
	    remove_mailbox(folder, session, error) != 0)
		return -1;
	return state_write(folder->context->state, drop_record, folder, error);
}

/* --- Folders that stay --- */

int sync_folder_apply_begin(struct sync_folder *folder, struct far_session *session,
			    struct error *error)
{
	bool created = folder->target.action == FOLDER_CREATE_FAR;
	if (created && folder->base.record.id != 0)
		folder->base.state = FOLDER_BASE_VOID;
	folder->transfer.far_written = query_writes_far(folder->target.action, &folder->plan);
	if (open_maildir(folder, error) != 0)
		return -1;
	if (created && open_new_mailbox(folder, session, error) != 0)
		return -1;
	sync_outside_change(folder);
	sync_letters_place(folder, folder->near.letters & folder->far.managed);
	if (state_write(folder->context->state, record_folder, folder, error) != 0)
		return -1;
	if (folder->base.state == FOLDER_BASE_VOID)
		folder->base.state = FOLDER_BASE_CLEARED;
	folder->transfer.begun = true;
	return 0;
}

int sync_folder_apply_rest(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	if (note_begun(folder, false, error) != 0 ||
	    sync_apply_uploads(folder, session, error) != 0)
		return -1;
	if (sync_apply_merges(folder, session, error) != 0)
		return -1;
	return sync_apply_fills(folder, session, error);
}

int sync_folder_apply_copies(struct sync_folder *folder, struct far_session *session,
			     struct error *error)
{
	if (sync_folder_open(folder, error) != 0)
		return -1;
	return sync_apply_copies(folder, session, error);
}

bool sync_folder_is_made_again(const struct sync_folder *folder)
{
	return folder->target.action == FOLDER_CREATE_FAR && folder->base.record.id != 0 &&
	       (plan_has(&folder->plan, OPERATION_REMOVE_NEAR) ||
		plan_has(&folder->plan, OPERATION_FORGET));
}

int sync_folder_make_again(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	if (sync_folder_open(folder, error) != 0 || sync_apply_near_removals(folder, error) != 0)
		return -1;
	if (folder->transfer.near_raced || folder->ending.failed)
		return 0;
	folder->plan.operations[OPERATION_REMOVE_NEAR].count = 0;
	folder->plan.operations[OPERATION_FORGET].count = 0;
	if (sync_folder_apply_begin(folder, session, error) != 0)
		return -1;
	return sync_folder_apply_rest(folder, session, error);
}

int sync_folder_apply_removals(struct sync_folder *folder, struct far_session *session,
			       struct error *error)
{
	if (!folder->transfer.begun && sync_folder_apply_begin(folder, session, error) != 0)
		return -1;
	if (sync_folder_open(folder, error) != 0)
		return -1;
	if (sync_apply_removals(folder, session, error) != 0)
		return -1;
	return sync_apply_expiring(folder, error);
}
