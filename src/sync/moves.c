/* The plan of the account: what is observed for it, and what it means for folders as a whole.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/arrivals.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/observe/marks.h"
#include "sync/plan/access.h"
#include "sync/run.h"

static bool plans_removals(const struct sync_folder *folder)
{
	return !folder->ending.ended && plan_has(&folder->plan, OPERATION_REMOVE_FAR);
}

/* --- New files of the account --- */

static bool pushes_new(const struct sync_folder *folder)
{
	return access_push(&folder->base.record, sync_target_rules(&folder->target)) &
	       CONFIG_KIND_NEW;
}

/* Whether it is known which of the folder's files are new. Of one that failed, or was put off, they
 * may not have been looked at. */
static bool was_observed(const struct sync_folder *folder)
{
	return !folder->ending.ended ||
	       (folder->ending.outcome == SYNC_FOLDER_DONE && !folder->ending.deferral);
}

/* A folder that did not change since it was noted which of its files are withheld. */
static bool must_be_scanned(const struct sync_folder *folder)
{
	return !folder->near.changed && folder->target.action == FOLDER_SYNC &&
	       !name_digest_is_empty(&folder->base.record.near_withheld);
}

static void observe_withheld(struct run *run, size_t number)
{
	struct sync_folder *folder = &run->folders[number];
	struct arrival_list *arrivals = &run->arrivals;
	struct error ignored = ERROR_INITIAL;
	if (!was_observed(folder))
		arrivals->unknown[ARRIVAL_WITHHELD] = true;
	folder->far.managed = sync_flags_managed(folder);
	if (must_be_scanned(folder) && sync_gather_near_again(folder, &ignored) != 0)
		arrivals->unknown[ARRIVAL_WITHHELD] = true;
	arrivals_add_folder(arrivals, folder, ARRIVAL_WITHHELD, number);
}

/* A folder that has no part in this round: it was not asked for, ended in a round before, or failed
 * in this one. A message may have moved to it all the same. */
static void observe_other(struct run *run, const struct folder_view *view)
{
	bool pushes = view->channel && (view->channel->rules.push & CONFIG_KIND_NEW);
	bool stays = view->action == FOLDER_SYNC || view->action == FOLDER_CREATE_FAR;
	if (!view->channel || !view->near)
		return;
	if (stays && pushes)
		arrivals_add_other(&run->arrivals, &run->context, view, ARRIVAL_WAITS);
	else if (view->action == FOLDER_SYNC)
		arrivals_add_other(&run->arrivals, &run->context, view, ARRIVAL_WITHHELD);
	else if (view->action == FOLDER_SKIP && !view->far)
		arrivals_add_other(&run->arrivals, &run->context, view, ARRIVAL_HERE_ONLY);
}

static void observe_arrivals(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (folder->ending.left_alone)
			continue;
		if (pushes_new(folder) && was_observed(folder))
			arrivals_add_folder(&run->arrivals, folder, ARRIVAL_SENT, i);
		else if (pushes_new(folder))
			observe_other(run, folder->target.view);
		else
			observe_withheld(run, i);
	}
	for (size_t i = 0; i < run->table.count; i++) {
		if (!run_find_folder(run, run->table.items[i]))
			observe_other(run, run->table.items[i]);
	}
}

/* --- Stubs where the round does not look: the file would be worth nothing without the server ---
 */

static bool removes_a_stub(const struct sync_folder *folder)
{
	const struct operation_list *removals = &folder->plan.operations[OPERATION_REMOVE_FAR];
	if (!plans_removals(folder) || uid_set_is_empty(&folder->base.stubs))
		return false;
	for (size_t i = 0; i < removals->count; i++) {
		if (uid_set_contains(&folder->base.stubs, removals->items[i].uid))
			return true;
	}
	return false;
}

/* Whether somebody changed the folder's files since they were looked at: one may have moved there
 * from a folder that was looked at later. */
static bool has_changed_since(struct sync_folder *folder)
{
	struct maildir_fingerprint now;
	struct error ignored = ERROR_INITIAL;
	bool safe;
	if (!folder->target.view->near)
		return false;
	bool known = sync_folder_open(folder, &ignored) == 0 &&
		     maildir_fingerprint_take(folder->transfer.maildir, &now, &safe, &ignored) == 0;
	maildir_close(&folder->transfer.maildir);
	if (!known)
		return true;
	if (folder->near.scanned)
		return !maildir_fingerprint_equal(&now, &folder->near.fingerprint);
	return folder->near.changed || !near_marks_equal(&folder->base.record, &now);
}

/* A folder whose files were looked at in this round: its new ones are known. */
static bool is_known(struct run *run, const struct folder_view *view)
{
	struct sync_folder *folder = run_find_folder(run, view);
	if (!folder || !was_observed(folder))
		return false;
	if (folder->target.action == FOLDER_SYNC && has_changed_since(folder))
		run->arrivals.unknown[ARRIVAL_STRAY] = true;
	return true;
}

static void observe_stray_stubs(struct run *run)
{
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || removes_a_stub(&run->folders[i]);
	for (size_t i = 0; any && i < run->table.count; i++) {
		if (!is_known(run, run->table.items[i]))
			arrivals_add_stubs(&run->arrivals, run->table.items[i]);
	}
	for (size_t i = 0; any && i < run->table.stranger_count; i++)
		arrivals_add_stubs(&run->arrivals, run->table.strangers[i]);
}

/* --- What the plan is to know of each folder --- */

/* A new version may take the place of the old one where the server can do that in one step; a
 * failing connection shows soon enough. */
static bool can_replace(const struct run *run, const struct sync_folder *folder, int *known)
{
	struct far_session *session;
	struct error ignored = ERROR_INITIAL;
	if (folder->target.has_trash || folder->target.action != FOLDER_SYNC ||
	    !plan_has(&folder->plan, OPERATION_UPLOAD))
		return false;
	if (*known < 0)
		*known = pool_session(run->pool, 0, &session, &ignored) == 0 &&
			 far_has(session, FAR_REPLACES);
	return *known > 0;
}

/* Returns 0 or -1: the folder fails. */
static int describe(struct run *run, struct sync_folder *folder, struct moves_folder *described,
		    int *replaces, struct error *error)
{
	struct gone_message *gone = NULL;
	*described = (struct moves_folder){ .changes = &folder->near.changes,
					    .has_trash = folder->target.has_trash,
					    .name = sync_folder_name(folder) };
	if (folder->ending.ended)
		return 0;
	if (arrivals_find_gone(folder, &gone, error) != 0)
		return -1;
	described->gone = gone;
	if (arrivals_find_trashed(folder, gone, error) != 0)
		return -1;
	arrivals_recall_versions(folder);
	described->replaces = can_replace(run, folder, replaces);
	described->plan = &folder->plan;
	return 0;
}

/* --- What it means for a folder that is to be removed as a whole --- */

static int check_whole(const struct sync_folder *folder, uint32_t planned, struct error *error)
{
	if (folder->target.action != FOLDER_REMOVE_FAR)
		return 0;
	if (!uid_set_is_empty(&folder->plan.held))
		return run_refuse_unsent(error);
	if (folder->plan.removals_far == planned)
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

static void check_all(struct run *run, const uint32_t *planned)
{
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (!folder->ending.ended && check_whole(folder, planned[i], &error) != 0)
			run_fail_folder(run, folder, &error);
	}
}

/* --- The whole --- */

void run_settle_moves(struct run *run)
{
	struct plan **plans = memory_array(run->folder_count + 1, sizeof *plans);
	struct plan nothing = { .refusal = PLAN_ALLOWED };
	for (size_t i = 0; i < run->folder_count; i++)
		plans[i] = run->folders[i].ending.ended ? &nothing : &run->folders[i].plan;
	moves_settle(plans, run->folder_count);
	free(plans);
}

void run_plan_moves(struct run *run)
{
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || plans_removals(&run->folders[i]);
	if (!any || run->gave_up)
		return;
	observe_arrivals(run);
	observe_stray_stubs(run);
	arrival_list_sort(&run->arrivals);
	struct moves_folder *folders = memory_array(run->folder_count, sizeof *folders);
	uint32_t *planned = memory_array(run->folder_count, sizeof *planned);
	int replaces = -1; /* whether the server can; not known yet */
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct error error = ERROR_INITIAL;
		planned[i] = run->folders[i].plan.removals_far;
		if (describe(run, &run->folders[i], &folders[i], &replaces, &error) != 0)
			run_fail_folder(run, &run->folders[i], &error);
	}
	if (!run->gave_up)
		moves_plan(folders, run->folder_count, &run->arrivals);
	check_all(run, planned);
	for (size_t i = 0; i < run->folder_count; i++)
		free((struct gone_message *)folders[i].gone);
	free(folders);
	free(planned);
}
