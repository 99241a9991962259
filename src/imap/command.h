/* How a command is built, sent and looked at: for the files of src/imap that implement commands.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_COMMAND_H
#define NAVETTE_IMAP_COMMAND_H

#include "base/buffer.h"
#include "imap/session.h"

/* UID sets in commands are cut at this many bytes, so that no line passes 8192 octets (RFC 7162
 * section 4). */
#define IMAP_SET_BYTES_MAX 7800u

/* One mailbox as selected by one SELECT or EXAMINE. Commands sent after it hold on to it, so that
 * an answer is never taken for one about another mailbox. */
struct imap_selection {
	unsigned int references;
	char *mailbox; /* the server's octets */
	bool read_only;
	bool answered;           /* the SELECT has its tagged reply */
	bool refused;            /* ... and that was not OK */
	struct error refusal;    /* the sentence for it */
	bool validity_changed;   /* UIDVALIDITY changed while it was selected */
	uint32_t uidvalidity;    /* 0: none given */
	bool messages_known;     /* EXISTS came */
	uint32_t messages;       /* EXISTS, less what was expunged since */
	struct uid_set vanished; /* UIDs that the server said are gone since (RFC 7162: QRESYNC) */
	/* Until CLOSED comes: what was selected before it (NULL: nothing), and what was told of
	 * that since, enum imap_notice_kind. */
	char *before;
	unsigned int told_before;
};
struct imap_selection *imap_selection_create(const char *mailbox, bool read_only);
/* Drops one reference. NULL is allowed. */
void imap_selection_release(struct imap_selection **selection);

/* A message that is streamed as a literal of a command. */
struct imap_source {
	uint64_t size;
	bool binary; /* literal8 (RFC 3516) */
	bool asks;   /* waits for a "+" even where it need not */
	imap_read_function *read;
	void *context;
};

/* What a command has to do with the mailbox that is selected. */
enum imap_command_about {
	IMAP_ABOUT_ANY,      /* nothing: it can be sent in any state */
	IMAP_ABOUT_SELECTED, /* it is about that mailbox, and refused when there is none */
	IMAP_ABOUT_NEXT,     /* SELECT, EXAMINE: it selects another one */
	IMAP_ABOUT_PREVIOUS  /* UNSELECT, CLOSE: nothing is selected behind it */
};

/* What is the same for all commands of a kind: a constant in the file that builds them. */
struct imap_command_kind {
	enum imap_command_about about;
	bool streams;         /* goes out in pieces: imap_command_stream() */
	bool answers_briefly; /* the answer is some lines at most */
	bool searches;        /* answered by SEARCH or ESEARCH */
	bool lists;           /* answered by LIST or STATUS */
	/* Of a FETCH: whether a FETCH response can be its answer; CONTEXT is the handler's. Servers
	 * may work on several commands at once (RFC 9051 section 5.5), so that the oldest is not
	 * always the one that is answered. */
	bool (*wants)(void *context, const struct imap_fetch_data *fetch);
	/* When its tagged reply is the last thing that was parsed; may be NULL. */
	void (*answered)(struct imap_session *session, const struct imap_command *command);
};

struct imap_command {
	struct imap_session *session;
	const struct imap_command_kind *kind;
	struct imap_command_list *list; /* of the session, that it is in */
	struct imap_command *previous;
	struct imap_command *next;
	uint32_t number; /* of the tag */

	/* As built. */
	struct buffer line;  /* without tag and last line end; holds literals as they are sent */
	struct buffer shown; /* the same for the wire log, secrets and literals struck out */
	size_t *waits;       /* offsets into line after which the server's "+" is waited for */
	size_t wait_count;
	size_t wait_capacity;
	struct imap_handler handler;    /* may be set until it is sent */
	char *purpose;                  /* "select “INBOX”" */
	enum error_scope refusal_scope; /* how far a refusal reaches */
	void *data;                     /* whatever its file keeps */
	void (*release_data)(void *data);

	/* As sent. */
	bool sent;                        /* every byte of it is in the queue or written */
	bool line_is_open;                /* of one that streams: its line end is due */
	size_t cost;                      /* bytes counted as unanswered */
	struct imap_selection *selection; /* what it is about, or selects; counted; may be NULL */

	/* As answered. */
	bool answered;
	enum imap_condition condition;
	struct imap_code code;
	char *words;         /* of the tagged reply */
	struct error *error; /* of its handler or its building, or NULL */
	enum imap_result error_result;

	/* What happened while it was the oldest one unanswered. */
	bool was_oldest;
	uint32_t malformed;      /* replies that made no sense */
	uint32_t expunged;       /* messages that went */
	uint32_t least_messages; /* the fewest messages that the mailbox had */
};

/* --- Building --- */

/* A command that is not sent yet. TEXT as in imap_command_start(). KIND is borrowed for good. */
struct imap_command *imap_command_create_kind(struct imap_session *session,
					      const struct imap_command_kind *kind,
					      const char *text);
/* The same for a command with nothing out of the ordinary. */
struct imap_command *imap_command_create(struct imap_session *session, const char *text);
/* Whether it is a SELECT or EXAMINE. */
bool imap_command_selects(const struct imap_command *command);
/* Whether it was to be about a mailbox that could not be selected, so that what the server says
 * meanwhile is about another one. */
bool imap_command_lacks_mailbox(const struct imap_command *command);
void imap_command_add(struct imap_command *command, const char *text);
void imap_command_add_format(struct imap_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* VALUE as atom or quoted string, or as literal when it cannot be written otherwise: CR, LF, 8-bit
 * octets without UTF8=ACCEPT (RFC 9051 section 4.3, RFC 7888). */
void imap_command_add_astring(struct imap_command *command, const char *value);
/* The same, struck out in the wire log. */
void imap_command_add_secret(struct imap_command *command, const char *value);
/* What it is for, as in "the server refused to PURPOSE", and how far a refusal reaches. */
void imap_command_set_purpose(struct imap_command *command, enum error_scope scope,
			      const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Memory that is freed with the command. */
void imap_command_set_data(struct imap_command *command, void *data, void (*release)(void *data));

/* --- Sending and finishing --- */

/* Queues it; its selection becomes the session's current one, or the other way round when it
 * selects. Waits for "+" where literals need it, and for older answers when too much is unanswered.
 */
void imap_command_send(struct imap_command *command);
/* For a command that streams, instead of imap_command_send(): sends what was added to it since the
 * last time and SOURCE as a literal behind it. Nothing else can be sent before its line is ended.
 * ERROR: it has an answer already or the connection failed; nothing more can be streamed, and the
 * result of the command tells why. REFUSED: SOURCE could not be read (ERROR tells) and was taken
 * back as if it had never been; the command can go on. */
enum imap_result imap_command_stream(struct imap_command *command, const struct imap_source *source,
				     struct error *error);
/* Ends the line of a command that streams. One of which nothing was sent is as good as answered. */
void imap_command_end_line(struct imap_command *command);
/* Instead of sending it: finish will return REFUSED with this error. */
void imap_command_refuse(struct imap_command *command, const struct error *error);
/* Reads until it is answered, or the session failed. */
void imap_command_wait(struct imap_command *command);
/* The result of a command that was waited for. */
enum imap_result imap_command_result(const struct imap_command *command, struct error *error);
void imap_command_destroy(struct imap_command **command);
/* Wait, result, destroy. */
enum imap_result imap_command_end(struct imap_command **command, struct error *error);
/* The same of a command that is of use and not needed: a refusal is only logged. NULL in *command,
 * and as ERROR, is allowed. Returns 0 or -1. */
int imap_command_end_unneeded(struct imap_command **command, struct error *error);

/* --- For sentences --- */

/* The mailbox as a user reads it: decoded where it can be, printable; the caller owns it. */
char *imap_show_mailbox(const struct imap_session *session, const char *mailbox);
/* The same for the mailbox that commands sent now are about; "the mailbox" when there is none. */
char *imap_show_selected(const struct imap_session *session);

#endif
