/* Apply: one folder's plan, step by step. Removals come last, when what they replace is safe.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/layout.h"
#include "sync/folder.h"

static int open_maildir(struct sync_folder *folder, struct error *error)
{
	if (folder->maildir)
		return 0;
	char *path = maildir_layout_path(folder->context->account->maildir, folder->view->name);
	int result = 0;
	if (folder->action == FOLDER_CREATE_NEAR)
		result = maildir_create(path, error);
	if (result == 0) {
		enum maildir_open_result opened = maildir_open(path, &folder->maildir, error);
		if (opened == MAILDIR_OPEN_MISSING)
			(void)error_set(
				error, ERROR_TEMPORARY, SCOPE_FOLDER,
				"the Maildir %s vanished while navette worked on it; run again",
				path);
		result = opened == MAILDIR_OPEN_OK ? 0 : -1;
	}
	free(path);
	return result;
}

static int create_mailbox(struct sync_folder *folder, struct imap_session *session,
			  struct error *error)
{
	if (imap_folder_to_mailbox(folder->view->name, imap_session_naming(session),
				   &folder->mailbox, error) != 0)
		return -1;
	if (imap_create(session, folder->mailbox, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	return 0;
}

/* The mailbox as it is now: the UIDs of the plan must still mean the same messages. */
static int select_mailbox(struct sync_folder *folder, struct imap_session *session,
			  struct error *error)
{
	struct imap_mailbox_state now;
	struct imap_command *command = imap_select_send(session, folder->mailbox, false);
	if (imap_select_finish(session, &command, &now, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	uint32_t before = folder->far_state.uidvalidity;
	imap_mailbox_state_release(&folder->far_state);
	folder->far_state = now;
	if (before != 0 && before != now.uidvalidity)
		return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
				 "the mailbox was replaced on the server during the run (its "
				 "UIDVALIDITY changed); the next run takes it as it is then");
	if (now.uidvalidity == 0)
		return error_set(
			error, ERROR_FAILED, SCOPE_FOLDER,
			"the server gives this mailbox no UIDVALIDITY, so its messages "
			"cannot be told apart from one run to the next; it was left alone");
	return 0;
}

/* The folder's record must stand before any of its messages. A void base goes in the same
 * transaction that notes the new UIDVALIDITY: new UIDs could be equal to old ones. */
static int record_folder(struct state_transaction *transaction, void *context, struct error *error)
{
	struct sync_folder *folder = context;
	struct state_folder *record = &folder->record;
	if (folder->base_is_void && state_folder_clear(transaction, record->id, error) != 0)
		return -1;
	record->uidvalidity = folder->far_state.uidvalidity;
	free(record->far_name);
	record->far_name = memory_text(folder->mailbox);
	return state_folder_put(transaction, record, error);
}

/* --- Folders that go --- */

static int drop_record(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct sync_folder *folder = context;
	struct state_folder record;
	int found = state_folder_get(transaction, folder->view->name, &record, error);
	if (found <= 0)
		return found;
	int result = state_folder_remove(transaction, record.id, record.name, error);
	state_folder_release(&record);
	return result;
}

static int remove_maildir(struct sync_folder *folder, struct imap_session *session,
			  struct error *error)
{
	if (open_maildir(folder, error) != 0 || sync_apply_removals(folder, session, error) != 0)
		return -1;
	maildir_close(&folder->maildir);
	char *path = maildir_layout_path(folder->context->account->maildir, folder->view->name);
	int result = maildir_remove(path, error);
	free(path);
	return result;
}

static int remove_mailbox(struct sync_folder *folder, struct imap_session *session,
			  struct error *error)
{
	if (imap_delete(session, folder->mailbox, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	folder->counts.far_removed += folder->view->base_messages;
	return 0;
}

static int remove_folder(struct sync_folder *folder, struct imap_session *session,
			 struct error *error)
{
	if (folder->action == FOLDER_REMOVE_NEAR && remove_maildir(folder, session, error) != 0)
		return -1;
	if (folder->action == FOLDER_REMOVE_FAR && remove_mailbox(folder, session, error) != 0)
		return -1;
	return state_write(folder->context->state, drop_record, folder, error);
}

/* --- Folders that stay --- */

static int synchronise(struct sync_folder *folder, struct imap_session *session,
		       struct error *error)
{
	bool created = folder->action == FOLDER_CREATE_FAR;
	folder->base_is_void = folder->base_is_void || (created && folder->record.id != 0);
	if (open_maildir(folder, error) != 0 ||
	    (created && create_mailbox(folder, session, error) != 0))
		return -1;
	if (sync_folder_needs_server(folder) && select_mailbox(folder, session, error) != 0)
		return -1;
	if (state_write(folder->context->state, record_folder, folder, error) != 0)
		return -1;
	folder->base_cleared = folder->base_is_void;
	folder->base_is_void = false;
	if (sync_apply_downloads(folder, session, error) != 0 ||
	    sync_apply_uploads(folder, session, error) != 0 ||
	    sync_apply_merges(folder, session, error) != 0)
		return -1;
	return sync_apply_removals(folder, session, error);
}

int sync_folder_apply(struct sync_folder *folder, struct imap_session *session, struct error *error)
{
	switch (folder->action) {
	case FOLDER_REMOVE_NEAR:
	case FOLDER_REMOVE_FAR:
	case FOLDER_FORGET:
		return remove_folder(folder, session, error);
	case FOLDER_SYNC:
	case FOLDER_CREATE_NEAR:
	case FOLDER_CREATE_FAR:
		return synchronise(folder, session, error);
	case FOLDER_GONE_NEAR:
	case FOLDER_GONE_FAR:
	case FOLDER_SKIP:
		break; /* refused or left out before */
	}
	return 0;
}
