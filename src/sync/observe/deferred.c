/* Messages that the server fails to give. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/deferred.h"

#include "far/far.h"
#include "sync/folder.h"
#include "sync/observe/outside.h"
#include "sync/report.h"

/* A little less than a day, so that a run each night finds them due. */
#define LONGEST_WAIT (INT64_C(22) * 3600)
/* Nor is it worth it to wait for less than this. */
#define SHORTEST_WAIT 60
/* So many connections may end with one message before it is taken for the reason; of those that end
 * without a word, runs in which they did. The first is with others, when only the order of the
 * answers points to it. */
#define BYES_MAX 2u
#define BREAKS_MAX 4u

void sync_deferred_release(struct sync_deferred *deferred)
{
	uid_set_release(&deferred->waiting);
	uid_set_release(&deferred->due);
	uid_set_release(&deferred->ending);
}

int64_t sync_deferred_again(enum sync_failure failure, uint32_t count, int64_t since, int64_t now)
{
	int64_t failed_for = now > since ? now - since : 0;
	switch (failure) {
	case SYNC_FAILURE_REFUSED:
		if (failed_for < SHORTEST_WAIT)
			return now;
		return now + (failed_for < LONGEST_WAIT ? failed_for : LONGEST_WAIT);
	case SYNC_FAILURE_BYE:
		return count < BYES_MAX ? now : now + LONGEST_WAIT;
	case SYNC_FAILURE_BROKE:
		break;
	}
	return count < BREAKS_MAX ? now : now + LONGEST_WAIT;
}

/* --- What is known --- */

/* Two runs may begin in one second. */
static bool was_tried_in_this_run(const struct state_deferred *deferred,
				  const struct sync_context *context)
{
	return deferred->tried >= context->now && context->blamed + context->suspected > 0;
}

/* A time far ahead was noted by a clock that was wrong. Who asks for everything that is not here,
 * or for certain messages, gets one more try. */
static bool is_waiting(const struct state_deferred *deferred, const struct sync_context *context)
{
	bool tried = was_tried_in_this_run(deferred, context);
	bool asked_for = context->options->restore || context->options->fetch;
	return deferred->again > context->now &&
	       deferred->again <= context->now + 2 * LONGEST_WAIT && (tried || !asked_for);
}

/* In an earlier round, which had lost its connection. */
static void report_deferred(struct sync_folder *folder, const struct state_deferred *deferred)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"message with UID %u was not downloaded, because it ends the connection: "
			"%s. Most likely it is damaged on the server: have it repaired or remove "
			"it there. It is asked for once a day from now on",
			deferred->uid, deferred->reason);
	sync_report_message(folder, &error);
}

static void take(struct sync_folder *folder, const struct state_deferred *deferred)
{
	const struct sync_context *context = folder->context;
	if (!is_waiting(deferred, context)) {
		uid_set_add(&folder->base.deferred.due, deferred->uid);
		if (deferred->ends_connection)
			uid_set_add(&folder->base.deferred.ending, deferred->uid);
		return;
	}
	uid_set_add(&folder->base.deferred.waiting, deferred->uid);
	if (was_tried_in_this_run(deferred, context) && deferred->ends_connection)
		report_deferred(folder, deferred);
}

int sync_deferred_load(struct sync_folder *folder, struct state_transaction *transaction,
		       struct error *error)
{
	struct state_deferred deferred;
	uint32_t from = 1;
	int found;
	while ((found = state_deferred_next(transaction, folder->base.record.id, from, &deferred,
					    error)) > 0) {
		take(folder, &deferred);
		if (deferred.uid == UINT32_MAX)
			break;
		from = deferred.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

void sync_deferred_forget(struct sync_folder *folder)
{
	uid_set_clear(&folder->base.deferred.waiting);
	uid_set_clear(&folder->base.deferred.due);
	uid_set_clear(&folder->base.deferred.ending);
}

/* --- The plan --- */

/* A window that is settled is not asked for them again. */
static bool comes_by_itself(const struct sync_folder *folder)
{
	return window_rule_is_open(&folder->far.window.rule) || !folder->far.window.settled;
}

void sync_deferred_plan(struct sync_folder *folder)
{
	struct plan *plan = &folder->plan;
	struct uid_set waiting = UID_SET_INITIAL;
	uid_set_add_set(&waiting, &folder->base.deferred.waiting);
	uid_set_keep_only(&waiting, &plan->downloads);
	/* Of a stub it is the whole that waits, not the header. */
	uid_set_remove_set(&waiting, &folder->base.stubs);
	uid_set_remove_set(&plan->downloads, &waiting);
	uid_set_add_set(&plan->outside, &waiting);
	uid_set_release(&waiting);
	if (comes_by_itself(folder) ||
	    !(folder->target.view->channel->rules.pull & CONFIG_KIND_NEW))
		return;
	struct uid_set due = UID_SET_INITIAL;
	uid_set_add_set(&due, &folder->base.deferred.due);
	uid_set_keep_only(&due, &folder->base.outside);
	uid_set_remove_set(&due, &folder->far.changes.outside_removed);
	uid_set_add_set(&plan->downloads, &due);
	uid_set_release(&due);
}

/* --- The records --- */

/* Of a stub that the base has it is the whole that failed. Returns 0 or -1. */
static int forget_unless_stub(struct state_transaction *transaction,
			      const struct sync_folder *folder, uint32_t uid, struct error *error)
{
	struct state_message message;
	uint32_t id = folder->base.record.id;
	int found = 0;
	if (uid_set_contains(&folder->base.stubs, uid))
		found = state_message_by_uid(transaction, id, uid, &message, error);
	if (found != 0)
		return found < 0 ? -1 : 0;
	return state_deferred_remove(transaction, id, uid, error);
}

int sync_deferred_settle(struct state_transaction *transaction, const struct sync_folder *folder,
			 struct error *error)
{
	struct uid_set gone = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&gone, &folder->base.deferred.waiting);
	uid_set_add_set(&gone, &folder->base.deferred.due);
	uid_set_remove_set(&gone, &folder->base.outside);
	uid_set_remove_set(&gone, &folder->plan.downloads);
	for (uint32_t uid = 0; result == 0 && uid_set_next(&gone, &uid);)
		result = forget_unless_stub(transaction, folder, uid, error);
	uid_set_release(&gone);
	return result;
}

int sync_deferred_remove(struct state_transaction *transaction, const struct sync_folder *folder,
			 const struct uid_set *uids, struct error *error)
{
	const struct sync_deferred *deferred = &folder->base.deferred;
	struct uid_set known = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&known, &deferred->waiting);
	uid_set_add_set(&known, &deferred->due);
	uid_set_keep_only(&known, uids);
	for (uint32_t uid = 0; result == 0 && uid_set_next(&known, &uid);)
		result = state_deferred_remove(transaction, folder->base.record.id, uid, error);
	uid_set_release(&known);
	return result;
}

struct note {
	struct sync_folder *folder;
	const struct uid_set *uids;
	struct uid_set stubs; /* what the folder has of them */
	enum sync_failure failure;
	const char *reason;
	int64_t now;
};

/* The one before, or a new one. 1, or 0 for a message that is not to be noted: the base has it, not
 * as a stub, and it was to be brought back. -1 error. */
static int find_record(struct state_transaction *transaction, const struct note *note, uint32_t uid,
		       struct state_deferred *deferred_r, bool *in_base_r, struct error *error)
{
	struct state_message message;
	uint32_t id = note->folder->base.record.id;
	int found = state_message_by_uid(transaction, id, uid, &message, error);
	*in_base_r = found > 0;
	if (found < 0 || (found > 0 && !uid_set_contains(&note->stubs, uid)))
		return found < 0 ? -1 : 0;
	found = state_deferred_next(transaction, id, uid, deferred_r, error);
	if (found < 0)
		return -1;
	if (found == 0 || deferred_r->uid != uid)
		*deferred_r = (struct state_deferred){ .uid = uid, .since = note->now };
	return 1;
}

/* One that is not here and waits. It may have been a stub before. */
static int leave_out(struct state_transaction *transaction, const struct note *note, uint32_t uid,
		     struct error *error)
{
	struct uid_set one = UID_SET_INITIAL;
	uint32_t id = note->folder->base.record.id;
	uid_set_add(&one, uid);
	int result = sync_outside_add(transaction, id, &one, error);
	if (result == 0 && uid_set_contains(&note->stubs, uid))
		result = state_set_remove(transaction, id, STATE_STUBS, &one, error);
	uid_set_release(&one);
	return result;
}

static int note_one(struct state_transaction *transaction, const struct note *note, uint32_t uid,
		    struct error *error)
{
	struct state_deferred deferred;
	bool in_base;
	int found = find_record(transaction, note, uid, &deferred, &in_base, error);
	if (found <= 0)
		return found;
	/* A connection may break for other reasons, all through a run: that counts once. */
	if (note->failure != SYNC_FAILURE_BROKE || deferred.tried != note->now)
		deferred.failures++;
	deferred.tried = note->now;
	deferred.ends_connection = note->failure != SYNC_FAILURE_REFUSED;
	deferred.again =
		sync_deferred_again(note->failure, deferred.failures, deferred.since, note->now);
	deferred.reason = note->reason;
	int result =
		state_deferred_put(transaction, note->folder->base.record.id, &deferred, error);
	if (result == 0 && deferred.again > note->now && !in_base)
		result = leave_out(transaction, note, uid, error);
	return result;
}

static int note_all(struct state_transaction *transaction, void *context, struct error *error)
{
	struct note *note = context;
	int result = state_set_get(transaction, note->folder->base.record.id, STATE_STUBS,
				   &note->stubs, error);
	for (uint32_t uid = 0; result == 0 && uid_set_next(note->uids, &uid);)
		result = note_one(transaction, note, uid, error);
	uid_set_release(&note->stubs);
	return result;
}

int sync_deferred_note(struct sync_folder *folder, const struct uid_set *uids,
		       enum sync_failure failure, const char *reason, struct error *error)
{
	struct note note = { .folder = folder,
			     .uids = uids,
			     .failure = failure,
			     .reason = reason,
			     .now = folder->context->now };
	/* UIDs of which the state has no folder, or another one's, cannot be noted. */
	if (folder->base.record.id == 0 || folder->base.state == FOLDER_BASE_VOID)
		return 0;
	return state_write(folder->context->state, note_all, &note, error);
}

void sync_deferred_blame(struct sync_folder *folder, const struct far_session *session,
			 const struct uid_set *asked, const struct uid_set *came,
			 const struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set first = UID_SET_INITIAL;
	struct error ignored = ERROR_INITIAL; /* without the note it is asked for again as before */
	uint32_t uid = 0;
	/* What a server says wrong may be about anything. */
	if (far_is_alive(session) || error->scope != SCOPE_CONNECTION ||
	    error->kind != ERROR_TEMPORARY || far_end(session) == FAR_END_BYE_TO_CLIENT)
		return;
	bool bye = far_end(session) == FAR_END_BYE;
	uid_set_add_set(&left, asked);
	uid_set_remove_set(&left, came);
	if (uid_set_next(&left, &uid)) {
		uid_set_add(&first, uid);
		(void)sync_deferred_note(folder, &first,
					 bye ? SYNC_FAILURE_BYE : SYNC_FAILURE_BROKE, error->text,
					 &ignored);
		if (bye)
			folder->context->blamed++;
		else
			folder->context->suspected++;
	}
	uid_set_release(&left);
	uid_set_release(&first);
}
