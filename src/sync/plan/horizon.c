/* Servers that show only the newest messages of a mailbox. SPDX-License-Identifier:
 * GPL-3.0-or-later
 */
#include "sync/plan/horizon.h"

/* Limits that are in use: 1,000, 2,000, 5,000 and 10,000. */
#define ROUND_NUMBER 1000
/* A mailbox that shows fewer than that is at no limit that anybody would set. */
#define SMALLEST_LIMIT 100
/* More than somebody removes one by one. */
#define MANY 100

bool horizon_is_reached(const struct horizon *horizon)
{
	if (horizon->told)
		return horizon->shown >= (horizon->limit > 0 ? horizon->limit : SMALLEST_LIMIT);
	return horizon->shown > 0 && horizon->shown % ROUND_NUMBER == 0;
}

bool horizon_hides(const struct horizon *horizon, uint64_t gone, uint64_t arrived)
{
	if (gone == 0 || !horizon_is_reached(horizon))
		return false;
	return horizon->before == 0 || horizon->before == horizon->shown || arrived >= gone ||
	       gone > MANY;
}

/* --- What is below all that is shown --- */

static void lower(uint32_t *lowest, uint32_t uid)
{
	if (*lowest == 0 || uid < *lowest)
		*lowest = uid;
}

/* The lowest UID of the base that the far side shows: 1, 0 there is none, -1. Those known to be
 * absent that are there again are among the changes. */
static int find_lowest_of_base(const struct base_view *base, const struct far_changes *far,
			       uint32_t *lowest_r, struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = base->next(base->context, from, &message, error)) > 0) {
		*lowest_r = message.uid;
		if (!state_is_absent_far(message.absent) &&
		    !uid_set_contains(&far->removed, message.uid))
			return 1;
		if (message.uid == UINT32_MAX)
			return 0;
		from = message.uid + 1;
	}
	return found;
}

/* The lowest UID that the far side shows; 0: it shows none. Returns 0 or -1. */
static int find_lowest(const struct base_view *base, const struct far_changes *far,
		       const struct uid_set *outside, uint32_t *lowest_r, struct error *error)
{
	struct uid_set others = UID_SET_INITIAL;
	uint32_t uid = 0;
	*lowest_r = 0;
	int found = find_lowest_of_base(base, far, &uid, error);
	if (found > 0)
		lower(lowest_r, uid);
	if (far->changed_count > 0)
		lower(lowest_r, far->changed[0].uid);
	if (outside)
		uid_set_add_set(&others, outside);
	uid_set_remove_set(&others, &far->outside_removed);
	uid_set_add_set(&others, &far->added);
	if (!uid_set_is_empty(&others))
		lower(lowest_r, others.ranges[0].first);
	uid_set_release(&others);
	return found < 0 ? -1 : 0;
}

/* Those of the removed messages that were there until now, below LOWEST. */
static int find_gone(const struct base_view *base, const struct far_changes *far, uint32_t lowest,
		     struct uid_set *gone, struct error *error)
{
	for (uint32_t uid = 0; uid_set_next(&far->removed, &uid) && uid < lowest;) {
		struct state_message message;
		int found = base->by_uid(base->context, uid, &message, error);
		if (found < 0)
			return -1;
		if (found > 0 && !state_is_absent_far(message.absent))
			uid_set_add(gone, uid);
	}
	return 0;
}

/* What came since the last look: new messages, and those of the base that were uploaded since.
 * Returns 0 or -1. */
static int count_arrived(const struct horizon *horizon, const struct base_view *base,
			 const struct far_changes *far, uint64_t most, uint64_t *count_r,
			 struct error *error)
{
	struct state_message message;
	uint32_t from = horizon->news_from > 0 ? horizon->news_from : 1;
	int found = 1;
	*count_r = uid_set_size(&far->added);
	while (*count_r < most && (found = base->next(base->context, from, &message, error)) > 0) {
		*count_r += !state_is_absent_far(message.absent) &&
			    !uid_set_contains(&far->removed, message.uid);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

int horizon_find_hidden(const struct horizon *horizon, const struct base_view *base,
			const struct far_changes *far, const struct uid_set *outside,
			struct uid_set *hidden, struct error *error)
{
	struct uid_set gone = UID_SET_INITIAL;
	uint32_t lowest;
	uint64_t arrived;
	if (uid_set_is_empty(&far->removed) || !horizon_is_reached(horizon))
		return 0;
	int result = find_lowest(base, far, outside, &lowest, error);
	if (result == 0)
		result = find_gone(base, far, lowest, &gone, error);
	if (result == 0)
		result = count_arrived(horizon, base, far, uid_set_size(&gone), &arrived, error);
	if (result == 0 && horizon_hides(horizon, uid_set_size(&gone), arrived))
		uid_set_add_set(hidden, &gone);
	uid_set_release(&gone);
	return result;
}
