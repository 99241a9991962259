/* What a plan means for its folder as a whole. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/query.h"

#include "sync/folder.h"

bool sync_folder_has_transfers(const struct sync_folder *folder)
{
	return plan_transfers(&folder->plan) || !uid_set_is_empty(&folder->transfer.wanted);
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
	if (folder->target.action == FOLDER_REMOVE_NEAR && plan_has(plan, OPERATION_UPLOAD))
		folder->target.action = FOLDER_CREATE_FAR;
	/* A mailbox that holds what the window leaves out would take that with it. */
	if (folder->target.action == FOLDER_REMOVE_FAR &&
	    (!uid_set_is_empty(&plan->downloads) || has_outside(folder)))
		folder->target.action = FOLDER_CREATE_NEAR;
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
	return folder->target.action == FOLDER_CREATE_FAR || plan_changes_far(&folder->plan);
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

void sync_folder_count_plan(struct sync_folder *folder)
{
	plan_count(&folder->plan, &folder->transfer.counts);
	folder->transfer.counts.fetched = uid_set_size(&folder->transfer.wanted);
}
