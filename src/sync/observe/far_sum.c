/* Whether what a server told of changes can be all of them. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#include "sync/observe/far_sum.h"

#include "sync/folder.h"

/* How many of the removed messages were not known to be absent already: a server may tell of old
 * removals again. */
static int count_removed(const struct sync_folder *folder, const struct base_view *base,
			 uint64_t *count_r, struct error *error)
{
	const struct uid_set *removed = &folder->far.changes.removed;
	*count_r = uid_set_size(removed);
	for (uint32_t uid = 0; base->absent_far > 0 && uid_set_next(removed, &uid);) {
		struct state_message message;
		int found = base->by_uid(base->context, uid, &message, error);
		if (found < 0)
			return -1;
		*count_r -= found && state_is_absent_far(message.absent);
	}
	return 0;
}

/* How many messages are new since the marks were noted: where new ones are withheld, those with a
 * lower UID than UIDNEXT was were withheld then. */
static uint64_t count_added(const struct sync_folder *folder)
{
	const struct uid_set *added = &folder->far.changes.added;
	uint64_t count = uid_set_size(added);
	for (uint32_t uid = 0; folder->base.record.far_withheld > 0 && uid_set_next(added, &uid);)
		count -= uid < folder->base.record.uidnext;
	return count;
}

/* How many messages of the base that were absent are there again. The list of changes may name one
 * more than once yet. */
static int count_returned(const struct sync_folder *folder, const struct base_view *base,
			  uint64_t *count_r, struct error *error)
{
	const struct far_changes *far = &folder->far.changes;
	struct uid_set returned = UID_SET_INITIAL;
	int found = 0;
	for (size_t i = 0; base->absent_far > 0 && found >= 0 && i < far->changed_count; i++) {
		struct state_message message;
		found = base->by_uid(base->context, far->changed[i].uid, &message, error);
		if (found > 0 && state_is_absent_far(message.absent))
			uid_set_add(&returned, far->changed[i].uid);
	}
	*count_r = uid_set_size(&returned);
	uid_set_release(&returned);
	return found < 0 ? -1 : 0;
}

int far_sum_adds_up(const struct sync_folder *folder, const struct base_view *base,
		    struct error *error)
{
	uint64_t removed;
	uint64_t returned;
	if (count_removed(folder, base, &removed, error) != 0 ||
	    count_returned(folder, base, &returned, error) != 0)
		return -1;
	uint64_t expected = base->count - base->absent_far + folder->base.record.far_withheld +
			    count_added(folder) + returned - removed;
	expected += uid_set_size(&folder->base.outside) -
		    uid_set_size(&folder->far.changes.outside_removed);
	return expected == folder->far.state.marks.messages;
}
