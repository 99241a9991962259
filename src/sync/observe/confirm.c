/* Confirm: whether both sides are as the base says after apply. What is certain is noted, and the
 * next run need not look there; what is not is left to be found by it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/confirm.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "sync/folder.h"
#include "sync/observe/far_news.h"
#include "sync/observe/look.h"
#include "sync/observe/told_view.h"
#include "sync/plan/rules.h"

/* --- The far side: our own changes gave the mailbox a new modseq, and others may have changed it
 * meanwhile. What changed since the gather must be in the base. --- */

struct far_confirm {
	struct far_news news;
	struct far_changes changes;
	struct far_listing *listing;
	struct far_marks now;
};

static int opened(void *context, struct far_state *state, struct error *error)
{
	struct far_confirm *confirm = context;
	(void)error; /* nothing fails */
	confirm->now = state->marks;
	far_state_release(state);
	return 0;
}

static void restart(void *context)
{
	struct far_confirm *confirm = context;
	far_news_restart(&confirm->news);
}

bool sync_folder_confirm_needs_server(const struct sync_folder *folder)
{
	return folder->transfer.far_written && !folder->transfer.near_raced &&
	       far_marks_known(&folder->far.seen);
}

/* What apply recorded, not what gather saw. */
static int reload_outside(struct sync_folder *folder, const struct sync_base *base,
			  struct error *error)
{
	uid_set_clear(&folder->base.outside);
	if (!base->state.transaction)
		return 0;
	return state_set_get(base->state.transaction, folder->base.record.id, STATE_OUTSIDE,
			     &folder->base.outside, error);
}

static void ask(struct far_confirm *confirm, struct far_session *session)
{
	const struct sync_folder *folder = confirm->news.folder;
	const struct far_question question = { .mailbox = { .name = folder->target.mailbox },
					       .known = folder->far.seen,
					       .only_changes = true };
	const struct far_observer observer = { .context = confirm,
					       .see = far_news_see,
					       .gone = far_news_gone,
					       .hold = far_news_hold,
					       .opened = opened,
					       .restart = restart };
	confirm->listing = far_observe_begin(session, &question, &observer);
}

int sync_folder_confirm_begin(struct sync_folder *folder, struct far_session *session,
			      struct error *error)
{
	struct far_confirm *confirm = memory_allocate(sizeof *confirm);
	if (far_news_begin(&confirm->news, folder, &confirm->changes, error) != 0) {
		free(confirm);
		return -1;
	}
	if (reload_outside(folder, &confirm->news.base, error) != 0) {
		far_news_end(&confirm->news);
		free(confirm);
		return -1;
	}
	folder->far.confirm = confirm;
	ask(confirm, session);
	return 0;
}

/* Whether nothing is to be done for what changed, and base and mailbox hold the same, as far as can
 * be seen. *left_r: how many messages the rules leave out besides those that the gather saw. */
static int is_as_base(const struct far_confirm *confirm, const struct far_marks *now, bool *same_r,
		      uint32_t *left_r, struct error *error)
{
	const struct sync_folder *folder = confirm->news.folder;
	const struct base_view *base = &confirm->news.base.view;
	const struct near_changes none = { .added = NULL };
	struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						&folder->base, &folder->far);
	struct plan plan;
	rules.window = NULL; /* what it takes of what is new is the next run's to find */
	if (plan_make(base, &none, &confirm->changes, &rules, &plan, error) != 0)
		return -1;
	*left_r = 0;
	for (uint32_t uid = 0; uid_set_next(&plan.far_withheld, &uid);)
		*left_r += uid >= folder->far.seen.uidnext;
	*same_r = plan_is_empty(&plan) && confirm->news.names.count == 0 &&
		  uid_set_is_empty(&confirm->changes.outside_removed) &&
		  now->messages == base->count - base->absent_far +
					   uid_set_size(&folder->base.outside) +
					   folder->base.withheld.far + *left_r &&
		  now->uidvalidity == folder->far.seen.uidvalidity &&
		  now->highestmodseq >= folder->far.seen.highestmodseq;
	plan_release(&plan);
	return 0;
}

/* Takes the newer marks when all that changed is in the base already. */
static int renew_marks(struct far_confirm *confirm, const struct far_marks *now,
		       struct error *error)
{
	struct sync_folder *folder = confirm->news.folder;
	bool same;
	uint32_t left;
	if (is_as_base(confirm, now, &same, &left, error) != 0)
		return -1;
	if (same) {
		folder->far.seen = *now;
		folder->far.confirmed = true;
		folder->base.withheld.far += left;
	}
	return 0;
}

/* A refusal or a difference only means that the next run looks at this folder. */
int sync_folder_confirm_finish(struct sync_folder *folder, struct far_session *session,
			       struct error *error)
{
	struct far_confirm *confirm = folder->far.confirm;
	struct error refusal = ERROR_INITIAL;
	enum far_told told;
	enum far_result asked = far_observe_finish(session, &confirm->listing, &told, &refusal);
	int result = far_news_take(&confirm->news, false, error);
	if (result == 0 && asked == FAR_OK && told == FAR_TOLD_CHANGES)
		result = renew_marks(confirm, &confirm->now, error);
	far_changes_release(&confirm->changes);
	far_news_end(&confirm->news);
	free(confirm);
	folder->far.confirm = NULL;
	if (asked != FAR_ERROR)
		return result;
	*error = refusal;
	return -1;
}

/* --- The near side --- */

/* What should be there: the files of the base, and those that the rules leave out. */
static int read_base_names(const struct sync_folder *folder, struct name_digest *names_r,
			   struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result = state_message_digest(transaction, folder->base.record.id, names_r, error);
	state_read_end(&transaction);
	name_digest_add_all(names_r, &folder->base.withheld.near);
	return result;
}

static int add_name(void *context, const struct maildir_entry *entry, struct error *error)
{
	(void)error; /* nothing fails */
	name_digest_add(context, entry->place, entry->name);
	return 0;
}

/* The stamps that this run's own changes left are too young to show a later change. */
static int take_safe_fingerprint(const struct sync_folder *folder, bool *slept,
				 struct maildir_fingerprint *now_r, bool *safe_r,
				 struct error *error)
{
	if (maildir_fingerprint_take(folder->transfer.maildir, now_r, safe_r, error) != 0)
		return -1;
	if (*safe_r || *slept)
		return 0;
	struct timespec pause = { .tv_nsec = 30 * 1000000L };
	(void)nanosleep(&pause, NULL); /* waking early only means that nothing is noted */
	*slept = true;
	return maildir_fingerprint_take(folder->transfer.maildir, now_r, safe_r, error);
}

/* Of what was told until MOMENT nothing has to be looked at again. */
static void settle_listed(const struct sync_folder *folder, const struct maildir_fingerprint *now,
			  const struct name_digest *base, uint64_t moment)
{
	const struct told_settling settling = { .now = *now,
						.base = *base,
						.names = moment,
						.contents = folder->near.moment,
						.listed = folder->near.lists_all };
	told_settle(told_of(folder), folder->target.view->name, &settling);
}

int sync_folder_confirm_near(struct sync_folder *folder, bool *slept, struct error *error)
{
	struct maildir_fingerprint now;
	struct name_digest base;
	bool safe;
	bool enough;
	uint64_t moment = told_moment(told_of(folder));
	/* The base counts what is absent as settled, and that may be what was not seen to. */
	if (folder->near.changes.is_partial) {
		near_marks_to_record(NULL, &folder->base.record);
		return 0;
	}
	if (sync_folder_open(folder, error) != 0 || read_base_names(folder, &base, error) != 0 ||
	    take_safe_fingerprint(folder, slept, &now, &safe, error) != 0)
		return -1;
	if (near_marks_equal(&folder->base.record, &now))
		return 0; /* nothing was changed there, by nobody */
	/* Then the marks stay as they were: who does not watch lists the directories. */
	if (told_view_settle(folder, &now, safe, &enough, error) != 0)
		return -1;
	if (enough)
		return 0;
	bool known = safe && folder->near.scanned &&
		     maildir_fingerprint_equal(&now, &folder->near.fingerprint) &&
		     name_digest_equal(&folder->near.names, &base);
	if (safe && !known) {
		struct name_digest names = { .words = { 0, 0 } };
		bool stable;
		if (maildir_scan(folder->transfer.maildir, add_name, &names, &stable, &now,
				 error) != 0)
			return -1;
		known = stable && name_digest_equal(&names, &base);
	}
	near_marks_to_record(known ? &now : NULL, &folder->base.record);
	folder->base.record.near_withheld = folder->base.withheld.near;
	if (known)
		settle_listed(folder, &now, &base, moment);
	return 0;
}
