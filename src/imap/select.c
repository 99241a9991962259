/* SELECT, EXAMINE and leaving a mailbox (RFC 9051 sections 6.3.2, 6.3.3, 6.4.1, 6.4.2).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

/* What the replies of one SELECT have told so far. */
struct select_task {
	struct imap_mailbox_state state;
	bool has_permanent_flags;
	bool has_modseqs;                 /* CONDSTORE is there */
	struct imap_selection *selection; /* the command's; borrowed */
	bool asks_changes;                /* by QRESYNC */
	struct imap_resync resync;
	bool is_ours;   /* what comes now cannot be about the mailbox selected before */
	bool lost_some; /* a change came that could not be understood or assigned */
};

static void copy_flags(struct flag_names *to, const struct flag_names *from)
{
	text_list_release(&to->keywords);
	to->system = from->system;
	to->any_keyword = from->any_keyword;
	for (size_t i = 0; i < from->keywords.count; i++)
		text_list_add(&to->keywords, from->keywords.items[i]);
}

void imap_mailbox_state_release(struct imap_mailbox_state *state)
{
	text_list_release(&state->permanent_flags.keywords);
	memset(state, 0, sizeof *state);
}

/* What came before CLOSED was about the mailbox that was selected until then (RFC 7162
 * section 3.2.11). */
static void forget_old_mailbox(struct select_task *task)
{
	imap_mailbox_state_release(&task->state);
	task->has_permanent_flags = false;
	task->selection->uidvalidity = 0;
	task->selection->messages_known = false;
	task->selection->messages = 0;
	free(task->selection->before);
	task->selection->before = NULL;
	task->lost_some = false;
	task->is_ours = true;
	if (task->asks_changes)
		task->resync.restart(task->resync.context);
}

static uint32_t to_uid(uint64_t number)
{
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static void take_select_code(struct select_task *task, const struct imap_code *code)
{
	struct imap_mailbox_state *state = &task->state;

	switch (code->type) {
	case IMAP_CODE_CLOSED:
		forget_old_mailbox(task);
		break;
	case IMAP_CODE_UIDVALIDITY:
		state->uidvalidity = to_uid(code->number);
		task->is_ours = true;
		task->selection->uidvalidity = state->uidvalidity;
		break;
	case IMAP_CODE_UIDNEXT:
		state->uidnext = to_uid(code->number);
		break;
	case IMAP_CODE_HIGHESTMODSEQ:
		/* Some servers tell it to everybody; without CONDSTORE it is of no use. */
		if (task->has_modseqs)
			state->highestmodseq = code->number;
		break;
	case IMAP_CODE_NOMODSEQ:
		state->highestmodseq = 0;
		break;
	case IMAP_CODE_UIDNOTSTICKY:
		state->uids_not_sticky = true;
		break;
	case IMAP_CODE_READ_ONLY:
		state->read_only = true;
		break;
	case IMAP_CODE_READ_WRITE:
		state->read_only = false;
		break;
	case IMAP_CODE_MAILBOXID:
		state->mailbox_id = code->mailbox_id;
		break;
	case IMAP_CODE_PERMANENTFLAGS:
		copy_flags(&state->permanent_flags, &code->flags);
		task->has_permanent_flags = true;
		break;
	default:
		break;
	}
}

/* A change since the modseq that was named (RFC 7162 section 3.2.5.1). */
static int take_change(struct select_task *task, const struct imap_response *response,
		       struct error *error)
{
	const struct imap_resync *resync = &task->resync;

	if (!task->asks_changes)
		return 0;
	if (!task->is_ours || (response->type == IMAP_RESPONSE_FETCH &&
			       (response->fetch.uid == 0 || !response->fetch.has_flags))) {
		task->lost_some = true;
		return 0;
	}
	if (response->type == IMAP_RESPONSE_FETCH)
		return resync->see(resync->context, &response->fetch, error);
	return resync->vanished(resync->context, &response->uids, error);
}

static int take_select_reply(void *context, const struct imap_response *response,
			     struct error *error)
{
	struct select_task *task = context;
	int result = 0;

	if (response->type == IMAP_RESPONSE_CONDITION)
		take_select_code(task, &response->code);
	else if (response->type == IMAP_RESPONSE_FETCH || response->type == IMAP_RESPONSE_VANISHED)
		result = take_change(task, response, error);
	else if (response->type == IMAP_RESPONSE_EXPUNGE)
		task->lost_some = true; /* by a number that says nothing about the UID */
	/* The selection counts them; commands after this one will change that number. */
	task->state.messages = task->selection->messages;
	return result;
}

static void release_select(void *data)
{
	struct select_task *task = data;

	imap_mailbox_state_release(&task->state);
	free(task);
}

static void add_parameters(struct imap_command *command, struct select_task *task,
			   const struct imap_resync *resync)
{
	struct imap_session *session = command->session;

	task->has_modseqs = imap_session_has(session, IMAP_CAPABILITY_CONDSTORE);
	if (resync != NULL && imap_session_is_enabled(session, IMAP_CAPABILITY_QRESYNC)) {
		task->asks_changes = true;
		task->resync = *resync;
		/* No known UIDs: with them the server would tell nothing of new messages (RFC 7162
		 * section 3.2.5.2). */
		imap_command_add_format(command, " (QRESYNC (%" PRIu32 " %" PRIu64 "))",
					resync->uidvalidity, resync->modseq);
	} else if (imap_session_has(session, IMAP_CAPABILITY_CONDSTORE)) {
		imap_command_add(command, " (CONDSTORE)"); /* RFC 7162 section 3.1.8 */
	}
}

static const struct imap_command_kind select_kind = { .about = IMAP_ABOUT_NEXT };
static const struct imap_command_kind unselect_kind = { .about = IMAP_ABOUT_PREVIOUS };

struct imap_command *imap_select_send(struct imap_session *session, const char *mailbox,
				      bool read_only, const struct imap_resync *resync)
{
	struct imap_command *command =
		imap_command_create_kind(session, &select_kind, read_only ? "EXAMINE " : "SELECT ");
	struct select_task *task = memory_allocate(sizeof *task);
	char *name = imap_show_mailbox(session, mailbox);

	imap_command_add_astring(command, mailbox);
	add_parameters(command, task, resync);
	task->is_ours = session->selection == NULL;
	imap_command_set_purpose(command, SCOPE_FOLDER, "open “%s”", name);
	free(name);
	command->selection = imap_selection_create(mailbox, read_only);
	if (session->selection != NULL)
		command->selection->before = memory_text(session->selection->mailbox);
	task->selection = command->selection;
	imap_command_set_data(command, task, release_select);
	command->handler.context = task;
	command->handler.untagged = take_select_reply;
	imap_command_send(command);
	return command;
}

/* Without PERMANENTFLAGS every flag can be stored; and where new keywords can be made, $Forwarded
 * is one of them (RFC 9051 section 7.1). */
static void settle_flags(struct select_task *task)
{
	struct flag_names *flags = &task->state.permanent_flags;

	if (!task->has_permanent_flags) {
		flags->system = FLAGS_SYSTEM;
		flags->any_keyword = true;
	}
	if (flags->any_keyword)
		flags->system |= FLAG_FORWARDED;
}

/* A HIGHESTMODSEQ below the one known means that the server lost its count. */
static bool has_resynced(const struct select_task *task, const struct imap_command *command)
{
	return task->asks_changes && !task->lost_some && command->malformed == 0 &&
	       task->state.uidvalidity == task->resync.uidvalidity &&
	       task->state.highestmodseq >= task->resync.modseq;
}

enum imap_result imap_select_finish(struct imap_session *session, struct imap_command **command,
				    struct imap_mailbox_state *state_r, struct error *error)
{
	struct select_task *task = (*command)->data;
	enum imap_result result;

	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (result == IMAP_RESULT_OK) {
		take_select_code(task, &(*command)->code); /* READ-ONLY */
		settle_flags(task);
		task->state.read_only |= task->selection->read_only;
		task->state.resynced = has_resynced(task, *command);
		task->state.newest_only =
			imap_session_shows_newest_only(session, &task->state.newest_limit);
		*state_r = task->state;
		memset(&task->state, 0, sizeof task->state);
	}
	imap_command_destroy(command);
	return result;
}

uint32_t imap_select_validity(const struct imap_command *command)
{
	const struct imap_selection *selection = command->selection;

	return selection->answered && !selection->refused ? selection->uidvalidity : 0;
}

/* CLOSE expunges unless the mailbox is open for reading only. It must not follow an EXAMINE that
 * failed where a server then keeps the mailbox open for writing, so that one is waited for. */
static enum imap_result close_without_expunge(struct imap_session *session, struct error *error)
{
	struct imap_command *command;

	if (!session->selection->read_only) {
		struct imap_mailbox_state state;
		struct error refusal = ERROR_INITIAL;
		char *mailbox = memory_text(session->selection->mailbox);
		enum imap_result result;

		command = imap_select_send(session, mailbox, true, NULL);
		free(mailbox);
		result = imap_select_finish(session, &command, &state, &refusal);
		if (result == IMAP_RESULT_OK)
			imap_mailbox_state_release(&state);
		else
			imap_selection_release(&session->selection);
		/* A refused EXAMINE leaves nothing selected (RFC 9051 section 6.3.2). */
		if (result == IMAP_RESULT_REFUSED)
			return IMAP_RESULT_OK;
		if (result != IMAP_RESULT_OK) {
			if (error != NULL)
				*error = refusal;
			return result;
		}
	}
	command = imap_command_create_kind(session, &unselect_kind, "CLOSE");
	imap_command_set_purpose(command, SCOPE_FOLDER, "close the mailbox");
	imap_command_send(command);
	return imap_command_end(&command, error);
}

struct imap_command *imap_unselect_send(struct imap_session *session)
{
	struct imap_command *command =
		imap_command_create_kind(session, &unselect_kind, "UNSELECT");

	imap_command_set_purpose(command, SCOPE_FOLDER, "leave the mailbox");
	imap_command_send(command);
	return command;
}

enum imap_result imap_unselect(struct imap_session *session, struct error *error)
{
	struct imap_command *command;

	if (session->selection != NULL && session->selection->refused)
		imap_selection_release(&session->selection);
	if (session->selection == NULL)
		return IMAP_RESULT_OK;
	if (!imap_session_has(session, IMAP_CAPABILITY_UNSELECT))
		return close_without_expunge(session, error);
	command = imap_unselect_send(session);
	return imap_command_end(&command, error);
}

static bool is_selection(const struct imap_selection *selection, const char *mailbox,
			 bool read_only)
{
	return selection != NULL && !selection->refused && selection->read_only == read_only &&
	       !selection->validity_changed && strcmp(selection->mailbox, mailbox) == 0;
}

bool imap_select_is_current(const struct imap_session *session, const struct imap_command *command,
			    const char *mailbox, bool read_only)
{
	const struct imap_selection *selection = command->selection;

	return selection == session->selection && selection->read_only == read_only &&
	       strcmp(selection->mailbox, mailbox) == 0;
}

uint32_t imap_session_selected(const struct imap_session *session, const char *mailbox,
			       bool read_only)
{
	const struct imap_selection *selection = session->selection;

	return session->alive && is_selection(selection, mailbox, read_only) && selection->answered
		       ? selection->uidvalidity
		       : 0;
}

bool imap_session_is_opening(const struct imap_session *session, const char *mailbox,
			     bool read_only)
{
	const struct imap_selection *selection = session->selection;

	return session->alive && is_selection(selection, mailbox, read_only) &&
	       !selection->answered;
}
