/* Gather: the far side of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/diff.h"
#include "sync/observe/far_sum.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/gather_window.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/present.h"
#include "sync/plan/access.h"

/* How the far changes are learnt: the best way that the server offers and the base allows. */
enum far_method {
	FAR_RESYNC,        /* SELECT (QRESYNC): changes and removals come with the SELECT */
	FAR_CHANGED_SINCE, /* FETCH (CHANGEDSINCE): changes; removals show in the number of messages
			    */
	FAR_ALL_FLAGS,     /* FETCH 1:* FLAGS: everything, held against the base */
	FAR_ALL_UIDS       /* SEARCH ALL: nothing is known, and the flags come with the bodies */
};

/* A listing of the mailbox under way, from begin to finish. */
struct far_gather {
	struct sync_folder *folder;
	enum far_method method;
	struct sync_base base;
	struct far_diff diff;
	uint32_t seen; /* FETCH responses with flags */
	struct imap_command *select;
	bool resynced;             /* all changes since the marks were told */
	bool writable_again;       /* what was left on the near side is to be found */
	struct imap_command *list; /* FETCH or SEARCH; NULL where none is needed */
};

static void see_uid(struct sync_folder *folder, uint32_t uid)
{
	if (uid > folder->far.highest)
		folder->far.highest = uid;
}

static int see_message(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct far_gather *gather = context;
	struct sync_folder *folder = gather->folder;
	if (!fetch->has_flags)
		return 0;
	see_uid(folder, fetch->uid);
	uint32_t flags = sync_flags_of_imap(&folder->base.record.keywords, &fetch->flags);
	gather->seen++;
	sync_window_see(folder, fetch->uid, flags);
	return far_diff_see(&gather->diff, fetch->uid, flags, error);
}

static int see_vanished(void *context, const struct uid_set *uids, struct error *error)
{
	struct far_gather *gather = context;
	return far_diff_vanished(&gather->diff, uids, error);
}

/* --- The base that the listing is held against --- */

static int open_base(struct far_gather *gather, struct error *error)
{
	if (sync_base_begin(gather->folder, &gather->base, error) != 0)
		return -1;
	far_diff_begin(&gather->diff, &gather->base.view, &gather->folder->base.outside, UINT32_MAX,
		       &gather->folder->far.changes);
	return 0;
}

static void forget_listing(struct far_gather *gather)
{
	far_diff_release(&gather->diff);
	far_changes_release(&gather->folder->far.changes);
	gather->seen = 0;
}

static void restart(void *context)
{
	struct far_gather *gather = context;
	forget_listing(gather);
	uid_set_clear(&gather->folder->far.window.kept);
	far_diff_begin(&gather->diff, &gather->base.view, &gather->folder->base.outside, UINT32_MAX,
		       &gather->folder->far.changes);
}

/* --- Sending --- */

static enum far_method choose_method(const struct far_gather *gather, struct far_session *session)
{
	const struct far_marks known = far_marks_of_record(&gather->folder->base.record);
	if (far_marks_known(&known) && gather->folder->base.state != FOLDER_BASE_VOID) {
		if (imap_session_is_enabled(far_imap_session(session), IMAP_CAPABILITY_QRESYNC))
			return FAR_RESYNC;
		if (imap_session_has(far_imap_session(session), IMAP_CAPABILITY_CONDSTORE))
			return FAR_CHANGED_SINCE;
	}
	return gather->base.view.count == 0 ? FAR_ALL_UIDS : FAR_ALL_FLAGS;
}

static void send_select(struct far_gather *gather, struct far_session *session)
{
	const struct sync_folder *folder = gather->folder;
	const struct imap_resync resync = { .uidvalidity = folder->base.record.uidvalidity,
					    .modseq = folder->base.record.highestmodseq,
					    .see = see_message,
					    .vanished = see_vanished,
					    .restart = restart,
					    .context = gather };
	gather->select = imap_select_send(far_imap_session(session), folder->target.mailbox,
					  folder->context->options->dry_run,
					  gather->method == FAR_RESYNC ? &resync : NULL);
}

static void send_list(struct far_gather *gather, struct far_session *session)
{
	switch (gather->method) {
	case FAR_RESYNC:
		break;
	case FAR_CHANGED_SINCE:
		gather->list = imap_fetch_changed_send(far_imap_session(session),
						       gather->folder->base.record.highestmodseq,
						       see_message, gather);
		break;
	case FAR_ALL_FLAGS:
		gather->list = imap_fetch_from_send(far_imap_session(session), 1, IMAP_FETCH_FLAGS,
						    see_message, gather);
		break;
	case FAR_ALL_UIDS:
		gather->list = imap_search_all_send(far_imap_session(session));
		break;
	}
}

/* Some servers refuse to FETCH from an empty mailbox, so it is left out where STATUS said so. */
static bool is_known_empty(const struct sync_folder *folder)
{
	const struct far_marks *status = &folder->target.view->status;
	return status->uidvalidity != 0 && status->messages == 0;
}

int sync_gather_far_begin(struct sync_folder *folder, struct far_session *session,
			  struct error *error)
{
	if (!folder->target.mailbox)
		return 0;
	if (sync_folder_wait_for_stragglers(folder, session, error) != 0)
		return -1;
	struct far_gather *gather = memory_allocate(sizeof *gather);
	gather->folder = folder;
	if (open_base(gather, error) != 0) {
		free(gather);
		return -1;
	}
	folder->far.gather = gather;
	gather->method = choose_method(gather, session);
	send_select(gather, session);
	if (gather->method == FAR_CHANGED_SINCE || !is_known_empty(folder))
		send_list(gather, session);
	sync_window_send(folder, session, gather->method == FAR_ALL_UIDS);
	return 0;
}

/* --- What SELECT told --- */

/* Which flags both sides can hold: those the table names; of these the server may refuse some. */
static void learn_flags(struct sync_folder *folder)
{
	const struct flag_names *permanent = &folder->far.state.permanent_flags;
	for (size_t i = 0; i < permanent->keywords.count; i++)
		(void)keyword_table_intern(&folder->base.record.keywords,
					   permanent->keywords.items[i]);
	folder->far.managed = keyword_table_known(&folder->base.record.keywords);
	/* A dry run uses EXAMINE, for which servers say that nothing can be stored (RFC 9051
	 * section 6.3.3). */
	folder->far.storable =
		folder->context->options->dry_run
			? folder->far.managed
			: sync_flags_storable(&folder->base.record.keywords, permanent);
}

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

static int finish_select(struct far_gather *gather, struct far_session *session,
			 struct error *error)
{
	struct sync_folder *folder = gather->folder;
	struct imap_mailbox_state state;
	enum imap_result result =
		imap_select_finish(far_imap_session(session), &gather->select, &state, error);
	if (result == IMAP_RESULT_REFUSED && is_only_a_name(folder)) {
		log_line(LOG_VERBOSE, "%s: left out, it cannot be opened: %s",
			 sync_folder_name(folder), error->text);
		error_clear(error);
		folder->target.action = FOLDER_SKIP;
		return 0;
	}
	if (result == IMAP_RESULT_REFUSED)
		advise_to_leave_out(error);
	if (result != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	uint32_t uidvalidity = state.uidvalidity;
	gather->resynced = state.resynced;
	folder->far.state = far_imap_take_state(&state);
	if (sync_folder_check_validity(folder, uidvalidity, error) != 0)
		return -1;
	if (folder->base.record.uidvalidity != 0 && folder->base.record.uidvalidity != uidvalidity)
		folder->base.state = FOLDER_BASE_VOID;
	/* A dry run uses EXAMINE, which never writes. */
	if (!folder->context->options->dry_run &&
	    access_note(&folder->base.record, sync_target_rules(&folder->target),
			folder->far.state.read_only))
		gather->writable_again = folder->near.changed = true;
	if (folder->base.state == FOLDER_BASE_VOID) {
		uid_set_clear(&folder->base.outside);
		sync_deferred_forget(folder);
		folder->far.window.settled = false;
	}
	if (folder->far.state.marks.uidnext > 0)
		see_uid(folder, folder->far.state.marks.uidnext - 1);
	return 0;
}

/* --- What the listing told --- */

/* Commands that nobody waits for any more. */
static void drop_commands(struct far_gather *gather, struct far_session *session)
{
	struct error ignored = ERROR_INITIAL;
	struct imap_mailbox_state state;
	if (gather->select && imap_select_finish(far_imap_session(session), &gather->select, &state,
						 &ignored) == IMAP_RESULT_OK)
		imap_mailbox_state_release(&state);
	sync_window_drop(gather->folder, session);
	if (!gather->list)
		return;
	struct uid_set uids = UID_SET_INITIAL;
	if (gather->method == FAR_ALL_UIDS)
		(void)imap_search_finish(far_imap_session(session), &gather->list, &uids, &ignored);
	else
		(void)imap_fetch_finish(far_imap_session(session), &gather->list, &ignored);
	uid_set_release(&uids);
}

/* A listing that holds fewer messages than SELECT announced: other clients may have removed some
 * meanwhile, or the server left some out. Only what a second listing does not have either is gone.
 */
static int confirm_removed(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	struct uid_set there = UID_SET_INITIAL;
	if (sync_folder_need_mailbox(folder, session, error) != 0)
		return -1;
	int result = present_find(session, &there, error);
	if (result == 0) {
		uid_set_remove_set(&folder->far.changes.removed, &there);
		uid_set_remove_set(&folder->far.changes.outside_removed, &there);
	}
	uid_set_release(&there);
	return result;
}

/* All that the mailbox has: what is missing from it is removed, but only when it is whole. */
static int finish_flags(struct far_gather *gather, struct far_session *session, struct error *error)
{
	struct sync_folder *folder = gather->folder;
	folder->far.whole = true;
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	if (gather->list)
		result = imap_fetch_finish(far_imap_session(session), &gather->list, &refusal);
	/* Of an empty mailbox a refusal says nothing. */
	bool whole = result == IMAP_RESULT_OK ||
		     (result == IMAP_RESULT_REFUSED && folder->far.state.marks.messages == 0);
	if (!whole) {
		*error = refusal;
		return error_widen(error, SCOPE_FOLDER);
	}
	if (far_diff_finish(&gather->diff, true, error) != 0)
		return -1;
	bool removed = !uid_set_is_empty(&folder->far.changes.removed) ||
		       !uid_set_is_empty(&folder->far.changes.outside_removed);
	if (gather->seen < folder->far.state.marks.messages && removed)
		return confirm_removed(folder, session, error);
	return 0;
}

static int finish_uids(struct far_gather *gather, struct far_session *session, struct error *error)
{
	struct sync_folder *folder = gather->folder;
	folder->far.whole = true;
	struct uid_set *added = &folder->far.changes.added;
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = IMAP_RESULT_OK;
	if (gather->list)
		result = imap_search_finish(far_imap_session(session), &gather->list, added,
					    &refusal);
	if (result == IMAP_RESULT_REFUSED && folder->far.state.marks.messages > 0) {
		uid_set_clear(added);
		result = present_fetch(session, added, &refusal);
	}
	if (result == IMAP_RESULT_ERROR ||
	    (result == IMAP_RESULT_REFUSED && folder->far.state.marks.messages > 0)) {
		*error = refusal;
		return error_widen(error, SCOPE_FOLDER);
	}
	if (added->count > 0)
		see_uid(folder, added->ranges[added->count - 1].last);
	uid_set_add_set(&folder->far.changes.outside_removed, &folder->base.outside);
	uid_set_remove_set(&folder->far.changes.outside_removed, added);
	uid_set_remove_set(added, &folder->base.outside);
	return 0;
}

/* The mailbox from the beginning, when a listing of changes did not do. */
static int list_whole(struct far_gather *gather, struct far_session *session, struct error *error)
{
	drop_commands(gather, session);
	forget_listing(gather);
	sync_base_end(&gather->base);
	if (open_base(gather, error) != 0 ||
	    sync_folder_need_mailbox(gather->folder, session, error) != 0)
		return -1;
	gather->method = gather->base.view.count == 0 ? FAR_ALL_UIDS : FAR_ALL_FLAGS;
	if (gather->folder->far.state.marks.messages > 0)
		send_list(gather, session);
	sync_window_restart(gather->folder, session);
	sync_window_send(gather->folder, session, gather->method == FAR_ALL_UIDS);
	return gather->method == FAR_ALL_UIDS ? finish_uids(gather, session, error)
					      : finish_flags(gather, session, error);
}

static int finish_resync(struct far_gather *gather, struct far_session *session,
			 struct error *error)
{
	if (far_diff_finish(&gather->diff, false, error) != 0)
		return -1;
	int good =
		gather->resynced ? far_sum_adds_up(gather->folder, &gather->base.view, error) : 0;
	if (good != 0)
		return good < 0 ? -1 : 0;
	return list_whole(gather, session, error);
}

/* Removals change the number of messages and nothing else. */
static int find_removed(struct far_gather *gather, struct far_session *session, struct error *error)
{
	struct far_changes *far = &gather->folder->far.changes;
	struct uid_set there = UID_SET_INITIAL;
	if (sync_folder_need_mailbox(gather->folder, session, error) != 0)
		return -1;
	int result = present_find(session, &there, error);
	if (result == 0)
		result = base_view_missing(&gather->base.view, &there, &far->removed, error);
	if (result == 0) {
		uid_set_add_set(&far->outside_removed, &gather->folder->base.outside);
		uid_set_remove_set(&far->outside_removed, &there);
	}
	uid_set_release(&there);
	return result;
}

static int finish_changed_since(struct far_gather *gather, struct far_session *session,
				struct error *error)
{
	const struct sync_folder *folder = gather->folder;
	struct error refusal = ERROR_INITIAL;
	enum imap_result result =
		imap_fetch_finish(far_imap_session(session), &gather->list, &refusal);
	if (result == IMAP_RESULT_ERROR) {
		*error = refusal;
		return error_widen(error, SCOPE_FOLDER);
	}
	/* A lower modseq than the one known: the server lost count, or never had any here. */
	if (result == IMAP_RESULT_REFUSED ||
	    folder->far.state.marks.highestmodseq < folder->base.record.highestmodseq)
		return list_whole(gather, session, error);
	int good = far_sum_adds_up(gather->folder, &gather->base.view, error);
	if (good < 0 || (!good && find_removed(gather, session, error) != 0) ||
	    far_diff_finish(&gather->diff, false, error) != 0)
		return -1;
	good = far_sum_adds_up(gather->folder, &gather->base.view, error);
	if (good != 0)
		return good < 0 ? -1 : 0;
	return list_whole(gather, session, error);
}

static int finish_list(struct far_gather *gather, struct far_session *session, struct error *error)
{
	/* The UIDs of the base mean nothing here: it was held against the wrong messages. */
	if ((gather->folder->base.state == FOLDER_BASE_VOID && gather->method != FAR_ALL_UIDS) ||
	    gather->writable_again)
		return list_whole(gather, session, error);
	switch (gather->method) {
	case FAR_RESYNC:
		return finish_resync(gather, session, error);
	case FAR_CHANGED_SINCE:
		return finish_changed_since(gather, session, error);
	case FAR_ALL_FLAGS:
		return finish_flags(gather, session, error);
	case FAR_ALL_UIDS:
		break;
	}
	return finish_uids(gather, session, error);
}

/* --- The whole --- */

/* A mailbox that is not there is as an empty one that takes every flag: all that the base has
 * of it is removed. */
static int gather_no_mailbox(struct sync_folder *folder, struct error *error)
{
	folder->far.managed = keyword_table_known(&folder->base.record.keywords);
	folder->far.storable = folder->far.managed;
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	struct far_diff diff;
	far_diff_begin(&diff, &base.view, &folder->base.outside, UINT32_MAX, &folder->far.changes);
	int result = far_diff_finish(&diff, true, error);
	sync_base_end(&base);
	return result;
}

int sync_gather_far_finish(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	if (!folder->target.mailbox)
		return gather_no_mailbox(folder, error);
	struct far_gather *gather = folder->far.gather;
	int result = finish_select(gather, session, error);
	if (result == 0 && folder->target.action != FOLDER_SKIP) {
		/* The names of the flags come with SELECT; the listing may add keywords. */
		learn_flags(folder);
		result = finish_list(gather, session, error);
		if (result == 0)
			result = sync_window_finish(folder, session, error);
		learn_flags(folder);
		folder->far.seen = folder->far.state.marks;
	}
	drop_commands(gather, session);
	far_diff_release(&gather->diff);
	sync_base_end(&gather->base);
	free(gather);
	folder->far.gather = NULL;
	return result;
}
