/* COMPRESS (RFC 4978). SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/commands.h"
#include "imap/session_internal.h"

bool imap_session_is_compressed(const struct imap_session *session)
{
	return session->stream != NULL && imap_stream_is_compressed(session->stream);
}

/* What was read behind the tagged OK is compressed already (RFC 4978 section 3: "immediately after
 * the CRLF which ends the tagged OK response"). */
static void start_deflate(struct imap_session *session)
{
	size_t length;
	const char *ahead = imap_reader_ahead(session->reader, &length);

	imap_wire_log_feed_kept(&session->input_log, session->label, length);
	imap_stream_start_deflate(session->stream, ahead, length);
	(void)imap_reader_discard(session->reader); /* the stream has them now */
}

static void take_answer(struct imap_session *session, const struct imap_command *command)
{
	session->compressing = IMAP_COMPRESSING_SETTLED;
	if (command->condition == IMAP_OK)
		start_deflate(session);
	else
		imap_wire_log_feed_kept(&session->input_log, session->label, 0);
	buffer_release(&session->input_log.kept);
}

static const struct imap_command_kind compress_kind = { .answers_briefly = true,
							.answered = take_answer };

struct imap_command *imap_compress_send(struct imap_session *session)
{
	struct imap_command *command;

	if (!imap_session_has(session, IMAP_CAPABILITY_COMPRESS) || session->dispatching ||
	    session->compressing != IMAP_COMPRESSING_UNTRIED)
		return NULL;
	command = imap_command_create_kind(session, &compress_kind, "COMPRESS DEFLATE");
	imap_command_set_purpose(command, SCOPE_CONNECTION, "compress the connection");
	imap_command_send(command);
	if (imap_pipeline_flush(session) == 0)
		session->compressing = IMAP_COMPRESSING_ASKED;
	return command;
}

int imap_compress_finish(struct imap_session *session, struct imap_command **command,
			 struct error *error)
{
	(void)session; /* the command knows it */
	return imap_command_end_unneeded(command, error);
}

/* So that no server has to swap its streams in the midst of an answer. */
static void wait_for_all(struct imap_session *session)
{
	while (session->unanswered.count > 0)
		if (imap_pipeline_read(session) < 0)
			return; /* the command that is sent next tells why */
}

int imap_compress(struct imap_session *session, struct error *error)
{
	struct imap_command *command;

	if (imap_session_has(session, IMAP_CAPABILITY_COMPRESS) && !session->dispatching &&
	    session->compressing != IMAP_COMPRESSING_SETTLED)
		wait_for_all(session);
	command = imap_compress_send(session);
	return imap_compress_finish(session, &command, error);
}
