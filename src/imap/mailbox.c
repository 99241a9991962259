/* CREATE, DELETE and subscriptions (RFC 9051 sections 6.3.4 to 6.3.8).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

/* VERB: "create", sent as "CREATE MAILBOX". */
static struct imap_command *send_verb(struct imap_session *session, const char *command_name,
				      const char *verb, const char *mailbox)
{
	struct imap_command *command = imap_command_create(session, command_name);
	char *name = imap_show_mailbox(session, mailbox);

	imap_command_add(command, " ");
	imap_command_add_astring(command, mailbox);
	imap_command_set_purpose(command, SCOPE_FOLDER, "%s “%s”", verb, name);
	free(name);
	imap_command_send(command);
	return command;
}

/* A subscription is a courtesy to other clients: its refusal is only worth a word. */
static enum imap_result end_subscription(struct imap_command **command, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum imap_result result = imap_command_end(command, &refusal);

	if (result == IMAP_RESULT_REFUSED) {
		log_line(LOG_VERBOSE, "%s", refusal.text);
		return IMAP_RESULT_OK;
	}
	if (result != IMAP_RESULT_OK && error != NULL)
		*error = refusal;
	return result;
}

/* The code is from RFC 5530; servers older than that say it in words. */
static bool says_exists(const struct imap_command *command)
{
	static const char words[] = "already exists";

	if (command->code.type == IMAP_CODE_ALREADYEXISTS)
		return true;
	if (command->words == NULL)
		return false;
	for (const char *at = command->words; *at != '\0'; at++)
		if (strncasecmp(at, words, sizeof words - 1) == 0)
			return true;
	return false;
}

enum imap_result imap_create(struct imap_session *session, const char *mailbox, struct error *error)
{
	/* One flight for both: many folders are created in one run. */
	struct imap_command *create = send_verb(session, "CREATE", "create", mailbox);
	struct imap_command *subscribe = send_verb(session, "SUBSCRIBE", "subscribe to", mailbox);
	struct error refusal = ERROR_INITIAL;
	enum imap_result created;
	enum imap_result subscribed;

	imap_command_wait(create);
	created = imap_command_result(create, &refusal);
	if (created == IMAP_RESULT_REFUSED && says_exists(create))
		created = IMAP_RESULT_OK;
	imap_command_destroy(&create);
	subscribed = end_subscription(&subscribe, error);
	if (created == IMAP_RESULT_OK)
		return subscribed;
	if (created == IMAP_RESULT_REFUSED && subscribed == IMAP_RESULT_OK) {
		/* Nobody shall be subscribed to what is not there. */
		subscribe = send_verb(session, "UNSUBSCRIBE", "unsubscribe from", mailbox);
		(void)end_subscription(&subscribe, NULL); /* the CREATE's refusal is the news */
	}
	if (error != NULL)
		*error = refusal;
	return created;
}

static bool is_selected(const struct imap_session *session, const char *mailbox)
{
	return session->selection != NULL && strcmp(session->selection->mailbox, mailbox) == 0;
}

enum imap_result imap_delete(struct imap_session *session, const char *mailbox, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	struct imap_command *command;
	enum imap_result result;

	if (is_selected(session, mailbox)) {
		result = imap_unselect(session, error);
		if (result != IMAP_RESULT_OK)
			return result;
	}
	command = send_verb(session, "DELETE", "delete", mailbox);
	imap_command_wait(command);
	result = imap_command_result(command, &refusal);
	if (result == IMAP_RESULT_REFUSED && command->code.type == IMAP_CODE_NONEXISTENT)
		result = IMAP_RESULT_OK;
	imap_command_destroy(&command);
	if (result != IMAP_RESULT_OK) {
		if (error != NULL)
			*error = refusal;
		return result;
	}
	command = send_verb(session, "UNSUBSCRIBE", "unsubscribe from", mailbox);
	return end_subscription(&command, error);
}

enum imap_result imap_rename(struct imap_session *session, const char *from, const char *to,
			     struct error *error)
{
	if (is_selected(session, from)) {
		enum imap_result left = imap_unselect(session, error);
		if (left != IMAP_RESULT_OK)
			return left;
	}
	struct imap_command *command = imap_command_create(session, "RENAME");
	char *name = imap_show_mailbox(session, from);
	imap_command_add(command, " ");
	imap_command_add_astring(command, from);
	imap_command_add(command, " ");
	imap_command_add_astring(command, to);
	imap_command_set_purpose(command, SCOPE_FOLDER, "rename “%s”", name);
	free(name);
	imap_command_send(command);
	return imap_command_end(&command, error);
}

enum imap_result imap_resubscribe(struct imap_session *session, const struct imap_renamed *renamed,
				  size_t count, struct error *error)
{
	struct imap_command **commands = memory_array(2 * count + 1, sizeof(struct imap_command *));
	enum imap_result result = IMAP_RESULT_OK;

	for (size_t i = 0; i < count; i++) {
		commands[2 * i] = send_verb(session, "SUBSCRIBE", "subscribe to", renamed[i].to);
		commands[2 * i + 1] =
			send_verb(session, "UNSUBSCRIBE", "unsubscribe from", renamed[i].from);
	}
	for (size_t i = 0; i < 2 * count; i++) {
		struct error one = ERROR_INITIAL;

		if (end_subscription(&commands[i], &one) == IMAP_RESULT_OK ||
		    result != IMAP_RESULT_OK)
			continue;
		result = IMAP_RESULT_ERROR;
		*error = one;
	}
	free(commands);
	return result;
}
