/* Gather: the far side of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/folder.h"
#include "sync/observe/far_news.h"
#include "sync/observe/far_sum.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/gather_window.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/stubs.h"
#include "sync/plan/access.h"

/* An observation of the mailbox under way, from begin to finish. */
struct far_gather {
	struct far_news news;
	struct far_session *session;
	struct far_listing *listing;
	bool opened;
};

static void see_uid(struct sync_folder *folder, uint32_t uid)
{
	if (uid > folder->far.highest)
		folder->far.highest = uid;
}

/* --- What it tells --- */

static int see(void *context, uint32_t uid, const struct flag_names *names, struct error *error)
{
	struct far_gather *gather = context;
	struct sync_folder *folder = gather->news.folder;
	uint32_t flags = sync_flags_learn(folder, names);
	see_uid(folder, uid);
	sync_window_see(folder, uid, flags);
	if (sync_flags_are_tags(folder) &&
	    far_keywords_see(&folder->far.names, gather->news.base.state.transaction,
			     folder->base.record.id, uid, names, error) != 0)
		return -1;
	return far_diff_see(&gather->news.diff, uid, flags, error);
}

static int hold(void *context, const struct uid_set *uids, struct error *error)
{
	struct far_gather *gather = context;
	if (gather->news.base.view.count == 0 && uids->count > 0)
		see_uid(gather->news.folder, uids->ranges[uids->count - 1].last);
	return far_news_hold(context, uids, error);
}

/* Which flags both sides can hold, and which of these the server may refuse. */
static void learn_flags(struct sync_folder *folder)
{
	folder->far.managed = sync_flags_managed(folder);
	folder->far.storable = sync_flags_storable(folder, &folder->far.state.permanent_flags);
	/* A dry run uses EXAMINE, for which servers say that nothing can be stored (RFC 9051
	 * section 6.3.3). */
	if (folder->context->options->dry_run)
		folder->far.storable = sync_flags_pushed(folder);
}

/* What was recorded of the messages of another mailbox says nothing of this one's. */
static void void_base(struct sync_folder *folder)
{
	folder->base.state = FOLDER_BASE_VOID;
	uid_set_clear(&folder->base.outside);
	sync_deferred_forget(folder);
	folder->far.window.settled = false;
}

/* Where it can be written again, what was left on the near side is to be found. */
static int opened(void *context, struct far_state *state, struct error *error)
{
	struct far_gather *gather = context;
	struct sync_folder *folder = gather->news.folder;
	const struct state_folder *record = &folder->base.record;
	(void)error; /* nothing fails */
	gather->opened = true;
	folder->far.state = *state;
	*state = (struct far_state){ .read_only = false };
	const struct far_marks *now = &folder->far.state.marks;
	if (folder->base.state == FOLDER_BASE_VOID ||
	    (record->uidvalidity != 0 && record->uidvalidity != now->uidvalidity))
		void_base(folder);
	if (now->uidnext > 0)
		see_uid(folder, now->uidnext - 1);
	learn_flags(folder);
	/* A dry run opens it for reading only. */
	if (folder->context->options->dry_run ||
	    !access_note(&folder->base.record, sync_target_rules(&folder->target),
			 folder->far.state.read_only))
		return 0;
	folder->near.changed = true; /* by other rules, so all of it is looked at */
	folder->near.by_names = false;
	return 1;
}

static bool has_base(const struct far_gather *gather)
{
	return gather->news.base.view.count > 0;
}

static int news(void *context, const struct far_message *message, struct error *error)
{
	struct far_gather *gather = context;
	(void)error; /* nothing fails */
	sync_gather_new_see(gather->news.folder, message);
	return 0;
}

static void restart(void *context)
{
	struct far_gather *gather = context;
	struct sync_folder *folder = gather->news.folder;
	far_news_restart(&gather->news);
	uid_set_clear(&folder->far.window.kept);
	far_keywords_clear(&folder->far.names);
	if (gather->opened)
		sync_window_restart(folder, gather->session, !has_base(gather));
}

static int adds_up(void *context, struct error *error)
{
	struct far_gather *gather = context;
	return far_news_take(&gather->news, false, error) != 0
		       ? -1
		       : far_sum_adds_up(gather->news.folder, &gather->news.base.view, error);
}

/* --- Asking --- */

/* Who was told of new mail has it in the flight that looks. */
static uint32_t count_ahead(const struct sync_folder *folder)
{
	const struct sync_hints *hints = folder->context->options->hints;
	const struct config_rules *rules = sync_target_rules(&folder->target);
	bool told = hints && text_list_holds(&hints->far, sync_folder_name(folder));
	return told && (rules->pull & CONFIG_KIND_NEW) && !sync_stubs_are_made(folder)
		       ? FAR_AHEAD_MAX
		       : 0;
}

static struct far_question question_of(const struct far_gather *gather)
{
	const struct sync_folder *folder = gather->news.folder;
	const struct far_marks *status = &folder->target.view->status;
	struct far_question question = {
		.mailbox = sync_folder_mailbox(folder),
		.is_empty = status->uidvalidity != 0 && status->messages == 0,
		.only_uids = !has_base(gather) && !sync_flags_are_tags(folder),
	};
	if (has_base(gather))
		question.ahead = count_ahead(folder);
	if (folder->base.state != FOLDER_BASE_VOID)
		question.known = far_marks_of_record(&folder->base.record);
	if (!far_marks_known(&question.known))
		question.known.highestmodseq = 0;
	return question;
}

static void ask(struct far_gather *gather)
{
	struct far_question question = question_of(gather);
	const struct far_observer observer = { .context = gather,
					       .see = see,
					       .gone = far_news_gone,
					       .hold = hold,
					       .opened = opened,
					       .restart = restart,
					       .adds_up = adds_up,
					       .news = news };
	sync_gather_new_ask(gather->news.folder, gather->session, has_base(gather), &question);
	gather->listing = far_observe_begin(gather->session, &question, &observer);
	sync_window_send(gather->news.folder, gather->session,
			 question.only_uids && question.known.highestmodseq == 0);
}

int sync_gather_far_begin(struct sync_folder *folder, struct far_session *session,
			  struct error *error)
{
	if (!folder->target.mailbox)
		return 0;
	far_state_release(&folder->far.state);
	if (sync_folder_wait_for_stragglers(folder, session, error) != 0)
		return -1;
	struct far_gather *gather = memory_allocate(sizeof *gather);
	gather->session = session;
	if (far_news_begin(&gather->news, folder, &folder->far.changes, error) != 0) {
		free(gather);
		return -1;
	}
	folder->far.gather = gather;
	ask(gather);
	return 0;
}

/* --- Mailboxes that cannot be opened --- */

/* A mailbox that has children, that nobody ever synchronised and that cannot be opened is only a
 * name above them, although LIST did not say \Noselect: Dovecot does so for a deleted mailbox whose
 * children stay. */
static bool is_only_a_name(const struct sync_folder *folder)
{
	return folder->target.action == FOLDER_CREATE_NEAR && !folder->target.view->base &&
	       folder->target.view->has_children;
}

/* Listed is not always to be opened. */
static void advise_to_leave_out(struct error *error)
{
	const struct error refusal = *error;
	if (refusal.kind != ERROR_FAILED || refusal.pause_ms > 0)
		return;
	(void)error_set(error, refusal.kind, refusal.scope, /* always -1 */
			"%s; if it is not to be synchronised, leave it out of `folders`",
			refusal.text);
}

/* Returns 0 when that is as it should be. */
static int take_refusal(struct sync_folder *folder, struct error *error)
{
	if (!is_only_a_name(folder)) {
		advise_to_leave_out(error);
		return -1;
	}
	log_line(LOG_VERBOSE, "%s: left out, it cannot be opened: %s", sync_folder_name(folder),
		 error->text);
	error_clear(error);
	folder->target.action = FOLDER_SKIP;
	return 0;
}

/* --- The whole --- */

/* A mailbox that is not there is as an empty one that takes every flag: all that the base has
 * of it is removed. */
static int gather_no_mailbox(struct sync_folder *folder, struct error *error)
{
	folder->far.managed = sync_flags_managed(folder);
	folder->far.storable = sync_flags_pushed(folder);
	struct far_news news = { .folder = folder };
	if (far_news_begin(&news, folder, &folder->far.changes, error) != 0)
		return -1;
	int result = far_news_take(&news, true, error);
	far_news_end(&news);
	return result;
}

static int finish(struct far_gather *gather, struct far_session *session, struct error *error)
{
	struct sync_folder *folder = gather->news.folder;
	enum far_told told;
	switch (far_observe_finish(session, &gather->listing, &told, error)) {
	case FAR_OK:
		break;
	case FAR_REFUSED:
		return take_refusal(folder, error);
	case FAR_ERROR:
		return -1;
	}
	folder->far.whole = told == FAR_TOLD_ALL;
	if (far_news_take(&gather->news, folder->far.whole, error) != 0 ||
	    sync_window_finish(folder, session, folder->far.whole && !has_base(gather), error) != 0)
		return -1;
	far_new_list_settle(&folder->far.new, &folder->far.changes.added);
	learn_flags(folder); /* the listing may have added keywords */
	folder->far.seen = folder->far.state.marks;
	return 0;
}

int sync_gather_far_finish(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	if (!folder->target.mailbox)
		return gather_no_mailbox(folder, error);
	struct far_gather *gather = folder->far.gather;
	int result = finish(gather, session, error);
	sync_window_drop(folder, session);
	far_news_end(&gather->news);
	free(gather);
	folder->far.gather = NULL;
	return result;
}
