/* What a run refuses for safety, in words. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/run.h"

int run_refuse_lost_sides(const struct run *run, struct error *error)
{
	const struct sync_options *options = run->context.options;
	if (options->force_delete || options->restore)
		return 0;
	const char *root = folder_plan_lost_root(&run->table, run->context.account);
	if (root)
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"there is no folder left in %s, though the last run left mail there: is it "
			"mounted? Nothing was done. Mount it and run again; or run with --restore to "
			"download all of it again, or with --force-delete to remove it from the "
			"server too",
			root);
	if (folder_plan_far_is_lost(&run->table))
		return error_set(
			error, ERROR_SAFETY, SCOPE_ACCOUNT,
			"the server lists no folder at all, though the last run found mail there. "
			"Nothing was done. If that is wrong, run again when the server is well; else "
			"run with --restore to upload the mail of %s again, or with --force-delete to "
			"remove it too",
			run->context.account->maildir);
	return 0;
}

int run_refuse_gone(const struct sync_folder *folder, struct error *error)
{
	bool near = folder->target.action == FOLDER_GONE_NEAR;
	uint32_t left = folder->target.view->base_messages;
	enum config_sides other = near ? CONFIG_SIDE_FAR : CONFIG_SIDE_NEAR;
	if (!folder_plan_may_remove(sync_target_rules(&folder->target), other))
		return error_set(
			error, ERROR_SAFETY, SCOPE_FOLDER,
			"the whole folder is gone from %s, where the last run left %u %s; "
			"nothing was done. Its rules let no removal go to %s: to be done with it, "
			"leave it out of its channel's folders; to bring it back, run with "
			"--restore, where new messages may go",
			near ? "the Maildir" : "the server", left,
			text_plural(left, "message", "messages"),
			near ? "the server" : "the Maildir");
	return error_set(
		error, ERROR_SAFETY, SCOPE_FOLDER,
		"the whole folder is gone from %s, where the last run left %u %s; nothing "
		"was done. If you removed it, run `navette sync --force-delete %s/%s` to remove it "
		"from %s too, or set `remove` in the configuration; to bring it back, run with "
		"--restore instead",
		near ? "the Maildir" : "the server", left, text_plural(left, "message", "messages"),
		folder->context->account->name, sync_folder_name(folder),
		near ? "the server" : "the Maildir");
}

int run_refuse_blocked(const struct sync_folder *folder, struct error *error)
{
	return error_set(error, folder->target.view->blocked_kind, SCOPE_FOLDER, "%s",
			 folder->target.view->blocked);
}

/* The caller's. */
static char *gone_text(uint64_t count, uint32_t had)
{
	if (count < had)
		return memory_format("%llu of %u messages %s", (unsigned long long)count, had,
				     text_plural(count, "is", "are"));
	return had == 1 ? memory_text("the only message is")
			: memory_format("all %u messages are", had);
}

int run_refuse_removals(const struct sync_folder *folder, struct error *error)
{
	bool far = folder->plan.refusal == PLAN_REFUSED_FAR;
	const struct uid_set *gone =
		far ? &folder->near.changes.removed : &folder->far.changes.removed;
	uint64_t count = uid_set_size(gone);
	uint32_t had = folder->target.view->base_messages;
	const char *them = text_plural(count, "it", "them");
	char *who = gone_text(count, had);
	(void)error_set(/* always -1 */
			error, ERROR_SAFETY, SCOPE_FOLDER,
			"%s gone from %s, and %u would be removed from %s too; nothing was "
			"done. If you removed %s, run `navette sync --force-delete %s/%s`%s; to bring "
			"%s back, run with --restore instead",
			who, far ? "the Maildir" : "the server",
			far ? folder->plan.removals_far : folder->plan.removals_near,
			far ? "the server" : "the Maildir", them, folder->context->account->name,
			sync_folder_name(folder), count >= had ? "" : " (or raise max-delete)",
			them);
	free(who);
	return -1;
}

int run_refuse_unsent(struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "the folder was removed here but stays on the server for now: mail of it "
			 "that moved to another folder is not on the server there yet; it goes "
			 "when that folder is in sync");
}

/* --- The account as a whole --- */

/* What one side has no more, of the folders that both sides still have. */
struct lost {
	uint64_t gone;  /* messages of the base, as the last run left it ... */
	uint64_t moved; /* ... and of them those that are in another folder now */
};

static void count_lost(const struct sync_folder *folder, bool near, struct lost *lost)
{
	const struct near_changes *changes = &folder->near.changes;
	uint64_t removed = uid_set_size(near ? &changes->removed : &folder->far.changes.removed);
	lost->gone += near ? removed - changes->removed_unrecorded : removed;
	lost->moved += near ? plan_moved_far(&folder->plan) : plan_moved_near(&folder->plan);
}

/* As for a folder (plan_guard.c): who tidies up moves as much as is removed, or more. */
static bool has_lost_all(const struct run *run, uint64_t known, bool near)
{
	struct lost lost = { .gone = 0 };
	for (size_t i = 0; i < run->folder_count; i++) {
		if (run->folders[i].target.action == FOLDER_SYNC)
			count_lost(&run->folders[i], near, &lost);
	}
	return lost.gone >= known && lost.gone > lost.moved * 2;
}

static uint64_t count_known(const struct run *run)
{
	uint64_t known = 0;
	for (size_t i = 0; i < run->table.count; i++)
		known += run->table.items[i]->channel ? run->table.items[i]->base_messages : 0;
	return known;
}

static bool is_guard_off(const struct sync_folder *folder)
{
	return folder->target.view->channel->rules.max_delete.count == PLAN_NO_GUARD;
}

static void refuse_all(struct run *run, bool near)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		uint32_t removals = near ? folder->plan.removals_far : folder->plan.removals_near;
		struct error error = ERROR_INITIAL;
		if (folder->ending.ended || removals == 0 || is_guard_off(folder))
			continue;
		plan_refuse(&folder->plan, near ? PLAN_REFUSED_FAR : PLAN_REFUSED_NEAR);
		(void)run_refuse_removals(folder, &error); /* always -1 */
		run_fail_folder(run, folder, &error);
	}
}

void run_refuse_lost_mail(struct run *run)
{
	uint64_t known = count_known(run);
	if (run->context.options->force_delete || known < 2)
		return;
	if (has_lost_all(run, known, true))
		refuse_all(run, true);
	if (has_lost_all(run, known, false))
		refuse_all(run, false);
}
