/* Apply: removals, last of all. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "sync/apply/remove_far.h"
#include "sync/apply/steps.h"
#include "sync/apply/trash.h"
#include "sync/folder.h"
#include "sync/observe/watch.h"
#include "sync/report.h"

/* UIDs that leave the base. */
struct forgotten {
	const struct sync_folder *folder;
	struct uid_set uids;
};

/* That it was to be copied to the trash (trash.c). */
static int forget_intent(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct error *error)
{
	struct state_message message;
	int found = state_message_by_uid(transaction, folder, uid, &message, error);
	if (found <= 0)
		return found;
	char *name = memory_text(message.name); /* writing may change what it points to */
	int result = state_upload_remove(transaction, folder, name, message.base_length, error);
	free(name);
	return result;
}

static int forget(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct forgotten *forgotten = context;
	uint32_t id = forgotten->folder->base.record.id;
	for (uint32_t uid = 0; uid_set_next(&forgotten->uids, &uid);) {
		if (forget_intent(transaction, id, uid, error) != 0 ||
		    state_message_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	if (plan_moved_far(&forgotten->folder->plan) > 0 &&
	    state_set_remove(transaction, id, STATE_MOVED, &forgotten->uids, error) != 0)
		return -1;
	return sync_deferred_remove(transaction, forgotten->folder, &forgotten->uids, error);
}

static int forget_all(struct sync_folder *folder, struct uid_set *uids, struct error *error)
{
	struct forgotten forgotten = { .folder = folder, .uids = *uids };
	if (folder->base.state == FOLDER_BASE_CLEARED || uid_set_is_empty(uids))
		return 0;
	return state_write(folder->context->state, forget, &forgotten, error);
}

/* --- Near --- */

/* Unlinks under exactly the name that the scan saw: a file that a reader renamed since may have
 * been changed by the user, and stays for the next run to look at. */
static void remove_file(struct sync_folder *folder, const struct operation *operation,
			struct uid_set *removed)
{
	struct error error = ERROR_INITIAL;
	struct maildir_location location = { .place = operation->place,
					     .name = memory_text(operation->name) };
	switch (maildir_message_remove(folder->transfer.maildir, &location, &error)) {
	case MAILDIR_MESSAGE_OK:
		uid_set_add(removed, operation->uid);
		sync_report_change(folder, SYNC_CHANGE_GONE, &location, NULL);
		break;
	case MAILDIR_MESSAGE_ERROR:
		sync_report_message(folder, &error);
		break;
	case MAILDIR_MESSAGE_GONE:
		folder->transfer.near_raced = true;
		break;
	}
	free(location.name);
}

/* What moved to another folder was counted as new there, or not at all: it is told as a move. The
 * others are added to OTHERS. */
static void count_removed(struct sync_folder *folder, const struct operation_list *removals,
			  const struct uid_set *removed, uint64_t *others)
{
	struct sync_counts *counts = &folder->transfer.counts;
	for (size_t i = 0; i < removals->count; i++) {
		if (!uid_set_contains(removed, removals->items[i].uid))
			continue;
		if (removals->items[i].removal.moved_to)
			counts->moved++;
		else
			(*others)++;
	}
}

static int remove_near(struct sync_folder *folder, struct error *error)
{
	const struct operation_list *removals = &folder->plan.operations[OPERATION_REMOVE_NEAR];
	struct uid_set uids = UID_SET_INITIAL;
	struct uid_set removed = UID_SET_INITIAL;
	struct uid_set kept = UID_SET_INITIAL;
	operation_list_uids(removals, &uids);
	if (!uid_set_is_empty(&folder->transfer.near_held))
		folder->transfer.near_raced = true;
	uid_set_remove_set(&uids, &folder->transfer.near_held);
	int result = sync_watch_spare_edited(folder, &uids, removals, &kept, error);
	for (size_t i = 0; result == 0 && i < removals->count; i++) {
		if (uid_set_contains(&uids, removals->items[i].uid))
			remove_file(folder, &removals->items[i], &removed);
	}
	if (!uid_set_is_empty(&removed)) {
		/* Durable before the base forgets: a file that came back would be uploaded as new.
		 */
		result = maildir_sync(folder->transfer.maildir, error);
		if (result == 0)
			result = forget_all(folder, &removed, error);
		if (result == 0)
			count_removed(folder, removals, &removed,
				      &folder->transfer.counts.near_removed);
	}
	if (result == 0)
		result = forget_all(folder, &kept, error);
	uid_set_release(&uids);
	uid_set_release(&removed);
	uid_set_release(&kept);
	return result;
}

/* --- Far --- */

/* UIDS becomes those that are surely gone; they leave the base. */
typedef int remove_function(struct sync_folder *folder, struct far_session *session,
			    struct uid_set *uids, struct error *error);

static int remove_by(struct sync_folder *folder, struct far_session *session, struct uid_set *uids,
		     enum operation_kind kind, remove_function *remove, struct error *error)
{
	if (uid_set_is_empty(uids))
		return 0;
	if (remove(folder, session, uids, error) != 0)
		return -1;
	count_removed(folder, &folder->plan.operations[kind], uids,
		      &folder->transfer.counts.far_removed);
	return forget_all(folder, uids, error);
}

/* Those of KIND that need not wait, and are not gone with their new versions already. */
static int remove_planned(struct sync_folder *folder, struct far_session *session,
			  enum operation_kind kind, remove_function *remove, struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	operation_list_uids(&folder->plan.operations[kind], &uids);
	uid_set_remove_set(&uids, &folder->transfer.held);
	uid_set_remove_set(&uids, &folder->transfer.replaced);
	uid_set_remove_set(&uids, &folder->transfer.left);
	if (!uid_set_is_empty(&uids))
		sync_report_progress(folder, "removing", 0, uid_set_size(&uids));
	int result = remove_by(folder, session, &uids, kind, remove, error);
	uid_set_release(&uids);
	return result;
}

static int forget_planned(struct sync_folder *folder, struct error *error)
{
	struct uid_set forgotten = UID_SET_INITIAL;
	operation_list_uids(&folder->plan.operations[OPERATION_FORGET], &forgotten);
	uid_set_add_set(&forgotten, &folder->transfer.replaced);
	uid_set_add_set(&forgotten, &folder->transfer.left);
	folder->transfer.counts.moved += uid_set_size(&folder->transfer.left);
	int result = forget_all(folder, &forgotten, error);
	uid_set_release(&forgotten);
	return result;
}

int sync_apply_near_removals(struct sync_folder *folder, struct error *error)
{
	return forget_planned(folder, error) == 0 ? remove_near(folder, error) : -1;
}

int sync_apply_removals(struct sync_folder *folder, struct far_session *session,
			struct error *error)
{
	if (sync_apply_near_removals(folder, error) != 0)
		return -1;
	if (remove_planned(folder, session, OPERATION_TRASH, sync_move_to_trash, error) != 0)
		return -1;
	return remove_planned(folder, session, OPERATION_REMOVE_FAR, sync_remove_from_mailbox,
			      error);
}
