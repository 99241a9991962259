/* APPEND (RFC 9051 section 6.3.12, RFC 4315 section 3, RFC 7888).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "imap/commands.h"
#include "imap/date.h"
#include "imap/flag_list.h"
#include "imap/session_internal.h"

/* The flag list is there even when it is empty: quirk F02. */
static void add_arguments(struct imap_command *command, const struct imap_append *append)
{
	struct buffer flags = BUFFER_INITIAL;
	char date[IMAP_DATE_SIZE];

	imap_command_add_astring(command, append->mailbox);
	imap_command_add(command, " ");
	(void)imap_flag_list_add(&flags, append->flags, append->keywords); /* may be empty */
	imap_command_add(command, buffer_text(&flags));
	buffer_release(&flags);
	imap_date_format(append->internaldate, date);
	imap_command_add_format(command, " \"%s\" ", date);
}

struct imap_command *imap_append_send(struct imap_session *session,
				      const struct imap_append *append)
{
	const struct imap_source source = { .size = append->size,
					    .binary = append->binary,
					    .read = append->read,
					    .context = append->context };
	struct imap_command *command = imap_command_create(session, "APPEND ");
	char *name = imap_show_mailbox(session, append->mailbox);
	struct error error = ERROR_INITIAL;

	add_arguments(command, append);
	imap_command_add_source(command, &source, "");
	imap_command_set_purpose(command, SCOPE_MESSAGE, "store a message in “%s”", name);
	command->answers_briefly = true;
	if (append->binary && !imap_session_has(session, IMAP_CAPABILITY_BINARY)) {
		(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
				"a message for “%s” holds a NUL byte, which this server (without "
				"BINARY) cannot store",
				name);
		imap_command_refuse(command, &error);
	} else {
		imap_command_send(command);
	}
	free(name);
	return command;
}

/* One message was sent, so one UID is the answer (quirks C01, C05, C06). */
static void take_uid(const struct imap_code *code, uint32_t *uidvalidity_r, uint32_t *uid_r)
{
	if (code->type != IMAP_CODE_APPENDUID || code->number == 0 || code->number > UINT32_MAX ||
	    uid_set_size(&code->uids) != 1)
		return;
	*uidvalidity_r = (uint32_t)code->number;
	*uid_r = code->uids.ranges[0].first;
}

enum imap_result imap_append_finish(struct imap_session *session, struct imap_command **command,
				    uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *error)
{
	enum imap_result result;

	(void)session; /* the command knows it */
	*uidvalidity_r = 0;
	*uid_r = 0;
	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (result == IMAP_RESULT_OK)
		take_uid(&(*command)->code, uidvalidity_r, uid_r);
	imap_command_destroy(command);
	return result;
}
