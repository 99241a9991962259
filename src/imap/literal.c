/* Messages as literals of a command whose line goes out in pieces (RFC 9051 section 4.3, RFC 7888).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "imap/session_internal.h"

/* A source is asked for this much at a time. */
#define CHUNK_SIZE 16384u

/* Where the queue ended before a piece. */
struct mark {
	size_t queue, shown;
	uint64_t flushes;
};

/* Long messages are written while nothing is read. That is safe among commands with brief answers
 * only, whatever their number: what the stream reads ahead has room for these. Behind a COMPRESS
 * they would be queued as a whole. */
static int make_room_for_message(struct imap_session *session, uint64_t size)
{
	while (session->compressing == IMAP_COMPRESSING_ASKED)
		if (imap_pipeline_read(session) < 0)
			return -1;
	if (size + session->unanswered_bytes <= IMAP_UNANSWERED_BYTES_MAX)
		return 0;
	while (session->unanswered_long > 0)
		if (imap_pipeline_read(session) < 0)
			return -1;
	return 0;
}

/* A message that fits the queue together with its head is not begun in a queue where it does not:
 * while it is in the queue as a whole, it can be taken back. */
static int make_queue_room(struct imap_session *session, const struct imap_command *command,
			   uint64_t size)
{
	size_t head = command->line.length + sizeof "A4294967295 ";

	if (session->queue.length + head + size < IMAP_QUEUE_MAX)
		return 0;
	return imap_pipeline_flush(session);
}

static void shorten(struct buffer *buffer, size_t length)
{
	if (buffer->length <= length)
		return;
	buffer->length = length;
	buffer->bytes[length] = '\0';
}

/* One piece of the source into the queue. */
static int read_source(struct imap_session *session, const struct imap_source *source,
		       uint64_t *left, struct error *error)
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

static int read_to_end(struct imap_session *session, const struct imap_source *source,
		       struct error *error)
{
	uint64_t left = source->size;

	while (left > 0) {
		if (read_source(session, source, &left, error) < 0)
			return -1;
		if (session->queue.length >= IMAP_QUEUE_MAX && imap_pipeline_flush(session) < 0)
			return 0; /* the session's error is told */
	}
	return 0;
}

/* As if the piece had never been; the command too when it was its first. */
static void take_back(struct imap_session *session, struct imap_command *command,
		      const struct mark *mark, bool first)
{
	shorten(&session->queue, mark->queue);
	shorten(&session->queue_shown, mark->shown);
	command->line_is_open = !first;
	if (!first)
		return;
	session->streaming = NULL;
	imap_command_retire(command);
	imap_command_move(command, &session->unsent);
	imap_selection_release(&command->selection);
}

/* After a part of a message went out there is no way back but to close: the server drops what is
 * not complete. */
static enum imap_result give_up(struct imap_session *session, struct imap_command *command,
				const struct mark *mark, bool first, const struct error *failure)
{
	struct error lost = ERROR_INITIAL;

	if (session->flushes == mark->flushes) { /* no byte of it has left us */
		take_back(session, command, mark, first);
		return IMAP_RESULT_REFUSED;
	}
	imap_command_set_error(command, IMAP_RESULT_ERROR, failure);
	command->answered = true;
	imap_command_retire(command);
	(void)error_set(&lost, ERROR_TEMPORARY, SCOPE_CONNECTION, /* always -1 */
			"the connection to %s was closed, because a message could not be read to "
			"its end while it was sent",
			session->server);
	(void)imap_session_fail(session, &lost); /* always -1 */
	return IMAP_RESULT_ERROR;
}

static bool begin_stream(struct imap_session *session, struct imap_command *command, uint64_t size)
{
	if (session->alive && !session->dispatching && session->streaming == NULL &&
	    make_room_for_message(session, size) < 0) {
		imap_command_move(command, &session->answered);
		return false;
	}
	if (!imap_pipeline_admit(session, command))
		return false;
	session->streaming = command;
	return true;
}

/* The head of the literal and its bytes. */
static enum imap_result send_piece(struct imap_session *session, struct imap_command *command,
				   const struct imap_source *source, bool waits, bool first,
				   struct error *error)
{
	struct error failure = ERROR_INITIAL;
	struct mark mark = { .queue = session->queue.length,
			     .shown = session->queue_shown.length,
			     .flushes = session->flushes };

	/* A line that was refused instead of a "+" has come to its end. */
	command->line_is_open = false;
	if (!imap_pipeline_add_piece(session, command, first) ||
	    (waits && imap_pipeline_wait_continuation(session, command) != 1))
		return IMAP_RESULT_ERROR;
	if (read_to_end(session, source, &failure) < 0) {
		*error = failure;
		return give_up(session, command, &mark, first, &failure);
	}
	command->line_is_open = true;
	return session->alive ? IMAP_RESULT_OK : IMAP_RESULT_ERROR;
}

enum imap_result imap_command_stream(struct imap_command *command, const struct imap_source *source,
				     struct error *error)
{
	struct imap_session *session = command->session;
	bool first = command->list == &session->unsent;
	bool waits = source->asks || imap_command_literal_waits(session, source->size);
	const char *tilde = source->binary ? "~" : "";

	buffer_add_format(&command->line, "%s{%" PRIu64 "%s}\r\n", tilde, source->size,
			  waits ? "" : "+");
	buffer_add_format(&command->shown, "%s{%" PRIu64 " bytes}", tilde, source->size);
	if (first && !begin_stream(session, command, source->size))
		return IMAP_RESULT_ERROR;
	if (command->answered || make_queue_room(session, command, source->size) < 0)
		return IMAP_RESULT_ERROR;
	return send_piece(session, command, source, waits, first, error);
}

void imap_command_end_line(struct imap_command *command)
{
	struct imap_session *session = command->session;

	if (session->streaming == command)
		session->streaming = NULL;
	if (command->list == &session->unsent) {
		command->answered = true;
		imap_command_move(command, &session->answered);
	}
	if (!command->line_is_open || !session->alive)
		return;
	buffer_add_text(&session->queue, "\r\n");
	command->line_is_open = false;
	command->sent = true;
	if (session->queue.length >= IMAP_QUEUE_MAX)
		(void)imap_pipeline_flush(session); /* the session keeps its error */
}
