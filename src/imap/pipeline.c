/* The way out: tags, the queue of output, literals, and how much may be unanswered.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/session_internal.h"

/* A source is asked for this much at a time. */
#define CHUNK_SIZE 16384u

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

static int fail_inside_handler(struct imap_session *session)
{
	struct error error = ERROR_INITIAL;

	(void)error_set(&error, ERROR_FAILED, SCOPE_CONNECTION, /* always -1 */
			"a reply of %s was handled in a way that would wait for itself: this is a "
			"mistake in navette, please report it",
			session->server);
	return imap_session_fail(session, &error);
}

/* Bodies of an answer that cannot be about the right mailbox are skipped. */
static const struct imap_body_sink *sink_of(const struct imap_command *command)
{
	if (command == NULL ||
	    (command->needs_mailbox && command->selection != NULL && command->selection->refused))
		return NULL;
	return command->handler.sink;
}

/* Whose body it is shows only when the response has begun. */
static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	struct imap_session *session = context;

	session->body_sink = sink_of(imap_dispatch_recipient(session, fetch));
	if (session->body_sink == NULL)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "%s sent a message that was not asked for", session->server);
	return session->body_sink->begin(session->body_sink->context, fetch, size, error);
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	const struct imap_session *session = context;

	return session->body_sink->write(session->body_sink->context, bytes, length, error);
}

int imap_pipeline_read(struct imap_session *session)
{
	const struct imap_body_sink sink = { .context = session,
					     .begin = begin_body,
					     .write = write_body };
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

static void show(struct imap_session *session, const char *tag, const char *shown)
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
	show(session, "", shown);
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

void imap_pipeline_retire(struct imap_session *session, struct imap_command *command)
{
	session->unanswered_bytes -= command->cost;
	session->unanswered_long -= command->answers_briefly ? 0 : 1;
	imap_command_move(command, &session->answered);
}

static bool has_room(const struct imap_session *session, size_t bytes, size_t part)
{
	return session->unanswered.count == 0 ||
	       (session->unanswered_bytes + bytes <= IMAP_UNANSWERED_BYTES_MAX / part &&
		session->unanswered.count < IMAP_UNANSWERED_COUNT_MAX / part);
}

/* Reads older answers until COMMAND may be sent: see IMAP_UNANSWERED_BYTES_MAX. Half of the room
 * stays in use, so that the server has something to do meanwhile. */
static int make_room(struct imap_session *session, const struct imap_command *command)
{
	size_t bytes = command->cost;

	if (session->dispatching || has_room(session, bytes, 1))
		return 0;
	while (!has_room(session, bytes, 2))
		if (imap_pipeline_read(session) < 0)
			return -1;
	return 0;
}

/* A long message is written while nothing is read. That is safe among commands with brief answers
 * only, whatever their number: what the stream reads ahead has room for these. Behind a COMPRESS it
 * would be queued as a whole. */
static int make_room_for_source(struct imap_session *session, const struct imap_command *command)
{
	while (session->compressing == IMAP_COMPRESSING_ASKED)
		if (imap_pipeline_read(session) < 0)
			return -1;
	if (command->source.size + session->unanswered_bytes <= IMAP_UNANSWERED_BYTES_MAX)
		return 0;
	while (session->unanswered_long > 0)
		if (imap_pipeline_read(session) < 0)
			return -1;
	return 0;
}

/* After a part of a message went out there is no way back but to close: the server drops what is
 * not complete. */
static void give_up_source(struct imap_session *session, struct imap_command *command,
			   const struct error *error, size_t start, size_t shown_start,
			   uint64_t flushes)
{
	struct error lost = ERROR_INITIAL;
	bool unseen = session->flushes == flushes; /* no byte of it has left us */

	imap_command_set_error(command, unseen ? IMAP_RESULT_REFUSED : IMAP_RESULT_ERROR, error);
	command->answered = true;
	imap_pipeline_retire(session, command);
	if (unseen) {
		session->queue.length = start;
		session->queue.bytes[start] = '\0';
		if (session->queue_shown.length > 0) {
			session->queue_shown.length = shown_start;
			session->queue_shown.bytes[shown_start] = '\0';
		}
		return;
	}
	(void)error_set(&lost, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
			"the connection to %s was closed, because a message could not be read to "
			"its end while it was sent",
			session->server);
	(void)imap_session_fail(session, &lost); /* always -1 */
}

/* One piece of the source into the queue. */
static int read_source(struct imap_session *session, struct imap_source *source, uint64_t *left,
		       struct error *error)
{
	char chunk[CHUNK_SIZE];
	size_t size = *left < sizeof chunk ? (size_t)*left : sizeof chunk;
	size_t length = 0;

	if (source->read(source->context, chunk, size, &length, error) < 0)
		return -1;
	if (length == 0 || length > size)
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "the message became shorter while it was sent to %s; it will be "
				 "sent by the next run",
				 session->server);
	buffer_add(&session->queue, chunk, length);
	*left -= length;
	return 0;
}

static int stream_source(struct imap_session *session, struct imap_command *command,
			 struct error *error)
{
	uint64_t left = command->source.size;

	while (left > 0) {
		if (read_source(session, &command->source, &left, error) < 0)
			return -1;
		if (session->queue.length >= IMAP_QUEUE_MAX && imap_pipeline_flush(session) < 0)
			return 0; /* the session's error is told */
	}
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
	return !command->streams || !command->source_waits ||
	       imap_pipeline_wait_continuation(session, command) == 1;
}

static void send_bytes(struct imap_session *session, struct imap_command *command)
{
	size_t start = session->queue.length;
	size_t shown_start = session->queue_shown.length;
	uint64_t flushes = session->flushes;
	struct error error = ERROR_INITIAL;
	char tag[16];

	(void)snprintf(tag, sizeof tag, "A%u ", command->number); /* fits */
	buffer_add_text(&session->queue, tag);
	show(session, tag, buffer_text(&command->shown));
	if (!send_line(session, command))
		return;
	if (command->streams) {
		if (stream_source(session, command, &error) < 0) {
			give_up_source(session, command, &error, start, shown_start, flushes);
			return;
		}
		if (!session->alive)
			return;
		buffer_add_text(&session->queue, command->after_source);
	}
	buffer_add_text(&session->queue, "\r\n");
	command->sent = true;
	if (session->queue.length >= IMAP_QUEUE_MAX && !session->dispatching)
		(void)imap_pipeline_flush(session); /* the session keeps its error */
}

/* Which mailbox the command is about. False when that is known to be none. */
static bool settle_selection(struct imap_session *session, struct imap_command *command)
{
	struct error error = ERROR_INITIAL;

	if (command->selects) {
		imap_selection_release(&session->selection);
		session->selection = command->selection;
		session->selection->references++;
		return true;
	}
	command->selection = session->selection;
	if (command->selection != NULL)
		command->selection->references++;
	if (command->unselects)
		imap_selection_release(&session->selection);
	if (!command->needs_mailbox)
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

void imap_command_send(struct imap_command *command)
{
	struct imap_session *session = command->session;

	if (command->list != &session->unsent)
		return; /* refused while it was built */
	command->cost = command->line.length + sizeof "A4294967295 \r\n";
	if (!session->alive || make_room(session, command) < 0 ||
	    (command->streams && make_room_for_source(session, command) < 0)) {
		imap_command_move(command, &session->answered);
		return;
	}
	if (session->dispatching && (command->wait_count > 0 || command->streams)) {
		(void)fail_inside_handler(session); /* always -1 */
		imap_command_move(command, &session->answered);
		return;
	}
	if (!settle_selection(session, command))
		return;
	command->number = ++session->last_number;
	imap_command_move(command, &session->unanswered);
	session->unanswered_bytes += command->cost;
	session->unanswered_long += command->answers_briefly ? 0 : 1;
	send_bytes(session, command);
	/* A password does not stay in memory longer than it must, nor anything twice. */
	buffer_wipe(&command->line);
	buffer_release(&command->line);
	buffer_release(&command->shown);
}

void imap_command_wait(struct imap_command *command)
{
	struct imap_session *session = command->session;

	while (!command->answered && session->alive)
		if (imap_pipeline_read(session) < 0)
			return;
}
