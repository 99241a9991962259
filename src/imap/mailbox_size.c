/* STATUS=SIZE (RFC 8438). SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/commands.h"
#include "imap/session_internal.h"

bool imap_mailbox_size_is_offered(const struct imap_session *session)
{
	return text_list_holds(imap_session_capabilities(session), "STATUS=SIZE") ||
	       imap_session_has(session, IMAP_CAPABILITY_REV2);
}

static const struct imap_command_kind status_kind = { .about = IMAP_ABOUT_ANY, .lists = true };

static int take_status(void *context, const struct imap_response *response, struct error *error)
{
	struct imap_mailbox_size *size = context;

	(void)error; /* nothing fails */
	if (response->type == IMAP_RESPONSE_STATUS && response->status.has_size)
		*size = (struct imap_mailbox_size){ .known = true, .bytes = response->status.size };
	return 0;
}

struct imap_command *imap_mailbox_size_send(struct imap_session *session, const char *mailbox,
					    struct imap_mailbox_size *size_r)
{
	struct imap_command *command = imap_command_create_kind(session, &status_kind, "STATUS ");

	*size_r = (struct imap_mailbox_size){ .known = false };
	imap_command_add_astring(command, mailbox);
	imap_command_add(command, " (SIZE)");
	imap_command_set_purpose(command, SCOPE_FOLDER, "tell how much a mailbox holds");
	command->handler.context = size_r;
	command->handler.untagged = take_status;
	imap_command_send(command);
	return command;
}

int imap_mailbox_size_finish(struct imap_command **command, struct error *error)
{
	return imap_command_end(command, error) == IMAP_RESULT_ERROR ? -1 : 0;
}
