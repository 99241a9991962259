/* MAILBOXID (RFC 8474). SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/commands.h"
#include "imap/session_internal.h"

static int take_status(void *context, const struct imap_response *response, struct error *error)
{
	struct object_id *id = context;

	(void)error; /* nothing fails */
	if (response->type == IMAP_RESPONSE_STATUS)
		*id = response->status.mailbox_id;
	return 0;
}

struct imap_command *imap_mailbox_id_send(struct imap_session *session, const char *mailbox,
					  struct object_id *id_r)
{
	struct imap_command *command = imap_command_create(session, "STATUS ");

	*id_r = (struct object_id){ .bytes = { 0 } };
	imap_command_add_astring(command, mailbox);
	imap_command_add(command, " (MAILBOXID)");
	imap_command_set_purpose(command, SCOPE_FOLDER, "tell which mailbox it is");
	command->handler.context = id_r;
	command->handler.untagged = take_status;
	imap_command_send(command);
	return command;
}

int imap_mailbox_id_finish(struct imap_command **command, struct error *error)
{
	return imap_command_end(command, error) == IMAP_RESULT_ERROR ? -1 : 0;
}
