/* Building one command, and reading its result. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/session_internal.h"

struct imap_selection *imap_selection_create(const char *mailbox, bool read_only)
{
	struct imap_selection *selection = memory_allocate(sizeof *selection);

	selection->references = 1;
	selection->mailbox = memory_text(mailbox);
	selection->read_only = read_only;
	return selection;
}

void imap_selection_release(struct imap_selection **selection)
{
	if (*selection != NULL && --(*selection)->references == 0) {
		free((*selection)->mailbox);
		free((*selection)->before);
		uid_set_release(&(*selection)->vanished);
		free(*selection);
	}
	*selection = NULL;
}

void imap_command_move(struct imap_command *command, struct imap_command_list *list)
{
	struct imap_command_list *old = command->list;

	if (old != NULL) {
		*(command->previous != NULL ? &command->previous->next : &old->first) =
			command->next;
		*(command->next != NULL ? &command->next->previous : &old->last) =
			command->previous;
		old->count--;
	}
	command->list = list;
	command->next = NULL;
	command->previous = list != NULL ? list->last : NULL;
	if (list == NULL)
		return;
	*(list->last != NULL ? &list->last->next : &list->first) = command;
	list->last = command;
	list->count++;
}

/* Nothing out of the ordinary. */
static const struct imap_command_kind plain_kind = { .about = IMAP_ABOUT_ANY };

struct imap_command *imap_command_create_kind(struct imap_session *session,
					      const struct imap_command_kind *kind,
					      const char *text)
{
	struct imap_command *command = memory_allocate(sizeof *command);

	command->session = session;
	command->kind = kind;
	command->refusal_scope = SCOPE_MESSAGE;
	imap_command_move(command, &session->unsent);
	imap_command_add(command, text);
	return command;
}

struct imap_command *imap_command_create(struct imap_session *session, const char *text)
{
	return imap_command_create_kind(session, &plain_kind, text);
}

bool imap_command_selects(const struct imap_command *command)
{
	return command->kind->about == IMAP_ABOUT_NEXT;
}

bool imap_command_lacks_mailbox(const struct imap_command *command)
{
	return command->kind->about == IMAP_ABOUT_SELECTED && command->selection != NULL &&
	       command->selection->refused;
}

void imap_command_add(struct imap_command *command, const char *text)
{
	buffer_add_text(&command->line, text);
	buffer_add_text(&command->shown, text);
}

void imap_command_add_format(struct imap_command *command, const char *format, ...)
{
	va_list arguments;
	int length;
	char *text;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	text = memory_allocate((size_t)length + 1);
	va_start(arguments, format);
	(void)vsnprintf(text, (size_t)length + 1, format, arguments); /* its length is known */
	va_end(arguments);
	imap_command_add(command, text);
	free(text);
}

void imap_command_set_purpose(struct imap_command *command, enum error_scope scope,
			      const char *format, ...)
{
	struct buffer purpose = BUFFER_INITIAL;
	char text[ERROR_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	/* A purpose too long for an error's text would be cut there anyway. */
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	buffer_add_text(&purpose, text);
	free(command->purpose);
	command->purpose = buffer_take(&purpose);
	command->refusal_scope = scope;
}

void imap_command_set_data(struct imap_command *command, void *data, void (*release)(void *data))
{
	command->data = data;
	command->release_data = release;
}

void imap_command_set_error(struct imap_command *command, enum imap_result result,
			    const struct error *error)
{
	if (command->error != NULL)
		return;
	command->error = memory_allocate(sizeof *command->error);
	*command->error = *error;
	command->error_result = result;
}

void imap_command_refuse(struct imap_command *command, const struct error *error)
{
	imap_command_set_error(command, IMAP_RESULT_REFUSED, error);
	command->answered = true;
	imap_command_move(command, &command->session->answered);
}

static enum imap_result validity_error(const struct imap_command *command, struct error *error)
{
	char *name = imap_show_mailbox(command->session, command->selection->mailbox);

	(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, /* always -1 */
			"the server gave “%s” a new UIDVALIDITY while it was selected; the next "
			"run will match its messages anew",
			name);
	free(name);
	return IMAP_RESULT_ERROR;
}

/* Nothing that only reads can fill a mailbox. */
static bool is_about_traffic(const struct imap_command *command)
{
	return command->code.type == IMAP_CODE_OVERQUOTA &&
	       (imap_command_selects(command) || command->kind->searches ||
		command->kind->wants != NULL);
}

static void set_refusal(const struct imap_command *command, struct error *error)
{
	const char *purpose = command->purpose != NULL ? command->purpose : "do that";

	/* Both return -1 in any case. */
	if (is_about_traffic(command))
		(void)imap_refusal_set_traffic(error, purpose, command->words);
	else
		(void)imap_refusal_set(error, purpose, command->refusal_scope, command->code.type,
				       command->words);
}

enum imap_result imap_command_result(const struct imap_command *command, struct error *error)
{
	const struct imap_selection *about =
		command->kind->about == IMAP_ABOUT_SELECTED ? command->selection : NULL;
	const struct error *failed = NULL;
	enum imap_result result = IMAP_RESULT_OK;

	if (!command->answered) {
		failed = &command->session->error;
		result = IMAP_RESULT_ERROR;
	} else if (command->error != NULL) {
		failed = command->error;
		result = command->error_result;
	} else if (about != NULL && about->refused) {
		failed = &about->refusal;
		result = IMAP_RESULT_REFUSED;
	} else if (about != NULL && about->validity_changed) {
		return validity_error(command, error);
	} else if (command->condition != IMAP_OK) {
		set_refusal(command, error);
		return IMAP_RESULT_REFUSED;
	}
	if (failed != NULL && error != NULL)
		*error = *failed;
	return result;
}

void imap_command_retire(struct imap_command *command)
{
	struct imap_session *session = command->session;

	session->unanswered_bytes -= command->cost;
	session->unanswered_long -= command->kind->answers_briefly ? 0 : 1;
	imap_command_move(command, &session->answered);
}

void imap_command_destroy(struct imap_command **command)
{
	struct imap_command *old = *command;

	*command = NULL;
	if (old == NULL)
		return;
	if (old->list == &old->session->unanswered)
		imap_command_retire(old);
	if (old->session->streaming == old)
		old->session->streaming = NULL;
	imap_command_move(old, NULL);
	buffer_wipe(&old->line);
	buffer_release(&old->line);
	buffer_release(&old->shown);
	free(old->waits);
	free(old->purpose);
	if (old->release_data != NULL)
		old->release_data(old->data);
	imap_selection_release(&old->selection);
	imap_code_release(&old->code);
	free(old->words);
	free(old->error);
	free(old);
}

void imap_code_release(struct imap_code *code)
{
	uid_set_release(&code->source);
	uid_set_release(&code->uids);
	text_list_release(&code->flags.keywords);
	text_list_release(&code->capabilities);
	memset(code, 0, sizeof *code);
}
