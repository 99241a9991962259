/* The parts of a run that talk to the server: many folders at a time, over several connections.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "mail/uid_set.h"
#include "sync/apply/apply.h"
#include "sync/apply/download.h"
#include "sync/apply/hold.h"
#include "sync/early.h"
#include "sync/folder.h"
#include "sync/observe/gather.h"
#include "sync/observe/mailbox.h"
#include "sync/plan/query.h"
#include "sync/report.h"
#include "sync/run.h"

/* A further connection costs a login: it is made for that many downloads more. */
#define MESSAGES_PER_CONNECTION 300
/* Downloads of one folder are split over idle connections in parts of so many messages. */
#define MESSAGES_PER_PART 2000

/* Downloads of small folders are asked for in one flight: so many messages on one connection, of so
 * many folders, which have their directories open. */
#define MESSAGES_ON_THE_WAY 600
#define DOWNLOADS_IN_FLIGHT 16

/* Messages from which on a round trip is little beside them. */
#define MUCH_TO_CARRY 20

static size_t workers_for(uint64_t messages)
{
	uint64_t workers = 1 + messages / MESSAGES_PER_CONNECTION;
	return workers < 1000 ? (size_t)workers : 1000; /* the pool has its own limit */
}

/* Into how many parts of MESSAGES_PER_PART the folder's downloads are split; 1: not at all. */
static size_t parts_of(const struct sync_folder *folder)
{
	uint64_t total = uid_set_size(&folder->plan.downloads);
	if (total <= MESSAGES_PER_PART * 2)
		return 1;
	return (size_t)((total + MESSAGES_PER_PART - 1) / MESSAGES_PER_PART);
}

/* --- Gather --- */

static bool gather_needs_session(const void *task)
{
	const struct sync_folder *folder = task;
	return folder->target.mailbox != NULL;
}

static int gather_begin(void *context, void *task, struct far_session *session, struct error *error)
{
	(void)context;
	return sync_folder_gather_begin(task, session, error);
}

static int gather_finish(void *context, void *task, struct far_session *session,
			 struct error *error)
{
	(void)context;
	return sync_folder_gather_finish(task, session, error);
}

static void gather_end(void *context, void *task, int result, struct error *error)
{
	struct run *run = context;
	struct sync_folder *folder = task;
	if (result != 0)
		run_fail_folder(run, folder, error);
	sync_report_idle(&run->context);
}

/* How much the server will have to tell. */
static uint64_t messages_to_list(const struct sync_folder *folder)
{
	const struct far_marks known = far_marks_of_record(&folder->base.record);
	return far_marks_known(&known) ? 0 : folder->target.view->base_messages;
}

void run_gather(struct run *run)
{
	const struct pool_work work = { .context = run,
					.needs_session = gather_needs_session,
					.begin = gather_begin,
					.finish = gather_finish,
					.end = gather_end,
					.window = RUN_FOLDERS_IN_FLIGHT };
	uint64_t messages = 0;
	run->context.losers = sync_gather_count_losers(run->folders, run->folder_count);
	atomic_store(&run->context.new_asked, 0);
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (folder->ending.ended || folder->target.action == FOLDER_FORGET)
			continue;
		messages += messages_to_list(folder);
		pool_add(run->pool, folder);
	}
	/* Flags are told fast: a connection is worth it only for a great many. */
	pool_run(run->pool, &work, workers_for(messages / 50));
}

/* --- Apply --- */

/* A folder, or a part of its downloads. */
struct apply_task {
	struct sync_folder *folder;
	struct apply_folder *state;
	bool is_part;
	bool ends_folder; /* with this task everything of the folder is done */
	struct uid_set part;
	struct download *download; /* that was begun, or NULL */
	bool is_early;             /* it was begun before its turn */
	bool is_clear;             /* nothing more is to be asked in its mailbox */
};

/* A folder whose downloads were split. */
struct apply_folder {
	struct apply_task whole;
	struct apply_task *parts;
	size_t part_count;
	size_t parts_left;    /* under the context's lock, as is */
	struct error failure; /* of a part */
	bool failed;
};

struct apply {
	struct run *run;
	bool carries_much;
	struct apply_folder *folders;
	size_t count;
};

static bool needs_server(const struct sync_folder *folder)
{
	return query_needs_server(folder->target.action, &folder->plan, &folder->transfer.wanted);
}

static bool apply_needs_session(const void *task)
{
	const struct apply_task *apply = task;
	return apply->is_part || needs_server(apply->folder);
}

/* The downloads in parts of their own, for whoever has time. */
static void split(struct apply *apply, struct apply_folder *state)
{
	struct sync_folder *folder = state->whole.folder;
	size_t count = parts_of(folder);
	struct uid_set left = UID_SET_INITIAL;
	uid_set_add_set(&left, &folder->plan.downloads);
	state->parts = memory_array(count, sizeof *state->parts);
	state->part_count = state->parts_left = count;
	for (size_t i = 0; i < count; i++) {
		struct apply_task *task = &state->parts[i];
		task->folder = folder;
		task->state = state;
		task->is_part = true;
		if (sync_target_rules(&folder->target)->order == CONFIG_ORDER_NEWEST)
			(void)uid_set_take_last(&left, MESSAGES_PER_PART, &task->part);
		else
			(void)uid_set_take_first(&left, MESSAGES_PER_PART, &task->part);
	}
	uid_set_release(&left);
	for (size_t i = count; i-- > 0;)
		pool_add_first(apply->run->pool, &state->parts[i]);
}

/* What is next on this connection has its mailbox opened behind our last command, where it only
 * changes what is there. Whatever it is, it is the next one's to look whether that went well. */
static void open_behind(const struct sync_folder *next, struct far_session *session)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(next);
	far_open_next(session, &mailbox);
}

/* Flags, and nothing that needs the mailbox before or after them. */
static bool only_stores(const struct sync_folder *folder)
{
	return folder->target.action == FOLDER_SYNC && plan_stores(&folder->plan) &&
	       plan_sent(&folder->plan) == 0 && uid_set_is_empty(&folder->plan.downloads) &&
	       uid_set_is_empty(&folder->transfer.wanted);
}

static int apply_rest(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	const struct apply_task *next = pool_next_task();
	bool opens = next && only_stores(folder) && only_stores(next->folder);
	if (opens)
		open_behind(next->folder, session);
	int result = sync_folder_apply_rest(folder, session, error);
	if (opens)
		far_open_next(session, NULL);
	return result;
}

/* Those of UIDS, that may be on their way. */
static int finish_download(struct apply_task *task, const struct uid_set *uids,
			   struct far_session *session, struct error *error)
{
	if (uid_set_is_empty(uids))
		return 0;
	if (!task->download)
		task->download = sync_download_begin(task->folder, uids, session);
	return sync_download_finish(&task->download, error);
}

static int apply_whole(struct apply *apply, struct apply_folder *state, struct far_session *session,
		       struct error *error)
{
	struct sync_folder *folder = state->whole.folder;
	state->whole.ends_folder = true;
	if (!folder->transfer.begun && sync_folder_apply_begin(folder, session, error) != 0)
		return -1;
	if (parts_of(folder) > 1) {
		state->whole.ends_folder = false;
		split(apply, state); /* from here on the folder is its parts' */
		return 0;
	}
	if (finish_download(&state->whole, &folder->plan.downloads, session, error) != 0)
		return -1;
	return apply_rest(folder, session, error);
}

/* The last part to end does the rest of the folder, unless a part failed. */
static int apply_part(struct apply *apply, struct apply_task *task, struct far_session *session,
		      struct error *error)
{
	struct apply_folder *state = task->state;
	struct error failure = ERROR_INITIAL;
	int result = finish_download(task, &task->part, session, &failure);
	(void)pthread_mutex_lock(&apply->run->context.lock);
	if (result != 0 && !state->failed) {
		state->failed = true;
		state->failure = failure;
	}
	task->ends_folder = --state->parts_left == 0;
	(void)pthread_mutex_unlock(&apply->run->context.lock);
	if (!task->ends_folder)
		return 0;
	if (state->failed) {
		*error = state->failure;
		return -1;
	}
	return sync_folder_apply_rest(task->folder, session, error);
}

/* Nothing to carry, nothing to compress: as for changes of flags. */
static bool carries_mail(const struct sync_folder *folder)
{
	return !uid_set_is_empty(&folder->plan.downloads) || plan_sent(&folder->plan) > 0;
}

/* Whether nothing more is asked in the mailboxes of what this connection works on. */
static bool line_is_clear(void)
{
	const struct apply_task *last = pool_last_task();
	return !last || last->is_clear;
}

/* Whether the downloads can be asked for before it is the folder's turn. */
static bool asks_early(const struct sync_folder *folder)
{
	return line_is_clear() && folder->target.action != FOLDER_CREATE_FAR &&
	       parts_of(folder) == 1 && !uid_set_is_empty(&folder->plan.downloads);
}

static int apply_begin(void *context, void *task, struct far_session *session, struct error *error)
{
	struct apply_task *apply = task;
	struct sync_folder *folder = apply->folder;
	if (!session || !carries_mail(folder))
		return 0;
	if (far_expect_messages(session, ((const struct apply *)context)->carries_much, error) != 0)
		return -1;
	if (!apply->is_part) {
		apply->is_early = asks_early(folder) && early_enter();
		if (!apply->is_early)
			return 0;
		if (sync_folder_apply_begin(folder, session, error) != 0)
			return -1;
	}
	apply->download = sync_download_begin(
		folder, apply->is_part ? &apply->part : &folder->plan.downloads, session);
	apply->is_clear = !apply->is_part && sync_download_is_sent(apply->download) &&
			  plan_only_downloads(&folder->plan) &&
			  uid_set_is_empty(&folder->transfer.wanted);
	return 0;
}

/* Others may follow where nothing more is to be asked in this mailbox; and one that only changes
 * flags, for which it is opened behind. */
static size_t apply_weigh(const void *task)
{
	const struct apply_task *apply = task;
	if (apply->is_clear)
		return (size_t)uid_set_size(&apply->folder->plan.downloads);
	return !apply->is_part && only_stores(apply->folder) ? MESSAGES_ON_THE_WAY / 2
							     : MESSAGES_ON_THE_WAY;
}

static int apply_finish(void *context, void *task, struct far_session *session, struct error *error)
{
	struct apply_task *apply = task;
	if (apply->is_part)
		return apply_part(context, apply, session, error);
	return apply_whole(context, apply->state, session, error);
}

void run_end_done(struct run *run, struct sync_folder *folder)
{
	run_end_folder(run, folder, folder->ending.failed ? SYNC_FOLDER_FAILED : SYNC_FOLDER_DONE);
}

static void apply_end(void *context, void *task, int result, struct error *error)
{
	struct apply *apply = context;
	const struct apply_task *ended = task;
	if (ended->is_early)
		early_leave();
	if (result != 0)
		run_fail_folder(apply->run, ended->folder, error);
	else if (ended->ends_folder &&
		 (plan_removes(&ended->folder->plan) || ended->folder->plan.copies.count > 0))
		maildir_close(&ended->folder->transfer.maildir); /* opened again for them */
	else if (ended->ends_folder)
		run_end_done(apply->run, ended->folder);
	sync_report_idle(&apply->run->context);
}

static void release_apply(struct apply *apply)
{
	for (size_t i = 0; i < apply->count; i++) {
		for (size_t k = 0; k < apply->folders[i].part_count; k++)
			uid_set_release(&apply->folders[i].parts[k].part);
		free(apply->folders[i].parts);
	}
	free(apply->folders);
}

/* Folders in which nothing is left for the first round. */
static bool only_removes(const struct sync_folder *folder)
{
	return sync_target_goes(&folder->target) ||
	       (plan_removes(&folder->plan) && !plan_transfers(&folder->plan) &&
		uid_set_is_empty(&folder->transfer.wanted));
}

/* In downloads: several uploads are one command, and flags of any number of messages a few. */
static uint64_t work_of(const struct sync_folder *folder)
{
	return uid_set_size(&folder->plan.downloads) + plan_sent(&folder->plan) / 4;
}

static void run_transfers(struct run *run)
{
	const struct pool_work work = { .needs_session = apply_needs_session,
					.begin = apply_begin,
					.finish = apply_finish,
					.end = apply_end,
					.window = DOWNLOADS_IN_FLIGHT,
					.weigh = apply_weigh,
					.room = MESSAGES_ON_THE_WAY };
	struct pool_work with_context = work;
	struct apply apply = { .run = run };
	uint64_t messages = 0;
	size_t tasks = 0; /* a connection without one would be made in vain */
	apply.folders = memory_array(run->folder_count, sizeof *apply.folders);
	with_context.context = &apply;
	for (size_t i = 0; i < run->folder_count && !run->gave_up; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (folder->ending.ended || only_removes(folder) ||
		    sync_folder_is_made_again(folder))
			continue;
		struct apply_folder *state = &apply.folders[apply.count++];
		state->whole = (struct apply_task){ .folder = folder, .state = state };
		messages += work_of(folder);
		tasks += parts_of(folder);
		if (sync_folder_is_inbox(folder)) /* people wait for it */
			pool_add_first(run->pool, &state->whole);
		else
			pool_add(run->pool, &state->whole);
	}
	apply.carries_much = messages >= MUCH_TO_CARRY;
	size_t workers = workers_for(messages);
	pool_run(run->pool, &with_context, workers < tasks ? workers : tasks);
	release_apply(&apply);
}

/* --- Removals: when all else of the account is done --- */

static bool removal_needs_session(const void *task)
{
	const struct sync_folder *folder = task;
	return folder->target.action == FOLDER_REMOVE_FAR ||
	       (!sync_target_goes(&folder->target) && plan_removes_far(&folder->plan)) ||
	       (!folder->transfer.begun && needs_server(folder));
}

/* Nothing goes to the trash, and nothing is done before. */
static bool only_removes_far(const struct sync_folder *folder)
{
	return folder->target.action == FOLDER_SYNC &&
	       plan_has(&folder->plan, OPERATION_REMOVE_FAR) &&
	       !plan_has(&folder->plan, OPERATION_TRASH);
}

static int removal_finish(void *context, void *task, struct far_session *session,
			  struct error *error)
{
	(void)context;
	struct sync_folder *folder = task;
	const struct sync_folder *next = pool_next_task();
	if (sync_target_goes(&folder->target))
		return sync_folder_remove(folder, session, error);
	bool opens = session && next && only_removes_far(folder) && only_removes_far(next);
	if (opens)
		open_behind(next, session);
	int result = sync_folder_apply_removals(folder, session, error);
	if (opens)
		far_open_next(session, NULL);
	return result;
}

static void removal_end(void *context, void *task, int result, struct error *error)
{
	if (result != 0)
		run_fail_folder(context, task, error);
	else
		run_end_done(context, task);
}

static void run_removals(struct run *run)
{
	const struct pool_work work = { .context = run,
					.needs_session = removal_needs_session,
					.finish = removal_finish,
					.end = removal_end,
					.window = 2 };
	run_hold_removals(run);
	/* The mailbox that was opened last comes first. */
	for (size_t i = run->folder_count; i-- > 0 && !run->gave_up;) {
		if (!run->folders[i].ending.ended)
			pool_add(run->pool, &run->folders[i]);
	}
	pool_run(run->pool, &work, 1);
}

void run_apply(struct run *run)
{
	run_transfers(run);
	if (!run->gave_up)
		run_copies(run);
	run_hold_departures(run);
	if (!run->gave_up)
		run_make_again(run);
	if (!run->gave_up)
		run_removals(run);
}
