/* Removed messages go to a trash folder on the server instead of being expunged.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"
#include "sync/apply/remove_far.h"
#include "sync/apply/trash.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/gather.h"
#include "sync/observe/identity_list.h"
#include "sync/observe/mailbox.h"

/* --- Which folder it is --- */

static bool is_trash(const struct folder_view *view, const char *wanted)
{
	if (strcmp(wanted, "\\Trash") == 0)
		return view->attributes & MAILBOX_TRASH;
	return strcmp(view->name, wanted) == 0;
}

void sync_folder_find_trash(struct sync_folder *folder, const struct folder_table *table)
{
	const char *wanted = sync_target_rules(&folder->target)->trash;
	if (!wanted || is_trash(folder->target.view, wanted))
		return;
	folder->target.has_trash = true;
	for (size_t i = 0; i < table->count && !folder->target.trash; i++) {
		if (table->items[i]->mailbox && is_trash(table->items[i], wanted))
			folder->target.trash = table->items[i];
	}
}

static int check_trash(const struct sync_folder *folder, struct error *error)
{
	if (folder->target.trash)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "messages that were removed here stay on the server, because it has no "
			 "folder %s (trash) to put them in; make it, or change the rule",
			 sync_target_rules(&folder->target)->trash);
}

/* --- What does not belong there --- */

static int find_known(const struct sync_folder *folder, const struct identity_list *trashed,
		      const struct uid_set *uids, struct uid_set *moved, struct error *error)
{
	const struct identity_list *arrivals = folder->context->arrivals;
	struct sync_base base;
	int found = 0;
	if (sync_base_begin(folder, &base, error) != 0)
		return -1;
	for (uint32_t uid = 0; found >= 0 && uid_set_next(uids, &uid);) {
		struct state_message message;
		found = base.view.by_uid(base.view.context, uid, &message, error);
		/* One without a name of its own goes to the trash, rather than for good. */
		if (found > 0 && !identity_is_empty(&message.identity) &&
		    (identity_list_holds(arrivals, &message) ||
		     identity_list_holds(trashed, &message)))
			uid_set_add(moved, uid);
	}
	sync_base_end(&base);
	return found < 0 ? -1 : 0;
}

int sync_find_moved(const struct sync_folder *folder, const struct uid_set *uids,
		    struct uid_set *moved, struct error *error)
{
	struct identity_list trashed = { .items = NULL };
	int result = 0;
	if (folder->target.trash)
		result = identity_list_add_base(&trashed, folder->context->state,
						folder->target.trash->name, error);
	identity_list_sort(&trashed);
	if (result == 0)
		result = find_known(folder, &trashed, uids, moved, error);
	identity_list_release(&trashed);
	return result;
}

/* --- With MOVE: one step, which the server does wholly or not at all --- */

struct trashing {
	struct sync_folder *folder;
	struct far_session *session;
	const char *mailbox;      /* of the trash */
	struct uid_set *left;     /* what is not surely gone yet */
	struct uid_set uncopied;  /* without MOVE: what has to be copied */
	uint32_t first_uid;       /* likewise: that a copy of an earlier run can have */
	struct far_changes there; /* likewise: what the trash has that may be copies */
};

typedef struct imap_command *send_function(struct imap_session *session, const struct uid_set *part,
					   const char *mailbox);
typedef enum imap_result finish_function(struct trashing *trashing, struct imap_command **command,
					 struct error *error);

/* All of SET in commands of one flight; the first failure is told. */
static int do_in_parts(struct trashing *trashing, const struct uid_set *set, send_function *send,
		       finish_function *finish, struct error *error)
{
	struct imap_command **commands = NULL;
	size_t count = 0;
	size_t capacity = 0;
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	int result = 0;
	uid_set_add_set(&left, set);
	while (uid_set_take_part(&left, SYNC_SET_BYTES, &part)) {
		memory_grow((void **)&commands, &capacity, count + 1, sizeof *commands);
		commands[count++] =
			send(far_imap_session(trashing->session), &part, trashing->mailbox);
	}
	for (size_t i = 0; i < count; i++) {
		struct error failure = ERROR_INITIAL;
		if (finish(trashing, &commands[i], &failure) == IMAP_RESULT_OK || result != 0)
			continue;
		*error = failure;
		result = error_widen(error, SCOPE_FOLDER);
	}
	free(commands);
	uid_set_release(&left);
	uid_set_release(&part);
	return result;
}

static enum imap_result finish_move(struct trashing *trashing, struct imap_command **command,
				    struct error *error)
{
	struct uid_set gone = UID_SET_INITIAL;
	enum imap_result result =
		imap_expunge_finish(far_imap_session(trashing->session), command, &gone, error);
	uid_set_remove_set(trashing->left, &gone);
	uid_set_release(&gone);
	return result;
}

static int move(struct trashing *trashing, struct error *error)
{
	struct uid_set all = UID_SET_INITIAL;
	uid_set_add_set(&all, trashing->left);
	int result = do_in_parts(trashing, &all, imap_move_send, finish_move, error);
	uid_set_release(&all);
	return result;
}

/* --- Without: COPY, and only when that was OK, the removal. A crash in between must not copy
 * twice: what is to be copied is recorded first, as an upload that began, and afterwards the trash
 * is asked whether it arrived --- */

typedef int message_function(struct trashing *trashing, struct state_transaction *transaction,
			     const struct state_message *message, struct error *error);

static int each_message(struct trashing *trashing, struct state_transaction *transaction,
			const struct uid_set *set, message_function *see, struct error *error)
{
	uint32_t id = trashing->folder->base.record.id;
	for (uint32_t uid = 0; uid_set_next(set, &uid);) {
		struct state_message message;
		int found = state_message_by_uid(transaction, id, uid, &message, error);
		if (found < 0 || (found > 0 && see(trashing, transaction, &message, error) != 0))
			return -1;
	}
	return 0;
}

static int record_intent(struct trashing *trashing, struct state_transaction *transaction,
			 const struct state_message *message, struct error *error)
{
	const struct far_marks *status = &trashing->folder->target.trash->status;
	const struct state_upload intent = { .kind = STATE_UPLOAD_NONE,
					     .uidvalidity = status->uidvalidity,
					     .uidnext = status->uidnext > 0 ? status->uidnext : 1,
					     .size = message->size,
					     .identity = message->identity };
	/* A copy: what is read may point into a page that the writing changes. */
	char *name = memory_text_length(message->name, message->base_length);
	int result = state_upload_put(transaction, trashing->folder->base.record.id, name,
				      message->base_length, &intent, error);
	free(name);
	return result;
}

static int record_intents(struct state_transaction *transaction, void *context, struct error *error)
{
	struct trashing *trashing = context;
	return each_message(trashing, transaction, &trashing->uncopied, record_intent, error);
}

/* The first of the trash's messages that may be the copy; each counts once. */
static bool take_copy(struct far_changes *there, const struct state_message *message,
		      uint32_t from_uid)
{
	for (size_t i = 0; i < there->identified_count; i++) {
		struct far_identified *one = &there->identified[i];
		bool is_same = identity_equal(&one->identity, &message->identity) &&
			       (!identity_is_empty(&one->identity) || one->size == message->size);
		if (one->uid < from_uid || !is_same)
			continue;
		*one = there->identified[--there->identified_count];
		return true;
	}
	return false;
}

/* What an earlier run began to copy is there already, or is copied again. */
static uint32_t first_uid_of_copy(const struct trashing *trashing,
				  const struct state_upload *intent)
{
	const struct far_marks *status = &trashing->folder->target.trash->status;
	return intent->uidvalidity == status->uidvalidity ? intent->uidnext : 1;
}

static int look_for_intent(struct trashing *trashing, struct state_transaction *transaction,
			   const struct state_message *message, struct error *error)
{
	struct state_upload intent;
	int found = state_upload_get(transaction, trashing->folder->base.record.id, message->name,
				     message->base_length, &intent, error);
	if (found < 0)
		return -1;
	uint32_t first = found ? first_uid_of_copy(trashing, &intent) : UINT32_MAX;
	if (first < trashing->first_uid)
		trashing->first_uid = first;
	return 0;
}

static int look_for_copy(struct trashing *trashing, struct state_transaction *transaction,
			 const struct state_message *message, struct error *error)
{
	struct state_upload intent;
	int found = state_upload_get(transaction, trashing->folder->base.record.id, message->name,
				     message->base_length, &intent, error);
	if (found > 0 && take_copy(&trashing->there, message, first_uid_of_copy(trashing, &intent)))
		uid_set_remove_range(&trashing->uncopied, message->uid, message->uid);
	return found < 0 ? -1 : 0;
}

static int see_in_trash(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	struct trashing *trashing = context;
	(void)error;
	if (fetch->has_header && fetch->has_size)
		sync_identified_add(&trashing->there, fetch, 0);
	return 0;
}

/* Only after a run that did not end: the trash is looked through from the first UID that a copy can
 * have. */
static int list_trash(struct trashing *trashing, struct error *error)
{
	struct far_session *session = trashing->session;
	struct imap_mailbox_state now = { .uidvalidity = 0 };
	struct imap_command *select =
		imap_select_send(far_imap_session(session), trashing->mailbox, true, NULL);
	struct imap_command *fetch =
		imap_fetch_from_send(far_imap_session(session), trashing->first_uid,
				     IMAP_FETCH_SIZE | IMAP_FETCH_IDENTITY, see_in_trash, trashing);
	struct error ignored = ERROR_INITIAL;
	enum imap_result selected =
		imap_select_finish(far_imap_session(session), &select, &now, error);
	enum imap_result fetched = imap_fetch_finish(far_imap_session(session), &fetch,
						     selected == IMAP_RESULT_OK ? error : &ignored);
	bool is_empty = selected == IMAP_RESULT_OK && now.messages == 0;
	imap_mailbox_state_release(&now);
	if (selected != IMAP_RESULT_OK || fetched == IMAP_RESULT_ERROR ||
	    (fetched == IMAP_RESULT_REFUSED && !is_empty))
		return error_widen(error, SCOPE_FOLDER);
	error_clear(error);
	return sync_folder_need_mailbox(trashing->folder, session, error);
}

/* For each message of SET; reading only. */
static int each_recorded(struct trashing *trashing, const struct uid_set *set,
			 message_function *see, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(trashing->folder->context->state, &transaction, error) != 0)
		return -1;
	int result = each_message(trashing, transaction, set, see, error);
	state_read_end(&transaction);
	return result;
}

static int drop_copied(struct trashing *trashing, struct error *error)
{
	struct uid_set all = UID_SET_INITIAL;
	trashing->first_uid = UINT32_MAX;
	if (!trashing->folder->base.uploads_pending)
		return 0;
	uid_set_add_set(&all, &trashing->uncopied);
	int result = each_recorded(trashing, &all, look_for_intent, error);
	if (result == 0 && trashing->first_uid != UINT32_MAX) {
		result = list_trash(trashing, error);
		if (result == 0)
			result = each_recorded(trashing, &all, look_for_copy, error);
	}
	uid_set_release(&all);
	return result;
}

static enum imap_result finish_copy(struct trashing *trashing, struct imap_command **command,
				    struct error *error)
{
	return imap_copy_finish(far_imap_session(trashing->session), command, error);
}

static int copy_and_remove(struct trashing *trashing, struct uid_set *uids, struct error *error)
{
	struct sync_folder *folder = trashing->folder;
	uid_set_add_set(&trashing->uncopied, uids);
	int result = drop_copied(trashing, error);
	if (result == 0)
		result = state_write(folder->context->state, record_intents, trashing, error);
	if (result == 0)
		result = do_in_parts(trashing, &trashing->uncopied, imap_copy_send, finish_copy,
				     error);
	uid_set_release(&trashing->uncopied);
	far_changes_release(&trashing->there);
	return result == 0 ? sync_remove_from_mailbox(folder, trashing->session, uids, error) : -1;
}

/* --- The whole --- */

int sync_move_to_trash(struct sync_folder *folder, struct far_session *session,
		       struct uid_set *uids, struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	if (check_trash(folder, error) != 0)
		return -1;
	struct trashing trashing = { .folder = folder,
				     .session = session,
				     .mailbox = folder->target.trash->mailbox,
				     .left = &left };
	if (!imap_session_has(far_imap_session(session), IMAP_CAPABILITY_MOVE))
		return copy_and_remove(&trashing, uids, error);
	uid_set_add_set(&left, uids);
	int result = move(&trashing, error);
	if (result == 0)
		result = sync_settle_removal(folder, session, &left, error);
	uid_set_remove_set(uids, &left);
	uid_set_release(&left);
	return result;
}
