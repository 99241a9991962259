/* The bytes of the server, on their way from the stream to the parser, past the wire log.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/session_internal.h"

typedef int stream_read_function(struct imap_stream *stream, void *bytes, size_t size,
				 size_t *length_r, struct error *error);

/* Between COMPRESS and its answer: where text ends and compressed bytes begin shows only when that
 * was parsed. What is kept for the log is never more than the reader holds. */
static int read_while_asked(struct imap_session *session, stream_read_function *read, void *bytes,
			    size_t size, size_t *length_r, struct error *error)
{
	size_t ahead;
	int result;

	(void)imap_reader_ahead(session->reader, &ahead); /* only how much it is */
	imap_wire_log_feed_kept(&session->input_log, session->label, ahead);
	result = read(session->stream, bytes, size, length_r, error);
	if (result == 0)
		imap_wire_log_keep(&session->input_log, bytes, *length_r);
	return result;
}

static int read_by(struct imap_session *session, stream_read_function *read, void *bytes,
		   size_t size, size_t *length_r, struct error *error)
{
	int result;

	if (session->stream == NULL)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				 "the connection to %s is closed", session->server);
	if (session->compressing == IMAP_COMPRESSING_ASKED)
		return read_while_asked(session, read, bytes, size, length_r, error);
	result = read(session->stream, bytes, size, length_r, error);
	if (result == 0)
		imap_wire_log_feed(&session->input_log, session->label, bytes, *length_r);
	return result;
}

int imap_input_read(void *context, void *bytes, size_t size, size_t *length_r, struct error *error)
{
	return read_by(context, imap_stream_read, bytes, size, length_r, error);
}

int imap_input_read_now(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	return read_by(context, imap_stream_read_now, bytes, size, length_r, error);
}
