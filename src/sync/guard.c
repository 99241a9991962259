/* What a run refuses for safety, in words. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/run.h"

int run_refuse_lost_sides(const struct run *run, struct error *error)
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

int run_refuse_gone(const struct sync_folder *folder, struct error *error)
{
	bool near = folder->action == FOLDER_GONE_NEAR;
	return error_set(
		error, ERROR_SAFETY, SCOPE_FOLDER,
		"it is gone from %s, but the last run left %u messages there; nothing was done. "
		"If you removed it on purpose, run with --force-delete or set `remove` in the "
		"configuration; to bring it back, run with --restore",
		near ? "the Maildir" : "the server", folder->view->base_messages);
}

int run_refuse_removals(const struct sync_folder *folder, struct error *error)
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
