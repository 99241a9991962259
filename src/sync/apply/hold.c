/* Removals on the server that must wait: a file that moved to another folder is a removal here and
 * an upload there, and while the upload has not succeeded the removal would take away the server's
 * only copy. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "sync/apply/stray.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/gather.h"
#include "sync/observe/identity_list.h"
#include "sync/observe/look.h"
#include "sync/plan/access.h"
#include "sync/report.h"
#include "sync/run.h"

static bool removes_far(const struct sync_folder *folder)
{
	if (folder->ending.ended)
		return false;
	return folder->target.action == FOLDER_REMOVE_FAR ||
	       plan_has(&folder->plan, OPERATION_REMOVE_FAR);
}

/* What cannot be looked at was told when it took part, or will be. */
static void collect_other(struct identity_list *waiting, struct run *run,
			  const struct folder_view *view)
{
	struct sync_folder folder;
	struct error ignored = ERROR_INITIAL;
	sync_folder_begin(&folder, &run->context, view);
	if ((sync_target_rules(&folder.target)->push & CONFIG_KIND_NEW) &&
	    sync_folder_look(&folder, &ignored) == 0 && folder.near.changed &&
	    sync_gather_near(&folder, &ignored) == 0)
		identity_list_add_folder(waiting, &folder);
	sync_folder_release(&folder);
}

/* Folders that have no part in this round: they were not asked for, or ended in a round before. A
 * message may have moved to them all the same. */
static void collect_others(struct identity_list *waiting, struct run *run)
{
	for (size_t i = 0; i < run->table.count; i++) {
		const struct folder_view *view = run->table.items[i];
		bool is_kept = view->action == FOLDER_SYNC || view->action == FOLDER_CREATE_FAR;
		if (view->near && is_kept && !run_find_folder(run, view))
			collect_other(waiting, run, view);
	}
}

/* What the rules keep from it was seen to before (moved.c). */
void run_collect_waiting(struct run *run, struct identity_list *waiting)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (access_push(&folder->base.record, sync_target_rules(&folder->target)) &
		    CONFIG_KIND_NEW)
			identity_list_add_folder(waiting, folder);
	}
	collect_others(waiting, run);
	identity_list_sort(waiting);
}

/* --- What is held back --- */

static int see_upload(void *context, const char *base, size_t base_length,
		      const struct state_upload *upload, struct error *error)
{
	struct sync_folder *folder = context;
	(void)base;
	(void)base_length;
	(void)error;
	if (upload->replaces != 0 && upload->uidvalidity == folder->far.state.marks.uidvalidity)
		uid_set_add(&folder->transfer.held, upload->replaces);
	return 0;
}

/* Of those that were to come in this run, some were not even begun. */
static void hold_unsent(struct sync_folder *folder)
{
	const struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		const struct operation *operation = &uploads->items[i];
		if (operation->supersedes != 0 &&
		    !folder->near.changes.added[operation->added].arrived)
			uid_set_add(&folder->transfer.held, operation->supersedes);
	}
}

/* An old version of a message whose new one the server does not have yet. */
static int hold_replaced(struct sync_folder *folder, struct error *error)
{
	struct state_transaction *transaction;
	hold_unsent(folder);
	if (folder->base.record.id == 0)
		return 0;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result =
		state_upload_each(transaction, folder->base.record.id, see_upload, folder, error);
	state_read_end(&transaction);
	return result;
}

/* What may have moved. */
struct moved {
	struct identity_list waiting; /* new files that are not on the server yet */
	struct identity_list strays;  /* stubs where this round does not look (stray.h) */
};

static bool may_have_moved(const struct moved *moved, const struct sync_folder *folder,
			   const struct state_message *message)
{
	return identity_list_holds(&moved->waiting, message) ||
	       (uid_set_contains(&folder->base.stubs, message->uid) &&
		identity_list_holds(&moved->strays, message));
}

static int hold_messages(const struct moved *moved, struct sync_folder *folder,
			 const struct base_view *base, struct error *error)
{
	const struct operation_list *removals = &folder->plan.operations[OPERATION_REMOVE_FAR];
	struct state_message message;
	for (size_t i = 0; i < removals->count; i++) {
		uint32_t uid = removals->items[i].uid;
		int found = base->by_uid(base->context, uid, &message, error);
		if (found < 0)
			return -1;
		if (found > 0 && may_have_moved(moved, folder, &message))
			uid_set_add(&folder->transfer.held, uid);
	}
	return 0;
}

static int hold_whole(const struct moved *moved, const struct sync_folder *folder,
		      const struct base_view *base, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		if (may_have_moved(moved, folder, &message))
			return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
					 "the folder was removed here but stays on the server for "
					 "now: mail of it that moved to another folder is not on "
					 "the server there yet; it goes when that folder is in "
					 "sync");
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

static void tell(struct sync_folder *folder)
{
	struct error error = ERROR_INITIAL;
	uint64_t count = uid_set_size(&folder->transfer.held);
	if (count == 0)
		return;
	(void)error_set(
		&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"%llu %s on the server for now: %s have moved to another folder, where the server "
		"does not have %s yet; %s when that folder is in sync",
		(unsigned long long)count,
		text_plural(count, "message removed here stays", "messages removed here stay"),
		text_plural(count, "it may", "they may"), text_plural(count, "it", "them"),
		text_plural(count, "it goes", "they go"));
	sync_report_messages(folder, count, &error);
}

static int hold(const struct moved *moved, struct sync_folder *folder, struct error *error)
{
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = folder->target.action == FOLDER_REMOVE_FAR
			     ? hold_whole(moved, folder, &base.view, error)
			     : hold_messages(moved, folder, &base.view, error);
	sync_base_end(&base);
	return result;
}

static bool may_hold_any(const struct identity_list *list)
{
	return list->count > 0 || list->any_unknown;
}

void run_hold_removals(struct run *run)
{
	struct moved moved = { .waiting = { .items = NULL } };
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || removes_far(&run->folders[i]);
	if (!any)
		return;
	run_collect_waiting(run, &moved.waiting);
	stray_stubs_collect(run, &moved.strays);
	any = may_hold_any(&moved.waiting) || may_hold_any(&moved.strays);
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (!removes_far(folder))
			continue;
		if (any && hold(&moved, folder, &error) != 0) {
			run_fail_folder(run, folder, &error);
			continue;
		}
		tell(folder);
		/* Why is told already: of the upload. */
		if (hold_replaced(folder, &error) != 0)
			run_fail_folder(run, folder, &error);
	}
	identity_list_release(&moved.waiting);
	identity_list_release(&moved.strays);
}
