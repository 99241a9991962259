/* Between the transfers and the removals of a run: what is here already, and mailboxes that are
 * made again. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/apply.h"
#include "sync/folder.h"
#include "sync/report.h"
#include "sync/run.h"

/* --- Copies: when what they may come from is there --- */

static bool copies_need_session(const void *task)
{
	(void)task;
	return true; /* a file may not be as it should */
}

static int copies_finish(void *context, void *task, struct far_session *session,
			 struct error *error)
{
	(void)context;
	return sync_folder_apply_copies(task, session, error);
}

static void copies_end(void *context, void *task, int result, struct error *error)
{
	struct sync_folder *folder = task;
	if (result != 0)
		run_fail_folder(context, folder, error);
	else if (plan_removes(&folder->plan))
		maildir_close(&folder->transfer.maildir);
	else
		run_end_done(context, folder);
}

void run_copies(struct run *run)
{
	const struct pool_work work = { .context = run,
					.needs_session = copies_need_session,
					.finish = copies_finish,
					.end = copies_end,
					.window = 1 };
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (!folder->ending.ended && folder->plan.copies.count > 0)
			pool_add(run->pool, folder);
	}
	pool_run(run->pool, &work, 1);
}

/* --- Mailboxes that are made again: when what moved away from them has come elsewhere --- */

static int make_again_finish(void *context, void *task, struct far_session *session,
			     struct error *error)
{
	(void)context;
	return sync_folder_make_again(task, session, error);
}

static void make_again_end(void *context, void *task, int result, struct error *error)
{
	struct sync_folder *folder = task;
	if (result != 0)
		run_fail_folder(context, folder, error);
	else if (folder->transfer.begun && plan_removes(&folder->plan))
		maildir_close(&folder->transfer.maildir);
	else
		run_end_done(context, folder);
	sync_report_idle(&((struct run *)context)->context);
}

void run_make_again(struct run *run)
{
	const struct pool_work work = { .context = run,
					.needs_session = copies_need_session,
					.finish = make_again_finish,
					.end = make_again_end,
					.window = 1 };
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (!folder->ending.ended && sync_folder_is_made_again(folder))
			pool_add(run->pool, folder);
	}
	pool_run(run->pool, &work, 1);
}
