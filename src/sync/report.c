/* What a run tells while it works. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/report.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/plan/source.h"
#include "sync/pool.h"

static struct sync_operation_report start_report(const struct sync_folder *folder, const char *verb)
{
	return (struct sync_operation_report){ .account = folder->context->account->name,
					       .folder = folder->target.view->name,
					       .verb = verb,
					       .keywords = sync_flags_table(folder) };
}

static void tell(const struct sync_folder *folder, const struct sync_operation_report *report)
{
	const struct sync_events *events = folder->context->events;
	(void)pthread_mutex_lock(&folder->context->lock);
	events->operation(events->context, report);
	(void)pthread_mutex_unlock(&folder->context->lock);
}

static void tell_flags(const struct sync_folder *folder, const struct operation *operation,
		       const char *verb, uint32_t from, uint32_t to)
{
	if (from == to)
		return;
	struct sync_operation_report report = start_report(folder, verb);
	report.uid = report.last_uid = operation->uid;
	report.file = operation->name;
	report.flags_from = from;
	report.flags_to = to;
	tell(folder, &report);
}

static const char *verb_of(const struct operation *operation)
{
	if (operation->removal.moved_to)
		return "move";
	return operation->upload.source ? "copy" : operation_facts(operation->kind)->verb;
}

static void tell_operation(const struct sync_folder *folder, const struct operation *operation)
{
	const struct operation_facts *facts = operation_facts(operation->kind);
	struct sync_operation_report report = start_report(folder, verb_of(operation));
	if (!plan_tells(&folder->plan, operation))
		return;
	report.to = operation->removal.moved_to;
	if (operation->upload.source)
		report.from = operation->upload.source->folder->name;
	report.uid = report.last_uid = operation->uid;
	report.file = operation->name;
	if (report.verb)
		tell(folder, &report);
	if (!facts->has_flags)
		return;
	tell_flags(folder, operation, "flags-near", operation->near_flags, operation->near_wanted);
	tell_flags(folder, operation, "flags-far", operation->far_flags, operation->far_wanted);
}

static void tell_operations(const struct sync_folder *folder, const struct operation_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		tell_operation(folder, &list->items[i]);
}

static void tell_uids(const struct sync_folder *folder, const char *verb,
		      const struct uid_set *uids)
{
	for (size_t i = 0; i < uids->count; i++) {
		struct sync_operation_report report = start_report(folder, verb);
		report.uid = uids->ranges[i].first;
		report.last_uid = uids->ranges[i].last;
		tell(folder, &report);
	}
}

/* A move is told where the message was. */
static void tell_copies(const struct sync_folder *folder)
{
	const struct copy_list *copies = &folder->plan.copies;
	for (size_t i = 0; i < copies->count; i++) {
		struct sync_operation_report report = start_report(folder, "copy");
		report.uid = report.last_uid = copies->items[i].uid;
		report.from = copies->items[i].from;
		if (!copies->items[i].moves)
			tell(folder, &report);
	}
}

void sync_report_plan(const struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	if (!folder->context->events->operation)
		return;
	tell_uids(folder, "download", &plan->downloads);
	tell_copies(folder);
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++)
		tell_operations(folder, &plan->operations[kind]);
	tell_uids(folder, "leave", &plan->expires);
	tell_uids(folder, "fetch", &folder->transfer.wanted);
}

static void tell_progress(struct sync_context *context, struct sync_progress progress)
{
	const struct sync_events *events = context->events;
	if (!events->progress)
		return;
	progress.account = context->account->name;
	progress.worker = pool_worker_number();
	progress.bytes = atomic_load(&context->bytes);
	(void)pthread_mutex_lock(&context->lock);
	events->progress(events->context, &progress);
	(void)pthread_mutex_unlock(&context->lock);
}

void sync_report_progress(const struct sync_folder *folder, const char *phase, uint64_t done,
			  uint64_t total)
{
	tell_progress(folder->context, (struct sync_progress){ .folder = folder->target.view->name,
							       .phase = phase,
							       .done = done,
							       .total = total });
}

void sync_report_idle(struct sync_context *context)
{
	tell_progress(context, (struct sync_progress){ .phase = "idle" });
}

/* Takes ownership of PATH and FROM, which may be NULL. */
static void tell_change(const struct sync_folder *folder, enum sync_change_kind kind, char *path,
			char *from)
{
	const struct sync_events *events = folder->context->events;
	const struct sync_change change = { .account = folder->context->account->name,
					    .folder = folder->target.view->name,
					    .kind = kind,
					    .path = path,
					    .from = from };
	(void)pthread_mutex_lock(&folder->context->lock);
	events->changed(events->context, &change);
	(void)pthread_mutex_unlock(&folder->context->lock);
	free(path);
	free(from);
}

static char *path_of(const struct sync_folder *folder, const struct maildir_location *location)
{
	return memory_format("%s/%s/%s", maildir_path(folder->transfer.maildir),
			     maildir_place_name(location->place), location->name);
}

void sync_report_change(const struct sync_folder *folder, enum sync_change_kind kind,
			const struct maildir_location *now, const struct maildir_location *before)
{
	if (folder->context->events->changed)
		tell_change(folder, kind, path_of(folder, now),
			    before ? path_of(folder, before) : NULL);
}

void sync_report_message(struct sync_folder *folder, const struct error *error)
{
	sync_report_messages(folder, 1, error);
}

void sync_report_messages(struct sync_folder *folder, uint64_t count, const struct error *error)
{
	const struct sync_events *events = folder->context->events;
	struct error told = *error;
	/* What would pass by itself was put off. This ends the run with status 1, as a full quota
	 * does, and is told as such. */
	if (told.kind == ERROR_TEMPORARY)
		told.kind = ERROR_FAILED;
	(void)pthread_mutex_lock(&folder->context->lock);
	folder->transfer.counts.skipped += count;
	folder->ending.failed = true;
	bool fresh = state_last_run_add_problem(&folder->context->last_run,
						folder->target.view->name, &told);
	if (fresh && events->failed)
		events->failed(events->context, folder->context->account->name,
			       folder->target.view->name, &told);
	(void)pthread_mutex_unlock(&folder->context->lock);
}
