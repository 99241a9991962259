/* What the state knows of the messages that a window leaves out. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/outside.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sync/folder.h"

int sync_outside_load(struct sync_folder *folder, struct error *error)
{
	struct state_transaction *transaction;
	uid_set_clear(&folder->base.outside);
	if (folder->base.record.id == 0)
		return 0;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result = state_set_get(transaction, folder->base.record.id, STATE_OUTSIDE,
				   &folder->base.outside, error);
	state_read_end(&transaction);
	return result;
}

static bool share_any(const struct uid_set *a, const struct uid_set *b)
{
	struct uid_set both = UID_SET_INITIAL;
	uid_set_add_set(&both, a);
	uid_set_keep_only(&both, b);
	bool any = !uid_set_is_empty(&both);
	uid_set_release(&both);
	return any;
}

static void note_rule(struct sync_folder *folder, char *text)
{
	free(folder->base.record.window);
	folder->base.record.window = text;
}

/* Messages that are to leave may not have left when the run is killed: until then the state must
 * not say that the window is settled. */
void sync_outside_change(struct sync_folder *folder)
{
	const struct plan *plan = &folder->plan;
	folder->transfer.comes_in = share_any(&folder->base.outside, &plan->downloads);
	uid_set_remove_set(&folder->base.outside, &folder->far.changes.outside_removed);
	uid_set_add_set(&folder->base.outside, &plan->outside);
	if (!uid_set_is_empty(&plan->expires) || folder->base.state == FOLDER_BASE_VOID)
		note_rule(folder, memory_text(WINDOW_UNSETTLED));
	if (plan_has(plan, OPERATION_UPLOAD) &&
	    window_rule_needs_look_after_upload(&folder->far.window.rule))
		folder->transfer.window_is_loose = true;
}

int sync_outside_record(struct state_transaction *transaction, struct sync_folder *folder,
			struct error *error)
{
	return state_set_put(transaction, folder->base.record.id, STATE_OUTSIDE,
			     &folder->base.outside, error);
}

int sync_outside_take(struct state_transaction *transaction, uint32_t id,
		      const struct uid_set *uids, struct error *error)
{
	struct uid_set outside = UID_SET_INITIAL;
	int result = state_set_get(transaction, id, STATE_OUTSIDE, &outside, error);
	if (result == 0) {
		uid_set_remove_set(&outside, uids);
		result = state_set_put(transaction, id, STATE_OUTSIDE, &outside, error);
	}
	uid_set_release(&outside);
	return result;
}

int sync_outside_add(struct state_transaction *transaction, uint32_t id, const struct uid_set *uids,
		     struct error *error)
{
	struct uid_set outside = UID_SET_INITIAL;
	int result = state_set_get(transaction, id, STATE_OUTSIDE, &outside, error);
	if (result == 0) {
		uid_set_add_set(&outside, uids);
		result = state_set_put(transaction, id, STATE_OUTSIDE, &outside, error);
	}
	uid_set_release(&outside);
	return result;
}

void sync_outside_settle(struct sync_folder *folder)
{
	note_rule(folder, folder->transfer.window_is_loose
				  ? memory_text(WINDOW_UNSETTLED)
				  : window_rule_text(&folder->far.window.rule));
}
