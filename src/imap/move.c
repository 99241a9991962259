/* UID MOVE (RFC 6851 section 3.2) and UID COPY (RFC 9051 section 6.4.7).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "imap/command.h"
#include "imap/commands.h"

static const struct imap_command_kind move_kind = { .about = IMAP_ABOUT_SELECTED };

static struct imap_command *send_to(struct imap_session *session, const char *command_name,
				    const char *verb, const struct uid_set *set,
				    const char *mailbox)
{
	struct imap_command *command = imap_command_create_kind(session, &move_kind, command_name);
	struct buffer text = BUFFER_INITIAL;
	char *from = imap_show_selected(session);
	char *to = imap_show_mailbox(session, mailbox);

	uid_set_format(set, &text);
	buffer_add_text(&text, " ");
	imap_command_add(command, buffer_text(&text));
	imap_command_add_astring(command, mailbox);
	imap_command_set_purpose(command, SCOPE_FOLDER, "%s messages from %s to “%s”", verb, from,
				 to);
	imap_command_send(command);
	free(from);
	free(to);
	buffer_release(&text);
	return command;
}

struct imap_command *imap_move_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox)
{
	return send_to(session, "UID MOVE ", "move", set, mailbox);
}

struct imap_command *imap_copy_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox)
{
	return send_to(session, "UID COPY ", "copy", set, mailbox);
}

enum imap_result imap_copy_finish(struct imap_session *session, struct imap_command **command,
				  struct error *error)
{
	(void)session; /* the command knows it */
	return imap_command_end(command, error);
}
