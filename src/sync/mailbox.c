/* Which mailbox a session's commands are about: each folder makes sure of it before it sends any
 * that name messages by UID. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder.h"

int sync_folder_check_validity(const struct sync_folder *folder, uint32_t now, struct error *error)
{
	uint32_t before = folder->far_state.uidvalidity;
	if (now == 0)
		return error_set(
			error, ERROR_FAILED, SCOPE_FOLDER,
			"the server gives this mailbox no UIDVALIDITY, so its messages "
			"cannot be told apart from one run to the next; it was left alone");
	if (before != 0 && before != now)
		return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
				 "the mailbox was replaced on the server during the run (its "
				 "UIDVALIDITY changed); the next run takes it as it is then");
	return 0;
}

int sync_folder_select(const struct sync_folder *folder, struct imap_session *session,
		       struct imap_mailbox_state *now_r, struct error *error)
{
	struct imap_command *command =
		imap_select_send(session, folder->mailbox, folder->context->options->dry_run, NULL);
	if (imap_select_finish(session, &command, now_r, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	return sync_folder_check_validity(folder, now_r->uidvalidity, error);
}

int sync_folder_need_mailbox(const struct sync_folder *folder, struct imap_session *session,
			     struct error *error)
{
	struct imap_mailbox_state now = { .uidvalidity = 0 };
	uint32_t selected =
		imap_session_selected(session, folder->mailbox, folder->context->options->dry_run);
	if (selected != 0)
		return sync_folder_check_validity(folder, selected, error);
	int result = sync_folder_select(folder, session, &now, error);
	imap_mailbox_state_release(&now);
	return result;
}
