/* UID EXPUNGE (RFC 4315 section 2.1) and EXPUNGE (RFC 9051 section 6.4.3).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "imap/command.h"
#include "imap/commands.h"

static const struct imap_command_kind expunge_kind = { .about = IMAP_ABOUT_SELECTED };

static struct imap_command *send_expunge(struct imap_session *session, const char *text)
{
	struct imap_command *command = imap_command_create_kind(session, &expunge_kind, text);
	char *name = imap_show_selected(session);

	imap_command_set_purpose(command, SCOPE_FOLDER, "remove messages from %s", name);
	free(name);
	imap_command_send(command);
	return command;
}

struct imap_command *imap_uid_expunge_send(struct imap_session *session, const struct uid_set *set)
{
	struct buffer text = BUFFER_INITIAL;
	struct imap_command *command;

	buffer_add_text(&text, "UID EXPUNGE ");
	uid_set_format(set, &text);
	command = send_expunge(session, buffer_text(&text));
	buffer_release(&text);
	return command;
}

struct imap_command *imap_expunge_all_send(struct imap_session *session)
{
	return send_expunge(session, "EXPUNGE");
}

enum imap_result imap_expunge_finish(struct imap_session *session, struct imap_command **command,
				     struct uid_set *gone, struct error *error)
{
	const struct imap_selection *selection = (*command)->selection;

	(void)session; /* the command knows it */
	imap_command_wait(*command);
	if (selection != NULL)
		uid_set_add_set(gone, &selection->vanished);
	return imap_command_end(command, error);
}
