/* APPENDLIMIT (RFC 7889). SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "imap/commands.h"
#include "imap/session_internal.h"

#define WORD "APPENDLIMIT"

/* One limit for all mailboxes, from "APPENDLIMIT=n"; *each_r: it has to be asked for each. */
static uint64_t limit_of_all(const struct imap_session *session, bool *each_r)
{
	const struct text_list *words = &session->capabilities;
	uint64_t limit = UINT64_MAX;

	*each_r = false;
	if (text_list_holds(&session->disabled, WORD))
		return UINT64_MAX;
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];

		if (strcmp(word, WORD) == 0)
			*each_r = true;
		else if (text_starts_with(word, WORD "=") &&
			 !text_parse_number(word + strlen(WORD "="), UINT64_MAX, &limit))
			limit = UINT64_MAX;
	}
	return limit;
}

static const struct imap_command_kind status_kind = { .about = IMAP_ABOUT_ANY, .lists = true };

static int take_status(void *context, const struct imap_response *response, struct error *error)
{
	uint64_t *limit = context;

	(void)error; /* nothing fails */
	if (response->type == IMAP_RESPONSE_STATUS && response->status.has_appendlimit)
		*limit = response->status.appendlimit;
	return 0;
}

int imap_append_limit(struct imap_session *session, const char *mailbox, uint64_t *limit_r,
		      struct error *error)
{
	struct imap_command *command;
	bool each;

	*limit_r = limit_of_all(session, &each);
	if (*limit_r != UINT64_MAX || !each)
		return 0;
	command = imap_command_create_kind(session, &status_kind, "STATUS ");
	imap_command_add_astring(command, mailbox);
	imap_command_add(command, " (" WORD ")");
	imap_command_set_purpose(command, SCOPE_FOLDER, "report how large a message may be");
	command->handler.context = limit_r;
	command->handler.untagged = take_status;
	imap_command_send(command);
	/* A refusal means that nobody knows. */
	return imap_command_end(&command, error) == IMAP_RESULT_ERROR ? -1 : 0;
}
