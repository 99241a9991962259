/* Waiting for what the server tells by itself: IDLE (RFC 2177) and NOTIFY (RFC 5465), and reading
 * without waiting. What is told comes as notices. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_WAIT_H
#define NAVETTE_IMAP_WAIT_H

#include "imap/notice.h"
#include "imap/session.h"

/* --- Notices --- */

/* From now on what is told of mailboxes without being asked is noted, also while commands go on. */
void imap_notices_begin(struct imap_session *session);
/* The first that is noted, which the caller releases; mailbox NULL: anything may have happened.
 * False: there is none. */
bool imap_notices_take(struct imap_session *session, struct imap_notice *notice_r);
bool imap_notices_are_there(const struct imap_session *session);
/* How often a mailbox was told of that is not selected. */
uint64_t imap_notices_told(const struct imap_session *session);

/* --- Reading --- */

/* For poll(2); -1 when the connection failed. */
int imap_session_descriptor(const struct imap_session *session);
/* Whether a whole line was read and is not handled. Once imap_session_read_now() was called there
 * is nothing else that the descriptor does not show. */
bool imap_session_has_line(const struct imap_session *session);
/* Reads and handles what is there, at most some thousand responses; waits only for the rest of a
 * line that has a literal in it. Sends what is queued first. Returns 0 or -1: the connection
 * failed. */
int imap_session_read_now(struct imap_session *session, struct error *error);
/* The server is of no use any more, as ERROR says: the connection is closed. */
void imap_session_abandon(struct imap_session *session, const struct error *error);
/* Whether the command has its tagged reply, or can get none. */
bool imap_command_is_answered(const struct imap_command *command);

/* --- IDLE (RFC 2177) --- */

enum imap_idle_state {
	IMAP_IDLE_NONE,    /* no IDLE is under way */
	IMAP_IDLE_ASKED,   /* the server did not say "+" yet */
	IMAP_IDLE_GRANTED, /* it tells what happens */
	IMAP_IDLE_ENDED,   /* it said OK by itself */
	IMAP_IDLE_REFUSED  /* it said NO or BAD */
};

/* Sends IDLE, and before it the DONE of the one that is under way; waits for nothing. Until DONE
 * was said no other command may be sent. */
void imap_idle_begin(struct imap_session *session);
enum imap_idle_state imap_idle_state(const struct imap_session *session);
/* Queues DONE: it goes out with the next command, and is answered when that is. Where the "+" is
 * outstanding it is waited for; a server that does not say it within PATIENCE_MS gets DONE all the
 * same. Returns 0 or -1: the connection failed. */
int imap_idle_end(struct imap_session *session, unsigned int patience_ms, struct error *error);
/* The same without waiting for anything, and sent at once. */
void imap_idle_say_done_now(struct imap_session *session);
/* Whether a DONE was said that has no answer. */
bool imap_idle_is_ending(const struct imap_session *session);

/* --- NOTIFY (RFC 5465) --- */

/* What the server is to tell: fewer events for servers that know fewer. */
enum imap_notify_events {
	IMAP_NOTIFY_STATUS,  /* of messages and of mailboxes' names, and at once how all are */
	IMAP_NOTIFY_ALL,     /* the same but for how they are */
	IMAP_NOTIFY_MESSAGES /* of messages */
};
/* NOTIFY SET for the selected mailbox and all personal ones; from its OK on it tells at any time.
 * REFUSED: it does not. */
enum imap_result imap_notify(struct imap_session *session, enum imap_notify_events events,
			     struct error *error);
/* Whether the server said that it tells nothing any more (NOTIFICATIONOVERFLOW). */
bool imap_notify_is_over(const struct imap_session *session);

/* Of the selected mailbox servers tell by NOTIFY as they please: Dovecot only in an IDLE. Leaves it
 * (UNSELECT, RFC 3691), and asks how it is behind that (STATUS): the answer comes as a notice, for
 * what happened meanwhile. NULL where nothing is selected, or it cannot be left. */
struct imap_command *imap_leave_send(struct imap_session *session);
/* NOOP, as a sign of life. Both are written at once, and given to imap_command_finish(). */
struct imap_command *imap_noop_send(struct imap_session *session);

#endif
