/* The plan of the account: what is observed for it, and what it means for folders as a whole.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/mailbox_attribute.h"
#include "sync/folder.h"
#include "sync/observe/arrivals.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/observe/marks.h"
#include "sync/observe/sources.h"
#include "sync/plan/access.h"
#include "sync/run.h"

static bool plans_removals(const struct sync_folder *folder)
{
	return !folder->ending.ended &&
	       (plan_has(&folder->plan, OPERATION_REMOVE_FAR) || folder->plan.contested.count > 0);
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
	struct uid_set uids = UID_SET_INITIAL;
	if (!plans_removals(folder) || uid_set_is_empty(&folder->base.stubs))
		return false;
	operation_list_uids(&folder->plan.operations[OPERATION_REMOVE_FAR], &uids);
	operation_list_uids(&folder->plan.contested, &uids);
	uint64_t removed = uid_set_size(&uids);
	uid_set_remove_set(&uids, &folder->base.stubs);
	bool any = uid_set_size(&uids) < removed;
	uid_set_release(&uids);
	return any;
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
	if (folder->near.scanned || folder->near.named)
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

/* --- What the server has of new files already --- */

static bool plans_uploads(const struct sync_folder *folder)
{
	return !folder->ending.ended && plan_has(&folder->plan, OPERATION_UPLOAD);
}

/* Where the base has nothing, as in a first run, nothing is looked up. */
static bool has_base(const struct run *run)
{
	for (size_t i = 0; i < run->table.count; i++) {
		if (run->table.items[i]->base_messages > 0)
			return true;
	}
	return false;
}

static void observe_sent(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		if (plans_uploads(&run->folders[i]))
			arrivals_add_folder(&run->arrivals, &run->folders[i], ARRIVAL_SENT, i);
	}
}

static bool is_sent(const struct run *run, const struct arrival *arrival)
{
	return arrival->kind == ARRIVAL_SENT && plans_uploads(&run->folders[arrival->folder]);
}

/* Of all that is sent; ascending, each once. The caller's. */
static struct identity *list_sent(const struct run *run, size_t *count_r)
{
	const struct arrival_list *arrivals = &run->arrivals;
	struct identity *identities = memory_array(arrivals->count + 1, sizeof *identities);
	size_t count = 0;
	for (size_t i = 0; i < arrivals->count; i++) {
		const struct arrival *arrival = &arrivals->items[i];
		if (is_sent(run, arrival) &&
		    (count == 0 || !identity_equal(&identities[count - 1], &arrival->identity)))
			identities[count++] = arrival->identity;
	}
	*count_r = count;
	return identities;
}

static int compare_folders(const void *a, const void *b)
{
	const struct arrival *one = *(const struct arrival *const *)a;
	const struct arrival *other = *(const struct arrival *const *)b;
	return (one->folder > other->folder) - (one->folder < other->folder);
}

/* Those that may be had from a source, by their folders. The caller's. */
static const struct arrival **list_candidates(const struct run *run, size_t *count_r)
{
	const struct arrival_list *arrivals = &run->arrivals;
	const struct arrival **list = memory_array(arrivals->count + 1, sizeof *list);
	size_t count = 0;
	for (size_t i = 0; i < arrivals->count; i++) {
		const struct arrival *arrival = &arrivals->items[i];
		size_t sources = 0;
		if (is_sent(run, arrival))
			(void)source_list_find(&run->sources, &arrival->identity, &sources);
		if (sources > 0)
			list[count++] = arrival;
	}
	memory_sort(list, count, sizeof *list, compare_folders);
	*count_r = count;
	return list;
}

/* Their bodies tell whether they are the same. Each is read once for that, by folders. */
static void read_candidates(struct run *run)
{
	size_t count;
	const struct arrival **list = list_candidates(run, &count);
	for (size_t i = 0; i < count; i++) {
		struct sync_folder *folder = &run->folders[list[i]->folder];
		struct near_added *added = &folder->near.changes.added[list[i]->added];
		struct error ignored = ERROR_INITIAL;
		if (!added->is_identified && sync_folder_open(folder, &ignored) == 0)
			sync_identify_near(folder, added, false);
		if (i + 1 == count || list[i + 1]->folder != list[i]->folder)
			maildir_close(&folder->transfer.maildir);
	}
	free(list);
}

/* Without them all is sent, as it would be to another account. */
static void find_sources(struct run *run)
{
	struct error error = ERROR_INITIAL;
	size_t count;
	struct identity *wanted = list_sent(run, &count);
	const struct source_places places = { .state = run->context.state,
					      .folders = run->folders,
					      .count = run->folder_count,
					      .table = &run->table };
	if (sources_find(&run->sources, &places, wanted, count, &error) == 0) {
		read_candidates(run);
	} else {
		(void)error_prefix(&error, "what moved here is sent anew"); /* always -1 */
		run_tell_failure(run, NULL, &error);
	}
	free(wanted);
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
					    .has_drafts = (folder->target.view->attributes &
							   MAILBOX_DRAFTS) != 0,
					    .id = folder->base.record.id,
					    .name = sync_folder_name(folder) };
	if (folder->ending.ended)
		return 0;
	arrivals_recall_versions(folder);
	described->plan = &folder->plan;
	if (!plans_removals(folder))
		return 0;
	if (arrivals_find_gone(folder, &gone, &described->gone_count, error) != 0)
		return -1;
	described->gone = gone;
	if (arrivals_find_trashed(folder, gone, described->gone_count, error) != 0)
		return -1;
	described->replaces = can_replace(run, folder, replaces);
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

static bool any_folder(const struct run *run, bool (*is)(const struct sync_folder *folder))
{
	bool any = false;
	for (size_t i = 0; i < run->folder_count; i++)
		any = any || is(&run->folders[i]);
	return any;
}

static void plan_all(struct run *run)
{
	struct moves_folder *folders = memory_array(run->folder_count, sizeof *folders);
	uint32_t *planned = memory_array(run->folder_count, sizeof *planned);
	int replaces = -1; /* whether the server can; not known yet */
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct error error = ERROR_INITIAL;
		planned[i] = run->folders[i].plan.removals_far;
		if (describe(run, &run->folders[i], &folders[i], &replaces, &error) == 0)
			continue;
		folders[i].plan = NULL;
		run_fail_folder(run, &run->folders[i], &error);
	}
	if (!run->gave_up)
		moves_plan(folders, run->folder_count, &run->arrivals, &run->sources);
	check_all(run, planned);
	for (size_t i = 0; i < run->folder_count; i++)
		free((struct gone_message *)folders[i].gone);
	free(folders);
	free(planned);
}

void run_plan_moves(struct run *run)
{
	bool removes = any_folder(run, plans_removals);
	bool carries = has_base(run) && any_folder(run, plans_uploads);
	if (run->gave_up || (!removes && !carries))
		return;
	if (removes) {
		observe_arrivals(run);
		observe_stray_stubs(run);
	} else {
		observe_sent(run);
	}
	arrival_list_sort(&run->arrivals);
	if (carries)
		find_sources(run);
	plan_all(run);
}
