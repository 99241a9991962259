/* The commands of a synchroniser. Each *_send() puts one command into the pipeline, each *_finish()
 * waits for it and gives the result; commands without a pair wait at once. Every send must be
 * finished, in the order sent or any other. Errors are sentences that name the mailbox.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_COMMANDS_H
#define NAVETTE_IMAP_COMMANDS_H

#include "imap/session.h"
#include "mail/flags.h"
#include "mail/uid_set.h"

/* --- The connection
 * ------------------------------------------------------------------------------------ */

/* COMPRESS DEFLATE (RFC 4978): compresses the connection both ways where the server offers that.
 * First waits for every command in flight, then for the answer. That it is not offered, disabled,
 * active already or refused (COMPRESSIONACTIVE) is no error: the session goes on as it is, and
 * does not ask again. Takes the memory that imap/deflate.h says. Returns 0, or -1: the connection
 * failed. */
int imap_compress(struct imap_session *session, struct error *error);
/* The same without waiting and without a round trip of its own: as the last command of a flight,
 * which is written at once. Commands started after it wait in the queue until the answer came. Not
 * while a command is in flight whose answer is long: it could be in the midst of it that the server
 * begins to compress. NULL when there is nothing to do, also inside a handler; else it is to
 * be given to imap_compress_finish(), for which NULL is good as well. */
struct imap_command *imap_compress_send(struct imap_session *session);
int imap_compress_finish(struct imap_session *session, struct imap_command **command,
			 struct error *error);
bool imap_session_is_compressed(const struct imap_session *session);

/* --- Mailboxes
 * --------------------------------------------------------------------------------------- */

/* One mailbox of the account. Lives during the call. STATUS is NULL unless it came with the LIST.
 */
typedef int imap_list_function(void *context, const struct imap_list_data *list,
			       const struct imap_status_data *status, struct error *error);
/* LIST "" "*" (RFC 9051 section 6.3.9), with RETURN (SUBSCRIBED SPECIAL-USE STATUS (...)) where
 * offered: SEE is called once a mailbox, in the server's order, INBOX always included if it exists.
 * With WANT_STATUS and without LIST-STATUS, STATUS stays NULL. *whole_r is false when a reply made
 * no sense: SEE was called for the others, but what was not seen may exist all the same. From then
 * on imap_session_naming() of this session says how the names are written. */
enum imap_result imap_list(struct imap_session *session, bool want_status, imap_list_function *see,
			   void *context, bool *whole_r, struct error *error);
/* The names that are subscribed to (LSUB, RFC 3501 section 6.3.9), whether such mailboxes exist or
 * not; for servers without LIST-EXTENDED, whose LIST tells it already. STATUS is NULL. */
enum imap_result imap_list_subscribed(struct imap_session *session, imap_list_function *see,
				      void *context, struct error *error);

/* CREATE + SUBSCRIBE (a refused SUBSCRIBE is no error; ALREADYEXISTS neither). */
enum imap_result imap_create(struct imap_session *session, const char *mailbox,
			     struct error *error);
/* RENAME (RFC 9051 section 6.3.6), with the messages and what is below; subscriptions stay. A
 * selected mailbox is unselected first. */
enum imap_result imap_rename(struct imap_session *session, const char *from, const char *to,
			     struct error *error);
struct imap_renamed {
	const char *from, *to;
};
/* SUBSCRIBE and UNSUBSCRIBE for each, all in one flight; refusals are no error. */
enum imap_result imap_resubscribe(struct imap_session *session, const struct imap_renamed *renamed,
				  size_t count, struct error *error);
/* DELETE (+ UNSUBSCRIBE). NONEXISTENT is no error. A selected mailbox is unselected first. */
enum imap_result imap_delete(struct imap_session *session, const char *mailbox,
			     struct error *error);

struct imap_mailbox_state {
	uint32_t uidvalidity; /* 0: the server gave none: UIDs cannot be kept */
	uint32_t uidnext;     /* 0: unknown */
	uint32_t messages;
	uint64_t highestmodseq; /* 0: none or NOMODSEQ */
	bool read_only;
	bool uids_not_sticky;
	bool resynced; /* all changes since the imap_resync's modseq were told */
	/* The server may show only the newest messages of it, so many; 0: it does not say how many
	 * (imap_session_shows_newest_only()). */
	bool newest_only;
	uint32_t newest_limit;
	struct flag_names permanent_flags; /* which flags can be stored; all when the server does
					      not say (RFC 9051 section 7.1) */
	struct object_id mailbox_id; /* RFC 8474 section 4.2; not known where it does not say */
};
void imap_mailbox_state_release(struct imap_mailbox_state *state);

/* One FETCH response. Lives during the call. -1 is an error of the command. */
typedef int imap_fetch_function(void *context, const struct imap_fetch_data *fetch,
				struct error *error);

/* What is known of a mailbox, so that SELECT tells only what changed since (RFC 7162
 * section 3.2.5). */
struct imap_resync {
	uint32_t uidvalidity;
	uint64_t modseq; /* the mailbox's HIGHESTMODSEQ then */
	/* Each message that is new or has other flags since, and those that are gone; both in any
	 * order, and more of them than there are. RESTART: what came so far was about another
	 * mailbox. -1 is an error of the command. */
	imap_fetch_function *see;
	int (*vanished)(void *context, const struct uid_set *uids, struct error *error);
	void (*restart)(void *context);
	void *context;
};

/* SELECT; with READ_ONLY, EXAMINE. The state is that at the tagged OK. With RESYNC (may be NULL;
 * copied) and where QRESYNC is enabled, changes since are told and state.resynced says whether all
 * of them were; without CONDSTORE there is no highestmodseq. Settles the session when there is a
 * RESYNC. A UIDVALIDITY that changes while the mailbox stays selected is an error of every later
 * command (SCOPE_FOLDER). */
struct imap_command *imap_select_send(struct imap_session *session, const char *mailbox,
				      bool read_only, const struct imap_resync *resync);
enum imap_result imap_select_finish(struct imap_session *session, struct imap_command **command,
				    struct imap_mailbox_state *state_r, struct error *error);
/* Of one that is not finished: the UIDVALIDITY of the mailbox that it opened; 0: that is not known
 * (yet), or it was refused. */
uint32_t imap_select_validity(const struct imap_command *command);
/* Whether commands that are sent now are about the mailbox that it opens, and that is MAILBOX. */
bool imap_select_is_current(const struct imap_session *session, const struct imap_command *command,
			    const char *mailbox, bool read_only);
/* UNSELECT, or without it EXAMINE of the same mailbox + CLOSE, so that nothing is expunged. Nothing
 * to do when none is selected. */
enum imap_result imap_unselect(struct imap_session *session, struct error *error);
/* UNSELECT, only where it is offered, of the mailbox that is selected. */
struct imap_command *imap_unselect_send(struct imap_session *session);

/* --- Messages of the selected mailbox
 * ------------------------------------------------------------------ */

/* What to ask for, as bits. UID is always asked for. */
enum imap_fetch_items {
	IMAP_FETCH_FLAGS = 1 << 0,
	IMAP_FETCH_INTERNALDATE = 1 << 1,
	IMAP_FETCH_SIZE = 1 << 2,
	IMAP_FETCH_IDENTITY = 1 << 3, /* BODY.PEEK[HEADER.FIELDS (IDENTITY_HEADER_FIELDS)] */
	IMAP_FETCH_BODY = 1 << 4,     /* BODY.PEEK[] */
	IMAP_FETCH_ADDED = 1 << 5,    /* instead of IDENTITY: those of IDENTITY_ADDED_FIELDS */
	/* BODY.PEEK[HEADER], to the sink as well; not together with IMAP_FETCH_BODY. */
	IMAP_FETCH_HEADER = 1 << 6,
	IMAP_FETCH_EMAILID = 1 << 7,    /* RFC 8474 section 5.3; only with OBJECTID */
	IMAP_FETCH_X_GM_MSGID = 1 << 8, /* only with X-GM-EXT-1 */
	/* The first bytes of BODY.PEEK[], so many, to the sink; instead of IMAP_FETCH_BODY. */
	IMAP_FETCH_START = 1 << 9
#define IMAP_FETCH_START_BYTES 65536u
};

/* UID FETCH. SET is at most 8 kB as text (uid_set_take_part()). SEE gets every FETCH response that
 * has a UID in SET and anything that was asked for, solicited or not; the caller must bear the same
 * UID twice. Bodies go to SINK; one whose UID is known and not in SET is refused for it; one that
 * was begun and is not followed by SEE is none. Some servers name the UID behind the body: such a
 * one went to the sink of the oldest command, so commands in flight share one sink, and what SEE of
 * a command without bodies hears of one says nothing. Like all commands below it may follow a
 * SELECT that is not finished yet: when that is refused, SEE and SINK are not called and finish
 * gives its refusal. */
struct imap_command *imap_fetch_send(struct imap_session *session, const struct uid_set *set,
				     unsigned int items, imap_fetch_function *see, void *context,
				     const struct imap_body_sink *sink);
/* All messages from UID FIRST on: UID FETCH FIRST:*; SEE is not called for lower UIDs (RFC 9051:
 * "*" may be lower than FIRST). */
struct imap_command *imap_fetch_from_send(struct imap_session *session, uint32_t first,
					  unsigned int items, imap_fetch_function *see,
					  void *context);
/* Flags of the messages that are new or were changed after MODSEQ: UID FETCH 1:* (FLAGS)
 * (CHANGEDSINCE MODSEQ) (RFC 7162 section 3.1.4.1). Only with CONDSTORE. */
struct imap_command *imap_fetch_changed_send(struct imap_session *session, uint64_t modseq,
					     imap_fetch_function *see, void *context);
/* REFUSED when the server could not give some of it (one damaged message fails the whole command at
 * some), when a reply was malformed or had no UID, or when a listing by imap_fetch_from_send()
 * shows fewer messages than the mailbox has: what came, came; what did not come may exist all the
 * same. */
enum imap_result imap_fetch_finish(struct imap_session *session, struct imap_command **command,
				   struct error *error);

/* UID SEARCH of all UIDs (ESEARCH where offered), or of those of SET (at most 8 kB as text) that
 * the mailbox has. The result is added to *uids when it is OK. REFUSED also when the server did not
 * answer in full: no reply, one that made no sense, or fewer messages than the mailbox has. */
struct imap_command *imap_search_all_send(struct imap_session *session);
struct imap_command *imap_search_set_send(struct imap_session *session, const struct uid_set *set);
/* What messages must be to be found: all of what is set. */
struct imap_criteria {
	const struct uid_set *uids; /* one of these; at most 8 kB as text; NULL: any */
	uint32_t first_uid;         /* that UID or a higher one; the mailbox's last message may be
				       found as well (RFC 9051: "*" may be lower); 0: any */
	bool since;                 /* whether the next is set */
	int64_t since_day;    /* arrived on that day, counted from the epoch, or later; the server
				 compares without time and zone (SINCE) */
	uint64_t smaller;     /* fewer bytes than this (SMALLER; 32 bits in IMAP4rev1); 0: any */
	bool unseen, flagged; /* either of those that are set */
};
/* Several searches may be in flight at a time only with ESEARCH, where each answer says whose it
 * is. */
bool imap_search_can_overlap(const struct imap_session *session);
struct imap_command *imap_search_matching_send(struct imap_session *session,
					       const struct imap_criteria *criteria);
enum imap_result imap_search_finish(struct imap_session *session, struct imap_command **command,
				    struct uid_set *uids, struct error *error);
/* Whether a search that waits for its finish was answered by OK alone, as some servers do that
 * found nothing. Waits for it. */
bool imap_search_is_silent(struct imap_command *command);
/* Both at once. */
enum imap_result imap_search_all(struct imap_session *session, struct uid_set *uids,
				 struct error *error);

/* UID STORE +FLAGS.SILENT or -FLAGS.SILENT. Of the FLAGS bits, keyword bits take their names from
 * KEYWORDS. FLAGS must not be 0. SET at most 8 kB as text. */
struct imap_command *imap_store_send(struct imap_session *session, const struct uid_set *set,
				     bool add, uint32_t flags,
				     const struct keyword_table *keywords);
enum imap_result imap_store_finish(struct imap_session *session, struct imap_command **command,
				   struct error *error);

/* UID EXPUNGE (RFC 4315 section 2.1): removes those of SET that are marked \Deleted. Only with
 * UIDPLUS or IMAP4rev2; SET at most 8 kB as text. OK is no proof that all are gone: Dovecot leaves
 * some behind when another session expunges at the same moment. */
struct imap_command *imap_uid_expunge_send(struct imap_session *session, const struct uid_set *set);
/* Plain EXPUNGE, for servers without UIDPLUS: removes everything marked \Deleted in the mailbox. */
struct imap_command *imap_expunge_all_send(struct imap_session *session);
/* Adds to GONE the UIDs that the server named as gone since the mailbox was selected: none without
 * QRESYNC, which says nothing then. */
enum imap_result imap_expunge_finish(struct imap_session *session, struct imap_command **command,
				     struct uid_set *gone, struct error *error);

/* Where messages went, as the server told (COPYUID, RFC 4315 section 3). */
struct imap_copied {
	uint32_t uidvalidity;    /* of the other mailbox; 0: it did not tell, or nonsense */
	struct uid_set from, to; /* as many as each other, and ascending together */
};
void imap_copied_release(struct imap_copied *copied);
/* UID MOVE to MAILBOX (RFC 6851; only with MOVE), and UID COPY; SET at most 8 kB as text. */
struct imap_command *imap_move_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox);
struct imap_command *imap_copy_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox);
/* What is told adds to COPIED, and is dropped where it does not ascend with what stands there: of
 * some messages, or all, nothing may be told. A COPY is done wholly or not at all, of a MOVE that
 * was refused a part may be done. GONE as in imap_expunge_finish(). */
enum imap_result imap_copy_finish(struct imap_session *session, struct imap_command **command,
				  struct imap_copied *copied, struct error *error);
enum imap_result imap_move_finish(struct imap_session *session, struct imap_command **command,
				  struct uid_set *gone, struct imap_copied *copied,
				  struct error *error);

/* How much a mailbox holds. */
struct imap_mailbox_size {
	bool known; /* whether the server said it */
	uint64_t bytes;
};
/* Whether the server tells it (RFC 8438: STATUS=SIZE). */
bool imap_mailbox_size_is_offered(const struct imap_session *session);
/* STATUS (SIZE). *size_r must live until finish; a refusal leaves it unknown. */
struct imap_command *imap_mailbox_size_send(struct imap_session *session, const char *mailbox,
					    struct imap_mailbox_size *size_r);
/* Returns 0, or -1: the connection failed. */
int imap_mailbox_size_finish(struct imap_command **command, struct error *error);

/* STATUS (MAILBOXID), of a server with OBJECTID (RFC 8474 section 4.3). *id_r must live until
 * finish; a refusal leaves it not known. */
struct imap_command *imap_mailbox_id_send(struct imap_session *session, const char *mailbox,
					  struct object_id *id_r);
/* Returns 0, or -1: the connection failed. */
int imap_mailbox_id_finish(struct imap_command **command, struct error *error);

/* --- Upload
 * -------------------------------------------------------------------------------------------- */

/* One message to be appended. */
struct imap_append {
	uint32_t flags; /* keyword names from keywords */
	const struct keyword_table *keywords;
	int64_t internaldate; /* seconds since the epoch */
	uint64_t size;        /* bytes that READ will give, exactly */
	bool binary; /* the message holds NUL: literal8 (RFC 3516), only where BINARY is offered */
	bool asks;   /* waits for the server's "+" in any case: of a large one that is refused,
			nothing is sent */
	/* As imap_read_function; asked until SIZE bytes came. */
	int (*read)(void *context, void *bytes, size_t size, size_t *length_r, struct error *error);
	void *context;
};
/* What the server says of the messages of one APPEND that it took. */
struct imap_appended {
	uint32_t uidvalidity; /* from APPENDUID; 0: none, or nonsense, or UIDPLUS is not offered */
	struct uid_set uids;  /* as many as there were messages, the lowest for the first; else
				 empty */
};

/* APPEND of one message, or with MULTIAPPEND (RFC 3502) of several, which are then taken or refused
 * all together: begin, add each, end, finish. Nothing else can be sent between the first add and
 * the end. Never NULL. */
struct imap_command *imap_append_begin(struct imap_session *session, const char *mailbox);
/* UID REPLACE (RFC 8508 section 3.3), where that is offered: in place of imap_append_begin() for
 * exactly one message, which is stored in MAILBOX, the selected one, while the message with UID
 * goes, both or neither. What goes is told like an expunged message. Never NULL. */
struct imap_command *imap_replace_begin(struct imap_session *session, const char *mailbox,
					uint32_t uid);
/* Streams one message: with LITERAL+ (or LITERAL- up to 4096 bytes) without waiting, else after the
 * server's "+". READ is not called after this returned. OK: it is part of the command. REFUSED: it
 * is not, ERROR tells why, and the command can go on without it: it cannot be sent, or could not be
 * read before any of it was sent. ERROR: it is part of the command, and nothing can be added any
 * more; finish tells why: the server refused instead of "+", the connection failed, or READ failed
 * when a part of the message was sent: then the connection was closed, so that the server discards
 * the whole command. */
enum imap_result imap_append_add(struct imap_command *command, const struct imap_append *message,
				 struct error *error);
/* All messages were added; finish does it where it was not done. */
void imap_append_end(struct imap_command *command);
/* OK also when no message became part of it; then nothing was sent. APPENDED_R is the caller's to
 * release, also on error. */
enum imap_result imap_append_finish(struct imap_session *session, struct imap_command **command,
				    struct imap_appended *appended_r, struct error *error);
void imap_appended_release(struct imap_appended *appended);

/* The largest message that MAILBOX takes (RFC 7889), UINT64_MAX when the server does not say. Asks
 * it (STATUS) where it has a limit for each mailbox. Returns 0, or -1: the connection failed. */
int imap_append_limit(struct imap_session *session, const char *mailbox, uint64_t *limit_r,
		      struct error *error);

#endif
