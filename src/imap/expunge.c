/* UID EXPUNGE (RFC 4315 section 2.1) and EXPUNGE (RFC 9051 section 6.4.3).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

static struct imap_command *send_expunge(struct imap_session *session, const char *text)
{
	struct imap_command *command = imap_command_create(session, text);
	char *name = imap_show_selected(session);

	imap_command_set_purpose(command, SCOPE_FOLDER, "remove messages from %s", name);
	free(name);
	command->needs_mailbox = true;
	imap_command_send(command);
	return command;
}

static struct imap_command *send_part(struct imap_session *session, const struct uid_set *part)
{
	struct buffer text = BUFFER_INITIAL;
	struct imap_command *command;

	buffer_add_text(&text, "UID EXPUNGE ");
	uid_set_format(part, &text);
	command = send_expunge(session, buffer_text(&text));
	buffer_release(&text);
	return command;
}

/* Finishes all; the first failure is kept, the worst result returned. */
static enum imap_result end_all(struct imap_command **commands, size_t count, struct error *error)
{
	enum imap_result result = IMAP_RESULT_OK;

	for (size_t i = 0; i < count; i++) {
		struct error failure = ERROR_INITIAL;
		enum imap_result one = imap_command_end(&commands[i], &failure);

		if (one == IMAP_RESULT_OK)
			continue;
		if (result == IMAP_RESULT_OK || (one == IMAP_RESULT_ERROR && result != one)) {
			result = one;
			if (error != NULL)
				*error = failure;
		}
	}
	return result;
}

enum imap_result imap_uid_expunge(struct imap_session *session, const struct uid_set *set,
				  struct error *error)
{
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set part = UID_SET_INITIAL;
	void *commands = NULL;
	size_t count = 0;
	size_t capacity = 0;
	enum imap_result result;

	if (!imap_session_has(session, IMAP_CAPABILITY_UIDPLUS) &&
	    !imap_session_has(session, IMAP_CAPABILITY_REV2)) {
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, /* always -1 */
				"%s cannot remove single messages (it has no UIDPLUS)",
				session->server);
		return IMAP_RESULT_REFUSED;
	}
	uid_set_add_set(&left, set);
	while (uid_set_take_part(&left, IMAP_SET_BYTES_MAX, &part)) {
		memory_grow(&commands, &capacity, count + 1, sizeof(struct imap_command *));
		((struct imap_command **)commands)[count++] = send_part(session, &part);
	}
	result = end_all(commands, count, error);
	free(commands);
	uid_set_release(&left);
	uid_set_release(&part);
	return result;
}

enum imap_result imap_expunge_all(struct imap_session *session, struct error *error)
{
	struct imap_command *command = send_expunge(session, "EXPUNGE");

	return imap_command_end(&command, error);
}
