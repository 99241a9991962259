/* What a plan means for its folder as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder.h"

bool sync_folder_has_uploads(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->operations[i].kind == OPERATION_UPLOAD)
			return true;
	}
	return false;
}

static bool is_removal(const struct operation *operation)
{
	return operation->kind == OPERATION_REMOVE_NEAR ||
	       operation->kind == OPERATION_REMOVE_FAR || operation->kind == OPERATION_FORGET;
}

bool sync_folder_has_removals(const struct sync_folder *folder)
{
	for (size_t i = 0; i < folder->plan.count; i++) {
		if (is_removal(&folder->plan.operations[i]))
			return true;
	}
	return false;
}

bool sync_folder_has_far_removals(const struct sync_folder *folder)
{
	for (size_t i = 0; i < folder->plan.count; i++) {
		if (folder->plan.operations[i].kind == OPERATION_REMOVE_FAR)
			return true;
	}
	return false;
}

bool sync_folder_has_transfers(const struct sync_folder *folder)
{
	if (!uid_set_is_empty(&folder->plan.downloads))
		return true;
	for (size_t i = 0; i < folder->plan.count; i++) {
		if (!is_removal(&folder->plan.operations[i]))
			return true;
	}
	return false;
}

void sync_folder_settle(struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (folder->action == FOLDER_REMOVE_NEAR && sync_folder_has_uploads(folder))
		folder->action = FOLDER_CREATE_FAR;
	if (folder->action == FOLDER_REMOVE_FAR && !uid_set_is_empty(&plan->downloads))
		folder->action = FOLDER_CREATE_NEAR;
}

static bool changes_far(const struct operation *operation)
{
	return operation->kind == OPERATION_UPLOAD || operation->kind == OPERATION_REMOVE_FAR ||
	       operation->far_flags != operation->far_wanted;
}

bool sync_folder_needs_mailbox(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	for (size_t i = 0; i < plan->count; i++) {
		const struct operation *operation = &plan->operations[i];
		if (operation->kind != OPERATION_UPLOAD && changes_far(operation))
			return true;
	}
	return false;
}

bool sync_folder_needs_server(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (folder->action == FOLDER_FORGET || folder->action == FOLDER_REMOVE_NEAR)
		return false;
	return folder->action == FOLDER_REMOVE_FAR || !uid_set_is_empty(&plan->downloads) ||
	       sync_folder_writes_far(folder);
}

bool sync_folder_writes_far(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (folder->action == FOLDER_CREATE_FAR)
		return true;
	for (size_t i = 0; i < plan->count; i++) {
		if (changes_far(&plan->operations[i]))
			return true;
	}
	return false;
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
	folder->counts.downloaded = uid_set_size(&folder->plan.downloads);
	for (size_t i = 0; i < folder->plan.count; i++)
		count_operation(&folder->counts, &folder->plan.operations[i]);
}
