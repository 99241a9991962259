/* What the files of the far side over IMAP share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_IMAP_PRIVATE_H
#define NAVETTE_FAR_IMAP_PRIVATE_H

#include <pthread.h>

#include "base/buffer.h"
#include "far/connect.h"
#include "far/imap.h"
#include "far/implementation.h"
#include "imap/commands.h"

struct far_imap_side {
	struct far_side base;
	const struct config_account *account;
	pthread_mutex_t lock; /* over all that follows */
	struct connector connector;
	bool refused; /* it refused user and secret, last time */
	/* How its list spells names: in UTF-8, and whether any of them shows it. */
	bool spells_utf8, spelling_shown;
	bool lists_foreign; /* mailboxes of other users, or shared ones */
};

/* What a session knows of waiting, from one watch to the next. */
struct far_imap_waiting {
	bool notify_on;        /* the server tells of all mailboxes */
	bool notify_refused;   /* or will not */
	int64_t notify_since;  /* clock_monotonic_ms() */
	uint64_t told_by_then; /* how often mailboxes were told of then: it begins with all */
	bool idle_refused;
	struct imap_command *asked; /* a command that nobody waits for; NULL: none */
};

/* A message that was fetched before somebody asked for it. */
struct far_imap_early {
	uint32_t uid;
	struct flag_names flags;
	bool has_date, has_size;
	int64_t date;
	uint64_t size;
	struct object_id object;
	struct buffer body;
};

/* Those of one mailbox. */
struct far_imap_ahead {
	bool asked; /* its answer is under way: nobody else's may come in here */
	char *mailbox;
	uint32_t uidvalidity; /* 0: not known yet, and nothing may be taken */
	struct far_imap_early items[FAR_AHEAD_MAX];
	size_t count;
	struct buffer coming; /* the body that comes in */
	struct imap_body_sink sink;
};

/* The mailbox that is opened behind what is sent next. */
struct far_imap_next {
	char *mailbox; /* NULL: none */
	bool read_only;
	struct imap_command *select; /* NULL: it was not sent, or is finished */
};

struct far_imap {
	struct far_session base;
	struct far_imap_side *side;
	struct imap_session *session;
	unsigned int asked; /* with which of the connector's answers it logged in */
	struct far_imap_waiting waiting;
	struct far_imap_ahead ahead;
	struct far_imap_next next;
};

static inline struct far_imap_side *far_imap_side_of(struct far_side *side)
{
	return (struct far_imap_side *)side;
}

static inline struct far_imap *far_imap_of(struct far_session *session)
{
	return (struct far_imap *)session;
}

static inline const struct far_imap *far_imap_of_const(const struct far_session *session)
{
	return (const struct far_imap *)session;
}

extern const struct far_operations far_imap_operations;

/* Bytes of UIDs in one STORE, SEARCH or the like: with the rest of the line it stays below 8 kB. */
#define FAR_IMAP_SET_BYTES 7000

/* --- imap_ahead.c --- */
/* Asks for COUNT messages from UID FIRST on; what was kept before is forgotten. NULL: those of
 * another mailbox are under way, and have the place. */
struct imap_command *far_imap_ahead_send(struct far_imap *imap, const char *mailbox, uint32_t first,
					 uint32_t count);
/* UIDVALIDITY: of the mailbox that was opened; 0: it was not. *command NULL is allowed. Returns 0
 * or -1: the connection failed. */
int far_imap_ahead_finish(struct far_imap *imap, struct imap_command **command,
			  uint32_t uidvalidity, struct error *error);
/* The message, or NULL: it is not here. */
struct far_imap_early *far_imap_ahead_find(struct far_imap *imap, const struct far_mailbox *mailbox,
					   uint32_t uid);
void far_imap_early_release(struct far_imap_early *early);
void far_imap_ahead_forget(struct far_imap *imap);

/* --- imap_append.c --- */
int far_imap_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
			  uint32_t from_uid, const struct keyword_table *keywords,
			  struct far_append **append_r, struct error *error);
int far_imap_append_batch(struct far_append *append, const struct far_sender *sender,
			  struct far_outgoing *messages, size_t count, bool *stopped_r,
			  struct error *error);
void far_imap_append_learn(struct far_append *append, uint32_t uid);
uint32_t far_imap_append_next_uid(const struct far_append *append);
void far_imap_append_end(struct far_append *append);

/* --- imap_flight.c --- */
/* Commands of one kind under way, each about a part of some messages. Zeroed: none. */
struct far_imap_flight {
	struct imap_command **commands;
	size_t count, capacity;
};
typedef struct imap_command *far_imap_send_function(struct imap_session *session,
						    const struct uid_set *part,
						    const void *context);
typedef enum imap_result far_imap_finish_function(struct imap_session *session,
						  struct imap_command **command, void *context,
						  struct error *error);
/* Adds as many as UIDS need. */
void far_imap_flight_send(struct far_imap_flight *flight, const struct far_imap *imap,
			  const struct uid_set *uids, far_imap_send_function *send,
			  const void *context);
/* Finishes all of them. Returns 0, or -1 with the first failure and a scope of SCOPE_FOLDER or
 * more. */
int far_imap_flight_finish(struct far_imap_flight *flight, const struct far_imap *imap,
			   far_imap_finish_function *finish, void *context, struct error *error);

/* --- imap_mailbox.c --- */
/* Whether a mailbox of UIDVALIDITY NOW is the one that is meant. Returns 0 or -1. */
int far_imap_check_validity(const struct far_mailbox *mailbox, uint32_t now, struct error *error);
/* What SELECT told; *state is released. */
struct far_state far_imap_take_state(struct imap_mailbox_state *state);
/* Opens MAILBOX, when another one is open; the commands that follow are about it. NULL: it is open
 * already. */
struct imap_command *far_imap_open_send(const struct far_imap *imap,
					const struct far_mailbox *mailbox);
/* Whether it is open, and the one that is meant. *select NULL: nothing was sent. Returns 0, or -1
 * with a scope of SCOPE_FOLDER or more. */
int far_imap_open_finish(const struct far_imap *imap, const struct far_mailbox *mailbox,
			 struct imap_command **select, struct error *error);
/* The same, and what the mailbox was when it was opened, to be released, also on error; untouched
 * when nothing was sent. */
int far_imap_open_finish_state(const struct far_imap *imap, const struct far_mailbox *mailbox,
			       struct imap_command **select, struct imap_mailbox_state *now_r,
			       struct error *error);
/* Both; also when it is being opened already, behind what was sent before. */
int far_imap_open(struct far_imap *imap, const struct far_mailbox *mailbox, struct error *error);
/* See far.h. Behind the last command about the mailbox that is open, and before its answer is
 * waited for. */
void far_imap_open_next(struct far_session *session, const struct far_mailbox *mailbox);
void far_imap_next_send(struct far_imap *imap);
int far_imap_look(struct far_session *session, const struct far_mailbox *mailbox,
		  struct far_state *state_r, struct error *error);

/* --- imap_fetch.c: see far.h --- */
struct far_fetching *far_imap_fetch_begin(struct far_session *session,
					  const struct far_fetch *fetch);
bool far_imap_fetch_is_sent(const struct far_fetching *fetching);
enum far_result far_imap_fetch_finish(struct far_session *session, struct far_fetching *fetching,
				      struct error *error);

/* --- imap_fetch_part.c --- */
/* FAR_... as IMAP_FETCH_...: what the server cannot tell is left out. */
unsigned int far_imap_items(const struct far_imap *imap, unsigned int items);
/* What was told of a message, but for its body. It borrows from DATA. */
struct far_message far_imap_message(const struct imap_fetch_data *data);

/* --- imap_find.c --- */
/* Adds all UIDs of the open mailbox to UIDS. Asks by UID SEARCH, and where that is refused or told
 * fewer messages than there are, as servers do that cap the answer to a search, by a FETCH. Returns
 * 0, or -1 with a scope of SCOPE_FOLDER or more. */
int far_imap_list_uids(const struct far_imap *imap, struct uid_set *uids, struct error *error);
/* By UID FETCH 1:* (UID FLAGS) only, when *REFUSAL is what a search came to; a refusal that asks
 * for a pause is left as it is. UIDS is untouched unless the result is OK. */
enum imap_result far_imap_list_again(const struct far_imap *imap, struct uid_set *uids,
				     struct error *refusal);
int far_imap_find(struct far_session *session, const struct far_mailbox *mailbox,
		  const struct uid_set *uids, struct uid_set *there, struct error *error);

/* --- imap_list.c --- */
/* Zeroed when it lacks any of the numbers but the modseq; NULL is allowed. */
struct far_marks far_imap_marks_of_status(const struct imap_status_data *status);
int far_imap_list(struct far_session *session, bool subscriptions, far_listed_function *see,
		  void *context, bool *whole_r, struct error *error);
char *far_imap_meaning(const struct far_session *session, const char *mailbox);
int far_imap_ask_sizes(struct far_session *session, struct far_size *sizes, size_t count,
		       struct error *error);
int far_imap_ask_ids(struct far_session *session, struct far_mailbox_id *ids, size_t count,
		     struct error *error);
int far_imap_create_mailbox(struct far_session *session, const char *name, char **mailbox_r,
			    struct error *error);
int far_imap_rename(struct far_session *session, const char *from, const char *name,
		    char **mailbox_r, struct error *error);
int far_imap_resubscribe(struct far_session *session, const struct far_renamed *renamed,
			 size_t count, struct error *error);
int far_imap_delete(struct far_session *session, const char *mailbox, struct error *error);

/* --- imap_describe.c --- */
void far_imap_describe(struct far_session *session,
		       void (*see)(void *context, bool bad, const char *sentence), void *context);

/* --- imap_remove.c --- */
int far_imap_remove(struct far_session *session, const struct far_mailbox *mailbox,
		    struct uid_set *uids, uint64_t *others_r, struct error *error);
int far_imap_move(struct far_session *session, const struct far_mailbox *mailbox,
		  struct uid_set *uids, const char *to, struct far_copied *copied_r,
		  struct error *error);
int far_imap_copy(struct far_session *session, const struct far_mailbox *mailbox,
		  const struct uid_set *uids, const char *to, struct far_copied *copied_r,
		  struct error *error);

/* --- imap_store.c --- */
int far_imap_store(struct far_session *session, const struct far_mailbox *mailbox,
		   struct far_change *changes, size_t count, const struct keyword_table *keywords,
		   struct error *error);

/* --- imap_observe.c --- */
struct far_listing *far_imap_observe_begin(struct far_session *session,
					   const struct far_question *question,
					   const struct far_observer *observer);
enum far_result far_imap_observe_finish(struct far_session *session, struct far_listing **listing,
					enum far_told *told_r, struct error *error);

/* --- imap_search.c --- */
struct far_search *far_imap_search_begin(struct far_session *session,
					 const struct far_mailbox *mailbox,
					 const struct far_criteria *criteria);
enum far_result far_imap_search_finish(struct far_session *session,
				       const struct far_mailbox *mailbox,
				       struct far_search **search, struct uid_set *uids,
				       bool *unsure_r, struct error *error);
void far_imap_search_drop(struct far_session *session, struct far_search *search);

/* --- imap_watch.c: see far/watch.h --- */
enum far_watch_reach far_imap_watch_offered(struct far_session *session);
int far_imap_watch_begin(struct far_session *session, const struct far_watch_request *request,
			 struct far_watch **watch_r, struct error *error);
enum far_watch_reach far_imap_watch_reach(const struct far_watch *watch);
int far_imap_watch_fd(const struct far_watch *watch);
bool far_imap_watch_pending(const struct far_watch *watch);
int64_t far_imap_watch_next_due(const struct far_watch *watch);
int far_imap_watch_read(struct far_watch *watch, far_event_function *see, void *context,
			struct error *error);
unsigned int far_imap_watch_look_every(const struct far_watch *watch, unsigned int poll);
int far_imap_watch_end(struct far_watch *watch, struct error *error);

/* --- imap_side.c --- */
void far_imap_close(struct far_session *session);

#endif
