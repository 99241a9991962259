/* The far side as the engine wants it: a server with mailboxes, some sessions to it, and the dozen
 * operations that a synchroniser has. Which commands these become, in how many pieces and what is
 * asked again one by one, which extensions there are and what a server gets wrong: all that is
 * known behind this page. There are two implementations: over IMAP (far/imap.h), and one in memory
 * for the tests.
 *
 * What is called ..._begin() sends and does not wait; its ..._finish() waits. So the answers of
 * many folders are on their way at a time. Whatever was begun must be finished, in the order begun
 * or any other, also after errors. An operation without such a pair waits. Each names the mailbox
 * that it is about, and opens it first, in the same flight, when another one is open; what changes
 * messages waits for that: they must be those that are meant.
 *
 * Results: 0 or -1, or where a refusal is not the end, enum far_result. An error's scope says what
 * has to be given up; from SCOPE_CONNECTION on the session is of no use, or the server wants a
 * pause of everything. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_FAR_H
#define NAVETTE_FAR_FAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/flags.h"
#include "mail/object_id.h"
#include "mail/uid_set.h"

enum far_result {
	FAR_OK = 0,
	FAR_ERROR = -1,  /* no answer: the connection failed, or a callback did */
	FAR_REFUSED = 1, /* the server said no, or did not answer in full; error is set too */
};

/* Whether the server refused because it wants a pause of everything: a further command would be
 * refused like this one. The error's pause says for how long. */
static inline bool far_wants_pause(const struct error *refusal)
{
	return refusal->scope >= SCOPE_CONNECTION;
}

/* --- The server, and sessions to it --- */

struct far_side;    /* one login on one server; thread-safe */
struct far_session; /* one connection; for one thread at a time */

/* Opens a session. NUMBER (from 0) tells it from the others. Secrets are asked for as needed, and
 * once more after a refusal. Returns 0 or -1; an error with SCOPE_CONNECTION: the server let us
 * connect. */
int far_open(struct far_side *side, size_t number, struct far_session **session_r,
	     struct error *error);
/* NULL and *session == NULL are allowed. What was begun and not finished is gone with it. */
void far_close(struct far_session **session);
/* Destroys it; no session may be open. NULL and *side == NULL are allowed. */
void far_side_destroy(struct far_side **side);

/* False once it broke: no further operation will succeed. */
bool far_is_alive(const struct far_session *session);
/* How a session that is not alive any more ended. */
enum far_end {
	FAR_END_BROKE,        /* without a word, or for a reply that made no sense */
	FAR_END_BYE,          /* the server ended it, perhaps for what was asked last */
	FAR_END_BYE_TO_CLIENT /* it ended it for what the client or the server is as a whole */
};
enum far_end far_end(const struct far_session *session);

/* What the server can do in one step, for the plan to count on; bits. */
enum far_feature {
	FAR_MOVES = 1 << 0,    /* far_move(): a message is in one of both mailboxes at any moment */
	FAR_REPLACES = 1 << 1, /* a new version takes the place of the old one */
	FAR_OBJECTS = 1 << 2,  /* it has a name for the content of each message (FAR_OBJECT) */
	FAR_LISTS_SUBSCRIBED = 1 << 3 /* the list tells subscriptions, asked for or not */
};
bool far_has(const struct far_session *session, enum far_feature feature);
/* Messages will be carried over this session; MANY: enough to make a round trip cheap. */
int far_expect_messages(struct far_session *session, bool many, struct error *error);
/* For `check`: calls SEE with a sentence for each thing worth knowing; BAD where something is
 * lost by it. */
void far_describe(struct far_session *session,
		  void (*see)(void *context, bool bad, const char *sentence), void *context);

/* --- Mailboxes --- */

/* A side's mailbox at one moment: enough to see later that nothing changed since. Zeroed: nothing
 * is known. */
struct far_marks {
	uint32_t uidvalidity;
	uint32_t uidnext;
	uint32_t messages;
	uint64_t highestmodseq; /* 0: there is none, and changes of flags do not show */
};

/* A mailbox to work in. The name is borrowed. */
struct far_mailbox {
	const char *name;     /* the server's octets */
	uint32_t uidvalidity; /* which it must have, else nothing is done; 0: any */
	bool read_only;       /* nothing shall change by looking */
};

/* One mailbox of the list. Lives during the call. */
struct far_listed {
	const char *mailbox;     /* the server's octets */
	const char *name;        /* the folder's (mail/folder_name.h); NULL: it cannot be one */
	const char *shown;       /* what is to be seen of it then, else NULL */
	unsigned int attributes; /* enum mailbox_attribute (mail/mailbox_attribute.h) */
	struct far_marks status; /* zeroed where the server did not say */
};
typedef int far_listed_function(void *context, const struct far_listed *listed,
				struct error *error);
/* All mailboxes that can be opened, in the server's order. SUBSCRIPTIONS: whether the attributes
 * shall tell them. *whole_r is false when some of the list made no sense: what was not seen may
 * exist. Returns 0 or -1. */
int far_list(struct far_session *session, bool subscriptions, far_listed_function *see,
	     void *context, bool *whole_r, struct error *error);

/* The meaning of a mailbox's name as it was listed: two spellings of one mailbox have the same. The
 * caller's. */
char *far_meaning(const struct far_session *session, const char *mailbox);

/* How many bytes the messages of a mailbox have, where the server tells it. */
struct far_size {
	const char *mailbox;
	bool known; /* result, as is: */
	uint64_t bytes;
};
/* All in one flight. Returns 0 or -1. */
int far_ask_sizes(struct far_session *session, struct far_size *sizes, size_t count,
		  struct error *error);

/* What the server calls a mailbox, whatever its name. */
struct far_mailbox_id {
	const char *mailbox;
	struct object_id id; /* result; not known where the server does not tell it */
};
/* All in one flight; nothing is sent to a server that has no such names. Returns 0 or -1. */
int far_ask_ids(struct far_session *session, struct far_mailbox_id *ids, size_t count,
		struct error *error);

/* Makes a mailbox for the folder NAME, spelt as the server spells names (after far_list()), and
 * subscribes to it. One that is there already is no error. *mailbox_r is the caller's. 0 or -1. */
int far_create(struct far_session *session, const char *name, char **mailbox_r,
	       struct error *error);
/* What is called FROM is to be that of the folder NAME, with its messages and all mailboxes below
 * it. Subscriptions stay with the names. */
int far_rename(struct far_session *session, const char *from, const char *name, char **mailbox_r,
	       struct error *error);
struct far_renamed {
	const char *from, *to;
};
/* Each subscription to FROM becomes one to TO, all in one flight. A refusal is no error. */
int far_resubscribe(struct far_session *session, const struct far_renamed *renamed, size_t count,
		    struct error *error);
/* One that is not there is no error. */
int far_delete(struct far_session *session, const char *mailbox, struct error *error);

/* A mailbox as it is now. Release with far_state_release(). */
struct far_state {
	struct far_marks marks; /* uidvalidity 0: it has none; uidnext 0: unknown */
	bool read_only;         /* also to those who opened it for writing */
	/* The server may show only the newest messages of it, so many; 0: it does not say how many.
	 */
	bool newest_only;
	uint32_t newest_limit;
	struct flag_names permanent_flags; /* which can be stored */
	struct object_id mailbox_id; /* what the server calls it; not known where it does not say */
};
void far_state_release(struct far_state *state);
/* Opens it anew, also when it is open: what arrived shows. *state_r is the caller's, also on
 * error. */
int far_look(struct far_session *session, const struct far_mailbox *mailbox,
	     struct far_state *state_r, struct error *error);

/* --- Observing one: what it holds, or what changed --- */

struct far_message;

/* Who is told. What equals what was told before may be told again; the later counts. -1 ends the
 * observation. */
struct far_observer {
	void *context;
	int (*see)(void *context, uint32_t uid, const struct flag_names *flags,
		   struct error *error);
	/* These are gone. They, and more, may be told of. */
	int (*gone)(void *context, const struct uid_set *uids, struct error *error);
	/* Just these are in the mailbox, and what was told of as well if all of it was. */
	int (*hold)(void *context, const struct uid_set *uids, struct error *error);
	/* The mailbox was opened, and is so; some may have been told already. STATE is the
	 * observer's from now on. Whether all is to be told anew, because what was known is of no
	 * use after all: 1, 0 or -1. */
	int (*opened)(void *context, struct far_state *state, struct error *error);
	/* What came so far is void: all of it comes anew. After opened() further operations may be
	 * begun in here, and go out in the same flight. */
	void (*restart)(void *context);
	/* Whether what was told of since the marks explains the number of messages that the mailbox
	 * was opened with: 1, 0 or -1. Where it does not the mailbox is told of as a whole. NULL:
	 * it does. */
	int (*adds_up)(void *context, struct error *error);
	/* What was asked for of news, as far as the server tells it: a message may be told of more
	 * than once, or not at all. restart() does not void it. NULL where nothing was asked for.
	 */
	int (*news)(void *context, const struct far_message *message, struct error *error);
};

struct far_question {
	struct far_mailbox mailbox;
	/* What was known: changes since are told, where the server can do that. Without a modseq:
	 * all; of another UIDVALIDITY: all, and flags are of no interest. */
	struct far_marks known;
	bool is_empty;     /* it was just listed as empty */
	bool only_uids;    /* where all is told: flags are of no interest */
	bool only_changes; /* since the marks, or nothing: it is never told of as a whole */
	/* Of messages of this UID and higher ones the observer is told these items (enum far_item,
	 * but none that goes to a sink), in the same flight; 0: of none. */
	uint32_t news_from;
	unsigned int news;
	/* So many messages from known.uidnext on may be fetched in the same flight: far_fetch() has
	 * them then without a round trip. A few, for somebody who was told that they came. */
	uint32_t ahead;
#define FAR_AHEAD_MAX 8
};

/* What of the mailbox was told. */
enum far_told {
	FAR_TOLD_NOTHING, /* only with only_changes: it could not be told what changed */
	FAR_TOLD_CHANGES, /* all that changed since */
	FAR_TOLD_ALL      /* all that it holds: what was not told of is not there */
};

struct far_listing;
/* OBSERVER and QUESTION are copied, but for the mailbox's name. */
struct far_listing *far_observe_begin(struct far_session *session,
				      const struct far_question *question,
				      const struct far_observer *observer);
/* REFUSED: it cannot be opened. */
enum far_result far_observe_finish(struct far_session *session, struct far_listing **listing,
				   enum far_told *told_r, struct error *error);

/* What messages must be to be found: all of what is set. */
struct far_criteria {
	const struct uid_set *uids; /* one of these; NULL: any */
	uint32_t first_uid;         /* that UID or a higher one; the last message may be found as
				       well; 0: any */
	bool since;                 /* whether the next is set */
	int64_t since_day;          /* arrived on that day, counted from the epoch, or later */
	uint64_t smaller;           /* fewer bytes than this; 0: any */
	bool unseen, flagged;       /* either of those that are set */
};
struct far_search;
/* CRITERIA is copied. With a UIDVALIDITY of 0 it follows what else was begun in the mailbox. */
struct far_search *far_search_begin(struct far_session *session, const struct far_mailbox *mailbox,
				    const struct far_criteria *criteria);
/* Adds to UIDS. *unsure_r becomes true (else it stays) when there may be more, or none was meant.
 * MAILBOX is that of the beginning, of which the UIDVALIDITY may be known by now. */
enum far_result far_search_finish(struct far_session *session, const struct far_mailbox *mailbox,
				  struct far_search **search, struct uid_set *uids, bool *unsure_r,
				  struct error *error);
/* Instead of finishing it: nobody needs its answer any more. NULL and *search == NULL are allowed.
 */
void far_search_drop(struct far_session *session, struct far_search **search);

/* Makes THERE those of UIDS that the mailbox has, or may have: a server that does not answer has
 * not said that they are gone. Returns 0 or -1. */
int far_find(struct far_session *session, const struct far_mailbox *mailbox,
	     const struct uid_set *uids, struct uid_set *there, struct error *error);

/* --- Messages --- */

/* What is asked of messages, as bits. */
enum far_item {
	FAR_FLAGS = 1 << 0,
	FAR_DATE = 1 << 1,
	FAR_SIZE = 1 << 2,
	FAR_IDENTITY = 1 << 3, /* the header fields of IDENTITY_HEADER_FIELDS (mail/identity.h) */
	FAR_ADDED = 1 << 4,    /* instead of it: those of IDENTITY_ADDED_FIELDS */
	FAR_BODY = 1 << 5,     /* the whole message, to the sink */
	FAR_HEADER = 1 << 6,   /* instead of it: its header, to the sink */
	FAR_OBJECT = 1 << 7    /* what the server calls its content; where it has no such names,
				  nothing is asked for */
};

enum far_body {
	FAR_BODY_NONE,     /* it did not come: it was not asked for, or is gone by now */
	FAR_BODY_RECEIVED, /* went to the sink, whole */
	FAR_BODY_REFUSED   /* the sink said no: sink_error tells why */
};

/* One message. Lives during the call. What was asked for may be missing. */
struct far_message {
	uint32_t uid;
	const struct flag_names *flags; /* NULL: not told */
	bool has_date, has_size, has_header;
	int64_t date;  /* when it arrived; seconds since the epoch */
	uint64_t size; /* what the server says, not what it sends */
	struct object_id object;
	const void *header;
	size_t header_length;
	enum far_body body;
	uint64_t body_size; /* bytes that went to the sink */
	struct error sink_error;
};

/* Takes the bytes of a message as they come. One that was begun counts when see() tells of it as
 * RECEIVED; another begin, a pause or the end voids it before. An error of begin or write refuses
 * this one: the rest of it is skipped. */
struct far_sink {
	int (*begin)(void *context, uint32_t uid, struct error *error); /* uid 0: told later */
	int (*write)(void *context, const void *bytes, size_t length, struct error *error);
};

/* What to fetch, and who is told of it. Members but the first ones may be NULL. A message may be
 * told of more than once, or not at all when it is gone. */
struct far_fetch {
	struct far_mailbox mailbox;
	const struct uid_set *uids; /* NULL: all from FIRST on */
	uint32_t first;
	bool newest_first; /* the highest of UIDS in the first part; within a part the order is the
			      server's */
	bool is_awaited; /* by somebody who looks: with NEWEST_FIRST the first part is a small one,
			    which costs a wait */
	unsigned int items;
	bool anew; /* the mailbox is opened anew, also when it is open: what arrived shows */
	void *context;
	/* Like the sink, it is called in the midst of things: no operation may be done in here. */
	int (*see)(void *context, const struct far_message *message, struct error *error);
	const struct far_sink *sink;
	/* Those of UIDS that are asked for last, and one by one. */
	const struct uid_set *singly;
	/* Before PART of the set is asked for: may take some out of it. Not called for those that
	 * are asked for one by one. Operations may be done in here. */
	int (*before)(void *context, struct uid_set *part, struct error *error);
	/* Nothing of what was asked for is on its way in the middle of a message: a good moment to
	 * make durable what came. LAST: nothing more comes, whatever the result; what fails in
	 * here then is the result only where nothing else was. */
	int (*pause)(void *context, bool last, struct error *error);
	/* The server refused this one message, asked for by itself; ERROR tells of failing in here.
	 * NULL: messages of a part that was refused are not asked for one by one, and the whole
	 * comes to FAR_REFUSED, with what else there was. */
	int (*refused)(void *context, uint32_t uid, const struct error *reason,
		       struct error *error);
	/* The session ended while ASKED were asked for, of which some may have come. */
	void (*ended)(void *context, const struct uid_set *asked, const struct error *reason);
};
/* Fetches in parts that a command can name, one ahead of the other; messages of a part that the
 * server refused one by one, if they did not come. REFUSED: also when too many in a row were
 * refused so, or the server wants a pause; ERROR: also when the mailbox cannot be opened, or is
 * another one by now: then nothing was told of. */
enum far_result far_fetch(struct far_session *session, const struct far_fetch *fetch,
			  struct error *error);

/* The same in two steps, for many mailboxes in one flight: the first part is asked for. FETCH is
 * copied; what it points to must live until the finish, which is due in the order begun. From now
 * on its functions may be called whenever something is waited for; `before` in here. */
struct far_fetching;
struct far_fetching *far_fetch_begin(struct far_session *session, const struct far_fetch *fetch);
/* Whether all of it is asked for: of one that goes on the next part would open its mailbox anew,
 * when another was opened meanwhile. */
bool far_fetch_is_sent(const struct far_session *session, const struct far_fetching *fetching);
enum far_result far_fetch_finish(struct far_session *session, struct far_fetching **fetching,
				 struct error *error);

/* Flags to be changed. */
struct far_change {
	uint32_t add, remove; /* FLAG_* bits; keyword names as in the table that is given */
	struct uid_set uids;
	bool refused; /* result: the server refused it for all or some of them, for this reason: */
	struct error reason;
};
/* All in one flight. Returns 0, or -1 for what is about more than single changes. */
int far_store(struct far_session *session, const struct far_mailbox *mailbox,
	      struct far_change *changes, size_t count, const struct keyword_table *keywords,
	      struct error *error);

/* A hint: this mailbox is opened behind the last command of the next far_store() or far_remove(),
 * so that the one after it need not wait for that. It is copied. NULL: no further hint. */
void far_open_next(struct far_session *session, const struct far_mailbox *mailbox);

/* Removes UIDS for good. UIDS becomes those that are surely gone: none on error. *others_r: so many
 * others are marked \Deleted, and the server could only remove all of them together: nothing was
 * removed, ours are marked. Returns 0 or -1. */
int far_remove(struct far_session *session, const struct far_mailbox *mailbox, struct uid_set *uids,
	       uint64_t *others_r, struct error *error);

/* Where messages went, as the server told: of some of them, or all, it may tell nothing. */
struct far_copied {
	uint32_t uidvalidity;    /* of the other mailbox; 0: nothing was told */
	struct uid_set from, to; /* as many as each other, ascending together */
};
void far_copied_release(struct far_copied *copied);
/* Moves UIDS to the mailbox TO; only with FAR_MOVES. UIDS becomes those that are surely gone: none
 * on error. *copied_r is the caller's, also on error: a part may have gone. Returns 0 or -1. */
int far_move(struct far_session *session, const struct far_mailbox *mailbox, struct uid_set *uids,
	     const char *to, struct far_copied *copied_r, struct error *error);
/* Copies all of them, or fails. *copied_r likewise. */
int far_copy(struct far_session *session, const struct far_mailbox *mailbox,
	     const struct uid_set *uids, const char *to, struct far_copied *copied_r,
	     struct error *error);

/* --- Sending messages --- */

/* How far one message came. */
enum far_sent {
	FAR_SENT_WAITS,     /* nothing of it was sent */
	FAR_SENT_UNDER_WAY, /* a part of it was sent: it may arrive */
	FAR_SENT_STORED,    /* the server has it */
	FAR_SENT_REFUSED    /* the server does not have it, and will not */
};

/* A message that is open for reading. */
struct far_source {
	uint64_t size;  /* bytes that READ will give, exactly: with CRLF line ends */
	int64_t date;   /* seconds since the epoch */
	uint32_t flags; /* keyword names as in the table that is given */
	bool has_nul;
	uint32_t in_place_of; /* the UID of the old version, which goes in the same step; 0: none.
				 Only with FAR_REPLACES */
	int (*read)(void *context, void *bytes, size_t size, size_t *length_r, struct error *error);
	void *context;
};

/* One of a batch: set it to zero, and read it afterwards. */
struct far_outgoing {
	enum far_sent state;
	uint32_t uid;  /* that it got, as the server told; 0: it did not, or cannot be believed */
	bool replaced; /* the server said that the old version went */
};

struct far_sender {
	void *context;
	/* Opens the I-th message: 1; 0: it is not to be sent (the engine knows why), and counts as
	 * REFUSED. One at a time is open; a message may be opened again after it was closed. */
	int (*open)(void *context, size_t i, struct far_source *source_r);
	void (*close)(void *context, size_t i);
	/* Its state has become STORED. */
	void (*stored)(void *context, size_t i);
	/* It has become REFUSED, for this reason; a reason that is about more than one message
	 * comes once, and then NULL. Not called where the reason is the error of the batch. */
	void (*refused)(void *context, size_t i, const struct error *reason);
};

/* All that is sent to one mailbox, batch by batch: what the server teaches in one holds for the
 * next. */
struct far_append;
/* FROM_UID: what arrives has this UID or a higher one. KEYWORDS is borrowed. Returns 0 or -1. */
int far_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
		     uint32_t from_uid, const struct keyword_table *keywords,
		     struct far_append **append_r, struct error *error);
/* Sends those of COUNT messages that wait, in as few commands as it can be, and waits for the
 * answers. Only for IN_PLACE_OF the mailbox is opened. -1: that failed, or the connection did, or
 * the server wants a pause; what is known of each message is known all the same. *stopped_r: the
 * server takes nothing more in this mailbox; what WAITS was not tried for it. */
int far_append_batch(struct far_append *append, const struct far_sender *sender,
		     struct far_outgoing *messages, size_t count, bool *stopped_r,
		     struct error *error);
/* That of such a message its uid is known now, by looking. */
void far_append_learn(struct far_append *append, uint32_t uid);
/* The lowest UID that the next message can get. */
uint32_t far_append_next_uid(const struct far_append *append);
void far_append_end(struct far_append **append);

#endif
