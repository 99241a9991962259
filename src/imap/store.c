/* UID STORE (RFC 9051 sections 6.4.6, 6.4.9), and how flags are written.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "imap/command.h"
#include "imap/commands.h"
#include "imap/flag_list.h"

static const struct imap_command_kind store_kind = { .about = IMAP_ABOUT_SELECTED };

struct imap_command *imap_store_send(struct imap_session *session, const struct uid_set *set,
				     bool add, uint32_t flags, const struct keyword_table *keywords)
{
	struct imap_command *command = imap_command_create_kind(session, &store_kind, "UID STORE ");
	struct buffer text = BUFFER_INITIAL;
	char *name = imap_show_selected(session);
	struct error error = ERROR_INITIAL;
	bool any;

	uid_set_format(set, &text);
	buffer_add_text(&text, add ? " +FLAGS.SILENT " : " -FLAGS.SILENT ");
	any = imap_flag_list_add(&text, flags, keywords);
	imap_command_add(command, buffer_text(&text));
	imap_command_set_purpose(command, SCOPE_MESSAGE, "change flags in %s", name);
	if (!any || uid_set_is_empty(set)) {
		(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
				"a change of flags in %s has no flag that IMAP can name", name);
		imap_command_refuse(command, &error);
	} else {
		imap_command_send(command);
	}
	free(name);
	buffer_release(&text);
	return command;
}

enum imap_result imap_store_finish(struct imap_session *session, struct imap_command **command,
				   struct error *error)
{
	(void)session; /* the command knows it */
	return imap_command_end(command, error);
}
