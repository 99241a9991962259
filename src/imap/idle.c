/* IDLE (RFC 2177), and reading what is there without waiting.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>

#include "base/clock.h"
#include "imap/session_internal.h"
#include "imap/wait.h"

/* Responses handled at a time, so that a server that never stops does not keep us for ever. */
#define RESPONSES_AT_A_TIME 5000u

/* --- Notices --- */

void imap_notices_begin(struct imap_session *session)
{
	session->notices.on = true;
}

bool imap_notices_are_there(const struct imap_session *session)
{
	return session->notices.anything || session->notices.first < session->notices.count;
}

bool imap_notices_take(struct imap_session *session, struct imap_notice *notice_r)
{
	struct imap_notices *notices = &session->notices;

	*notice_r = (struct imap_notice){ .mailbox = NULL };
	if (!imap_notices_are_there(session))
		return false;
	if (notices->anything) {
		notices->anything = false;
		return true;
	}
	*notice_r = notices->items[notices->first++];
	if (notices->first == notices->count)
		notices->first = notices->count = 0;
	return true;
}

uint64_t imap_notices_told(const struct imap_session *session)
{
	return session->notices.told;
}

/* --- Reading --- */

int imap_session_descriptor(const struct imap_session *session)
{
	return session->stream != NULL ? imap_stream_descriptor(session->stream) : -1;
}

bool imap_session_has_line(const struct imap_session *session)
{
	return session->alive && imap_reader_has_line(session->reader);
}

static int fail(const struct imap_session *session, struct error *error)
{
	if (error != NULL)
		*error = session->error;
	return -1;
}

int imap_session_read_now(struct imap_session *session, struct error *error)
{
	unsigned int count = 0;

	if (imap_pipeline_flush(session) < 0)
		return fail(session, error);
	while (count < RESPONSES_AT_A_TIME) {
		int taken = imap_session_has_line(session)
				    ? 0
				    : imap_reader_take_now(session->reader, imap_input_read_now);

		if (taken == IMAP_STREAM_NOTHING)
			return 0;
		if (taken == 0 && !imap_session_has_line(session))
			continue; /* a part of a line */
		/* Also the failure is told by this. */
		if (imap_pipeline_read(session) < 0)
			return fail(session, error);
		count++;
	}
	return 0;
}

void imap_session_abandon(struct imap_session *session, const struct error *error)
{
	(void)imap_session_fail(session, error); /* always -1 */
}

bool imap_command_is_answered(const struct imap_command *command)
{
	return command->answered || !command->session->alive;
}

/* --- IDLE --- */

static const struct imap_command_kind idle_kind = { .about = IMAP_ABOUT_ANY,
						    .answers_briefly = true };

void imap_idle_say_done(struct imap_session *session)
{
	struct imap_idle *idle = &session->idle;

	if (idle->command == NULL)
		return;
	if (session->streaming == idle->command) {
		session->streaming = NULL;
		session->wants_continuation = false;
	}
	if (!imap_command_is_answered(idle->command)) {
		imap_pipeline_add_line(session, "DONE", "DONE");
		idle->said_done = true;
	}
	/* What the one before came to is of no interest any more. */
	imap_command_destroy(&idle->ended);
	idle->ended = idle->command;
	idle->command = NULL;
}

void imap_idle_begin(struct imap_session *session)
{
	struct imap_command *command;

	imap_idle_say_done(session);
	command = imap_command_create_kind(session, &idle_kind, "IDLE");
	imap_command_set_purpose(command, SCOPE_FOLDER, "tell what happens");
	imap_command_send(command);
	session->idle.command = command;
	if (command->list == &session->unanswered) {
		session->streaming = command; /* nothing may follow it */
		session->wants_continuation = true;
		session->has_continuation = false;
	}
	(void)imap_pipeline_flush(session); /* the session keeps its error */
}

enum imap_idle_state imap_idle_state(const struct imap_session *session)
{
	const struct imap_command *command = session->idle.command;

	if (command == NULL)
		return IMAP_IDLE_NONE;
	if (!command->answered)
		return session->has_continuation ? IMAP_IDLE_GRANTED : IMAP_IDLE_ASKED;
	return command->error == NULL && command->condition == IMAP_OK ? IMAP_IDLE_ENDED
								       : IMAP_IDLE_REFUSED;
}

/* Whether bytes came before the time was over. */
static bool wait_for_bytes(const struct imap_session *session, int64_t until)
{
	struct pollfd polled = { .fd = imap_session_descriptor(session), .events = POLLIN };
	int64_t left = until - clock_monotonic_ms();

	/* A signal counts as bytes: who reads finds none. */
	return left > 0 && poll(&polled, 1, left > INT32_MAX ? INT32_MAX : (int)left) != 0;
}

int imap_idle_end(struct imap_session *session, unsigned int patience_ms, struct error *error)
{
	int64_t until = clock_monotonic_ms() + patience_ms;

	/* To DONE before "+" some servers say BAD. */
	while (session->alive && imap_idle_state(session) == IMAP_IDLE_ASKED) {
		if (imap_session_read_now(session, error) < 0)
			return -1;
		if (imap_idle_state(session) == IMAP_IDLE_ASKED && !wait_for_bytes(session, until))
			break;
	}
	imap_idle_say_done(session);
	return session->alive ? 0 : fail(session, error);
}

void imap_idle_say_done_now(struct imap_session *session)
{
	imap_idle_say_done(session);
	(void)imap_pipeline_flush(session); /* the session keeps its error */
}

bool imap_idle_is_ending(const struct imap_session *session)
{
	return session->idle.ended != NULL && !imap_command_is_answered(session->idle.ended);
}
