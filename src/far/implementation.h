/* What an implementation of the far side provides: far.h says what each of these does. It embeds
 * far_side and far_session as the first members of its own structures. Only for implementations.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_FAR_IMPLEMENTATION_H
#define NAVETTE_FAR_IMPLEMENTATION_H

#include "far/far.h"
#include "far/watch.h"

struct far_side_operations {
	int (*open)(struct far_side *side, size_t number, struct far_session **session_r,
		    struct error *error);
	void (*destroy)(struct far_side *side);
};

struct far_side {
	const struct far_side_operations *operations;
};

struct far_operations {
	void (*close)(struct far_session *session);
	bool (*is_alive)(const struct far_session *session);
	enum far_end (*end)(const struct far_session *session);
	bool (*has)(const struct far_session *session, enum far_feature feature);
	int (*expect_messages)(struct far_session *session, bool many, struct error *error);
	void (*describe)(struct far_session *session,
			 void (*see)(void *context, bool bad, const char *sentence), void *context);

	int (*list)(struct far_session *session, bool subscriptions, far_listed_function *see,
		    void *context, bool *whole_r, struct error *error);
	char *(*meaning)(const struct far_session *session, const char *mailbox);
	int (*ask_sizes)(struct far_session *session, struct far_size *sizes, size_t count,
			 struct error *error);
	int (*ask_ids)(struct far_session *session, struct far_mailbox_id *ids, size_t count,
		       struct error *error);
	int (*create)(struct far_session *session, const char *name, char **mailbox_r,
		      struct error *error);
	int (*rename)(struct far_session *session, const char *from, const char *name,
		      char **mailbox_r, struct error *error);
	int (*resubscribe)(struct far_session *session, const struct far_renamed *renamed,
			   size_t count, struct error *error);
	int (*remove_mailbox)(struct far_session *session, const char *mailbox,
			      struct error *error);
	int (*look)(struct far_session *session, const struct far_mailbox *mailbox,
		    struct far_state *state_r, struct error *error);

	struct far_listing *(*observe_begin)(struct far_session *session,
					     const struct far_question *question,
					     const struct far_observer *observer);
	enum far_result (*observe_finish)(struct far_session *session, struct far_listing **listing,
					  enum far_told *told_r, struct error *error);
	struct far_search *(*search_begin)(struct far_session *session,
					   const struct far_mailbox *mailbox,
					   const struct far_criteria *criteria);
	enum far_result (*search_finish)(struct far_session *session,
					 const struct far_mailbox *mailbox,
					 struct far_search **search, struct uid_set *uids,
					 bool *unsure_r, struct error *error);
	void (*search_drop)(struct far_session *session, struct far_search *search);
	int (*find)(struct far_session *session, const struct far_mailbox *mailbox,
		    const struct uid_set *uids, struct uid_set *there, struct error *error);

	struct far_fetching *(*fetch_begin)(struct far_session *session,
					    const struct far_fetch *fetch);
	bool (*fetch_is_sent)(const struct far_fetching *fetching);
	enum far_result (*fetch_finish)(struct far_session *session, /* and frees it */
					struct far_fetching *fetching, struct error *error);
	int (*store)(struct far_session *session, const struct far_mailbox *mailbox,
		     struct far_change *changes, size_t count, const struct keyword_table *keywords,
		     struct error *error);
	void (*open_next)(struct far_session *session, const struct far_mailbox *mailbox);
	int (*remove)(struct far_session *session, const struct far_mailbox *mailbox,
		      struct uid_set *uids, uint64_t *others_r, struct error *error);
	int (*move)(struct far_session *session, const struct far_mailbox *mailbox,
		    struct uid_set *uids, const char *to, struct far_copied *copied_r,
		    struct error *error);
	int (*copy)(struct far_session *session, const struct far_mailbox *mailbox,
		    const struct uid_set *uids, const char *to, struct far_copied *copied_r,
		    struct error *error);

	int (*append_begin)(struct far_session *session, const struct far_mailbox *mailbox,
			    uint32_t from_uid, const struct keyword_table *keywords,
			    struct far_append **append_r, struct error *error);
	int (*append_batch)(struct far_append *append, const struct far_sender *sender,
			    struct far_outgoing *messages, size_t count, bool *stopped_r,
			    struct error *error);
	void (*append_learn)(struct far_append *append, uint32_t uid);
	uint32_t (*append_next_uid)(const struct far_append *append);
	void (*append_end)(struct far_append *append);
	enum far_watch_reach (*watch_offered)(struct far_session *session);
	int (*watch_begin)(struct far_session *session, const struct far_watch_request *request,
			   struct far_watch **watch_r, struct error *error);
	enum far_watch_reach (*watch_reach)(const struct far_watch *watch);
	int (*watch_fd)(const struct far_watch *watch);
	bool (*watch_pending)(const struct far_watch *watch);
	int64_t (*watch_next_due)(const struct far_watch *watch);
	int (*watch_read)(struct far_watch *watch, far_event_function *see, void *context,
			  struct error *error);
	unsigned int (*watch_look_every)(const struct far_watch *watch, unsigned int poll);
	int (*watch_end)(struct far_watch *watch, struct error *error); /* and frees it */
};

struct far_session {
	const struct far_operations *operations;
};

/* Embedded likewise; append_begin() sets it. */
struct far_append {
	struct far_session *session;
};

/* Embedded likewise; watch_begin() sets it. */
struct far_watch {
	struct far_session *session;
};

#endif
