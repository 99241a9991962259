/* What the far side did since the base. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/diff.h"

#include <stdlib.h>

#include "base/memory.h"

void far_diff_begin(struct far_diff *diff, const struct base_view *base,
		    const struct uid_set *outside, uint32_t managed, struct far_changes *changes)
{
	static const struct uid_set none = UID_SET_INITIAL;
	*diff = (struct far_diff){ .base = base,
				   .outside = outside ? outside : &none,
				   .managed = managed,
				   .changes = changes };
}

/* Later news of a UID count: the list is sorted and made unique at the end, so that the usual
 * case, every UID once and ascending, costs nothing. */
static void add_changed(struct far_changes *changes, uint32_t uid, uint32_t flags)
{
	memory_grow((void **)&changes->changed, &changes->changed_capacity,
		    changes->changed_count + 1, sizeof *changes->changed);
	changes->changed[changes->changed_count++] =
		(struct far_changed){ .uid = uid, .flags = flags };
}

int far_diff_see(struct far_diff *diff, uint32_t uid, uint32_t flags, struct error *error)
{
	if (uid == 0)
		return 0;
	bool again = !uid_collection_add(&diff->seen, uid);
	struct state_message message;
	int found = diff->base->by_uid(diff->base->context, uid, &message, error);
	if (found < 0)
		return -1;
	flags &= diff->managed;
	if (!found && !uid_set_contains(diff->outside, uid))
		(void)uid_collection_add(&diff->added, uid);
	else if (found && (again || flags != (message.flags & diff->managed) ||
			   state_is_absent_far(message.absent))) /* it is there again */
		add_changed(diff->changes, uid, flags);
	return 0;
}

int far_diff_vanished(struct far_diff *diff, const struct uid_set *uids, struct error *error)
{
	struct uid_set outside_gone = UID_SET_INITIAL;
	uid_collection_move(&diff->added, &diff->changes->added);
	uid_set_remove_set(&diff->changes->added, uids);
	uid_set_add_set(&outside_gone, diff->outside);
	uid_set_keep_only(&outside_gone, uids);
	uid_set_add_set(&diff->changes->outside_removed, &outside_gone);
	uid_set_release(&outside_gone);
	/* Walk what the base has, not what the server names: VANISHED 1:4294967295 is legal. */
	for (size_t i = 0; i < uids->count; i++) {
		uint32_t from = uids->ranges[i].first;
		struct state_message message;
		int found;
		while ((found = diff->base->next(diff->base->context, from, &message, error)) > 0 &&
		       message.uid <= uids->ranges[i].last) {
			uid_set_add(&diff->changes->removed, message.uid);
			if (message.uid == UINT32_MAX)
				break;
			from = message.uid + 1;
		}
		if (found < 0)
			return -1;
	}
	return 0;
}

void far_diff_hold(struct far_diff *diff, const struct uid_set *uids)
{
	uid_set_clear(&diff->held);
	uid_set_add_set(&diff->held, uids);
	diff->holds = true;
}

/* A change with its place in the order of arrival, because qsort() is not stable. */
struct arrival {
	struct far_changed change;
	size_t order;
};

static int compare_arrivals(const void *a, const void *b)
{
	const struct arrival *one = a;
	const struct arrival *other = b;
	if (one->change.uid != other->change.uid)
		return one->change.uid < other->change.uid ? -1 : 1;
	return (one->order > other->order) - (one->order < other->order);
}

static bool is_ascending(const struct far_changes *changes)
{
	for (size_t i = 1; i < changes->changed_count; i++) {
		if (changes->changed[i - 1].uid >= changes->changed[i].uid)
			return false;
	}
	return true;
}

/* Sorts by UID; of several for one UID the last that arrived stays. */
static void make_unique(struct far_changes *changes)
{
	size_t count = changes->changed_count;
	struct arrival *arrivals = memory_array(count, sizeof *arrivals);
	for (size_t i = 0; i < count; i++)
		arrivals[i] = (struct arrival){ .change = changes->changed[i], .order = i };
	qsort(arrivals, count, sizeof *arrivals, compare_arrivals);
	changes->changed_count = 0;
	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == count || arrivals[i + 1].change.uid != arrivals[i].change.uid;
		if (last)
			changes->changed[changes->changed_count++] = arrivals[i].change;
	}
	free(arrivals);
}

static void drop_removed(struct far_changes *changes)
{
	size_t kept = 0;
	for (size_t i = 0; i < changes->changed_count; i++) {
		if (!uid_set_contains(&changes->removed, changes->changed[i].uid))
			changes->changed[kept++] = changes->changed[i];
	}
	changes->changed_count = kept;
}

/* What the base has and THERE has not is gone. */
static int find_gone(struct far_diff *diff, const struct uid_set *there, struct error *error)
{
	struct far_changes *changes = diff->changes;
	uid_set_add_set(&changes->outside_removed, diff->outside);
	uid_set_remove_set(&changes->outside_removed, there);
	return base_view_missing(diff->base, there, &changes->removed, error);
}

/* Without a base all that is there is new. */
static void add_held(struct far_diff *diff)
{
	struct uid_set *added = &diff->changes->added;
	if (diff->base->count > 0)
		return;
	uid_set_add_set(added, &diff->held);
	uid_set_remove_set(added, diff->outside);
}

int far_diff_finish(struct far_diff *diff, bool complete, struct error *error)
{
	struct far_changes *changes = diff->changes;
	struct uid_set seen = UID_SET_INITIAL;
	int result = 0;
	uid_collection_move(&diff->seen, &seen);
	uid_collection_move(&diff->added, &changes->added);
	if (complete) {
		add_held(diff);
		uid_set_add_set(&seen, &diff->held);
		result = find_gone(diff, &seen, error);
	} else if (diff->holds) {
		result = find_gone(diff, &diff->held, error);
	}
	uid_set_release(&diff->held);
	diff->holds = false;
	if (!is_ascending(changes))
		make_unique(changes);
	if (!uid_set_is_empty(&changes->removed))
		drop_removed(changes);
	uid_set_release(&seen);
	return result;
}

void far_diff_release(struct far_diff *diff)
{
	uid_collection_release(&diff->seen);
	uid_collection_release(&diff->added);
	uid_set_release(&diff->held);
}
