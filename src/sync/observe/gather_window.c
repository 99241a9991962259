/* Gather: which messages the window of a folder holds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/gather_window.h"

#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/mailbox.h"

/* The server finds them, in the same flight that lists the changes: those that age and size take by
 * one SEARCH, those that flags keep by another. A settled window needs neither for what the base
 * has: only news are asked for, from the UID on that was the next one then. */

static bool is_open(const struct sync_folder *folder)
{
	return window_rule_is_open(&folder->far.window.rule);
}

static struct imap_criteria criteria_of(const struct window_rule *rule)
{
	return (struct imap_criteria){ .since = rule->dated,
				       .since_day = rule->since_day,
				       .smaller = rule->largest > 0 ? rule->largest + 1 : 0 };
}

/* Below it the base is known to be as the window wants it; 0: it is not. */
static uint32_t first_news(const struct sync_folder *folder)
{
	const struct far_marks known = far_marks_of_record(&folder->base.record);
	return folder->far.window.settled && far_marks_known(&known) ? known.uidnext : 0;
}

static bool keeps_any(const struct window_rule *rule)
{
	return rule->keep_set != 0 || rule->keep_unset != 0;
}

static void send_found(struct sync_folder *folder, struct far_session *session)
{
	struct imap_criteria criteria = criteria_of(&folder->far.window.rule);
	criteria.first_uid = first_news(folder);
	if (folder->far.window_search.wants_found)
		folder->far.window_search.found =
			imap_search_matching_send(far_imap_session(session), &criteria);
	folder->far.window_search.wants_found = false;
}

static void send_kept(struct sync_folder *folder, struct far_session *session)
{
	const struct window_rule *rule = &folder->far.window.rule;
	const struct imap_criteria criteria = { .unseen = rule->keep_unset != 0,
						.flagged = rule->keep_set != 0 };
	if (folder->far.window_search.wants_kept)
		folder->far.window_search.kept =
			imap_search_matching_send(far_imap_session(session), &criteria);
	folder->far.window_search.wants_kept = false;
}

/* Where the answers to several searches could not be told apart each waits for its turn. */
void sync_window_send(struct sync_folder *folder, struct far_session *session, bool flags_unknown)
{
	const struct window_rule *rule = &folder->far.window.rule;
	struct window_search *search = &folder->far.window_search;
	if (is_open(folder))
		return;
	search->wants_found = window_rule_searches(rule);
	search->wants_kept = keeps_any(rule) && (!folder->far.window.settled || flags_unknown);
	if (!imap_search_can_overlap(far_imap_session(session)))
		return;
	send_found(folder, session);
	send_kept(folder, session);
}

void sync_window_see(struct sync_folder *folder, uint32_t uid, uint32_t flags)
{
	struct window *window = &folder->far.window;
	if (is_open(folder) || !keeps_any(&window->rule))
		return;
	if (window_rule_keeps(&window->rule, flags))
		uid_set_add(&window->kept, uid);
	else
		uid_set_remove_range(&window->kept, uid, uid);
}

/* Where the answer to a search is capped, it is at such a number. */
#define ROUND_NUMBER 1000

static bool may_be_capped(const struct uid_set *found)
{
	uint64_t count = uid_set_size(found);
	return count > 0 && count % ROUND_NUMBER == 0;
}

/* Of an empty mailbox a refusal says nothing. Of another one it must not be taken for an empty
 * window: everything would leave. *unsure_r becomes true when the answer may be none, or not all:
 * OK and nothing else, or as many as a cap lets through. */
static int finish(const struct sync_folder *folder, struct far_session *session,
		  struct imap_command **command, struct uid_set *uids, bool *unsure_r,
		  struct error *error)
{
	struct uid_set found = UID_SET_INITIAL;
	if (!*command)
		return 0;
	bool silent = imap_search_is_silent(*command);
	enum imap_result result =
		imap_search_finish(far_imap_session(session), command, &found, error);
	*unsure_r = *unsure_r || silent || may_be_capped(&found);
	uid_set_add_set(uids, &found);
	uid_set_release(&found);
	if (silent && result == IMAP_RESULT_REFUSED) {
		error_clear(error);
		return 0;
	}
	switch (result) {
	case IMAP_RESULT_OK:
		return 0;
	case IMAP_RESULT_REFUSED:
		if (folder->far.state.marks.messages > 0)
			break;
		error_clear(error);
		return 0;
	case IMAP_RESULT_ERROR:
		break;
	}
	return error_widen(error, SCOPE_FOLDER);
}

int sync_window_finish(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	struct window *window = &folder->far.window;
	bool late = folder->far.window_search.wants_found || folder->far.window_search.wants_kept;
	window->unsure_from = folder->far.state.marks.uidnext;
	if (late && sync_folder_need_mailbox(folder, session, error) != 0)
		return -1;
	bool unsure = false;
	send_found(folder, session);
	if (finish(folder, session, &folder->far.window_search.found, &window->found, &unsure,
		   error) != 0)
		return -1;
	send_kept(folder, session);
	if (finish(folder, session, &folder->far.window_search.kept, &window->kept, &unsure,
		   error) != 0)
		return -1;
	if (!unsure || folder->far.state.marks.messages == 0)
		return 0;
	return sync_window_measure(folder, session, NULL, first_news(folder), error);
}

void sync_window_drop(struct sync_folder *folder, struct far_session *session)
{
	struct window_search *search = &folder->far.window_search;
	struct uid_set uids = UID_SET_INITIAL;
	struct error ignored = ERROR_INITIAL;
	if (search->found)
		(void)imap_search_finish(far_imap_session(session), &search->found, &uids,
					 &ignored);
	if (search->kept)
		(void)imap_search_finish(far_imap_session(session), &search->kept, &uids, &ignored);
	uid_set_release(&uids);
}

void sync_window_restart(struct sync_folder *folder, struct far_session *session)
{
	sync_window_drop(folder, session);
	uid_set_clear(&folder->far.window.found);
	uid_set_clear(&folder->far.window.kept);
	folder->far.window.settled = false;
}

/* --- Messages that their flags do not keep any more --- */

/* Adds UID when its flags kept it when the base was made, and FLAGS do not. */
static int add_unkept(const struct sync_folder *folder, const struct base_view *base, uint32_t uid,
		      uint32_t flags, struct uid_set *uids, struct error *error)
{
	const struct window_rule *rule = &folder->far.window.rule;
	struct state_message message;
	if (window_rule_keeps(rule, flags))
		return 0;
	int found = base->by_uid(base->context, uid, &message, error);
	if (found > 0 && window_rule_keeps(rule, message.flags))
		uid_set_add(uids, uid);
	return found < 0 ? -1 : 0;
}

static int find_unkept(const struct sync_folder *folder, struct uid_set *uids, struct error *error)
{
	const struct near_changes *near = &folder->near.changes;
	const struct far_changes *far = &folder->far.changes;
	struct sync_base base;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	int result = 0;
	for (size_t i = 0; result == 0 && i < near->changed_count; i++)
		result = add_unkept(folder, &base.view, near->changed[i].uid,
				    near->changed[i].flags, uids, error);
	for (size_t i = 0; result == 0 && i < far->changed_count; i++)
		result = add_unkept(folder, &base.view, far->changed[i].uid, far->changed[i].flags,
				    uids, error);
	sync_base_end(&base);
	return result;
}

static int search_among(struct sync_folder *folder, struct far_session *session,
			struct uid_set *uids, struct error *error)
{
	struct imap_criteria criteria = criteria_of(&folder->far.window.rule);
	struct uid_set part = UID_SET_INITIAL;
	int result = sync_folder_need_mailbox(folder, session, error);
	criteria.uids = &part;
	while (result == 0 && uid_set_take_part(uids, SYNC_SET_BYTES, &part)) {
		struct imap_command *command =
			imap_search_matching_send(far_imap_session(session), &criteria);
		bool unsure = false;
		result = finish(folder, session, &command, &folder->far.window.found, &unsure,
				error);
		if (result == 0 && unsure)
			result = sync_window_measure(folder, session, &part, 0, error);
	}
	uid_set_release(&part);
	return result;
}

int sync_window_ask_again(struct sync_folder *folder, struct far_session *session,
			  struct error *error)
{
	const struct window *window = &folder->far.window;
	struct uid_set uids = UID_SET_INITIAL;
	if (!folder->target.mailbox || is_open(folder) || !window->settled ||
	    !keeps_any(&window->rule))
		return 0;
	int result = find_unkept(folder, &uids, error);
	if (result == 0 && !uid_set_is_empty(&uids))
		result = search_among(folder, session, &uids, error);
	uid_set_release(&uids);
	return result;
}
