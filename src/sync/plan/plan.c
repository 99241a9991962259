/* The plan of one folder: base and changes of both sides -> operations.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "mail/letters.h"
#include "maildir/name.h"
#include "sync/plan/edits.h"
#include "sync/plan/match.h"

/* Flags whose change alone does not bring a removed message back: reading a message or marking it
 * for removal elsewhere is no reason to keep it. */
#define FLAGS_WEAK (FLAG_SEEN | FLAG_DELETED)

/* What both lists of changes and the base say about one UID of the base. */
struct message_view {
	const struct state_message *base;
	const struct near_changed *near; /* NULL: unchanged or removed */
	const struct far_changed *far;   /* NULL: unchanged or removed */
	bool near_removed;
	bool far_removed;
	bool is_hidden;   /* on the far side, where it is but is not shown */
	uint32_t ignored; /* bits of flags */
	size_t edited;    /* the index of its new version in near_changes.added; SIZE_MAX: none */
};

struct planner {
	const struct base_view *base;
	const struct near_changes *near_changes;
	const struct far_changes *far_changes;
	const struct plan_rules *rules;
	struct plan *plan;
	struct edit_list edits;
};

static struct operation *add_operation(struct plan *plan, enum operation_kind kind, uint32_t uid)
{
	return operation_list_add(&plan->operations[kind], kind, uid);
}

/* Where the near file of a base message stands now. */
static void set_file(struct plan *plan, struct operation *operation,
		     const struct message_view *view)
{
	if (view->near) {
		operation->place = view->near->place;
		operation->name = view->near->name;
		if (file_stamp_is_known(&view->near->file))
			operation->file = &view->near->file;
		if (view->near->body.known)
			operation->body = &view->near->body;
		return;
	}
	text_list_add(&plan->names, view->base->name);
	operation->place = (enum maildir_place)view->base->place;
	operation->name = plan->names.items[plan->names.count - 1];
}

static bool may(enum config_kinds kinds, enum config_kinds kind)
{
	return (kinds & kind) != 0;
}

void plan_set_flags(const struct plan_rules *rules, struct operation *operation, uint32_t base,
		    uint32_t near, uint32_t far)
{
	uint32_t near_change = near ^ base;
	uint32_t far_change = far ^ base;
	uint32_t agreed = near_change & far_change;
	uint32_t pushed = near_change & ~far_change & rules->far_storable;
	uint32_t pulled = far_change & ~near_change;
	if (!may(rules->push, CONFIG_KIND_FLAGS))
		pushed = 0;
	if (!may(rules->pull, CONFIG_KIND_FLAGS))
		pulled = 0;
	operation->near_flags = near;
	operation->far_flags = far;
	operation->near_wanted = near ^ pulled;
	operation->far_wanted = far ^ pushed;
	operation->base_flags = base ^ (agreed | pushed | pulled);
}

/* While a message was hidden its flags may have changed here: then the base has only the name. */
static uint32_t near_flags_of(const struct message_view *view)
{
	struct maildir_name name;
	if (view->near)
		return view->near->flags;
	if (!state_is_hidden(view->base->absent))
		return view->base->flags;
	maildir_name_parse(view->base->name, &name);
	return name.flags & ~view->ignored;
}

static uint32_t far_flags_of(const struct message_view *view)
{
	return view->far ? view->far->flags : view->base->flags;
}

/* Takes OPERATION, the last of its kind, out again when it would change nothing, not even in the
 * base. */
static void drop_idle(struct planner *planner, const struct message_view *view,
		      const struct operation *operation)
{
	const struct state_message *base = view->base;
	bool same_file = !operation->name || (operation->place == (enum maildir_place)base->place &&
					      strcmp(operation->name, base->name) == 0);
	if (same_file && !operation_renames(operation) && !operation_stores(operation) &&
	    operation->base_flags == base->flags && operation->absent == base->absent &&
	    !operation->file)
		planner->plan->operations[operation->kind].count--;
}

static void plan_merge(struct planner *planner, const struct message_view *view)
{
	struct operation *operation =
		add_operation(planner->plan, OPERATION_MERGE, view->base->uid);
	set_file(planner->plan, operation, view);
	plan_set_flags(planner->rules, operation, view->base->flags, near_flags_of(view),
		       far_flags_of(view));
	/* They come back. */
	if (view->near)
		operation->near_flags &= ~view->near->dropped;
	drop_idle(planner, view, operation);
}

/* --- Removals --- */

/* SIDE has lost it, and the other side's stays. With MARK that is marked \Deleted. */
static void plan_leave(struct planner *planner, const struct message_view *view,
		       enum state_absence side, bool mark)
{
	const struct plan_rules *rules = planner->rules;
	struct operation *operation =
		add_operation(planner->plan, OPERATION_WITHHOLD, view->base->uid);
	operation->absent = side;
	operation->near_flags = operation->near_wanted = near_flags_of(view);
	operation->far_flags = operation->far_wanted = far_flags_of(view);
	operation->base_flags = view->base->flags;
	if (side == STATE_ABSENT_FAR)
		set_file(planner->plan, operation, view);
	if (mark && side == STATE_ABSENT_FAR)
		operation->near_wanted |= FLAG_DELETED;
	if (mark && side == STATE_ABSENT_NEAR)
		operation->far_wanted |= FLAG_DELETED & rules->far_storable;
	if (mark)
		operation->base_flags |= FLAG_DELETED;
	drop_idle(planner, view, operation);
}

/* Whether somebody took the mark away that stands for a removal on the other SIDE. */
static bool was_unmarked(const struct message_view *view, enum state_absence side, uint32_t flags)
{
	return view->base->absent == side && (view->base->flags & ~flags & FLAG_DELETED);
}

static struct operation *add_removal(struct operation_list *list, const struct message_view *view)
{
	struct operation *operation =
		operation_list_add(list, OPERATION_REMOVE_FAR, view->base->uid);
	operation->base_flags = view->base->flags;
	operation->far_flags = operation->far_wanted = far_flags_of(view);
	return operation;
}

static void plan_remove_far(struct planner *planner, const struct message_view *view, bool moved)
{
	add_removal(&planner->plan->operations[OPERATION_REMOVE_FAR], view)->removal.has_moved =
		moved;
}

/* The near side removed it, the far side still has it. */
static void plan_near_removed(struct planner *planner, const struct message_view *view)
{
	const struct plan_rules *rules = planner->rules;
	bool final = (rules->expunge & CONFIG_SIDE_FAR) != 0;
	uint32_t far_flags = far_flags_of(view);
	uint32_t far_change =
		may(rules->pull, CONFIG_KIND_FLAGS) ? far_flags ^ view->base->flags : 0;
	bool moved = rules->moved && uid_set_contains(rules->moved, view->base->uid);
	bool keep = rules->restore || (!moved && (far_change & ~FLAGS_WEAK)) ||
		    (!final && was_unmarked(view, STATE_ABSENT_NEAR, far_flags));
	if (!rules->restore && !may(rules->push, CONFIG_KIND_DELETIONS)) {
		plan_leave(planner, view, STATE_ABSENT_NEAR, false);
	} else if (keep && may(rules->pull, CONFIG_KIND_NEW)) {
		uid_set_add(&planner->plan->downloads, view->base->uid);
		if (final && !rules->restore)
			(void)add_removal(&planner->plan->contested, view);
	} else if (keep || !final) {
		plan_leave(planner, view, STATE_ABSENT_NEAR, !keep);
	} else {
		plan_remove_far(planner, view, moved);
	}
}

/* It goes to the far side again, as a new message there. */
static void plan_bring_back(struct planner *planner, const struct message_view *view)
{
	struct operation *operation = add_operation(planner->plan, OPERATION_UPLOAD, 0);
	set_file(planner->plan, operation, view);
	operation->upload.replaces = view->base->uid;
	operation->near_flags = operation->near_wanted = near_flags_of(view);
	operation->base_flags = operation->far_wanted =
		operation->near_flags & planner->rules->far_storable;
}

static void plan_remove_near(struct planner *planner, const struct message_view *view)
{
	struct operation *operation =
		add_operation(planner->plan, OPERATION_REMOVE_NEAR, view->base->uid);
	set_file(planner->plan, operation, view);
	operation->near_flags = operation->near_wanted = near_flags_of(view);
}

/* The far side removed it, the near side still has it. */
static void plan_far_removed(struct planner *planner, const struct message_view *view)
{
	const struct plan_rules *rules = planner->rules;
	bool final = (rules->expunge & CONFIG_SIDE_NEAR) != 0;
	uint32_t near_flags = near_flags_of(view);
	uint32_t near_change = may(rules->push, CONFIG_KIND_FLAGS)
				       ? (near_flags ^ view->base->flags) & rules->far_storable
				       : 0;
	bool keep = rules->restore || (near_change & ~FLAGS_WEAK) ||
		    (!final && was_unmarked(view, STATE_ABSENT_FAR, near_flags));
	if (!rules->restore && !may(rules->pull, CONFIG_KIND_DELETIONS))
		plan_leave(planner, view, STATE_ABSENT_FAR, false);
	else if (keep && may(rules->push, CONFIG_KIND_NEW))
		plan_bring_back(planner, view);
	else if (keep || !final)
		plan_leave(planner, view, STATE_ABSENT_FAR, !keep);
	else
		plan_remove_near(planner, view);
}

/* The server does not show it. What was done to it here waits until it does: the base keeps the
 * flags of before, and notes a removal. */
static void plan_hidden(struct planner *planner, const struct message_view *view)
{
	struct operation *operation =
		add_operation(planner->plan, OPERATION_WITHHOLD, view->base->uid);
	operation->absent = view->near_removed ? STATE_ABSENT_HIDDEN_REMOVED : STATE_ABSENT_HIDDEN;
	operation->near_flags = operation->near_wanted = near_flags_of(view);
	operation->far_flags = operation->far_wanted = view->base->flags;
	operation->base_flags = view->base->flags;
	if (!view->near_removed)
		set_file(planner->plan, operation, view);
	drop_idle(planner, view, operation);
}

/* --- New versions --- */

/* What far did to the old version's flags since is part of the new one; here it comes in the next
 * run, as a change of that. */
static void plan_new_version(struct planner *planner, const struct message_view *view)
{
	const struct plan_rules *rules = planner->rules;
	const struct near_added *near = &planner->near_changes->added[view->edited];
	uint32_t base = view->base->flags;
	uint32_t pulled = (far_flags_of(view) ^ base) & ~(near->flags ^ base);
	struct operation *operation = add_operation(planner->plan, OPERATION_UPLOAD, 0);
	if (view->far_removed || !may(rules->pull, CONFIG_KIND_FLAGS))
		pulled = 0;
	operation->place = near->place;
	operation->name = near->name;
	operation->added = view->edited;
	operation->upload.replaces = view->far_removed ? view->base->uid : 0;
	operation->upload.supersedes = view->far_removed ? 0 : view->base->uid;
	operation->near_flags = operation->near_wanted = near->flags;
	operation->base_flags = near->flags & rules->far_storable;
	operation->far_wanted = (near->flags ^ pulled) & rules->far_storable;
}

static void plan_edited(struct planner *planner, const struct message_view *view)
{
	const struct plan_rules *rules = planner->rules;
	bool final = (rules->expunge & CONFIG_SIDE_FAR) != 0;
	plan_new_version(planner, view);
	if (view->far_removed)
		return;
	if (may(rules->push, CONFIG_KIND_DELETIONS) && final)
		add_removal(&planner->plan->operations[OPERATION_REMOVE_FAR], view)
			->removal.is_replaced = true;
	else
		plan_leave(planner, view, STATE_ABSENT_NEAR,
			   may(rules->push, CONFIG_KIND_DELETIONS));
}

static void plan_message(struct planner *planner, const struct message_view *view)
{
	if (view->is_hidden)
		plan_hidden(planner, view);
	else if (view->edited != SIZE_MAX && may(planner->rules->push, CONFIG_KIND_NEW))
		plan_edited(planner, view);
	else if (view->near_removed && view->far_removed)
		add_operation(planner->plan, OPERATION_FORGET, view->base->uid);
	else if (view->near_removed)
		plan_near_removed(planner, view);
	else if (view->far_removed)
		plan_far_removed(planner, view);
	else
		plan_merge(planner, view);
}

/* Every UID of the base that any of the lists names, ascending, each once. */
static void collect_touched(const struct planner *planner, struct uid_set *touched)
{
	const struct near_changes *near = planner->near_changes;
	const struct far_changes *far = planner->far_changes;
	uid_set_add_set(touched, &near->removed);
	uid_set_add_set(touched, &far->removed);
	for (size_t i = 0; i < near->changed_count; i++)
		uid_set_add(touched, near->changed[i].uid);
	for (size_t i = 0; i < far->changed_count; i++)
		uid_set_add(touched, far->changed[i].uid);
	for (size_t i = 0; i < planner->edits.count; i++)
		uid_set_add(touched, planner->edits.items[i].uid);
}

static bool is_hidden(const struct planner *planner, const struct message_view *view)
{
	return view->far_removed && !planner->rules->force_delete &&
	       (state_is_hidden(view->base->absent) ||
		uid_set_contains(&planner->plan->hidden, view->base->uid));
}

static int plan_touched(struct planner *planner, const struct uid_set *touched, struct error *error)
{
	const struct near_changes *near = planner->near_changes;
	const struct far_changes *far = planner->far_changes;
	size_t near_index = 0;
	size_t far_index = 0;
	for (uint32_t uid = 0; uid_set_next(touched, &uid);) {
		struct state_message message;
		int found = planner->base->by_uid(planner->base->context, uid, &message, error);
		if (found < 0)
			return -1;
		struct message_view view = { .base = &message,
					     .near_removed = uid_set_contains(&near->removed, uid),
					     .far_removed = uid_set_contains(&far->removed, uid),
					     .edited = edit_list_take(&planner->edits, uid),
					     .ignored = planner->rules->ignored };
		if (near_index < near->changed_count && near->changed[near_index].uid == uid)
			view.near = &near->changed[near_index++];
		if (far_index < far->changed_count && far->changed[far_index].uid == uid)
			view.far = &far->changed[far_index++];
		if (!found)
			continue;
		message.flags &= ~view.ignored;
		struct plan_losses *losses = &planner->plan->losses;
		losses->near += view.near_removed && !state_is_absent_near(message.absent);
		losses->far += view.far_removed && !state_is_absent_far(message.absent);
		/* What is absent and was not seen again is still absent. */
		view.near_removed |= state_is_absent_near(message.absent) && !view.near;
		view.far_removed |= state_is_absent_far(message.absent) && !view.far;
		view.is_hidden = is_hidden(planner, &view);
		plan_message(planner, &view);
	}
	return 0;
}

static void plan_adopt(struct planner *planner, const struct match_pair *pair)
{
	const struct near_added *near = &planner->near_changes->added[pair->near_index];
	const struct far_identified *far = &planner->far_changes->identified[pair->far_index];
	struct operation *operation = add_operation(planner->plan, OPERATION_ADOPT, far->uid);
	operation->place = near->place;
	operation->name = near->name;
	operation->needs_new_name = near->is_copy;
	operation->added = pair->near_index;
	operation->told_size = far->size;
	/* Without a base every flag that either side has counts as a change. */
	bool is_upload = near->upload_from_uid != 0 && far->uid >= near->upload_from_uid;
	uint32_t base = is_upload ? near->upload_flags : 0;
	uint32_t meant = letters_meant(base, near->flags, true);
	plan_set_flags(planner->rules, operation, base, meant, far->flags);
	operation->near_flags = near->flags; /* letters come back */
}

static void plan_upload(struct planner *planner, size_t index)
{
	const struct near_added *near = &planner->near_changes->added[index];
	struct operation *operation = add_operation(planner->plan, OPERATION_UPLOAD, 0);
	operation->place = near->place;
	operation->name = near->name;
	operation->needs_new_name = near->is_copy;
	operation->added = index;
	operation->near_flags = operation->near_wanted = near->flags;
	operation->base_flags = operation->far_wanted = near->flags & planner->rules->far_storable;
}

static void plan_near_added(struct planner *planner, size_t index)
{
	const struct near_added *near = &planner->near_changes->added[index];
	if (near->is_unreadable)
		return; /* the next run looks at it again */
	if (near->edits != 0)
		return; /* it was planned with its message */
	if (may(planner->rules->push, CONFIG_KIND_NEW))
		plan_upload(planner, index);
	else
		name_digest_add(&planner->plan->near_withheld, near->place, near->name);
}

/* What is new on both sides is adopted whatever the rules are: nothing has to go anywhere. */
static void plan_added(struct planner *planner)
{
	struct plan *plan = planner->plan;
	struct uid_set unpaired = UID_SET_INITIAL;
	struct match_pair *pairs;
	size_t pair_count = match_added(planner->near_changes, planner->far_changes, &pairs);
	size_t next_pair = 0;
	uid_set_add_set(&unpaired, &planner->far_changes->added);
	for (size_t i = 0; i < planner->near_changes->added_count; i++) {
		if (next_pair >= pair_count || pairs[next_pair].near_index != i) {
			plan_near_added(planner, i);
			continue;
		}
		const struct match_pair *pair = &pairs[next_pair++];
		uint32_t uid = planner->far_changes->identified[pair->far_index].uid;
		uid_set_remove_range(&unpaired, uid, uid);
		plan_adopt(planner, pair);
	}
	match_leave_unreadable(planner->near_changes, planner->far_changes, &unpaired);
	uid_set_add_set(may(planner->rules->pull, CONFIG_KIND_NEW) ? &plan->downloads
								   : &plan->far_withheld,
			&unpaired);
	uid_set_release(&unpaired);
	free(pairs);
}

static int find_hidden(struct planner *planner, struct error *error)
{
	const struct plan_rules *rules = planner->rules;
	if (rules->force_delete)
		return 0;
	return horizon_find_hidden(&rules->horizon, planner->base, planner->far_changes,
				   rules->outside, &planner->plan->hidden, error);
}

int plan_make(const struct base_view *base, const struct near_changes *near_changes,
	      const struct far_changes *far_changes, const struct plan_rules *rules,
	      struct plan *plan_r, struct error *error)
{
	*plan_r = (struct plan){ .refusal = PLAN_ALLOWED,
				 .losses = { .had = base->count,
					     .absent_near = base->absent_near,
					     .absent_far = base->absent_far } };
	struct planner planner = { .base = base,
				   .near_changes = near_changes,
				   .far_changes = far_changes,
				   .rules = rules,
				   .edits = edit_list_of(near_changes),
				   .plan = plan_r };
	struct uid_set touched = UID_SET_INITIAL;
	collect_touched(&planner, &touched);
	int result = find_hidden(&planner, error);
	if (result == 0)
		result = plan_touched(&planner, &touched, error);
	uid_set_release(&touched);
	edit_list_release(&planner.edits);
	if (result == 0) {
		plan_added(&planner);
		result = plan_window(base, far_changes, rules, plan_r, error);
	}
	if (result != 0) {
		plan_release(plan_r);
		return -1;
	}
	plan_r->removals_near = (uint32_t)plan_r->operations[OPERATION_REMOVE_NEAR].count;
	plan_r->removals_far = (uint32_t)plan_r->operations[OPERATION_REMOVE_FAR].count;
	return 0;
}

void plan_release(struct plan *plan)
{
	uid_set_release(&plan->downloads);
	copy_list_release(&plan->copies);
	uid_set_release(&plan->far_withheld);
	uid_set_release(&plan->expires);
	uid_set_release(&plan->outside);
	uid_set_release(&plan->held);
	uid_set_release(&plan->hidden);
	for (size_t kind = 0; kind < OPERATION_KINDS; kind++)
		operation_list_release(&plan->operations[kind]);
	operation_list_release(&plan->contested);
	text_list_release(&plan->names);
	memset(plan, 0, sizeof *plan);
}
