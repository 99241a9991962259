/* Confirm: whether both sides are as the base says after apply. What is certain is noted, and the
 * next run need not look there; what is not is left to be found by it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/confirm.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/diff.h"
#include "sync/observe/flags.h"
#include "sync/observe/look.h"
#include "sync/plan/rules.h"

/* --- The far side: our own changes gave the mailbox a new modseq, and others may have changed it
 * meanwhile. What changed since the gather must be in the base. --- */

struct far_confirm {
	struct sync_folder *folder;
	struct sync_base base;
	struct far_diff diff;
	struct far_changes changes;
	struct imap_command *select;
	struct imap_command *list; /* NULL with QRESYNC */
};

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct far_confirm *confirm = context;
	if (!fetch->has_flags)
		return 0;
	uint32_t flags = sync_flags_of_imap(&confirm->folder->base.record.keywords, &fetch->flags);
	return far_diff_see(&confirm->diff, fetch->uid, flags, error);
}

static int see_vanished(void *context, const struct uid_set *uids, struct error *error)
{
	struct far_confirm *confirm = context;
	return far_diff_vanished(&confirm->diff, uids, error);
}

static void begin_diff(struct far_confirm *confirm)
{
	far_diff_begin(&confirm->diff, &confirm->base.view, &confirm->folder->base.outside,
		       UINT32_MAX, &confirm->changes);
}

static void restart(void *context)
{
	struct far_confirm *confirm = context;
	far_diff_release(&confirm->diff);
	far_changes_release(&confirm->changes);
	begin_diff(confirm);
}

bool sync_folder_confirm_needs_server(const struct sync_folder *folder)
{
	return folder->transfer.far_written && !folder->transfer.near_raced &&
	       far_marks_known(&folder->far.seen);
}

int sync_folder_confirm_begin(struct sync_folder *folder, struct far_session *session,
			      struct error *error)
{
	struct far_confirm *confirm = memory_allocate(sizeof *confirm);
	confirm->folder = folder;
	if (sync_base_begin(folder, &confirm->base, error) != 0) {
		free(confirm);
		return -1;
	}
	folder->far.confirm = confirm;
	uid_set_clear(&folder->base.outside);
	if (confirm->base.state.transaction &&
	    state_set_get(confirm->base.state.transaction, folder->base.record.id, STATE_OUTSIDE,
			  &folder->base.outside, error) != 0) {
		sync_base_end(&confirm->base);
		free(confirm);
		folder->far.confirm = NULL;
		return -1;
	}
	begin_diff(confirm);
	const struct imap_resync resync = { .uidvalidity = folder->far.seen.uidvalidity,
					    .modseq = folder->far.seen.highestmodseq,
					    .see = see_message,
					    .vanished = see_vanished,
					    .restart = restart,
					    .context = confirm };
	bool resyncs = imap_session_is_enabled(far_imap_session(session), IMAP_CAPABILITY_QRESYNC);
	confirm->select =
		imap_select_send(far_imap_session(session), folder->target.mailbox, false, &resync);
	if (!resyncs)
		confirm->list = imap_fetch_changed_send(far_imap_session(session),
							folder->far.seen.highestmodseq, see_message,
							confirm);
	return 0;
}

/* Whether nothing is to be done for what changed, and base and mailbox hold the same, as far as can
 * be seen. *left_r: how many messages the rules leave out besides those that the gather saw. */
static int is_as_base(const struct far_confirm *confirm, const struct imap_mailbox_state *now,
		      bool *same_r, uint32_t *left_r, struct error *error)
{
	const struct sync_folder *folder = confirm->folder;
	const struct base_view *base = &confirm->base.view;
	const struct near_changes none = { .added = NULL };
	struct plan_rules rules = rules_of_plan(folder->context->options, &folder->target,
						&folder->base, &folder->far);
	struct plan plan;
	rules.max_delete_count = PLAN_NO_GUARD; /* it makes a plan look empty */
	rules.window = NULL; /* what it takes of what is new is the next run's to find */
	if (plan_make(base, &none, &confirm->changes, &rules, &plan, error) != 0)
		return -1;
	*left_r = 0;
	for (uint32_t uid = 0; uid_set_next(&plan.far_withheld, &uid);)
		*left_r += uid >= folder->far.seen.uidnext;
	*same_r = plan_is_empty(&plan) && uid_set_is_empty(&confirm->changes.outside_removed) &&
		  now->messages == base->count - base->absent_far +
					   uid_set_size(&folder->base.outside) +
					   folder->base.withheld.far + *left_r &&
		  now->uidvalidity == folder->far.seen.uidvalidity &&
		  now->highestmodseq >= folder->far.seen.highestmodseq;
	plan_release(&plan);
	return 0;
}

/* Takes the newer marks when all that changed is in the base already. */
static int renew_marks(struct far_confirm *confirm, const struct imap_mailbox_state *now,
		       struct error *error)
{
	struct sync_folder *folder = confirm->folder;
	bool same;
	uint32_t left;
	if (is_as_base(confirm, now, &same, &left, error) != 0)
		return -1;
	if (same) {
		folder->far.seen = far_marks_of_select(now);
		folder->base.withheld.far += left;
	}
	return 0;
}

/* A refusal or a difference only means that the next run looks at this folder. */
int sync_folder_confirm_finish(struct sync_folder *folder, struct far_session *session,
			       struct error *error)
{
	struct far_confirm *confirm = folder->far.confirm;
	struct imap_mailbox_state now = { .uidvalidity = 0 };
	bool had_list = confirm->list != NULL;
	enum imap_result selected =
		imap_select_finish(far_imap_session(session), &confirm->select, &now, error);
	enum imap_result listed = selected;
	if (confirm->list)
		listed = imap_fetch_finish(far_imap_session(session), &confirm->list, error);
	int result = far_diff_finish(&confirm->diff, false, error);
	if (result == 0 && selected == IMAP_RESULT_OK && listed == IMAP_RESULT_OK &&
	    (had_list || now.resynced))
		result = renew_marks(confirm, &now, error);
	imap_mailbox_state_release(&now);
	far_changes_release(&confirm->changes);
	sync_base_end(&confirm->base);
	free(confirm);
	folder->far.confirm = NULL;
	if (selected == IMAP_RESULT_ERROR || listed == IMAP_RESULT_ERROR)
		return -1;
	error_clear(error);
	return result;
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

int sync_folder_confirm_near(struct sync_folder *folder, bool *slept, struct error *error)
{
	struct maildir_fingerprint now;
	struct name_digest base;
	bool safe;
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
	return 0;
}
