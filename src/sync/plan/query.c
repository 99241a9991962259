/* What a plan means for its folder as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/query.h"

#include "sync/folder.h"

/* --- What an operation does --- */

static bool is_upload(const struct operation *operation)
{
	return operation->kind == OPERATION_UPLOAD;
}

static bool is_far_removal(const struct operation *operation)
{
	return operation->kind == OPERATION_REMOVE_FAR;
}

static bool is_removal(const struct operation *operation)
{
	return operation->kind == OPERATION_REMOVE_NEAR || is_far_removal(operation) ||
	       operation->kind == OPERATION_FORGET;
}

static bool is_no_removal(const struct operation *operation)
{
	return !is_removal(operation);
}

static bool changes_far(const struct operation *operation)
{
	return is_upload(operation) || is_far_removal(operation) ||
	       operation->far_flags != operation->far_wanted;
}

/* Removals are no part of it: they select the mailbox by themselves. */
static bool changes_what_is_far(const struct operation *operation)
{
	return is_no_removal(operation) && !is_upload(operation) && changes_far(operation);
}

/* --- What a plan does --- */

static bool has_any(const struct sync_folder *folder, bool (*is)(const struct operation *operation))
{
	for (size_t i = 0; i < folder->plan.count; i++) {
		if (is(&folder->plan.operations[i]))
			return true;
	}
	return false;
}

bool sync_folder_has_uploads(const struct sync_folder *folder)
{
	return has_any(folder, is_upload);
}

bool sync_folder_has_removals(const struct sync_folder *folder)
{
	return has_any(folder, is_removal) || !uid_set_is_empty(&folder->plan.expires);
}

bool sync_folder_has_far_removals(const struct sync_folder *folder)
{
	return has_any(folder, is_far_removal);
}

bool sync_folder_has_transfers(const struct sync_folder *folder)
{
	return !uid_set_is_empty(&folder->plan.downloads) ||
	       !uid_set_is_empty(&folder->transfer.wanted) || has_any(folder, is_no_removal);
}

static bool has_outside(const struct sync_folder *folder)
{
	return !uid_set_is_empty(&folder->plan.expires) ||
	       !uid_set_is_empty(&folder->plan.outside) ||
	       uid_set_size(&folder->base.outside) >
		       uid_set_size(&folder->far.changes.outside_removed);
}

void sync_folder_settle(struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (folder->target.action == FOLDER_REMOVE_NEAR && sync_folder_has_uploads(folder))
		folder->target.action = FOLDER_CREATE_FAR;
	/* A mailbox that holds what the window leaves out would take that with it. */
	if (folder->target.action == FOLDER_REMOVE_FAR &&
	    (!uid_set_is_empty(&plan->downloads) || has_outside(folder)))
		folder->target.action = FOLDER_CREATE_NEAR;
}

bool sync_folder_needs_mailbox(const struct sync_folder *folder)
{
	return has_any(folder, changes_what_is_far);
}

bool sync_folder_needs_server(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (folder->target.action == FOLDER_FORGET || folder->target.action == FOLDER_REMOVE_NEAR)
		return false;
	return folder->target.action == FOLDER_REMOVE_FAR || !uid_set_is_empty(&plan->downloads) ||
	       !uid_set_is_empty(&folder->transfer.wanted) || sync_folder_writes_far(folder);
}

bool sync_folder_writes_far(const struct sync_folder *folder)
{
	return folder->target.action == FOLDER_CREATE_FAR || has_any(folder, changes_far);
}

void sync_folder_note_withheld(struct sync_folder *folder)
{
	const struct state_folder *record = &folder->base.record;
	const struct uid_set *left = &folder->plan.far_withheld;
	bool scanned = folder->near.changed || folder->base.state == FOLDER_BASE_VOID;
	folder->near.withheld = scanned ? folder->plan.near_withheld : record->near_withheld;
	folder->far.withheld = folder->far.whole ? 0 : record->far_withheld;
	for (uint32_t uid = 0; uid_set_next(left, &uid);)
		folder->far.withheld += folder->far.whole || uid >= record->uidnext;
}

static void count_operation(struct sync_counts *counts, const struct operation *operation)
{
	switch (operation->kind) {
	case OPERATION_UPLOAD:
		counts->uploaded++;
		break;
	case OPERATION_ADOPT:
		counts->adopted++;
		/* fall through */
	case OPERATION_MERGE:
	case OPERATION_WITHHOLD:
		counts->near_flags += operation->near_flags != operation->near_wanted;
		counts->far_flags += operation->far_flags != operation->far_wanted;
		break;
	case OPERATION_REMOVE_NEAR:
		counts->near_removed++;
		break;
	case OPERATION_REMOVE_FAR:
		counts->far_removed++;
		break;
	case OPERATION_FORGET:
		break;
	}
}

void sync_folder_count_plan(struct sync_folder *folder)
{
	folder->transfer.counts.downloaded = uid_set_size(&folder->plan.downloads);
	folder->transfer.counts.expired = uid_set_size(&folder->plan.expires);
	folder->transfer.counts.fetched = uid_set_size(&folder->transfer.wanted);
	for (size_t i = 0; i < folder->plan.count; i++)
		count_operation(&folder->transfer.counts, &folder->plan.operations[i]);
}
