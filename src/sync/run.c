/* One run of one account: gather, plan, apply. Read this file first: it is the whole algorithm.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"
#include "maildir/layout.h"
#include "sync/connect.h"
#include "sync/folder.h"
#include "sync/listing.h"
#include "sync/sync.h"

/* A server that drops connections is not asked for ever. */
#define CONNECTIONS_MAX 5

struct run {
	struct sync_context context;
	struct connector connector;
	struct imap_session *session;
	struct folder_table table;
	struct sync_folder *folders; /* one for each of the table that takes part */
	size_t folder_count;
	struct sync_result *result;
};

/* --- Telling --- */

static void tell_failure(struct run *run, const char *folder, const struct error *error)
{
	const struct sync_events *events = run->context.events;
	run->result->worst = error_worse(run->result->worst, error->kind);
	if (events->failed)
		events->failed(events->context, run->context.account->name, folder, error);
}

static void add_counts(struct sync_counts *to, const struct sync_counts *from)
{
	to->downloaded += from->downloaded;
	to->uploaded += from->uploaded;
	to->adopted += from->adopted;
	to->near_flags += from->near_flags;
	to->far_flags += from->far_flags;
	to->near_removed += from->near_removed;
	to->far_removed += from->far_removed;
	to->skipped += from->skipped;
	to->bytes_down += from->bytes_down;
	to->bytes_up += from->bytes_up;
}

static void end_folder(struct run *run, struct sync_folder *folder,
		       enum sync_folder_outcome outcome)
{
	const struct sync_events *events = run->context.events;
	const struct sync_folder_report report = { .account = run->context.account->name,
						   .folder = sync_folder_name(folder),
						   .action = folder->action,
						   .outcome = outcome,
						   .counts = folder->counts,
						   .dry_run = run->context.options->dry_run };
	add_counts(&run->result->counts, &folder->counts);
	run->result->folders++;
	run->result->folders_failed += outcome == SYNC_FOLDER_FAILED;
	run->result->folders_refused += outcome == SYNC_FOLDER_REFUSED;
	if (folder->failed)
		run->result->worst = error_worse(run->result->worst, ERROR_FAILED);
	if (events->folder)
		events->folder(events->context, &report);
	folder->ended = true;
}

static void fail_folder(struct run *run, struct sync_folder *folder, const struct error *error)
{
	tell_failure(run, sync_folder_name(folder), error);
	end_folder(run, folder,
		   error->kind == ERROR_SAFETY ? SYNC_FOLDER_REFUSED : SYNC_FOLDER_FAILED);
}

/* --- The session --- */

/* The connection, made anew when it broke while another folder was worked on. */
static int need_session(struct run *run, struct error *error)
{
	if (run->session && imap_session_is_alive(run->session))
		return 0;
	imap_session_close(&run->session);
	if (run->connector.opened >= CONNECTIONS_MAX)
		return error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			"the connection to the server broke %d times in this run; the rest is "
			"left for the next run",
			CONNECTIONS_MAX);
	return connector_open(&run->connector, &run->session, error);
}

/* --- Folders --- */

static void tell_skipped(void *context, const char *name, const struct error *error)
{
	tell_failure(context, name, error);
}

static int refuse_lost_sides(const struct run *run, struct error *error)
{
	const struct sync_options *options = run->context.options;
	if (options->force_delete || options->restore)
		return 0;
	if (folder_plan_near_is_lost(&run->table))
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"there is no folder left in %s, though the last run left mail there: is it "
			"mounted? Nothing was done. Mount it and run again, or run with --restore to "
			"download all of it again, or with --force-delete to remove it from the "
			"server too",
			run->context.account->maildir);
	if (folder_plan_far_is_lost(&run->table))
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"the server lists no folder at all, though the last run found mail there. "
			"Nothing was done. If that is right, run with --force-delete to remove the "
			"local mail too, or with --restore to upload it again");
	return 0;
}

static bool takes_part(const struct run *run, const struct folder_view *view)
{
	const struct text_list *chosen = &run->context.options->folders;
	return view->action != FOLDER_SKIP &&
	       (chosen->count == 0 || text_list_holds(chosen, view->name));
}

static int check_chosen(const struct run *run, struct error *error)
{
	const struct text_list *chosen = &run->context.options->folders;
	for (size_t i = 0; i < chosen->count; i++) {
		if (!folder_table_find(&run->table, chosen->items[i]))
			return error_set(
				error, ERROR_CONFIG, SCOPE_ACCOUNT,
				"neither side of account %s has a folder named %s; `navette "
				"list %s` shows all",
				run->context.account->name, chosen->items[i],
				run->context.account->name);
	}
	return 0;
}

static int list_folders(struct run *run, struct error *error)
{
	const struct config_account *account = run->context.account;
	const struct listing_sources sources = { .maildir = account->maildir,
						 .state = run->context.state,
						 .session = run->session,
						 .skipped = tell_skipped,
						 .context = run };
	bool near_certain;
	struct folder_rules rules = { .create = account->create,
				      .remove = account->remove,
				      .force_delete = run->context.options->force_delete,
				      .restore = run->context.options->restore,
				      .max_delete = account->max_delete };
	if (listing_gather(&sources, &run->table, &near_certain, error) != 0 ||
	    refuse_lost_sides(run, error) != 0 || check_chosen(run, error) != 0)
		return -1;
	if (!near_certain) { /* what is not seen may be there: nothing follows from it */
		rules.remove = (enum config_sides)(rules.remove & ~(unsigned int)CONFIG_SIDE_FAR);
		rules.force_delete = false;
	}
	folder_plan_make(&run->table, &rules);
	run->folders = memory_array(run->table.count, sizeof *run->folders);
	for (size_t i = 0; i < run->table.count; i++) {
		if (takes_part(run, &run->table.items[i]))
			sync_folder_begin(&run->folders[run->folder_count++], &run->context,
					  &run->table.items[i]);
	}
	return 0;
}

/* --- Gather and plan --- */

static int refuse_gone(const struct sync_folder *folder, struct error *error)
{
	bool near = folder->action == FOLDER_GONE_NEAR;
	return error_set(
		error, ERROR_SAFETY, SCOPE_FOLDER,
		"it is gone from %s, but the last run left %u messages there; nothing was done. "
		"If you removed it on purpose, run with --force-delete or set `remove` in the "
		"configuration; to bring it back, run with --restore",
		near ? "the Maildir" : "the server", folder->view->base_messages);
}

static int refuse_removals(const struct sync_folder *folder, struct error *error)
{
	bool far = folder->plan.refusal == PLAN_REFUSED_FAR;
	return error_set(
		error, ERROR_SAFETY, SCOPE_FOLDER,
		"%u of its %u messages are gone from %s and would be removed from %s; nothing "
		"was done. If that is what you want, run with --force-delete (or raise "
		"max-delete); to bring them back, run with --restore",
		folder->plan.refused_count, folder->view->base_messages,
		far ? "the Maildir" : "the server", far ? "the server" : "the Maildir");
}

static int make_plan(struct sync_folder *folder, struct error *error)
{
	const struct sync_options *options = folder->context->options;
	const struct config_account *account = folder->context->account;
	/* A followed removal of the whole folder was checked against max-delete already. */
	bool followed = folder->action == FOLDER_REMOVE_NEAR || folder->action == FOLDER_REMOVE_FAR;
	const struct plan_rules rules = { .far_storable = folder->storable,
					  .max_delete_count = account->max_delete.count,
					  .max_delete_percent = account->max_delete.percent,
					  .force_delete = options->force_delete || followed,
					  .restore = options->restore };
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result =
		plan_make(&base.view, &folder->near, &folder->far, &rules, &folder->plan, error);
	sync_base_end(&base);
	if (result == 0 && folder->plan.refusal != PLAN_ALLOWED)
		result = refuse_removals(folder, error);
	return result;
}

static int gather_and_plan(struct run *run, struct sync_folder *folder, struct error *error)
{
	if (folder->action == FOLDER_FORGET)
		return 0;
	if (folder->action == FOLDER_GONE_NEAR || folder->action == FOLDER_GONE_FAR)
		return refuse_gone(folder, error);
	if (need_session(run, error) != 0 || sync_folder_gather(folder, run->session, error) != 0 ||
	    make_plan(folder, error) != 0)
		return -1;
	/* Directories of thousands of folders would not all fit into the table of open files. */
	maildir_close(&folder->maildir);
	sync_folder_settle(folder);
	return 0;
}

/* Runs STEP on every folder that has not ended. False: the account cannot go on. */
static bool each_folder(struct run *run, int (*step)(struct run *run, struct sync_folder *folder,
						     struct error *error))
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		struct error error = ERROR_INITIAL;
		if (folder->ended || step(run, folder, &error) == 0)
			continue;
		maildir_close(&folder->maildir);
		if (error.scope == SCOPE_ACCOUNT) {
			tell_failure(run, NULL, &error);
			return false;
		}
		fail_folder(run, folder, &error);
	}
	return true;
}

/* --- Apply --- */

static int apply(struct run *run, struct sync_folder *folder, struct error *error)
{
	sync_report_plan(folder);
	if (run->context.options->dry_run) {
		sync_folder_count_plan(folder);
	} else {
		if (sync_folder_needs_server(folder) && need_session(run, error) != 0)
			return -1;
		if (sync_folder_apply(folder, run->session, error) != 0)
			return -1;
		maildir_close(&folder->maildir);
	}
	end_folder(run, folder, folder->failed ? SYNC_FOLDER_FAILED : SYNC_FOLDER_DONE);
	return 0;
}

/* --- The whole --- */

static int open_state(struct run *run, struct error *error)
{
	const struct config_account *account = run->context.account;
	const struct sync_options *options = run->context.options;
	char *root = path_state_directory();
	char *directory = path_join(root, account->name);
	char *key = connector_account_key(account);
	int result =
		state_open(directory, key, options->dry_run ? STATE_READ_ONLY : STATE_READ_WRITE,
			   options->lock_wait, &run->context.state, error);
	free(key);
	free(directory);
	free(root);
	return result;
}

static void release(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++)
		sync_folder_release(&run->folders[i]);
	free(run->folders);
	folder_table_release(&run->table);
	imap_session_close(&run->session);
	connector_end(&run->connector);
	state_close(&run->context.state);
}

static void begin(struct run *run, const struct config_account *account,
		  const struct sync_options *options, const struct sync_events *events,
		  struct sync_result *result)
{
	*run = (struct run){
		.context = { .account = account, .options = options, .events = events },
		.result = result
	};
	connector_begin(&run->connector, account, options->cancel);
}

void sync_account(const struct config_account *account, const struct sync_options *options,
		  const struct sync_events *events, struct sync_result *result_r)
{
	struct run run;
	struct error error = ERROR_INITIAL;
	*result_r = (struct sync_result){ .worst = ERROR_NONE };
	begin(&run, account, options, events, result_r);
	if (open_state(&run, &error) != 0 || need_session(&run, &error) != 0 ||
	    list_folders(&run, &error) != 0) {
		tell_failure(&run, NULL, &error);
	} else if (each_folder(&run, gather_and_plan)) {
		(void)each_folder(&run, apply);
	}
	release(&run);
}

int sync_list(const struct config_account *account, const struct sync_options *options,
	      int (*see)(void *context, const struct folder_view *folder), void *context,
	      struct error *error)
{
	struct run run;
	struct sync_result ignored = { .worst = ERROR_NONE };
	struct sync_options listing = *options;
	const struct sync_events none = { .context = NULL };
	listing.dry_run = true;
	begin(&run, account, &listing, &none, &ignored);
	int result = open_state(&run, error);
	if (result == 0)
		result = need_session(&run, error);
	if (result == 0)
		result = list_folders(&run, error);
	for (size_t i = 0; result == 0 && i < run.table.count; i++)
		result = see(context, &run.table.items[i]);
	release(&run);
	return result;
}
