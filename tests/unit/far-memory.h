/* What the files of the far side in memory share. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_FAR_MEMORY_H
#define NAVETTE_TESTS_FAR_MEMORY_H

#include "far-world.h"
#include "far/implementation.h"

/* A mailbox as a session was told of it last. */
struct memory_told {
	bool exists;
	char name[WORLD_NAME_SIZE];
	struct far_marks marks;
};

struct memory_session {
	struct far_session base;
	struct world *world;
	bool broke;
	bool was_told; /* the next is filled */
	struct memory_told told[WORLD_MAILBOXES];
};

static inline struct memory_session *memory_of(struct far_session *session)
{
	return (struct memory_session *)session;
}

extern const struct far_operations memory_operations;

void memory_lock(struct world *world);
void memory_unlock(struct world *world);
/* Counts a step, under the lock. REFUSED or ERROR: there the fault is. *after_r: the fault comes
 * after the effect: see memory_after(). */
enum far_result memory_step(struct memory_session *session, bool changes, bool *after_r,
			    struct error *error);
int memory_after(struct memory_session *session, bool after, struct error *error);
/* NULL: it is not there, or another one. */
struct world_mailbox *memory_open(struct memory_session *session, const struct far_mailbox *mailbox,
				  struct error *error);
/* Not known: the server does not tell, or there is no such mailbox. */
struct object_id memory_mailbox_id(const struct world *world, const struct world_mailbox *mailbox);
/* Messages of lower UIDs are there and not shown. */
uint32_t memory_visible_from(const struct world *world, const struct world_mailbox *mailbox);
bool memory_shows(const struct world *world, const struct world_mailbox *mailbox,
		  const struct world_message *message);
/* Release the keywords with text_list_release(). */
struct flag_names memory_flag_names(const struct world *world, uint32_t flags);
/* FLAGS, of which KEYWORDS has the names, as bits of the world. */
uint32_t memory_world_flags(struct world *world, uint32_t flags,
			    const struct keyword_table *keywords);

/* What the server calls its content; none where it has no such names. */
struct object_id memory_object(const struct world *world, const struct world_message *message);
struct far_marks memory_marks_of(const struct world *world, const struct world_mailbox *mailbox);

/* far-memory-watch.c: see far/watch.h. */
enum far_watch_reach memory_watch_offered(struct far_session *session);
int memory_watch_begin(struct far_session *session, const struct far_watch_request *request,
		       struct far_watch **watch_r, struct error *error);
enum far_watch_reach memory_watch_reach(const struct far_watch *watch);
int memory_watch_fd(const struct far_watch *watch);
bool memory_watch_pending(const struct far_watch *watch);
int64_t memory_watch_next_due(const struct far_watch *watch);
int memory_watch_read(struct far_watch *watch, far_event_function *see, void *context,
		      struct error *error);
unsigned int memory_watch_look_every(const struct far_watch *watch, unsigned int poll);
int memory_watch_end(struct far_watch *watch, struct error *error);

/* far-memory-messages.c: see far.h. */
struct far_fetching *memory_fetch_begin(struct far_session *session, const struct far_fetch *fetch);
bool memory_fetch_is_sent(const struct far_fetching *fetching);
enum far_result memory_fetch_finish(struct far_session *session, struct far_fetching *fetching,
				    struct error *error);
int memory_store(struct far_session *session, const struct far_mailbox *mailbox,
		 struct far_change *changes, size_t count, const struct keyword_table *keywords,
		 struct error *error);
void memory_open_next(struct far_session *session, const struct far_mailbox *mailbox);
int memory_remove(struct far_session *session, const struct far_mailbox *mailbox,
		  struct uid_set *uids, uint64_t *others_r, struct error *error);
int memory_move(struct far_session *session, const struct far_mailbox *mailbox,
		struct uid_set *uids, const char *to, struct far_copied *copied_r,
		struct error *error);
int memory_copy(struct far_session *session, const struct far_mailbox *mailbox,
		const struct uid_set *uids, const char *to, struct far_copied *copied_r,
		struct error *error);
int memory_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
			uint32_t from_uid, const struct keyword_table *keywords,
			struct far_append **append_r, struct error *error);
int memory_append_batch(struct far_append *append, const struct far_sender *sender,
			struct far_outgoing *messages, size_t count, bool *stopped_r,
			struct error *error);
void memory_append_learn(struct far_append *append, uint32_t uid);
uint32_t memory_append_next_uid(const struct far_append *append);
void memory_append_end(struct far_append *append);

#endif
