/* NOTIFY (RFC 5465). SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/command.h"
#include "imap/session_internal.h"
#include "imap/wait.h"

/* In the plainest form that serves: some servers know some groups and events only. */
enum imap_result imap_notify(struct imap_session *session, enum imap_notify_events events,
			     struct error *error)
{
	struct imap_command *command = imap_command_create(session, "NOTIFY SET");

	imap_command_add(command, " (selected (MessageNew (UID) MessageExpunge FlagChange))");
	imap_command_add(command, " (personal (MessageNew MessageExpunge FlagChange");
	if (events == IMAP_NOTIFY_ALL)
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

struct imap_command *imap_noop_send(struct imap_session *session)
{
	struct imap_command *command = imap_command_create(session, "NOOP");

	imap_command_set_purpose(command, SCOPE_CONNECTION, "stay connected");
	imap_command_send(command);
	(void)imap_pipeline_flush(session); /* the session keeps its error */
	return command;
}
