/* How a run's folders end, and the account itself. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "sync/folder.h"
#include "sync/run.h"

static void lock(struct run *run)
{
	(void)pthread_mutex_lock(&run->context.lock); /* fails only for wrong use */
}

static void unlock(struct run *run)
{
	(void)pthread_mutex_unlock(&run->context.lock);
}

void run_tell_failure(struct run *run, const char *folder, const struct error *error)
{
	const struct sync_events *events = run->context.events;
	lock(run);
	run->result->worst = error_worse(run->result->worst, error->kind);
	bool fresh = state_last_run_add_problem(&run->context.last_run, folder, error);
	if (fresh && events->failed)
		events->failed(events->context, run->context.account->name, folder, error);
	unlock(run);
}

static void add_counts(struct sync_counts *to, const struct sync_counts *from)
{
	to->downloaded += from->downloaded;
	to->uploaded += from->uploaded;
	to->adopted += from->adopted;
	to->fetched += from->fetched;
	to->near_flags += from->near_flags;
	to->far_flags += from->far_flags;
	to->near_removed += from->near_removed;
	to->far_removed += from->far_removed;
	to->moved += from->moved;
	to->linked += from->linked;
	to->copied += from->copied;
	to->expired += from->expired;
	to->skipped += from->skipped;
	to->bytes_down += from->bytes_down;
	to->bytes_up += from->bytes_up;
}

void run_end_folder(struct run *run, struct sync_folder *folder, enum sync_folder_outcome outcome)
{
	const struct sync_events *events = run->context.events;
	const struct sync_folder_report report = { .account = run->context.account->name,
						   .folder = sync_folder_name(folder),
						   .action = folder->target.action,
						   .outcome = outcome,
						   .counts = folder->transfer.counts,
						   .dry_run = run->context.options->dry_run };
	maildir_close(&folder->transfer.maildir);
	lock(run);
	add_counts(&run->result->counts, &folder->transfer.counts);
	run->result->folders++;
	run->result->folders_failed += outcome == SYNC_FOLDER_FAILED;
	run->result->folders_refused += outcome == SYNC_FOLDER_REFUSED;
	if (folder->ending.failed)
		run->result->worst = error_worse(run->result->worst, ERROR_FAILED);
	if (events->folder)
		events->folder(events->context, &report);
	folder->ending.outcome = outcome;
	folder->ending.ended = true;
	unlock(run);
}

bool run_error_may_pass(const struct error *error)
{
	return error->scope == SCOPE_CONNECTION || error->pause_ms > 0;
}

/* A server that wants a pause, or that lets us in no more, would only tell the other folders the
 * same. */
static void deferral(struct run *run, struct sync_folder *folder, const struct error *error)
{
	maildir_close(&folder->transfer.maildir);
	folder->ending.deferral = memory_allocate(sizeof *error);
	*folder->ending.deferral = *error;
	folder->ending.ended = true;
	if (error->pause_ms > 0 && error->scope >= SCOPE_CONNECTION)
		run_interrupt(run, error);
}

void run_interrupt(struct run *run, const struct error *error)
{
	lock(run);
	if (!run->interrupted)
		run->interruption = *error;
	run->interrupted = true;
	unlock(run);
	pool_stop(run->pool);
}

void run_fail_folder(struct run *run, struct sync_folder *folder, const struct error *error)
{
	if (run_error_may_pass(error)) {
		deferral(run, folder, error);
		return;
	}
	if (error->scope != SCOPE_ACCOUNT) {
		run_tell_failure(run, sync_folder_name(folder), error);
		run_end_folder(run, folder,
			       error->kind == ERROR_SAFETY ? SYNC_FOLDER_REFUSED
							   : SYNC_FOLDER_FAILED);
		return;
	}
	maildir_close(&folder->transfer.maildir);
	folder->ending.ended = true;
	lock(run);
	bool told = run->gave_up;
	run->gave_up = true;
	unlock(run);
	if (!told)
		run_tell_failure(run, NULL, error);
	pool_stop(run->pool);
}
