/* Files that moved to a folder from which nothing new goes to the server: the removal in the folder
 * where they were would take away the server's only copy, and none would come in the other. So it
 * is left out, like a removal that the rules do not let go. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/gather.h"
#include "sync/observe/identity_list.h"
#include "sync/observe/look.h"
#include "sync/plan/access.h"
#include "sync/run.h"

static bool pushes_new(const struct sync_folder *folder)
{
	return access_push(&folder->base.record, sync_target_rules(&folder->target)) &
	       CONFIG_KIND_NEW;
}

static bool removes_far(const struct sync_folder *folder)
{
	return !folder->ending.ended && plan_has(&folder->plan, OPERATION_REMOVE_FAR);
}

/* --- What the server does not have, and will not get --- */

/* A folder that did not change since it was noted how its left-out files are called. */
static bool must_be_scanned(const struct sync_folder *folder)
{
	return !folder->near.changed && folder->target.action == FOLDER_SYNC &&
	       !name_digest_is_empty(&folder->base.record.near_withheld);
}

/* A folder that is not looked at in this run, or in this round. */
static void collect_other(struct identity_list *kept, struct run *run,
			  const struct folder_view *view)
{
	struct sync_folder folder;
	struct error ignored = ERROR_INITIAL;
	bool pending;
	sync_folder_begin(&folder, &run->context, view);
	int result = sync_folder_load(&folder, &pending, &ignored);
	folder.far.managed = keyword_table_known(&folder.base.record.keywords);
	if (result == 0)
		result = sync_gather_near_again(&folder, &ignored);
	if (result == 0)
		identity_list_add_folder(kept, &folder);
	else
		kept->any_unknown = true;
	sync_folder_release(&folder);
}

/* What the server does not have there, and will not get. */
struct kept {
	struct identity_list listed;    /* in folders that both sides have */
	struct identity_list here_only; /* in such that are not made on the server */
};

static void collect_others(struct kept *kept, struct run *run)
{
	for (size_t i = 0; i < run->table.count; i++) {
		const struct folder_view *view = run->table.items[i];
		if (!view->channel || !view->near || run_find_folder(run, view))
			continue;
		if (view->action == FOLDER_SYNC && !(view->channel->rules.push & CONFIG_KIND_NEW))
			collect_other(&kept->listed, run, view);
		else if (view->action == FOLDER_SKIP && !view->far)
			collect_other(&kept->here_only, run, view);
	}
}

static void collect(struct kept *kept, struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error ignored = ERROR_INITIAL;
		if (pushes_new(folder))
			continue;
		/* Of one that failed nobody knows what it holds. */
		kept->listed.any_unknown |=
			folder->ending.ended && folder->ending.outcome != SYNC_FOLDER_DONE;
		folder->far.managed = keyword_table_known(&folder->base.record.keywords);
		if (must_be_scanned(folder) && sync_gather_near_again(folder, &ignored) != 0)
			kept->listed.any_unknown = true;
		identity_list_add_folder(&kept->listed, folder);
	}
	collect_others(kept, run);
	identity_list_sort(&kept->listed);
	identity_list_sort(&kept->here_only);
}

/* --- What stays for it --- */

/* Stubs that are only here are told of instead (stray.h): without the server they are nothing. */
static bool is_kept(const struct kept *kept, const struct sync_folder *folder,
		    const struct state_message *message)
{
	return identity_list_holds(&kept->listed, message) ||
	       (!uid_set_contains(&folder->base.stubs, message->uid) &&
		identity_list_holds(&kept->here_only, message));
}

static bool any_is_unknown(const struct kept *kept)
{
	return kept->listed.any_unknown || kept->here_only.any_unknown;
}

/* What cannot be known now waits for a later run. */
static int leave_those(const struct kept *kept, struct sync_folder *folder, struct error *error)
{
	const struct operation_list *removals = &folder->plan.operations[OPERATION_REMOVE_FAR];
	struct uid_set withheld = UID_SET_INITIAL;
	struct sync_base base;
	int found = 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	for (size_t i = 0; found >= 0 && i < removals->count; i++) {
		struct state_message message;
		uint32_t uid = removals->items[i].uid;
		found = base.view.by_uid(base.view.context, uid, &message, error);
		if (found > 0 && any_is_unknown(kept))
			uid_set_add(&folder->transfer.held, uid);
		else if (found > 0 && is_kept(kept, folder, &message))
			uid_set_add(&withheld, uid);
	}
	sync_base_end(&base);
	plan_withhold_far(&folder->plan, &withheld);
	uid_set_release(&withheld);
	return found < 0 ? -1 : 0;
}

/* The mailbox cannot be removed as a whole then. */
static int check_whole(const struct sync_folder *folder, uint32_t planned, struct error *error)
{
	if (folder->target.action != FOLDER_REMOVE_FAR || folder->plan.removals_far == planned)
		return 0;
	uint32_t moved = planned - folder->plan.removals_far;
	const char *them = text_plural(moved, "it", "them");
	return error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			 "the folder was removed here, but %u of its messages moved to a folder "
			 "from which nothing goes to the server, which would have %s no more; "
			 "nothing was done. Move %s to another folder, or let new messages of "
			 "that one go to the server (push)",
			 moved, them, them);
}

void run_withhold_moved(struct run *run)
{
	struct kept kept = { .listed = { .items = NULL } };
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || removes_far(&run->folders[i]);
	if (!any)
		return;
	collect(&kept, run);
	any = kept.listed.count > 0 || kept.here_only.count > 0 || any_is_unknown(&kept);
	for (size_t i = 0; any && i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		uint32_t planned = folder->plan.removals_far;
		if (!removes_far(folder))
			continue;
		if (leave_those(&kept, folder, &error) != 0 ||
		    check_whole(folder, planned, &error) != 0)
			run_fail_folder(run, folder, &error);
	}
	identity_list_release(&kept.listed);
	identity_list_release(&kept.here_only);
}
