/* What a window makes of a folder's plan: which messages come, stay, leave or are left out. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "sync/plan/plan.h"

/* The plan was made as if there were no window. Here what it would bring is left out where the
 * window does not take it, and what the window does not hold any more leaves: the near file goes,
 * the far message stays, whatever either side did to it. Above all nothing outside of the window is
 * removed on the server. */

struct windowing {
	const struct base_view *base;
	const struct far_changes *far;
	const struct window *window;
	const struct uid_set *outside;
	bool pulls_new; /* the rules let new messages come at all */
	struct plan *plan;
	struct uid_set matching; /* age and size take them */
	uint32_t first; /* of the newest that stay: the number takes UIDs from here on ... */
	uint32_t first_removable; /* ... and those whose removal counts, from here on */
	struct uid_set stay;      /* matching from `first` on, and those kept by flags */
	struct uid_set decided;   /* UIDs of the base that the plan does something with */
};

/* --- Which messages the window holds --- */

/* Those of the base that the far side has. */
static int add_base(const struct windowing *windowing, struct uid_set *uids, struct error *error)
{
	const struct base_view *base = windowing->base;
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		if (!state_is_absent_far(message.absent))
			uid_set_add(uids, message.uid);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

/* Every message that the far side has, where the server was not asked which match. */
static int find_matching(struct windowing *windowing, struct error *error)
{
	struct uid_set *matching = &windowing->matching;
	if (window_rule_searches(&windowing->window->rule)) {
		uid_set_add_set(matching, &windowing->window->found);
		return 0;
	}
	if (add_base(windowing, matching, error) != 0)
		return -1;
	uid_set_remove_set(matching, &windowing->far->removed);
	uid_set_add_set(matching, windowing->outside);
	uid_set_remove_set(matching, &windowing->far->outside_removed);
	uid_set_add_set(matching, &windowing->far->added);
	return 0;
}

/* The newest are those that will be there after the run: without what is removed, with what is
 * uploaded. */
static void find_first(struct windowing *windowing)
{
	const struct plan *plan = windowing->plan;
	uint64_t newest = windowing->window->rule.newest;
	uint64_t uploads = plan->operations[OPERATION_UPLOAD].count;
	struct uid_set staying = UID_SET_INITIAL;
	struct uid_set removed = UID_SET_INITIAL;
	windowing->first = windowing->first_removable = 1;
	if (newest == 0)
		return;
	uid_set_add_set(&staying, &windowing->matching);
	operation_list_uids(&plan->operations[OPERATION_REMOVE_FAR], &removed);
	uid_set_remove_set(&staying, &removed);
	uid_set_release(&removed);
	windowing->first_removable = window_first_of_last(&staying, newest);
	windowing->first = window_first_of_last(&staying, newest > uploads ? newest - uploads : 0);
	uid_set_release(&staying);
}

static void find_staying(struct windowing *windowing)
{
	uid_set_add_set(&windowing->stay, &windowing->matching);
	if (windowing->first == 0)
		uid_set_clear(&windowing->stay);
	else if (windowing->first > 1)
		uid_set_remove_range(&windowing->stay, 1, windowing->first - 1);
	uid_set_add_set(&windowing->stay, &windowing->window->kept);
}

static bool is_taken(const struct windowing *windowing, uint32_t uid, uint32_t first)
{
	return first != 0 && uid >= first && uid_set_contains(&windowing->matching, uid);
}

/* Whether a message of the base stays, whose flags were BASE_FLAGS there, and on the server are
 * FROM and shall be TO. FIRST as above. Where the rules do not pull flags FROM may be older than
 * what the server was asked for. */
static bool still_stays(const struct windowing *windowing, uint32_t uid, uint32_t base_flags,
			uint32_t from, uint32_t to, uint32_t first)
{
	const struct window *window = windowing->window;
	const struct window_rule *rule = &window->rule;
	bool changes = ((from ^ to) & (rule->keep_set | rule->keep_unset)) != 0;
	bool kept = window->settled || changes ? window_rule_keeps(rule, to)
					       : uid_set_contains(&window->kept, uid);
	if (window->settled && !window_rule_keeps(rule, base_flags))
		return true;
	return kept || is_taken(windowing, uid, first);
}

/* --- What was planned --- */

/* The user removed it here, and that is about to have its effect on the server. */
static bool is_removal_here(const struct operation *operation, const struct state_message *message)
{
	return operation->kind == OPERATION_REMOVE_FAR ||
	       (operation->kind == OPERATION_WITHHOLD && operation->absent == STATE_ABSENT_NEAR &&
		message->absent != STATE_ABSENT_NEAR);
}

/* Whether the operation's message stays. */
static int check_operation(struct windowing *windowing, struct operation *operation, bool *stays_r,
			   struct error *error)
{
	struct state_message message;
	*stays_r = true;
	if (operation->kind == OPERATION_ADOPT) {
		*stays_r = window_rule_keeps(&windowing->window->rule, operation->far_wanted) ||
			   is_taken(windowing, operation->uid, windowing->first) ||
			   (windowing->window->unsure_from != 0 &&
			    operation->uid >= windowing->window->unsure_from);
		return 0;
	}
	if (operation->uid == 0)
		return 0;
	int found =
		windowing->base->by_uid(windowing->base->context, operation->uid, &message, error);
	if (found <= 0)
		return found;
	bool removal = is_removal_here(operation, &message);
	if (removal || operation->kind == OPERATION_MERGE)
		*stays_r =
			still_stays(windowing, operation->uid, message.flags, operation->far_flags,
				    removal ? operation->far_flags : operation->far_wanted,
				    removal ? windowing->first_removable : windowing->first);
	return 0;
}

/* Flags that were changed here still go to the server. Those changed there need not come. */
static void leave(struct windowing *windowing, struct operation *operation)
{
	uid_set_add(&windowing->plan->expires, operation->uid);
	operation->near_wanted = operation->near_flags;
}

static int check_kind(struct windowing *windowing, struct operation_list *list, struct error *error)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct operation *operation = &list->items[i];
		bool is_to_stay;
		if (check_operation(windowing, operation, &is_to_stay, error) != 0)
			return -1;
		if (!is_to_stay)
			leave(windowing, operation);
		/* What remains for a message that leaves is to send its flags. */
		if (is_to_stay || operation->kind == OPERATION_MERGE ||
		    operation->kind == OPERATION_ADOPT)
			list->items[kept++] = *operation;
	}
	list->count = kept;
	return 0;
}

static int check_operations(struct windowing *windowing, struct error *error)
{
	for (enum operation_kind kind = 0; kind < OPERATION_KINDS; kind++) {
		struct operation_list *list = &windowing->plan->operations[kind];
		struct uid_set uids = UID_SET_INITIAL;
		operation_list_uids(list, &uids);
		uid_set_add_set(&windowing->decided, &uids);
		uid_set_release(&uids);
		if (check_kind(windowing, list, error) != 0)
			return -1;
	}
	return 0;
}

static uint32_t far_flags(const struct far_changes *far, const struct state_message *message)
{
	for (size_t i = 0; i < far->changed_count; i++) {
		if (far->changed[i].uid == message->uid)
			return far->changed[i].flags;
	}
	return message->flags;
}

/* Messages that were removed here and would come back. */
static int check_brought_back(struct windowing *windowing, struct error *error)
{
	struct plan *plan = windowing->plan;
	struct uid_set back = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&back, &plan->downloads);
	uid_set_remove_set(&back, &windowing->far->added);
	for (uint32_t uid = 0; result == 0 && uid_set_next(&back, &uid);) {
		struct state_message message;
		int found = windowing->base->by_uid(windowing->base->context, uid, &message, error);
		result = found < 0 ? -1 : 0;
		if (found <= 0)
			continue;
		uint32_t flags = far_flags(windowing->far, &message);
		if (still_stays(windowing, uid, message.flags, flags, flags, windowing->first))
			continue;
		uid_set_remove_range(&plan->downloads, uid, uid);
		uid_set_add(&plan->expires, uid);
	}
	uid_set_add_set(&windowing->decided, &back);
	uid_set_release(&back);
	return result;
}

/* --- What was not --- */

/* New messages that the window does not take. */
static void leave_out_new(struct windowing *windowing)
{
	struct plan *plan = windowing->plan;
	uint32_t unsure_from = windowing->window->unsure_from;
	struct uid_set out = UID_SET_INITIAL;
	uid_set_add_set(&out, &plan->downloads);
	uid_set_keep_only(&out, &windowing->far->added);
	uid_set_remove_set(&out, &windowing->stay);
	uid_set_remove_set(&plan->downloads, &out);
	if (unsure_from != 0)
		uid_set_remove_range(&out, unsure_from, UINT32_MAX);
	uid_set_add_set(&plan->outside, &out);
	uid_set_release(&out);
}

/* Messages left out before that the window takes now. */
static void take_in(struct windowing *windowing)
{
	if (!windowing->pulls_new)
		return;
	struct uid_set in = UID_SET_INITIAL;
	uid_set_add_set(&in, windowing->outside);
	uid_set_remove_set(&in, &windowing->far->outside_removed);
	if (!window_rule_is_open(&windowing->window->rule))
		uid_set_keep_only(&in, &windowing->stay);
	uid_set_add_set(&windowing->plan->downloads, &in);
	uid_set_release(&in);
}

/* Messages of the base with which nothing else happens, but for those that one side has not. What
 * stays is passed by in whole ranges. */
static int leave_rest(struct windowing *windowing, struct error *error)
{
	const struct base_view *base = windowing->base;
	struct uid_set passed = UID_SET_INITIAL;
	struct state_message message;
	uint32_t from = 1;
	int found = 0;
	uid_set_add_set(&passed, &windowing->stay);
	uid_set_add_set(&passed, &windowing->decided);
	uid_set_add_set(&passed, &windowing->far->removed);
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		uint32_t end = uid_set_end_of_range(&passed, message.uid);
		if (end == 0) {
			end = message.uid;
			if (message.absent == STATE_ABSENT_NOWHERE)
				uid_set_add(&windowing->plan->expires, end);
		}
		if (end == UINT32_MAX)
			break;
		from = end + 1;
	}
	uid_set_release(&passed);
	return found < 0 ? -1 : 0;
}

/* --- The whole --- */

static int make(struct windowing *windowing, struct error *error)
{
	if (find_matching(windowing, error) != 0)
		return -1;
	find_first(windowing);
	find_staying(windowing);
	if (check_operations(windowing, error) != 0 || check_brought_back(windowing, error) != 0)
		return -1;
	leave_out_new(windowing);
	take_in(windowing);
	return windowing->window->settled ? 0 : leave_rest(windowing, error);
}

int plan_window(const struct base_view *base, const struct far_changes *far_changes,
		const struct plan_rules *rules, struct plan *plan, struct error *error)
{
	struct windowing windowing = { .base = base,
				       .far = far_changes,
				       .window = rules->window,
				       .outside = rules->outside,
				       .pulls_new = (rules->pull & CONFIG_KIND_NEW) != 0,
				       .plan = plan };
	if (!rules->window)
		return 0;
	if (window_rule_is_open(&rules->window->rule)) {
		take_in(&windowing);
		return 0;
	}
	int result = make(&windowing, error);
	uid_set_release(&windowing.matching);
	uid_set_release(&windowing.stay);
	uid_set_release(&windowing.decided);
	return result;
}
