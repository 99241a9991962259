/* NOTIFY (RFC 5465). SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/command.h"
#include "imap/commands.h"
#include "imap/session_internal.h"
#include "imap/wait.h"

/* In the plainest form that serves: some servers know some groups and events only. */
enum imap_result imap_notify(struct imap_session *session, enum imap_notify_events events,
			     struct error *error)
{
	struct imap_command *command = imap_command_create(session, "NOTIFY SET");

	if (events == IMAP_NOTIFY_STATUS)
		imap_command_add(command, " STATUS");
	imap_command_add(command, " (selected (MessageNew (UID) MessageExpunge FlagChange))");
	imap_command_add(command, " (personal (MessageNew MessageExpunge FlagChange");
	if (events != IMAP_NOTIFY_MESSAGES)
		imap_command_add(command, " MailboxName SubscriptionChange");
	imap_command_add(command, "))");
	imap_command_set_purpose(command, SCOPE_FOLDER, "tell what happens");
	session->notices.silenced = false;
	imap_command_send(command);
	return imap_command_end(&command, error);
}

bool imap_notify_is_over(const struct imap_session *session)
{
	return session->notices.silenced;
}

static int take_status(void *context, const struct imap_response *response, struct error *error)
{
	(void)error; /* nothing fails */
	if (response->type == IMAP_RESPONSE_STATUS)
		imap_notices_add_status(context, &response->status);
	return 0;
}

static const struct imap_command_kind status_kind = { .about = IMAP_ABOUT_ANY, .lists = true };

static struct imap_command *ask_status(struct imap_session *session, const char *mailbox)
{
	struct imap_command *command = imap_command_create_kind(session, &status_kind, "STATUS ");

	imap_command_add_astring(command, mailbox);
	imap_command_add_format(
		command, " (MESSAGES UIDNEXT UIDVALIDITY%s)",
		imap_session_has(session, IMAP_CAPABILITY_CONDSTORE) ? " HIGHESTMODSEQ" : "");
	imap_command_set_purpose(command, SCOPE_FOLDER, "tell how a mailbox is");
	command->handler.context = &session->notices;
	command->handler.untagged = take_status;
	imap_command_send(command);
	(void)imap_pipeline_flush(session); /* the session keeps its error */
	return command;
}

struct imap_command *imap_leave_send(struct imap_session *session)
{
	struct imap_command *status;
	char *mailbox;

	if (session->selection == NULL || session->selection->refused ||
	    !imap_session_has(session, IMAP_CAPABILITY_UNSELECT))
		return NULL;
	mailbox = memory_text(session->selection->mailbox);
	imap_command_destroy(&session->left);
	session->left = imap_unselect_send(session);
	status = ask_status(session, mailbox);
	free(mailbox);
	return status;
}

struct imap_command *imap_noop_send(struct imap_session *session)
{
	struct imap_command *command = imap_command_create(session, "NOOP");

	imap_command_set_purpose(command, SCOPE_CONNECTION, "stay connected");
	imap_command_send(command);
	(void)imap_pipeline_flush(session); /* the session keeps its error */
	return command;
}
