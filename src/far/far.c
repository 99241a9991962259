/* The far side: hands each operation to its implementation. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "far/far.h"

#include "far/implementation.h"

/* --- The server, and sessions to it --- */

int far_open(struct far_side *side, size_t number, struct far_session **session_r,
	     struct error *error)
{
	return side->operations->open(side, number, session_r, error);
}

void far_close(struct far_session **session)
{
	if (session && *session)
		(*session)->operations->close(*session);
	if (session)
		*session = NULL;
}

void far_side_destroy(struct far_side **side)
{
	if (side && *side)
		(*side)->operations->destroy(*side);
	if (side)
		*side = NULL;
}

bool far_is_alive(const struct far_session *session)
{
	return session->operations->is_alive(session);
}

enum far_end far_end(const struct far_session *session)
{
	return session->operations->end(session);
}

bool far_has(const struct far_session *session, enum far_feature feature)
{
	return session->operations->has(session, feature);
}

int far_expect_messages(struct far_session *session, bool many, struct error *error)
{
	return session->operations->expect_messages(session, many, error);
}

void far_describe(struct far_session *session,
		  void (*see)(void *context, bool bad, const char *sentence), void *context)
{
	session->operations->describe(session, see, context);
}

/* --- Mailboxes --- */

int far_list(struct far_session *session, bool subscriptions, far_listed_function *see,
	     void *context, bool *whole_r, struct error *error)
{
	return session->operations->list(session, subscriptions, see, context, whole_r, error);
}

char *far_meaning(const struct far_session *session, const char *mailbox)
{
	return session->operations->meaning(session, mailbox);
}

int far_ask_sizes(struct far_session *session, struct far_size *sizes, size_t count,
		  struct error *error)
{
	return session->operations->ask_sizes(session, sizes, count, error);
}

int far_ask_ids(struct far_session *session, struct far_mailbox_id *ids, size_t count,
		struct error *error)
{
	return session->operations->ask_ids(session, ids, count, error);
}

int far_create(struct far_session *session, const char *name, char **mailbox_r, struct error *error)
{
	return session->operations->create(session, name, mailbox_r, error);
}

int far_rename(struct far_session *session, const char *from, const char *name, char **mailbox_r,
	       struct error *error)
{
	return session->operations->rename(session, from, name, mailbox_r, error);
}

int far_resubscribe(struct far_session *session, const struct far_renamed *renamed, size_t count,
		    struct error *error)
{
	return session->operations->resubscribe(session, renamed, count, error);
}

int far_delete(struct far_session *session, const char *mailbox, struct error *error)
{
	return session->operations->remove_mailbox(session, mailbox, error);
}

void far_state_release(struct far_state *state)
{
	text_list_release(&state->permanent_flags.keywords);
	*state = (struct far_state){ .read_only = false };
}

int far_look(struct far_session *session, const struct far_mailbox *mailbox,
	     struct far_state *state_r, struct error *error)
{
	return session->operations->look(session, mailbox, state_r, error);
}

struct far_listing *far_observe_begin(struct far_session *session,
				      const struct far_question *question,
				      const struct far_observer *observer)
{
	return session->operations->observe_begin(session, question, observer);
}

enum far_result far_observe_finish(struct far_session *session, struct far_listing **listing,
				   enum far_told *told_r, struct error *error)
{
	return session->operations->observe_finish(session, listing, told_r, error);
}

struct far_search *far_search_begin(struct far_session *session, const struct far_mailbox *mailbox,
				    const struct far_criteria *criteria)
{
	return session->operations->search_begin(session, mailbox, criteria);
}

enum far_result far_search_finish(struct far_session *session, const struct far_mailbox *mailbox,
				  struct far_search **search, struct uid_set *uids, bool *unsure_r,
				  struct error *error)
{
	return session->operations->search_finish(session, mailbox, search, uids, unsure_r, error);
}

void far_search_drop(struct far_session *session, struct far_search **search)
{
	if (search && *search)
		session->operations->search_drop(session, *search);
	if (search)
		*search = NULL;
}

int far_find(struct far_session *session, const struct far_mailbox *mailbox,
	     const struct uid_set *uids, struct uid_set *there, struct error *error)
{
	return session->operations->find(session, mailbox, uids, there, error);
}

/* --- Messages --- */

struct far_fetching *far_fetch_begin(struct far_session *session, const struct far_fetch *fetch)
{
	return session->operations->fetch_begin(session, fetch);
}

bool far_fetch_is_sent(const struct far_session *session, const struct far_fetching *fetching)
{
	return session->operations->fetch_is_sent(fetching);
}

enum far_result far_fetch_finish(struct far_session *session, struct far_fetching **fetching,
				 struct error *error)
{
	enum far_result result = session->operations->fetch_finish(session, *fetching, error);
	*fetching = NULL;
	return result;
}

enum far_result far_fetch(struct far_session *session, const struct far_fetch *fetch,
			  struct error *error)
{
	struct far_fetching *fetching = far_fetch_begin(session, fetch);
	return far_fetch_finish(session, &fetching, error);
}

int far_store(struct far_session *session, const struct far_mailbox *mailbox,
	      struct far_change *changes, size_t count, const struct keyword_table *keywords,
	      struct error *error)
{
	return session->operations->store(session, mailbox, changes, count, keywords, error);
}

void far_open_next(struct far_session *session, const struct far_mailbox *mailbox)
{
	session->operations->open_next(session, mailbox);
}

int far_remove(struct far_session *session, const struct far_mailbox *mailbox, struct uid_set *uids,
	       uint64_t *others_r, struct error *error)
{
	return session->operations->remove(session, mailbox, uids, others_r, error);
}

void far_copied_release(struct far_copied *copied)
{
	uid_set_release(&copied->from);
	uid_set_release(&copied->to);
	copied->uidvalidity = 0;
}

int far_move(struct far_session *session, const struct far_mailbox *mailbox, struct uid_set *uids,
	     const char *to, struct far_copied *copied_r, struct error *error)
{
	return session->operations->move(session, mailbox, uids, to, copied_r, error);
}

int far_copy(struct far_session *session, const struct far_mailbox *mailbox,
	     const struct uid_set *uids, const char *to, struct far_copied *copied_r,
	     struct error *error)
{
	return session->operations->copy(session, mailbox, uids, to, copied_r, error);
}

/* --- Sending messages --- */

int far_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
		     uint32_t from_uid, const struct keyword_table *keywords,
		     struct far_append **append_r, struct error *error)
{
	return session->operations->append_begin(session, mailbox, from_uid, keywords, append_r,
						 error);
}

int far_append_batch(struct far_append *append, const struct far_sender *sender,
		     struct far_outgoing *messages, size_t count, bool *stopped_r,
		     struct error *error)
{
	return append->session->operations->append_batch(append, sender, messages, count, stopped_r,
							 error);
}

void far_append_learn(struct far_append *append, uint32_t uid)
{
	append->session->operations->append_learn(append, uid);
}

uint32_t far_append_next_uid(const struct far_append *append)
{
	return append->session->operations->append_next_uid(append);
}

void far_append_end(struct far_append **append)
{
	if (append && *append)
		(*append)->session->operations->append_end(*append);
	if (append)
		*append = NULL;
}

/* --- Waiting --- */

enum far_watch_reach far_watch_offered(struct far_session *session)
{
	return session->operations->watch_offered(session);
}

int far_watch_begin(struct far_session *session, const struct far_watch_request *request,
		    struct far_watch **watch_r, struct error *error)
{
	return session->operations->watch_begin(session, request, watch_r, error);
}

enum far_watch_reach far_watch_reach(const struct far_watch *watch)
{
	return watch->session->operations->watch_reach(watch);
}

int far_watch_fd(const struct far_watch *watch)
{
	return watch->session->operations->watch_fd(watch);
}

bool far_watch_pending(const struct far_watch *watch)
{
	return watch->session->operations->watch_pending(watch);
}

int64_t far_watch_next_due(const struct far_watch *watch)
{
	return watch->session->operations->watch_next_due(watch);
}

int far_watch_read(struct far_watch *watch, far_event_function *see, void *context,
		   struct error *error)
{
	return watch->session->operations->watch_read(watch, see, context, error);
}

unsigned int far_watch_look_every(const struct far_watch *watch, unsigned int poll)
{
	return watch->session->operations->watch_look_every(watch, poll);
}

int far_watch_end(struct far_watch **watch, struct error *error)
{
	int result = 0;
	if (watch && *watch)
		result = (*watch)->session->operations->watch_end(*watch, error);
	if (watch)
		*watch = NULL;
	return result;
}
