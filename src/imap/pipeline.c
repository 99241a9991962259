/* The way out: tags, the queue of output, literals, and how much may be unanswered.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/session_internal.h"

int imap_pipeline_flush(struct imap_session *session)
{
	struct error error = ERROR_INITIAL;
	int result;

	if (!session->alive)
		return -1;
	if (session->queue.length == 0 || session->compressing == IMAP_COMPRESSING_ASKED)
		return 0;
	imap_wire_log_sent(session->label, buffer_text(&session->queue_shown));
	buffer_clear(&session->queue_shown);
	result = imap_stream_write(session->stream, session->queue.bytes, session->queue.length,
				   &error);
	buffer_wipe(&session->queue);
	session->flushes++;
	return result < 0 ? imap_session_fail(session, &error) : 0;
}

int imap_pipeline_fail_mistake(struct imap_session *session, const char *what)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_CONNECTION, /* always -1 */
			"%s: %s: this is a mistake in navette, please report it", session->server,
			what);
	return imap_session_fail(session, &error);
}

static int fail_inside_handler(struct imap_session *session)
{
	return imap_pipeline_fail_mistake(
		session, "a response was handled in a way that would wait for itself");
}

/* Bodies of an answer that cannot be about the right mailbox are skipped. */
static const struct imap_body_sink *sink_of(const struct imap_command *command)
{
	if (command == NULL || imap_command_lacks_mailbox(command))
		return NULL;
	return command->handler.sink;
}

/* Whose body it is shows only when the response has begun. */
static int begin_routed_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
			     struct error *error)
{
	struct imap_session *session = context;

	session->body_sink = sink_of(imap_dispatch_recipient(session, fetch));
	if (session->body_sink == NULL)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "%s sent a message that was not requested", session->server);
	return session->body_sink->begin(session->body_sink->context, fetch, size, error);
}

static int write_routed_body(void *context, const void *bytes, size_t length, struct error *error)
{
	const struct imap_session *session = context;

	return session->body_sink->write(session->body_sink->context, bytes, length, error);
}

int imap_pipeline_read(struct imap_session *session)
{
	const struct imap_body_sink sink = { .context = session,
					     .begin = begin_routed_body,
					     .write = write_routed_body };
	struct error error = ERROR_INITIAL;
	int result;

	if (session->dispatching)
		return fail_inside_handler(session);
	if (imap_pipeline_flush(session) < 0)
		return -1;
	/* The sink is a handler as well. */
	session->dispatching = true;
	result = imap_response_read(session->reader, &sink, &session->response, &error);
	session->dispatching = false;
	if (result < 0)
		return imap_session_fail(session, &error);
	return imap_dispatch(session);
}

static void show_line(struct imap_session *session, const char *tag, const char *shown)
{
	if (!log_shows(LOG_WIRE))
		return;
	buffer_add_text(&session->queue_shown, tag);
	buffer_add_text(&session->queue_shown, shown);
	buffer_add_byte(&session->queue_shown, '\n');
}

void imap_pipeline_add_line(struct imap_session *session, const char *text, const char *shown)
{
	buffer_add_text(&session->queue, text);
	buffer_add_text(&session->queue, "\r\n");
	show_line(session, "", shown);
}

int imap_pipeline_wait_continuation(struct imap_session *session,
				    const struct imap_command *command)
{
	int result = 0;

	session->wants_continuation = true;
	session->has_continuation = false;
	while (result == 0 && !session->has_continuation && !command->answered)
		result = imap_pipeline_read(session);
	session->wants_continuation = false;
	if (result < 0)
		return -1;
	return session->has_continuation ? 1 : 0;
}

static bool has_room(const struct imap_session *session, size_t bytes, size_t part)
{
	return session->unanswered.count == 0 ||
	       (session->unanswered_bytes + bytes <= IMAP_UNANSWERED_BYTES_MAX / part &&
		session->unanswered.count < IMAP_UNANSWERED_COUNT_MAX / part);
}

/* Reads older answers until COMMAND may be sent: see IMAP_UNANSWERED_BYTES_MAX. Half of the room
 * stays in use, so that the server has something to do meanwhile. */
static int make_room_for_command(struct imap_session *session, const struct imap_command *command)
{
	size_t bytes = command->cost;

	if (session->dispatching || has_room(session, bytes, 1))
		return 0;
	while (!has_room(session, bytes, 2))
		if (imap_pipeline_read(session) < 0)
			return -1;
	return 0;
}

/* The line with its literals. Returns whether all of it could be sent. */
static bool send_line(struct imap_session *session, const struct imap_command *command)
{
	size_t from = 0;

	for (size_t i = 0; i < command->wait_count; i++) {
		buffer_add(&session->queue, command->line.bytes + from, command->waits[i] - from);
		from = command->waits[i];
		if (imap_pipeline_wait_continuation(session, command) != 1)
			return false;
	}
	buffer_add(&session->queue, command->line.bytes + from, command->line.length - from);
	return true;
}

bool imap_pipeline_add_piece(struct imap_session *session, struct imap_command *command, bool first)
{
	char tag[16] = "";
	bool whole;

	if (first)
		(void)snprintf(tag, sizeof tag, "A%u ", command->number); /* fits */
	buffer_add_text(&session->queue, tag);
	show_line(session, tag, buffer_text(&command->shown));
	whole = send_line(session, command);
	/* A password does not stay in memory longer than it must, nor anything twice. */
	buffer_wipe(&command->line);
	buffer_release(&command->line);
	buffer_release(&command->shown);
	command->wait_count = 0;
	return whole;
}

static void send_bytes(struct imap_session *session, struct imap_command *command)
{
	if (!imap_pipeline_add_piece(session, command, true))
		return;
	buffer_add_text(&session->queue, "\r\n");
	command->sent = true;
	if (session->queue.length >= IMAP_QUEUE_MAX && !session->dispatching)
		(void)imap_pipeline_flush(session); /* the session keeps its error */
}

/* Which mailbox the command is about. False when that is known to be none. */
static bool settle_selection(struct imap_session *session, struct imap_command *command)
{
	struct error error = ERROR_INITIAL;

	if (imap_command_selects(command)) {
		imap_selection_release(&session->selection);
		session->selection = command->selection;
		session->selection->references++;
		return true;
	}
	command->selection = session->selection;
	if (command->selection != NULL)
		command->selection->references++;
	if (command->kind->about == IMAP_ABOUT_PREVIOUS)
		imap_selection_release(&session->selection);
	if (command->kind->about != IMAP_ABOUT_SELECTED)
		return true;
	if (command->selection == NULL)
		(void)error_set(&error, ERROR_FAILED, SCOPE_FOLDER, /* always -1 */
				"no mailbox is selected on %s", session->server);
	else if (command->selection->refused)
		error = command->selection->refusal;
	else
		return true;
	imap_command_refuse(command, &error);
	return false;
}

/* Whether COMMAND may be sent now at all. */
static bool may_send(struct imap_session *session, const struct imap_command *command)
{
	if (session->streaming != NULL)
		(void)imap_pipeline_fail_mistake(/* always -1 */
						 session,
						 "a command was to be sent in the middle of another");
	else if (session->dispatching && (command->wait_count > 0 || command->kind->streams))
		(void)fail_inside_handler(session); /* always -1 */
	return session->alive;
}

bool imap_pipeline_admit(struct imap_session *session, struct imap_command *command)
{
	command->cost = command->line.length + sizeof "A4294967295 \r\n";
	if (!may_send(session, command) || make_room_for_command(session, command) < 0) {
		imap_command_move(command, &session->answered);
		return false;
	}
	if (!settle_selection(session, command))
		return false;
	command->number = ++session->last_number;
	imap_command_move(command, &session->unanswered);
	session->unanswered_bytes += command->cost;
	session->unanswered_long += command->kind->answers_briefly ? 0 : 1;
	return true;
}

void imap_command_send(struct imap_command *command)
{
	struct imap_session *session = command->session;

	if (command->list != &session->unsent)
		return; /* refused while it was built */
	if (imap_pipeline_admit(session, command))
		send_bytes(session, command);
}

void imap_command_wait(struct imap_command *command)
{
	struct imap_session *session = command->session;

	while (!command->answered && session->alive)
		if (imap_pipeline_read(session) < 0)
			return;
}

enum imap_result imap_command_end(struct imap_command **command, struct error *error)
{
	enum imap_result result;

	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	imap_command_destroy(command);
	return result;
}

int imap_command_end_unneeded(struct imap_command **command, struct error *error)
{
	struct error refusal = ERROR_INITIAL;

	if (*command == NULL)
		return 0;
	switch (imap_command_end(command, &refusal)) {
	case IMAP_RESULT_OK:
		return 0;
	case IMAP_RESULT_REFUSED:
		log_line(LOG_VERBOSE, "%s", refusal.text);
		return 0;
	case IMAP_RESULT_ERROR:
		break;
	}
	if (error != NULL)
		*error = refusal;
	return -1;
}

struct imap_command *imap_command_start(struct imap_session *session,
					const struct imap_handler *handler, const char *text)
{
	struct imap_command *command = imap_command_create(session, text);

	if (handler != NULL)
		command->handler = *handler;
	imap_command_set_purpose(command, SCOPE_MESSAGE, "carry out %.*s", (int)strcspn(text, " "),
				 text);
	imap_command_send(command);
	return command;
}

enum imap_result imap_command_finish(struct imap_session *session, struct imap_command **command,
				     struct imap_code *code_r, struct error *error)
{
	enum imap_result result;

	(void)session; /* the command knows it */
	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (code_r != NULL) {
		*code_r = (*command)->code;
		memset(&(*command)->code, 0, sizeof(*command)->code);
	}
	imap_command_destroy(command);
	return result;
}
