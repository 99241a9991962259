/* APPEND (RFC 9051 section 6.3.12, RFC 3502, RFC 4315 section 3, RFC 7888) and UID REPLACE (RFC
 * 8508). SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/commands.h"
#include "imap/date.h"
#include "imap/flag_list.h"
#include "imap/session_internal.h"

/* What an APPEND or a REPLACE keeps. */
struct appending {
	char *mailbox;             /* the server's octets */
	char *name;                /* for sentences */
	uint32_t count;            /* messages that are part of it */
	uint32_t replaces;         /* the UID of the message that goes for it; 0: an APPEND */
	struct imap_appended told; /* of a REPLACE: before its tagged reply */
	bool told_twice;
};

static void release_appending(void *data)
{
	struct appending *appending = data;

	free(appending->mailbox);
	free(appending->name);
	imap_appended_release(&appending->told);
	free(appending);
}

static const struct imap_command_kind append_kind = { .streams = true, .answers_briefly = true };
static const struct imap_command_kind replace_kind = { .about = IMAP_ABOUT_SELECTED,
						       .streams = true,
						       .answers_briefly = true };

static struct imap_command *begin(struct imap_session *session,
				  const struct imap_command_kind *kind, const char *mailbox)
{
	struct imap_command *command = imap_command_create_kind(session, kind, "");
	struct appending *appending = memory_allocate(sizeof *appending);

	appending->mailbox = memory_text(mailbox);
	appending->name = imap_show_mailbox(session, mailbox);
	imap_command_set_data(command, appending, release_appending);
	return command;
}

struct imap_command *imap_append_begin(struct imap_session *session, const char *mailbox)
{
	return begin(session, &append_kind, mailbox);
}

/* APPENDUID of as many messages as were sent; else none of it can be believed. */
static bool is_about(const struct imap_code *code, uint32_t count)
{
	return code->type == IMAP_CODE_APPENDUID && code->number != 0 &&
	       code->number <= UINT32_MAX && uid_set_size(&code->uids) == count;
}

/* APPENDUID comes before the EXPUNGE, in an untagged OK (RFC 8508 section 4.3). */
static int see_untagged(void *context, const struct imap_response *response, struct error *error)
{
	struct appending *appending = context;

	(void)error;
	if (response->type != IMAP_RESPONSE_CONDITION || response->condition != IMAP_OK ||
	    !is_about(&response->code, 1))
		return 0;
	/* One of them is about another command: servers need not answer in order. */
	appending->told_twice = !uid_set_is_empty(&appending->told.uids);
	appending->told.uidvalidity = (uint32_t)response->code.number;
	uid_set_add_set(&appending->told.uids, &response->code.uids);
	return 0;
}

struct imap_command *imap_replace_begin(struct imap_session *session, const char *mailbox,
					uint32_t uid)
{
	struct imap_command *command = begin(session, &replace_kind, mailbox);
	struct appending *appending = command->data;

	appending->replaces = uid;
	command->handler = (struct imap_handler){ .context = appending, .untagged = see_untagged };
	return command;
}

/* The flag list is there even when it is empty: some servers refuse an APPEND without one. */
static void add_arguments(struct imap_command *command, const struct imap_append *message)
{
	struct buffer flags = BUFFER_INITIAL;
	char date[IMAP_DATE_SIZE];

	(void)imap_flag_list_add(&flags, message->flags, message->keywords); /* may be empty */
	imap_date_format(message->internaldate, date);
	imap_command_add_format(command, " %s \"%s\" ", buffer_text(&flags), date);
	buffer_release(&flags);
}

/* A message may be in the kernel for long while a link is slow. If we give up meanwhile or are
 * killed, it must not arrive when the next run has asked whether it did. */
static void drop_unsent(const struct imap_session *session, bool drop)
{
	if (session->stream != NULL)
		imap_stream_drop_unsent(session->stream, drop);
}

enum imap_result imap_append_add(struct imap_command *command, const struct imap_append *message,
				 struct error *error)
{
	const struct imap_source source = { .size = message->size,
					    .binary = message->binary,
					    .asks = message->asks,
					    .read = message->read,
					    .context = message->context };
	struct appending *appending = command->data;
	enum imap_result result;

	if (message->binary && !imap_session_has(command->session, IMAP_CAPABILITY_BINARY)) {
		(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
				"a message for “%s” holds a NUL byte, which this server (without "
				"BINARY) cannot store",
				appending->name);
		return IMAP_RESULT_REFUSED;
	}
	if (appending->count == 0) {
		if (appending->replaces != 0)
			imap_command_add_format(command, "UID REPLACE %u ", appending->replaces);
		else
			imap_command_add(command, "APPEND ");
		imap_command_add_astring(command, appending->mailbox);
	}
	add_arguments(command, message);
	if (appending->count == 0)
		drop_unsent(command->session, true);
	result = imap_command_stream(command, &source, error);
	if (result != IMAP_RESULT_REFUSED)
		appending->count++;
	return result;
}

void imap_append_end(struct imap_command *command)
{
	const struct appending *appending = command->data;

	if (appending->replaces != 0)
		imap_command_set_purpose(command, SCOPE_MESSAGE, "replace a message in “%s”",
					 appending->name);
	else if (appending->count > 1)
		imap_command_set_purpose(command, SCOPE_MESSAGE, "store %u messages in “%s”",
					 appending->count, appending->name);
	else
		imap_command_set_purpose(command, SCOPE_MESSAGE, "store a message in “%s”",
					 appending->name);
	imap_command_end_line(command);
}

/* As many UIDs as messages were sent, or none can be believed: some servers swap UIDVALIDITY and
 * UID, give those of another mailbox, or a UIDVALIDITY of 0. They are given in the order of the
 * messages, and UIDs only ever ascend. */
static void take_uids(struct imap_code *code, struct appending *appending,
		      struct imap_appended *appended)
{
	if (is_about(code, appending->count)) {
		appended->uidvalidity = (uint32_t)code->number;
		appended->uids = code->uids;
		code->uids = (struct uid_set)UID_SET_INITIAL;
	} else if (!appending->told_twice) {
		*appended = appending->told;
		appending->told = (struct imap_appended){ .uids = UID_SET_INITIAL };
	}
}

/* RFC 5530: it can never succeed. Such are mailboxes that are searches. */
static void advise_to_pull(struct error *error)
{
	const struct error refusal = *error;

	(void)error_set(error, refusal.kind, refusal.scope, /* always -1 */
			"%s; a mailbox that takes no mail is synchronised with direction = pull",
			refusal.text);
}

enum imap_result imap_append_finish(struct imap_session *session, struct imap_command **command,
				    struct imap_appended *appended_r, struct error *error)
{
	struct appending *appending = (*command)->data;
	enum imap_result result;

	*appended_r = (struct imap_appended){ .uids = UID_SET_INITIAL };
	imap_append_end(*command);
	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (result == IMAP_RESULT_REFUSED && (*command)->code.type == IMAP_CODE_CANNOT &&
	    error != NULL && error->kind == ERROR_FAILED)
		advise_to_pull(error);
	if (result == IMAP_RESULT_OK && imap_session_has(session, IMAP_CAPABILITY_UIDPLUS))
		take_uids(&(*command)->code, appending, appended_r);
	imap_command_destroy(command);
	if (session->unanswered.count == 0)
		drop_unsent(session, false);
	return result;
}

void imap_appended_release(struct imap_appended *appended)
{
	uid_set_release(&appended->uids);
	appended->uidvalidity = 0;
}
