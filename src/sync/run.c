/* One run of one account: list, look, gather, plan the folders and then the account, apply,
 * confirm. Read this file first: it is the whole algorithm. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/apply/fill.h"
#include "sync/apply/hidden.h"
#include "sync/apply/letters.h"
#include "sync/apply/recover.h"
#include "sync/apply/trash.h"
#include "sync/folder.h"
#include "sync/folders/listing.h"
#include "sync/folders/mailboxes.h"
#include "sync/folders/rule_use.h"
#include "sync/observe/base.h"
#include "sync/observe/look.h"
#include "sync/owner.h"
#include "sync/plan/access.h"
#include "sync/plan/query.h"
#include "sync/plan/rules.h"
#include "sync/renames.h"
#include "sync/report.h"
#include "sync/run.h"
#include "sync/sync.h"

/* --- Folders --- */

/* Bytes of a name in a sentence: a server's may be endless. */
#define NAME_SHOWN_MAX 200

static void tell_passed_over(struct run *run, const struct folder_view *view)
{
	struct error error = ERROR_INITIAL;
	size_t length = strlen(view->name);
	bool cut = length > NAME_SHOWN_MAX;
	char *printable = text_printable(view->name, cut ? NAME_SHOWN_MAX : length);
	char *shown = memory_format("%s%s", printable, cut ? "..." : "");
	(void)error_set(&error, view->blocked_kind, SCOPE_FOLDER, "%s",
			view->blocked); /* always -1 */
	run_tell_failure(run, shown, &error);
	free(shown);
	free(printable);
}

/* What cannot be a folder concerns only whose rules take it. */
static void tell_all_passed_over(struct run *run)
{
	for (size_t i = 0; i < run->table.stranger_count; i++) {
		const struct folder_view *view = run->table.strangers[i];
		if (view->blocked && view->channel && choice_takes(&run->choice, view))
			tell_passed_over(run, view);
	}
}

/* One bad line must not stop all else. */
static void tell_uncertain_list(struct run *run)
{
	struct error error = ERROR_INITIAL;
	if (!listing_may_lack_any(run->context.account, &run->table))
		return;
	(void)error_set(&error, ERROR_FAILED, SCOPE_ACCOUNT, /* always -1 */
			"a line of the server's list of mailboxes made no sense; all others are "
			"synchronised, but none counts as removed on the server");
	run_tell_failure(run, NULL, &error);
}

static bool is_hinted(const struct sync_hints *hints, const struct folder_view *view)
{
	return !hints || hints->all_near || text_list_holds(&hints->near, view->name) ||
	       text_list_holds(&hints->far, view->name);
}

static bool takes_part(const struct run *run, const struct folder_view *view)
{
	return (is_hinted(run->context.options->hints, view) ||
		text_list_holds(&run->tags.concerned, view->name)) &&
	       view->action != FOLDER_SKIP && view->renamed == FOLDER_SYNC &&
	       run_takes(run, view->name) && choice_takes(&run->choice, view);
}

static int check_choice(const struct run *run, struct error *error)
{
	/* In a later round one may be removed already. */
	if (run->rounds > 0)
		return 0;
	return choice_check(&run->choice, &run->table, run->context.account, error);
}

static void warn_of_rule(void *context, const char *text)
{
	const struct run *run = context;
	log_line(LOG_WARNING, "%s: %s", run->context.account->name, text);
}

/* Rules that do nothing are not as their writer meant them. */
static void warn_of_rules(struct run *run)
{
	struct rule_use use;
	rule_use_begin(&use, run->context.account);
	for (size_t i = 0; i < run->table.count; i++)
		rule_use_see(&use, run->table.items[i]);
	rule_use_tell(&use, warn_of_rule, run);
	rule_use_end(&use);
}

/* What is looked at once: before anything is renamed. */
static int check_table(struct run *run, const struct listing_certainty *certain,
		       struct error *error)
{
	if (owner_settle(&run->context, &run->table, error) != 0)
		return -1;
	tell_all_passed_over(run);
	if (!certain->far)
		tell_uncertain_list(run);
	return run_refuse_lost_sides(run, error) == 0 ? check_choice(run, error) : -1;
}

/* The table, and in it no folder by two names as long as that can be helped. */
static int gather_table(struct run *run, struct listing_certainty *certain_r, bool *asked_r,
			struct error *error)
{
	struct mailboxes own = { .items = NULL };
	struct run_renaming renaming = { .mailboxes = run->kept ? run->kept : &own };
	bool again = true;
	int result = pool_session(run->pool, 0, &renaming.session, error);
	struct listing_sources sources = { .account = run->context.account,
					   .state = run->context.state,
					   .session = renaming.session,
					   .kept = renaming.mailboxes };
	if (run->kept && run->rounds == 0)
		sources.hints = run->context.options->hints;
	while (result == 0 && again) {
		again = false;
		renaming.asked = renaming.asked || listing_asks_server(&sources);
		folder_table_release(&run->table);
		result = listing_gather(&sources, &run->table, certain_r, error);
		sources.is_fresh = renaming.asked;
		if (result == 0 && renaming.steps == 0)
			result = check_table(run, certain_r, error);
		if (result == 0)
			result = run_rename_folders(run, &renaming, certain_r, &again, error);
		if (again && !renaming.asked)
			sources.hints = NULL;
	}
	*asked_r = renaming.asked;
	run_renaming_release(&renaming);
	mailboxes_release(&own);
	return result;
}

int run_list(struct run *run, struct error *error)
{
	struct listing_certainty certain;
	bool asked;
	if (gather_table(run, &certain, &asked, error) != 0)
		return -1;
	const struct folder_plan_options options = {
		.force_delete = run->context.options->force_delete,
		.restore = run->context.options->restore,
		.near_uncertain = !certain.near,
		.far_uncertain = !certain.far,
	};
	folder_plan_make(&run->table, &options);
	if (asked && run->context.events->listed)
		run->context.events->listed(run->context.events->context, &run->table);
	run->folders = memory_array(run->table.count, sizeof *run->folders);
	for (size_t i = 0; i < run->table.count; i++) {
		struct folder_view *view = run->table.items[i];
		if (!takes_part(run, view))
			continue;
		struct sync_folder *folder = &run->folders[run->folder_count++];
		sync_folder_begin(folder, &run->context, view);
		sync_folder_find_trash(folder, &run->table);
		folder->transfer.counts = run_earlier_counts(run, view->name);
	}
	return 0;
}

/* Runs STEP on every folder that has not ended; a folder that fails ends. */
static void each_folder(struct run *run, int (*step)(struct run *run, struct sync_folder *folder,
						     struct error *error))
{
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct error error = ERROR_INITIAL;
		if (!run->folders[i].ending.ended && step(run, &run->folders[i], &error) != 0)
			run_fail_folder(run, &run->folders[i], &error);
	}
}

/* --- Look: what did not change at all ends here --- */

static void leave_alone(struct run *run, struct sync_folder *folder)
{
	folder->ending.left_alone = true;
	run_end_folder(run, folder, SYNC_FOLDER_DONE);
}

/* Directories of thousands of folders would not all fit into the table of open files. */
static int look_alone(struct sync_folder *folder, struct error *error)
{
	if (sync_folder_look(folder, error) != 0)
		return -1;
	maildir_close(&folder->transfer.maildir);
	return 0;
}

/* What an interrupted run left is finished first, where something changed. */
static int recover(struct run *run, struct sync_folder *folder, struct error *error)
{
	(void)run;
	if (sync_folder_settle_letters(folder, error) != 0)
		return -1;
	if (sync_folder_may_recover(folder) &&
	    (sync_folder_open(folder, error) != 0 || sync_folder_recover(folder, error) != 0))
		return -1;
	maildir_close(&folder->transfer.maildir);
	return 0;
}

/* The user wants only certain messages: folders that have none of them are left alone. */
static int look_for_wanted(struct run *run, struct sync_folder *folder, struct error *error)
{
	if (folder->target.action != FOLDER_SYNC) {
		leave_alone(run, folder);
		return 0;
	}
	if (look_alone(folder, error) != 0 || recover(run, folder, error) != 0 ||
	    sync_folder_open(folder, error) != 0 || sync_fill_find(folder, error) != 0)
		return -1;
	maildir_close(&folder->transfer.maildir);
	if (uid_set_is_empty(&folder->transfer.wanted))
		leave_alone(run, folder);
	return 0;
}

static int look(struct run *run, struct sync_folder *folder, struct error *error)
{
	if (run->context.options->fetch)
		return look_for_wanted(run, folder, error);
	if (folder->target.action == FOLDER_BLOCKED)
		return run_refuse_blocked(folder, error);
	if (folder->target.action == FOLDER_GONE_NEAR || folder->target.action == FOLDER_GONE_FAR)
		return run_refuse_gone(folder, error);
	if (look_alone(folder, error) != 0)
		return -1;
	if (folder->target.action == FOLDER_SYNC &&
	    text_list_holds(&run->tags.concerned, sync_folder_name(folder)))
		folder->far.changed = true;
	bool waits = folder->base.has_letters && !run->context.options->dry_run;
	if (!sync_folder_has_changed(folder) && !waits)
		run_end_folder(run, folder, SYNC_FOLDER_DONE);
	return 0;
}

/* Of two folders in one directory the one that has it already keeps it: those of the base come
 * first. */
static int look_at_known(struct run *run, struct sync_folder *folder, struct error *error)
{
	return folder->target.view->base ? look(run, folder, error) : 0;
}

static int look_at_new(struct run *run, struct sync_folder *folder, struct error *error)
{
	return folder->target.view->base ? 0 : look(run, folder, error);
}

/* --- Plan --- */

int run_plan_folder(struct sync_folder *folder, struct error *error)
{
	const struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						      &folder->base, &folder->far);
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = plan_make(&base.view, &folder->near.changes, &folder->far.changes, &rules,
			       &folder->plan, error);
	sync_base_end(&base);
	return result;
}

/* An empty folder that one side removed: it stays away there until there is mail for it. A window
 * may have left some on the server, which is made again for that. */
static bool is_nothing_to_make(const struct run *run, const struct sync_folder *folder)
{
	bool makes = folder->target.action == FOLDER_CREATE_NEAR ||
		     folder->target.action == FOLDER_CREATE_FAR;
	return makes && folder->target.view->base && folder->target.view->base_messages == 0 &&
	       folder->target.view->outside == 0 && !run->context.options->restore &&
	       !plan_has_operations(&folder->plan) && uid_set_is_empty(&folder->plan.downloads);
}

static int plan(struct run *run, struct sync_folder *folder, struct error *error)
{
	if (folder->target.action != FOLDER_SKIP && folder->target.action != FOLDER_FORGET) {
		if (run_plan_folder(folder, error) != 0)
			return -1;
		if (is_nothing_to_make(run, folder))
			folder->target.action = FOLDER_SKIP;
	}
	if (folder->target.action == FOLDER_SKIP) /* or so the gather found */
		run_end_folder(run, folder, SYNC_FOLDER_DONE);
	return 0;
}

/* What only moved is known by now. */
static int guard(struct run *run, struct sync_folder *folder, struct error *error)
{
	const struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						      &folder->base, &folder->far);
	(void)run;
	plan_guard(&folder->plan, &rules);
	return folder->plan.refusal != PLAN_ALLOWED ? run_refuse_removals(folder, error) : 0;
}

static void tell_access(struct sync_folder *folder)
{
	const struct config_rules *rules = sync_target_rules(&folder->target);
	struct state_folder *record = &folder->base.record;
	if (access_is_waited_for(record, rules, &folder->near.changes, &folder->plan))
		access_tell(record, rules, folder->context->account->name,
			    sync_folder_name(folder));
}

/* The plan stands. */
static int accept_plan(struct run *run, struct sync_folder *folder, struct error *error)
{
	(void)error; /* nothing fails */
	sync_deferred_plan(folder);
	plan_take_copies(&folder->plan);
	tell_access(folder);
	folder->base.withheld =
		query_withheld(&folder->plan, &folder->base, &folder->far, &folder->near);
	sync_fill_plan(folder);
	folder->target.action = query_action(folder->target.action, &folder->plan, &folder->base,
					     &folder->far.changes);
	sync_report_plan(folder);
	hidden_tell(folder);
	if (run->context.options->dry_run) {
		plan_count(&folder->plan, &folder->transfer.counts);
		folder->transfer.counts.fetched = uid_set_size(&folder->transfer.wanted);
		run_end_folder(run, folder, SYNC_FOLDER_DONE);
	}
	return 0;
}

/* Mailboxes that this round made or removed are not in the list. */
static void forget_listing(struct run *run)
{
	bool same = !run->gave_up && !run->interrupted;
	for (size_t i = 0; same && i < run->folder_count; i++) {
		enum folder_action action = run->folders[i].target.action;
		same = action == FOLDER_SYNC || action == FOLDER_SKIP ||
		       action == FOLDER_CREATE_NEAR;
	}
	if (run->kept && !same)
		mailboxes_release(run->kept);
}

/* --- The whole --- */

void run_once(struct run *run)
{
	struct error error = ERROR_INITIAL;
	if (run_tags_look(run, &error) != 0 || run_list(run, &error) != 0) {
		if (run_error_may_pass(&error)) {
			run_interrupt(run, &error);
		} else {
			run->gave_up = true;
			run_tell_failure(run, NULL, &error);
		}
		return;
	}
	if (run->rounds == 0 && !run->context.options->hints &&
	    !run->context.account->channels[0].implicit)
		warn_of_rules(run);
	each_folder(run, look_at_known);
	each_folder(run, look_at_new);
	each_folder(run, recover);
	run_gather(run);
	each_folder(run, plan);
	run_plan_origins(run);
	run_plan_moves(run);
	run_refuse_lost_mail(run);
	each_folder(run, guard);
	run_settle_moves(run);
	each_folder(run, accept_plan);
	run_apply(run);
	run_tags_apply(run);
	run_confirm(run);
	forget_listing(run);
}
