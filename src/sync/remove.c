/* Apply: removals, last of all. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "maildir/message.h"
#include "sync/folder.h"

/* UIDs that leave the base. */
struct forgotten {
	uint32_t folder;
	struct uid_set uids;
};

static int forget(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct forgotten *forgotten = context;
	for (uint32_t uid = 0; uid_set_next(&forgotten->uids, &uid);) {
		if (state_message_remove(transaction, forgotten->folder, uid, error) != 0)
			return -1;
	}
	return 0;
}

static int forget_all(struct sync_folder *folder, struct uid_set *uids, struct error *error)
{
	struct forgotten forgotten = { .folder = folder->record.id, .uids = *uids };
	if (folder->base_cleared || uid_set_is_empty(uids))
		return 0;
	return state_write(folder->context->state, forget, &forgotten, error);
}

static void collect(const struct plan *plan, enum operation_kind kind, struct uid_set *uids)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->operations[i].kind == kind)
			uid_set_add(uids, plan->operations[i].uid);
	}
}

/* --- Far --- */

/* STORE commands under way. */
struct marking {
	struct imap_command **commands;
	size_t count, capacity;
};

static void send_marks(struct marking *marking, struct imap_session *session,
		       const struct uid_set *uids)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	uid_set_add_set(&left, uids);
	while (uid_set_take_part(&left, SYNC_SET_BYTES, &part)) {
		memory_grow((void **)&marking->commands, &marking->capacity, marking->count + 1,
			    sizeof(struct imap_command *));
		marking->commands[marking->count++] =
			imap_store_send(session, &part, true, FLAG_DELETED, NULL);
	}
	uid_set_release(&left);
	uid_set_release(&part);
}

/* All are finished; the first failure is told. */
static int finish_marks(struct marking *marking, struct imap_session *session, struct error *error)
{
	int result = 0;
	for (size_t i = 0; i < marking->count; i++) {
		struct error later = ERROR_INITIAL; /* of a command after the one that failed */
		if (imap_store_finish(session, &marking->commands[i],
				      result == 0 ? error : &later) != IMAP_RESULT_OK)
			result = -1;
	}
	free(marking->commands);
	return result == 0 ? 0 : error_widen(error, SCOPE_FOLDER);
}

/* In one flight: where a STORE fails, UID EXPUNGE leaves those messages alone, for it removes only
 * what is marked. */
static int mark_and_expunge(struct imap_session *session, const struct uid_set *uids,
			    struct error *error)
{
	struct marking marking = { .count = 0 };
	struct error failure = ERROR_INITIAL;
	send_marks(&marking, session, uids);
	enum imap_result expunged = imap_uid_expunge(session, uids, &failure);
	if (finish_marks(&marking, session, error) != 0)
		return -1;
	if (expunged == IMAP_RESULT_OK)
		return 0;
	*error = failure;
	return error_widen(error, SCOPE_FOLDER);
}

static int mark_deleted(struct imap_session *session, const struct uid_set *uids,
			struct error *error)
{
	struct marking marking = { .count = 0 };
	send_marks(&marking, session, uids);
	return finish_marks(&marking, session, error);
}

/* Without UIDPLUS only EXPUNGE is left, which removes everything marked \Deleted. So it is given
 * only when nothing is marked but what the user removed; else ours stay marked, and a later run,
 * when the others are gone or unmarked, finishes (RFC 4549 section 4.2.1 has no better way).
 * *expunged_r tells whether it was done. */
static int expunge_without_uidplus(struct sync_folder *folder, struct imap_session *session,
				   const struct uid_set *uids, bool *expunged_r,
				   struct error *error)
{
	struct uid_set others = UID_SET_INITIAL;
	*expunged_r = false;
	if (imap_search_deleted(session, &others, error) != IMAP_RESULT_OK) {
		uid_set_release(&others);
		return error_widen(error, SCOPE_FOLDER);
	}
	uid_set_remove_set(&others, uids);
	uint64_t other_count = uid_set_size(&others);
	uid_set_release(&others);
	if (other_count > 0) {
		log_line(
			LOG_WARNING,
			"%s: %llu removed messages are marked \\Deleted on the server but stay "
			"there: %llu others are marked too, and the server (without UIDPLUS) could "
			"only remove all of them together. They go when the others are gone or "
			"unmarked.",
			sync_folder_name(folder), (unsigned long long)uid_set_size(uids),
			(unsigned long long)other_count);
		return 0;
	}
	if (imap_expunge_all(session, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	*expunged_r = true;
	return 0;
}

static int remove_far(struct sync_folder *folder, struct imap_session *session,
		      struct uid_set *uids, struct error *error)
{
	bool expunged = true;
	if (uid_set_is_empty(uids))
		return 0;
	sync_report_progress(folder, "removing", 0, uid_set_size(uids));
	if (imap_session_has(session, IMAP_CAPABILITY_UIDPLUS) ||
	    imap_session_has(session, IMAP_CAPABILITY_REV2)) {
		if (mark_and_expunge(session, uids, error) != 0)
			return -1;
	} else if (mark_deleted(session, uids, error) != 0 ||
		   expunge_without_uidplus(folder, session, uids, &expunged, error) != 0) {
		return -1;
	}
	if (!expunged)
		return 0;
	folder->counts.far_removed += uid_set_size(uids);
	return forget_all(folder, uids, error);
}

/* --- Near --- */

/* Unlinks under exactly the name that the scan saw: a file that a reader renamed since may have
 * been changed by the user, and stays for the next run to look at. */
static void remove_file(struct sync_folder *folder, const struct operation *operation,
			struct uid_set *removed)
{
	struct error error = ERROR_INITIAL;
	struct maildir_location location = { .place = operation->place,
					     .name = memory_text(operation->name) };
	switch (maildir_message_remove(folder->maildir, &location, &error)) {
	case MAILDIR_MESSAGE_OK:
		uid_set_add(removed, operation->uid);
		break;
	case MAILDIR_MESSAGE_ERROR:
		sync_report_message(folder, &error);
		break;
	case MAILDIR_MESSAGE_GONE:
		break;
	}
	free(location.name);
}

static int remove_near(struct sync_folder *folder, struct error *error)
{
	const struct plan *plan = &folder->plan;
	struct uid_set removed = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->operations[i].kind == OPERATION_REMOVE_NEAR)
			remove_file(folder, &plan->operations[i], &removed);
	}
	if (!uid_set_is_empty(&removed)) {
		/* Durable before the base forgets: a file that came back would be uploaded as new.
		 */
		result = maildir_sync(folder->maildir, error);
		if (result == 0)
			result = forget_all(folder, &removed, error);
		if (result == 0)
			folder->counts.near_removed += uid_set_size(&removed);
	}
	uid_set_release(&removed);
	return result;
}

int sync_apply_removals(struct sync_folder *folder, struct imap_session *session,
			struct error *error)
{
	struct uid_set far = UID_SET_INITIAL;
	struct uid_set forgotten = UID_SET_INITIAL;
	collect(&folder->plan, OPERATION_REMOVE_FAR, &far);
	collect(&folder->plan, OPERATION_FORGET, &forgotten);
	int result = forget_all(folder, &forgotten, error);
	if (result == 0)
		result = remove_near(folder, error);
	if (result == 0)
		result = remove_far(folder, session, &far, error);
	uid_set_release(&far);
	uid_set_release(&forgotten);
	return result;
}
