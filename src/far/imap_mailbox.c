/* The far side over IMAP: which mailbox a session's commands are about. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
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

/* --- Ahead of the operation that needs it --- */

void far_imap_open_next(struct far_session *session, const struct far_mailbox *mailbox)
{
	struct far_imap_next *next = &far_imap_of(session)->next;
	free(next->mailbox);
	next->mailbox = mailbox ? memory_text(mailbox->name) : NULL;
	next->read_only = mailbox && mailbox->read_only;
}

void far_imap_next_send(struct far_imap *imap)
{
	struct far_imap_next *next = &imap->next;
	if (!next->mailbox || next->select)
		return;
	next->select = imap_select_send(imap->session, next->mailbox, next->read_only, NULL);
	free(next->mailbox);
	next->mailbox = NULL;
}

/* What was sent so, when it opens MAILBOX and nothing else was opened behind it; else it is of no
 * use. */
static struct imap_command *take_next(struct far_imap *imap, const struct far_mailbox *mailbox)
{
	struct imap_command *select = imap->next.select;
	struct imap_mailbox_state now;
	struct error ignored = ERROR_INITIAL;
	imap->next.select = NULL;
	if (!select ||
	    imap_select_is_current(imap->session, select, mailbox->name, mailbox->read_only))
		return select;
	if (imap_select_finish(imap->session, &select, &now, &ignored) == IMAP_RESULT_OK)
		imap_mailbox_state_release(&now);
	return NULL;
}

int far_imap_open(struct far_imap *imap, const struct far_mailbox *mailbox, struct error *error)
{
	struct imap_command *select = take_next(imap, mailbox);
	if (!select)
		select = far_imap_open_send(imap, mailbox);
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
