/* What the files of the session share; commands use command.h instead.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SESSION_INTERNAL_H
#define NAVETTE_IMAP_SESSION_INTERNAL_H

#include "base/buffer.h"
#include "imap/command.h"
#include "imap/notice.h"
#include "imap/secrets.h"
#include "imap/session.h"
#include "imap/token_refusal.h"
#include "imap/wire_log.h"

/* Output is collected until it is this long or something is waited for. */
#define IMAP_QUEUE_MAX 32768u
/* Bytes of commands that may be unanswered at a time, and how many commands. The kernels of both
 * ends hold that much even when the server reads nothing because it is busy writing its answers:
 * so our writing never waits for a server that waits for our reading. */
#define IMAP_UNANSWERED_BYTES_MAX 65536u
#define IMAP_UNANSWERED_COUNT_MAX 1000u

/* Commands that follow the login. */
#define IMAP_FIRST_FLIGHT_MAX 3u

/* A doubly linked list of commands, oldest first. */
struct imap_command_list {
	struct imap_command *first;
	struct imap_command *last;
	size_t count;
};

/* An IDLE (RFC 2177), which is one command with a pause in its middle. */
struct imap_idle {
	struct imap_command *command; /* under way, and DONE was not said; NULL: none is */
	struct imap_command *ended;   /* DONE was said; NULL: none, or its result was taken */
	bool said_done;               /* on this connection, once or more */
};

enum imap_compressing {
	IMAP_COMPRESSING_UNTRIED,
	IMAP_COMPRESSING_ASKED,  /* COMPRESS was written and has no answer: nothing may follow it */
	IMAP_COMPRESSING_SETTLED /* as the server said, yes or no */
};

struct imap_session {
	struct imap_stream *stream; /* NULL once closed */
	struct imap_reader *reader;
	struct imap_stream_counts counts; /* those at the close */
	struct imap_response response;    /* the one being handled */
	char *server;                     /* "the server imap.example.org", for sentences */
	char *label;                      /* in front of the lines of the wire log */

	bool alive;
	struct error error; /* why it is not */
	char *bye;          /* the words of the BYE, or NULL */

	struct text_list disabled;     /* capabilities not to see */
	struct text_list capabilities; /* without the disabled ones */
	unsigned int capability_bits;
	bool capabilities_known; /* since the last change of state (TLS, login) */
	struct imap_naming naming;
	struct text_list foreign; /* prefixes of mailboxes of other users, and of shared ones */
	bool quotes_utf8;     /* UTF-8 may stand in quoted strings (RFC 6855 section 3, RFC 9051) */
	unsigned int enabled; /* capability bits that ENABLE switched on */
	/* Sent after the login and perhaps not answered yet: ID, ENABLE, NAMESPACE. */
	struct imap_command *first_flight[IMAP_FIRST_FLIGHT_MAX];

	struct buffer queue;             /* output not yet written */
	struct buffer queue_shown;       /* its lines for the wire log */
	uint64_t flushes;                /* how often the queue was written */
	uint32_t last_number;            /* of the last tag */
	struct imap_command_list unsent; /* being built */
	struct imap_command_list unanswered;
	struct imap_command_list answered; /* until they are finished */
	size_t unanswered_bytes;
	size_t unanswered_long;                 /* of unanswered: those whose answers may be long */
	struct imap_command *streaming;         /* whose line is not ended: nothing may be sent */
	bool dispatching;                       /* a handler runs: nothing may wait */
	const struct imap_body_sink *body_sink; /* of the body that is coming in */

	unsigned int since_answer;  /* untagged responses since the last tagged one */
	unsigned int since_chatter; /* those of them that belong to no command */

	bool wants_continuation; /* a "+" would make sense now */
	bool has_continuation;   /* ... and came */
	char *continuation;      /* its text */

	enum imap_compressing compressing; /* compress.c */

	struct imap_notices notices; /* what was told unasked */
	struct imap_idle idle;       /* idle.c */
	struct imap_command *left;   /* an UNSELECT that nobody waits for; NULL: none */

	struct imap_selection *selection; /* that commands sent from now on are about, or NULL */
	unsigned int malformed;           /* replies that made no sense so far */
	struct imap_secrets secrets;      /* that were sent, or will be */
	struct imap_wire_log input_log;
};

/* Each of these files calls only those above it:
 *
 *   refusal.c, capability.c       what words and codes of the server mean
 *   session.c                     what is known of the connection, and how it fails
 *   input.c                       bytes from the stream to the parser
 *   command.c                     one command: its parts, its result, the list it is in
 *   notice.c                      what was told unasked
 *   dispatch.c                    each response to the command that it answers
 *   pipeline.c                    sends commands, reads responses, waits
 *   first_flight.c                ID, ENABLE and NAMESPACE, and waiting for them
 *   command_text.c, literal.c     strings and messages as parts of a command
 *   login.c, compress.c, and the files of commands.h and wait.h
 *   session_open.c                connects, logs in, closes
 */

/* --- refusal.c --- */
/* The server's words as part of a sentence of ours, after which ours goes on: without the full stop
 * at their end. May be empty. The caller owns it. */
char *imap_refusal_words(const char *text);

/* The sentence, kind and scope for a NO or BAD. PURPOSE: "select “INBOX”"; SCOPE: how far such a
 * refusal reaches at least. Always returns -1. */
int imap_refusal_set(struct error *error, const char *purpose, enum error_scope scope,
		     enum imap_code_type code, const char *words);
/* The same for a limit on the account's traffic: nothing of the account is tried again in this run.
 */
int imap_refusal_set_traffic(struct error *error, const char *purpose, const char *words);
/* What to do about such a limit, when WORDS tell of one, else "". */
const char *imap_refusal_traffic_advice(const char *words);
/* Whether a BYE of these WORDS is about the client or the server as a whole, and not about what was
 * asked last. */
bool imap_bye_is_to_client(const char *words);
/* Whether TEXT holds any of WORDS, which end with NULL, whatever their case. */
bool imap_words_hold_any(const char *text, const char *const *words);
/* How long the server asks, in these WORDS, to be left alone: 1 or more, 1 where it does not say.
 */
unsigned int imap_refusal_pause_ms(const char *words);
/* Whether the words say: busy, come back later. */
bool imap_refusal_is_temporary(enum imap_code_type code, const char *words);

/* --- capability.c --- */

/* The bit of a capability word, or 0. */
unsigned int imap_capability_bit(const char *word);
/* What an IMAP4rev2 server can do without saying so (RFC 9051 appendix E). */
unsigned int imap_capability_bits_of_rev2(void);

/* --- session.c --- */

/* Marks the connection as failed for good and closes it; the first error stays. Returns -1. */
int imap_session_fail(struct imap_session *session, const struct error *error);
/* Closes the connection; its counts stay known. */
void imap_session_close_stream(struct imap_session *session);
/* The list as the server gave it replaces the one known, less the disabled ones. */
void imap_session_set_capabilities(struct imap_session *session, const struct text_list *words);
void imap_session_forget_capabilities(struct imap_session *session);
/* Tells the user what an ALERT says (RFC 9051 section 7.1: it MUST be shown). */
void imap_session_show_alert(const struct imap_session *session, const char *text);

/* --- input.c --- */

/* CONTEXT is the session. Both are imap_read_function; the second may return
 * IMAP_STREAM_NOTHING. */
int imap_input_read(void *context, void *bytes, size_t size, size_t *length_r, struct error *error);
int imap_input_read_now(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error);

/* --- notice.c --- */

/* Notes what session->response tells of mailboxes; OLDEST is the command that it is dispatched to,
 * or NULL. */
void imap_notices_see(struct imap_session *session, const struct imap_command *oldest);

/* --- command.c --- */

/* Keeps ERROR as the command's own, unless it has one. */
void imap_command_set_error(struct imap_command *command, enum imap_result result,
			    const struct error *error);
/* Moves COMMAND to the end of LIST, from the list it is in; NULL: to none. */
void imap_command_move(struct imap_command *command, struct imap_command_list *list);
/* Moves COMMAND from the unanswered to the answered ones. */
void imap_command_retire(struct imap_command *command);

/* --- dispatch.c --- */

/* Gives session->response to whom it concerns. Returns 0, or -1 when the session has failed. */
int imap_dispatch(struct imap_session *session);
/* The command that a FETCH response answers: the first that wants it, else the oldest; may be NULL.
 */
struct imap_command *imap_dispatch_recipient(const struct imap_session *session,
					     const struct imap_fetch_data *fetch);

/* --- pipeline.c --- */

/* Writes the queue; keeps it while COMPRESS waits for its answer. Returns 0, or -1 when the session
 * has failed. */
int imap_pipeline_flush(struct imap_session *session);
/* Flushes, then reads and dispatches one response. Returns 0, or -1 when the session has failed. */
int imap_pipeline_read(struct imap_session *session);
/* Queues TEXT and a line end; the wire log shows SHOWN instead. */
void imap_pipeline_add_line(struct imap_session *session, const char *text, const char *shown);
/* Waits until a "+" came (1) or COMMAND was answered instead (0); -1 when the session failed. The
 * text of the "+" is in session->continuation. */
int imap_pipeline_wait_continuation(struct imap_session *session,
				    const struct imap_command *command);
/* Gives COMMAND its number and its place among the unanswered ones. False: it cannot be sent, and
 * is among the answered ones. */
bool imap_pipeline_admit(struct imap_session *session, struct imap_command *command);
/* Queues the command's line as far as it was built, the tag before it when it is the FIRST piece.
 * Returns whether all of it could be sent; what was queued is forgotten by the command. */
bool imap_pipeline_add_piece(struct imap_session *session, struct imap_command *command,
			     bool first);
/* Ends the connection for a mistake of ours. Returns -1. */
int imap_pipeline_fail_mistake(struct imap_session *session, const char *what);

/* --- first_flight.c --- */

/* Starts ID, ENABLE and NAMESPACE, as far as the server offers them: imap_session_settle() waits
 * for their answers. */
void imap_first_flight_send(struct imap_session *session);

/* --- idle.c --- */

/* Queues the DONE of the IDLE that is under way, if one is. */
void imap_idle_say_done(struct imap_session *session);

/* --- command_text.c --- */

/* Whether a literal of SIZE bytes waits for the server's "+" (RFC 7888). */
bool imap_command_literal_waits(const struct imap_session *session, uint64_t size);

/* --- refused_login.c --- */

/* The sentence, kind and scope for the answer to LOGIN or AUTHENTICATE that was no OK. REFUSAL:
 * what the server said of the token before, or NULL. BOUND: to the TLS connection. Always returns
 * -1. */
int imap_login_refuse(const struct imap_session *session, const struct imap_login *login,
		      const struct imap_command *command, const struct imap_token_refusal *refusal,
		      bool bound, struct error *error);
/* What to do where the server wants OAuth 2.0 in place of a password, or "". */
const char *imap_login_oauth_advice(const struct imap_session *session);

/* --- login.c --- */

/* From the greeting to the login; the first flight after it is queued. Returns 0 or -1. */
int imap_login_perform(struct imap_session *session, const struct imap_login *login,
		       struct error *error);

#endif
