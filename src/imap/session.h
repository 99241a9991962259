/* One logged-in connection: commands go out in a pipeline, responses find their command.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_SESSION_H
#define NAVETTE_IMAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "imap/mailbox_name.h"
#include "imap/response.h"
#include "imap/stream.h"

/* What proves who one is. */
enum imap_secret {
	IMAP_SECRET_PASSWORD,
	IMAP_SECRET_TOKEN, /* an access token of OAuth 2.0 (RFC 6750) */
	/* None of ours: */
	IMAP_SECRET_TICKET,     /* one of Kerberos, which the system has */
	IMAP_SECRET_CERTIFICATE /* that of TLS */
};

/* Everything needed to log in. Texts are borrowed. */
struct imap_login {
	struct imap_endpoint endpoint;
	const char *user;      /* NULL only with a tunnel that is PREAUTH */
	const char *password;  /* a secret; NULL likewise, and where KIND is none of ours */
	enum imap_secret kind; /* of that secret: a token is sent only where the server takes one */
	const char *login_command; /* what gives a token anew; NULL: token-command's own program */
	const char *mechanism; /* "PLAIN", "LOGIN" (the command), "SCRAM-SHA-256", "XOAUTH2" ...,
				  or NULL: the best for such a secret */
	const struct text_list
		*disabled; /* capabilities to treat as not offered, upper case; may be NULL */
	/* Set to true when the server refused the user and the secret, rather than being busy; may
	 * be NULL. */
	bool *refused_r;
	const char *label; /* in front of each line of the wire log, such as "work 2"; NULL: the
			      host */
};

/* Capabilities navette acts on, as bits. */
enum imap_capability {
	IMAP_CAPABILITY_LITERAL_PLUS = 1 << 0,  /* RFC 7888 */
	IMAP_CAPABILITY_LITERAL_MINUS = 1 << 1, /* RFC 7888: up to 4096 bytes */
	IMAP_CAPABILITY_UIDPLUS = 1 << 2,       /* RFC 4315 */
	IMAP_CAPABILITY_NAMESPACE = 1 << 3,     /* RFC 2342 */
	IMAP_CAPABILITY_SASL_IR = 1 << 4,       /* RFC 4959 */
	IMAP_CAPABILITY_STARTTLS = 1 << 5,
	IMAP_CAPABILITY_LOGINDISABLED = 1 << 6,
	IMAP_CAPABILITY_UTF8_ACCEPT = 1 << 7,    /* RFC 6855 */
	IMAP_CAPABILITY_ENABLE = 1 << 8,         /* RFC 5161 */
	IMAP_CAPABILITY_SPECIAL_USE = 1 << 9,    /* RFC 6154 */
	IMAP_CAPABILITY_UNSELECT = 1 << 10,      /* RFC 3691 */
	IMAP_CAPABILITY_ID = 1 << 11,            /* RFC 2971 */
	IMAP_CAPABILITY_CONDSTORE = 1 << 12,     /* RFC 7162 */
	IMAP_CAPABILITY_QRESYNC = 1 << 13,       /* RFC 7162 */
	IMAP_CAPABILITY_LIST_STATUS = 1 << 14,   /* RFC 5819 */
	IMAP_CAPABILITY_ESEARCH = 1 << 15,       /* RFC 4731 */
	IMAP_CAPABILITY_MULTIAPPEND = 1 << 16,   /* RFC 3502 */
	IMAP_CAPABILITY_MOVE = 1 << 17,          /* RFC 6851 */
	IMAP_CAPABILITY_BINARY = 1 << 18,        /* RFC 3516: literal8 */
	IMAP_CAPABILITY_REV2 = 1 << 19,          /* IMAP4rev2, RFC 9051 */
	IMAP_CAPABILITY_COMPRESS = 1 << 21,      /* RFC 4978: COMPRESS=DEFLATE */
	IMAP_CAPABILITY_LIST_EXTENDED = 1 << 20, /* RFC 5258 */
	IMAP_CAPABILITY_UIDONLY = 1 << 22,       /* RFC 9586 */
	IMAP_CAPABILITY_REPLACE = 1 << 23,       /* RFC 8508 */
	IMAP_CAPABILITY_OBJECTID = 1 << 24,      /* RFC 8474 */
	IMAP_CAPABILITY_X_GM_EXT_1 = 1 << 25,    /* Gmail: X-GM-MSGID */
	IMAP_CAPABILITY_IDLE = 1 << 26,          /* RFC 2177 */
	IMAP_CAPABILITY_NOTIFY = 1 << 27         /* RFC 5465 */
};

struct imap_session;

/* Connects, secures, logs in, learns capabilities (from greeting and login reply when they are
 * given there, else asked for). ID, ENABLE (QRESYNC, CONDSTORE, UIDONLY and UTF8=ACCEPT where
 * offered) and NAMESPACE are queued: they go out with the first command, see imap_session_settle().
 * With IMAP_TLS_STARTTLS: a PREAUTH greeting and a server without STARTTLS are refused, what was
 * received before the handshake is discarded and capabilities are asked anew (RFC 9051
 * section 6.2.1, 11.1). Without TLS a password is sent only when endpoint.tls is IMAP_TLS_NONE or
 * through a tunnel. A refused login is ERROR_FAILED, SCOPE_ACCOUNT, with the server's words; "busy"
 * answers (UNAVAILABLE, INUSE, LIMIT, BYE, too many connections) are ERROR_TEMPORARY with a pause;
 * a connection that breaks meanwhile is SCOPE_CONNECTION. Returns 0 or -1. */
int imap_session_open(const struct imap_login *login, struct imap_session **session_r,
		      struct error *error);
/* LOGOUT when the connection is still good (its reply is not waited for: nothing hangs on it), then
 * closes. Commands that were not finished are gone with it. NULL is allowed. */
void imap_session_close(struct imap_session **session);

/* Waits for the answers of the commands that follow the login, if they are not there yet. What is
 * switched on and how names are written is known only then; a command that needs it calls this
 * itself. That the server refuses some of them is no error. Returns 0, or -1: the connection
 * failed. */
int imap_session_settle(struct imap_session *session, struct error *error);
/* Whether ENABLE switched it on (RFC 5161): QRESYNC, CONDSTORE, UIDONLY,
 * UTF8_ACCEPT. Settles. */
bool imap_session_is_enabled(struct imap_session *session, enum imap_capability capability);
bool imap_session_has(const struct imap_session *session, enum imap_capability capability);
/* Whether it may show only the newest messages of a mailbox, as servers do that offer MESSAGELIMIT
 * (RFC 9738) or UIDONLY (RFC 9586), unless UIDONLY is enabled, for by UID all can be reached.
 * *limit_r: how many; 0: it does not say. Settles. */
bool imap_session_shows_newest_only(struct imap_session *session, uint32_t *limit_r);
/* The UIDVALIDITY of MAILBOX (the server's octets) when commands sent now are about it, as opened
 * with READ_ONLY or without, else 0. */
uint32_t imap_session_selected(const struct imap_session *session, const char *mailbox,
			       bool read_only);
/* Whether they will be about it, when a SELECT is answered that was sent. */
bool imap_session_is_opening(const struct imap_session *session, const char *mailbox,
			     bool read_only);
/* All capabilities as the server lists them, upper case, without the disabled ones. */
const struct text_list *imap_session_capabilities(const struct imap_session *session);
/* How names are written: prefix and delimiter of the personal namespace, UTF-8 or not. Settles. */
const struct imap_naming *imap_session_naming(struct imap_session *session);
/* Whether a mailbox is the user's own, by the server's namespaces (RFC 2342). Settles. */
bool imap_session_is_personal(struct imap_session *session, const char *mailbox);
int64_t imap_session_round_trip_us(const struct imap_session *session); /* as of the stream */
struct imap_stream_counts imap_session_counts(const struct imap_session *session);
/* False once the connection failed: no further command will succeed; finish gives the same error
 * again. */
bool imap_session_is_alive(const struct imap_session *session);

/* How a connection that is not alive any more ended. */
enum imap_session_end {
	IMAP_SESSION_BROKE,        /* without a word, or for a reply that made no sense */
	IMAP_SESSION_BYE,          /* by a BYE that may be about what was asked last */
	IMAP_SESSION_BYE_TO_CLIENT /* by a BYE about the client or the server as a whole */
};
enum imap_session_end imap_session_end(const struct imap_session *session);

/* --- Commands
 * --------------------------------------------------------------------------------------- */

/* Who gets the untagged responses while a command is the oldest one unanswered. Members may be
 * NULL. Responses that belong to the session (CAPABILITY, BYE, ALERT) are handled there as well. */
struct imap_handler {
	void *context;
	/* An error (-1) does not end the command: the first one is kept and returned by
	 * imap_command_finish(). */
	int (*untagged)(void *context, const struct imap_response *response, struct error *error);
	const struct imap_body_sink *sink; /* for BODY[] literals; NULL: bodies are skipped */
};

/* A command that was sent and not yet finished. Each must be given to imap_command_finish() (also
 * after errors). */
struct imap_command;

enum imap_result {
	IMAP_RESULT_OK = 0,
	IMAP_RESULT_ERROR = -1,  /* no answer: the connection failed, or the handler did: error says
				    which by its scope */
	IMAP_RESULT_REFUSED = 1, /* tagged NO or BAD; error is set too: ERROR_FAILED, or
				    ERROR_TEMPORARY for UNAVAILABLE, INUSE, LIMIT, OVERQUOTA... */
};

/* Starts a command: TEXT is the line without tag and line end and holds no user data that needs
 * quoting (imap/command.h builds those). It is queued, and sent when the queue is large or
 * something is waited for. When too much is unanswered, older answers are read first, so that any
 * number of commands may be started: handlers of older commands may run in here. A handler may
 * start commands but not finish them, nor start one that needs a literal. HANDLER (may be NULL) is
 * copied; its context and sink must live until finish. */
struct imap_command *imap_command_start(struct imap_session *session,
					const struct imap_handler *handler, const char *text);

/* Reads until COMMAND has its tagged reply; those of commands sent before it are remembered.
 * Destroys it, sets *command to NULL. CODE_R (may be NULL) is filled with the tagged reply's
 * response code: the caller releases it with imap_code_release(). */
enum imap_result imap_command_finish(struct imap_session *session, struct imap_command **command,
				     struct imap_code *code_r, struct error *error);
void imap_code_release(struct imap_code *code);

#endif
