/* The far side over IMAP: which mailbox a session's commands are about. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "far/imap_private.h"

int far_imap_check_validity(const struct far_mailbox *mailbox, uint32_t now, struct error *error)
{
	if (now == 0)
		return error_set(
			error, ERROR_FAILED, SCOPE_FOLDER,
			"the server gives this mailbox no UIDVALIDITY, so its messages "
			"cannot be told apart from one run to the next; it was left alone");
	if (mailbox->uidvalidity != 0 && mailbox->uidvalidity != now)
		return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
				 "the mailbox was replaced on the server during the run (its "
				 "UIDVALIDITY changed); the next run takes it as it is then");
	return 0;
}

struct far_state far_imap_take_state(struct imap_mailbox_state *state)
{
	struct far_state taken = { .marks = { .uidvalidity = state->uidvalidity,
					      .uidnext = state->uidnext,
					      .messages = state->messages,
					      .highestmodseq = state->highestmodseq },
				   .mailbox_id = state->mailbox_id,
				   .read_only = state->read_only,
				   .newest_only = state->newest_only,
				   .newest_limit = state->newest_limit,
				   .permanent_flags = state->permanent_flags };
	*state = (struct imap_mailbox_state){ .uidvalidity = 0 };
	return taken;
}

struct imap_command *far_imap_open_send(const struct far_imap *imap,
					const struct far_mailbox *mailbox)
{
	uint32_t open = imap_session_selected(imap->session, mailbox->name, mailbox->read_only);
	/* Whatever it is, it is being opened. */
	if (mailbox->uidvalidity == 0 &&
	    imap_session_is_opening(imap->session, mailbox->name, mailbox->read_only))
		return NULL;
	if (open != 0 && (mailbox->uidvalidity == 0 || open == mailbox->uidvalidity))
		return NULL;
	return imap_select_send(imap->session, mailbox->name, mailbox->read_only, NULL);
}

int far_imap_open_finish_state(const struct far_imap *imap, const struct far_mailbox *mailbox,
			       struct imap_command **select, struct imap_mailbox_state *now_r,
			       struct error *error)
{
	if (!*select)
		return 0;
	if (imap_select_finish(imap->session, select, now_r, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	return far_imap_check_validity(mailbox, now_r->uidvalidity, error);
}

int far_imap_open_finish(const struct far_imap *imap, const struct far_mailbox *mailbox,
			 struct imap_command **select, struct error *error)
{
	struct imap_mailbox_state now = { .messages = 0 };
	int result = far_imap_open_finish_state(imap, mailbox, select, &now, error);
	imap_mailbox_state_release(&now);
	return result;
}

int far_imap_open(const struct far_imap *imap, const struct far_mailbox *mailbox,
		  struct error *error)
{
	struct imap_command *select = far_imap_open_send(imap, mailbox);
	return far_imap_open_finish(imap, mailbox, &select, error);
}

int far_imap_look(struct far_session *session, const struct far_mailbox *mailbox,
		  struct far_state *state_r, struct error *error)
{
	struct imap_session *imap = far_imap_of(session)->session;
	struct imap_mailbox_state now;
	struct imap_command *command =
		imap_select_send(imap, mailbox->name, mailbox->read_only, NULL);
	*state_r = (struct far_state){ .read_only = false };
	if (imap_select_finish(imap, &command, &now, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	*state_r = far_imap_take_state(&now);
	return far_imap_check_validity(mailbox, state_r->marks.uidvalidity, error);
}
