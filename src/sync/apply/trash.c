/* Removed messages go to a trash folder on the server instead of being expunged.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"
#include "maildir/name.h"
#include "sync/apply/remove_far.h"
#include "sync/apply/trash.h"
#include "sync/folder.h"
#include "sync/observe/base.h"
#include "sync/observe/gather.h"
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

/* --- By a copy, where the server cannot move --- */

/* Only when the copy was made, the removal. A crash in between must not copy twice: what is to be
 * copied is recorded first, as an upload that began, and afterwards the trash is asked whether it
 * arrived. */
struct trashing {
	struct sync_folder *folder;
	struct far_session *session;
	struct uid_set uncopied;  /* what has to be copied */
	uint32_t first_uid;       /* that a copy of an earlier run can have */
	struct far_changes there; /* what the trash has that may be copies */
};

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

static int see_in_trash(void *context, const struct far_message *message, struct error *error)
{
	struct trashing *trashing = context;
	(void)error;
	if (message->has_header && message->has_size)
		sync_identified_take(&trashing->there, message, 0);
	return 0;
}

/* Only after a run that did not end: the trash is looked through from the first UID that a copy can
 * have. */
static int list_trash(struct trashing *trashing, struct error *error)
{
	const struct far_fetch fetch = {
		.mailbox = { .name = trashing->folder->target.trash->mailbox, .read_only = true },
		.first = trashing->first_uid,
		.items = FAR_SIZE | FAR_IDENTITY,
		.anew = true,
		.context = trashing,
		.see = see_in_trash
	};
	return far_fetch(trashing->session, &fetch, error) == FAR_OK
		       ? 0
		       : error_widen(error, SCOPE_FOLDER);
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

static int copy(struct trashing *trashing, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(trashing->folder);
	struct far_copied copied;
	int result = far_copy(trashing->session, &mailbox, &trashing->uncopied,
			      trashing->folder->target.trash->mailbox, &copied, error);
	far_copied_release(&copied);
	return result;
}

static int copy_and_remove(struct trashing *trashing, struct uid_set *uids, struct error *error)
{
	struct sync_folder *folder = trashing->folder;
	uid_set_add_set(&trashing->uncopied, uids);
	int result = drop_copied(trashing, error);
	if (result == 0)
		result = state_write(folder->context->state, record_intents, trashing, error);
	if (result == 0)
		result = copy(trashing, error);
	uid_set_release(&trashing->uncopied);
	far_changes_release(&trashing->there);
	return result == 0 ? sync_remove_from_mailbox(folder, trashing->session, uids, error) : -1;
}

/* --- The whole --- */

static int move(struct sync_folder *folder, struct far_session *session, struct uid_set *uids,
		struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct uid_set left = UID_SET_INITIAL;
	struct far_copied copied;
	uid_set_add_set(&left, uids);
	int result =
		far_move(session, &mailbox, uids, folder->target.trash->mailbox, &copied, error);
	far_copied_release(&copied);
	uid_set_remove_set(&left, uids);
	if (result == 0)
		sync_report_left(folder, &left);
	uid_set_release(&left);
	return result;
}

int sync_move_to_trash(struct sync_folder *folder, struct far_session *session,
		       struct uid_set *uids, struct error *error)
{
	struct trashing trashing = { .folder = folder, .session = session };
	if (check_trash(folder, error) != 0)
		return -1;
	return far_has(session, FAR_MOVES) ? move(folder, session, uids, error)
					   : copy_and_remove(&trashing, uids, error);
}
