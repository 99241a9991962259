/* Gather: which messages the window of a folder holds. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/gather_window.h"

#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/mailbox.h"

/* The server finds them, in the same flight that lists the changes: those that age and size take by
 * one search, those that flags keep by another. A settled window needs neither for what the base
 * has: only news are asked for, from the UID on that was the next one then. */

static bool is_open(const struct sync_folder *folder)
{
	return window_rule_is_open(&folder->far.window.rule);
}

static struct far_criteria criteria_of(const struct window_rule *rule)
{
	return (struct far_criteria){ .since = rule->dated,
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

static struct far_search *search_found(const struct sync_folder *folder,
				       struct far_session *session)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct far_criteria criteria = criteria_of(&folder->far.window.rule);
	criteria.first_uid = first_news(folder);
	return far_search_begin(session, &mailbox, &criteria);
}

static struct far_search *search_kept(const struct sync_folder *folder, struct far_session *session)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	const struct window_rule *rule = &folder->far.window.rule;
	const struct far_criteria criteria = { .unseen = rule->keep_unset != 0,
					       .flagged = rule->keep_set != 0 };
	return far_search_begin(session, &mailbox, &criteria);
}

void sync_window_send(struct sync_folder *folder, struct far_session *session, bool flags_unknown)
{
	const struct window *window = &folder->far.window;
	struct window_search *search = &folder->far.window_search;
	if (is_open(folder))
		return;
	if (window_rule_searches(&window->rule))
		search->found = search_found(folder, session);
	if (keeps_any(&window->rule) && (!window->settled || flags_unknown))
		search->kept = search_kept(folder, session);
	search->asked_kept = search->kept != NULL;
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

/* Of an empty mailbox a refusal says nothing. Of another one it must not be taken for an empty
 * window: everything would leave. */
static int finish(const struct sync_folder *folder, struct far_session *session,
		  struct far_search **search, struct uid_set *uids, bool *unsure_r,
		  struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	if (!*search)
		return 0;
	enum far_result result =
		far_search_finish(session, &mailbox, search, uids, unsure_r, error);
	if (result == FAR_REFUSED && folder->far.state.marks.messages == 0) {
		error_clear(error);
		return 0;
	}
	return result == FAR_OK ? 0 : -1;
}

int sync_window_finish(struct sync_folder *folder, struct far_session *session, bool flags_unknown,
		       struct error *error)
{
	struct window *window = &folder->far.window;
	struct window_search *search = &folder->far.window_search;
	bool unsure = false;
	window->unsure_from = folder->far.state.marks.uidnext;
	if (!is_open(folder) && keeps_any(&window->rule) && flags_unknown && !search->asked_kept)
		search->kept = search_kept(folder, session);
	if (finish(folder, session, &search->found, &window->found, &unsure, error) != 0 ||
	    finish(folder, session, &search->kept, &window->kept, &unsure, error) != 0)
		return -1;
	if (!unsure || folder->far.state.marks.messages == 0)
		return 0;
	return sync_window_measure(folder, session, NULL, first_news(folder), error);
}

void sync_window_drop(struct sync_folder *folder, struct far_session *session)
{
	far_search_drop(session, &folder->far.window_search.found);
	far_search_drop(session, &folder->far.window_search.kept);
}

void sync_window_restart(struct sync_folder *folder, struct far_session *session,
			 bool flags_unknown)
{
	sync_window_drop(folder, session);
	uid_set_clear(&folder->far.window.found);
	uid_set_clear(&folder->far.window.kept);
	folder->far.window.settled = false;
	sync_window_send(folder, session, flags_unknown);
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
			const struct uid_set *uids, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct far_criteria criteria = criteria_of(&folder->far.window.rule);
	bool unsure = false;
	criteria.uids = uids;
	struct far_search *search = far_search_begin(session, &mailbox, &criteria);
	if (finish(folder, session, &search, &folder->far.window.found, &unsure, error) != 0)
		return -1;
	return unsure ? sync_window_measure(folder, session, uids, 0, error) : 0;
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
