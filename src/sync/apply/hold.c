/* Removals that must wait, as the plan says, or because what they await did not arrive.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/hold.h"

#include "base/text.h"
#include "sync/folder.h"
#include "sync/report.h"
#include "sync/run.h"

/* --- What moved to another folder --- */

/* Removals that the server did with the move. */
static void note_left(const struct run *run, const struct sync_folder *folder)
{
	const struct operation_list *uploads = &folder->plan.operations[OPERATION_UPLOAD];
	for (size_t i = 0; i < uploads->count; i++) {
		const struct operation *upload = &uploads->items[i];
		if (!upload->upload.moved_from || upload->added == SIZE_MAX ||
		    !folder->near.changes.added[upload->added].has_left)
			continue;
		uid_set_add(&run->folders[upload->upload.from_folder].transfer.left,
			    upload->upload.from_uid);
	}
}

static bool has_arrived(const struct run *run, const struct arrival *arrival)
{
	return arrival->kind != ARRIVAL_SENT ||
	       run->folders[arrival->folder].near.changes.added[arrival->added].arrived;
}

static bool is_awaited(const struct run *run, const struct operation *removal)
{
	size_t count;
	if (identity_is_none(&removal->removal.awaits))
		return false;
	size_t first = arrival_list_find(&run->arrivals, &removal->removal.awaits, &count);
	for (size_t i = first; i < first + count; i++) {
		if (!has_arrived(run, &run->arrivals.items[i]))
			return true;
	}
	return false;
}

static void hold_awaiting(const struct run *run, struct sync_folder *folder,
			  enum operation_kind kind)
{
	const struct operation_list *removals = &folder->plan.operations[kind];
	for (size_t i = 0; i < removals->count; i++) {
		if (is_awaited(run, &removals->items[i]))
			uid_set_add(&folder->transfer.held, removals->items[i].uid);
	}
}

/* --- Old versions of messages whose new ones the server does not have yet --- */

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
		if (operation->upload.supersedes != 0 &&
		    !folder->near.changes.added[operation->added].arrived)
			uid_set_add(&folder->transfer.held, operation->upload.supersedes);
	}
}

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

/* --- The whole --- */

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

static int hold(const struct run *run, struct sync_folder *folder, struct error *error)
{
	uid_set_add_set(&folder->transfer.held, &folder->plan.held);
	hold_awaiting(run, folder, OPERATION_REMOVE_FAR);
	hold_awaiting(run, folder, OPERATION_TRASH);
	uid_set_remove_set(&folder->transfer.held, &folder->transfer.left);
	if (folder->target.action == FOLDER_REMOVE_FAR && !uid_set_is_empty(&folder->transfer.held))
		return run_refuse_unsent(error);
	tell(folder);
	/* Why is told already: of the upload. */
	return hold_replaced(folder, error);
}

void run_hold_removals(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++)
		note_left(run, &run->folders[i]);
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		bool removes = folder->target.action == FOLDER_REMOVE_FAR ||
			       plan_removes_far(&folder->plan);
		if (!folder->ending.ended && removes && hold(run, folder, &error) != 0)
			run_fail_folder(run, folder, &error);
	}
}

/* --- What moved on the server --- */

static void hold_departure(const struct run *run, const struct plan_copy *copy)
{
	const struct folder_view *view = folder_table_find(&run->table, copy->from);
	struct sync_folder *source = view ? run_find_folder(run, view) : NULL;
	if (source)
		uid_set_add(&source->transfer.near_held, copy->from_uid);
}

void run_hold_departures(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		const struct copy_list *copies = &run->folders[i].plan.copies;
		for (size_t k = 0; k < copies->count; k++) {
			if (copies->items[k].moves && !copies->items[k].has_come)
				hold_departure(run, &copies->items[k]);
		}
	}
}
