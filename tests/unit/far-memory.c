/* The far side in memory: sessions, mailboxes, and what is asked about them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "mail/mailbox_attribute.h"

/* --- Steps --- */

void memory_lock(struct world *world)
{
	/* A child died with it: what is in the world is whole, for steps are where they die. */
	if (pthread_mutex_lock(&world->lock) == EOWNERDEAD)
		(void)pthread_mutex_consistent(&world->lock);
}

void memory_unlock(struct world *world)
{
	/* Also to who did it, as by another connection. */
	if (world->effects != world->told_effects)
		world_tell(world);
	world->told_effects = world->effects;
	(void)pthread_mutex_unlock(&world->lock);
}

static void die(void)
{
	(void)raise(SIGKILL);
}

static int break_session(struct memory_session *session, struct error *error)
{
	session->broke = true;
	return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "the connection broke");
}

enum far_result memory_step(struct memory_session *session, bool changes, bool *after_r,
			    struct error *error)
{
	struct world *world = session->world;
	*after_r = false;
	if (session->broke)
		return break_session(session, error);
	if (world->ways.delay_us > 0)
		(void)usleep(world->ways.delay_us);
	world->steps++;
	world->effects += changes;
	if (world->fault == WORLD_WELL || world->steps != world->fault_at)
		return FAR_OK;
	switch (world->fault) {
	case WORLD_DIES:
		die();
		break;
	case WORLD_BREAKS:
		return break_session(session, error);
	case WORLD_PAUSES:
		(void)break_session(session, error);
		error->pause_ms = 10;
		return FAR_ERROR;
	case WORLD_REFUSES:
		(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "the server says no");
		return FAR_REFUSED;
	case WORLD_BREAKS_AFTER:
	case WORLD_DIES_AFTER:
		*after_r = true;
		break;
	case WORLD_WELL:
		break;
	}
	return FAR_OK;
}

int memory_after(struct memory_session *session, bool after, struct error *error)
{
	if (!after)
		return 0;
	if (session->world->fault == WORLD_DIES_AFTER)
		die();
	return break_session(session, error);
}

/* --- The server --- */

struct memory_side {
	struct far_side base;
	struct world *world;
};

static int open_session(struct far_side *side, size_t number, struct far_session **session_r,
			struct error *error)
{
	struct memory_session *session = memory_allocate(sizeof *session);
	bool after;
	(void)number;
	session->base.operations = &memory_operations;
	session->world = ((struct memory_side *)side)->world;
	memory_lock(session->world);
	enum far_result result = memory_step(session, false, &after, error);
	if (result == FAR_OK)
		result = memory_after(session, after, error);
	memory_unlock(session->world);
	*session_r = &session->base;
	if (result == FAR_OK)
		return 0;
	free(session);
	*session_r = NULL;
	return error_widen(error, SCOPE_CONNECTION);
}

static void destroy(struct far_side *side)
{
	free(side);
}

struct far_side *world_side(struct world *world)
{
	static const struct far_side_operations operations = { .open = open_session,
							       .destroy = destroy };
	struct memory_side *side = memory_allocate(sizeof *side);
	side->base.operations = &operations;
	side->world = world;
	return &side->base;
}

static void close_session(struct far_session *session)
{
	free(memory_of(session));
}

static bool is_alive(const struct far_session *session)
{
	return !((const struct memory_session *)session)->broke;
}

static enum far_end end(const struct far_session *session)
{
	const struct memory_session *memory = (const struct memory_session *)session;
	return memory->world->ways.says_bye ? FAR_END_BYE : FAR_END_BROKE;
}

static bool has(const struct far_session *session, enum far_feature feature)
{
	const struct world_ways *ways = &((const struct memory_session *)session)->world->ways;
	switch (feature) {
	case FAR_MOVES:
		return !ways->without_moves;
	case FAR_REPLACES:
		return ways->with_replace;
	case FAR_OBJECTS:
		return ways->with_objects;
	case FAR_LISTS_SUBSCRIBED:
		break;
	}
	return true;
}

static int expect_messages(struct far_session *session, bool many, struct error *error)
{
	(void)session;
	(void)many;
	(void)error;
	return 0;
}

static void describe(struct far_session *session,
		     void (*see)(void *context, bool bad, const char *sentence), void *context)
{
	(void)session;
	see(context, false, "a server in memory");
}

/* --- Mailboxes --- */

uint32_t memory_visible_from(const struct world *world, const struct world_mailbox *mailbox)
{
	size_t hidden = world_count(mailbox);
	if (world->ways.newest_only == 0 || hidden <= world->ways.newest_only)
		return 0;
	hidden -= world->ways.newest_only;
	for (size_t i = 0; i < mailbox->count; i++) {
		if (!mailbox->messages[i].is_gone && hidden-- == 0)
			return mailbox->messages[i].uid;
	}
	return 0;
}

bool memory_shows(const struct world *world, const struct world_mailbox *mailbox,
		  const struct world_message *message)
{
	return !message->is_gone && message->uid >= memory_visible_from(world, mailbox);
}

struct far_marks memory_marks_of(const struct world *world, const struct world_mailbox *mailbox)
{
	size_t count = world_count(mailbox);
	if (world->ways.newest_only > 0 && count > world->ways.newest_only)
		count = world->ways.newest_only;
	return (struct far_marks){ .uidvalidity = mailbox->uidvalidity,
				   .uidnext = world->ways.without_uidnext ? 0 : mailbox->uidnext,
				   .messages = (uint32_t)count,
				   .highestmodseq = world->ways.without_modseq
							    ? 0
							    : mailbox->highestmodseq };
}

static int list(struct far_session *base, bool subscriptions, far_listed_function *see,
		void *context, bool *whole_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct world *world = session->world;
	bool after;
	(void)subscriptions;
	memory_lock(world);
	enum far_result result = memory_step(session, false, &after, error);
	*whole_r = result == FAR_OK;
	for (size_t i = 0; result == FAR_OK && i < WORLD_MAILBOXES; i++) {
		const struct world_mailbox *mailbox = &world->mailboxes[i];
		const struct far_listed listed = { .mailbox = mailbox->name,
						   .name = mailbox->name,
						   .attributes = mailbox->attributes,
						   .status = memory_marks_of(world, mailbox) };
		if (mailbox->exists && see(context, &listed, error) != 0)
			result = FAR_ERROR;
	}
	if (result == FAR_OK)
		result = memory_after(session, after, error);
	memory_unlock(world);
	return result == FAR_OK ? 0 : error_widen(error, SCOPE_ACCOUNT);
}

static char *meaning(const struct far_session *session, const char *mailbox)
{
	(void)session;
	return memory_text(mailbox);
}

static int ask_sizes(struct far_session *base, struct far_size *sizes, size_t count,
		     struct error *error)
{
	(void)base;
	(void)error;
	for (size_t i = 0; i < count; i++)
		sizes[i].known = false;
	return 0;
}

static int ask_ids(struct far_session *base, struct far_mailbox_id *ids, size_t count,
		   struct error *error)
{
	struct world *world = memory_of(base)->world;
	(void)error;
	memory_lock(world);
	for (size_t i = 0; i < count; i++)
		ids[i].id = memory_mailbox_id(world, world_find(world, ids[i].mailbox));
	memory_unlock(world);
	return 0;
}

/* Of an operation on mailboxes as such: the step before it, and the end. */
typedef int change_function(struct world *world, const char *from, const char *to,
			    struct error *error);

static int change_mailboxes(struct far_session *base, change_function *change, const char *from,
			    const char *to, struct error *error)
{
	struct memory_session *session = memory_of(base);
	bool after;
	memory_lock(session->world);
	enum far_result result = memory_step(session, true, &after, error);
	if (result == FAR_OK)
		result = change(session->world, from, to, error);
	if (result == FAR_OK)
		result = memory_after(session, after, error);
	memory_unlock(session->world);
	return result == FAR_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}

static int make(struct world *world, const char *from, const char *to, struct error *error)
{
	(void)from;
	if (world_find(world, to) || world_make(world, to))
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER, "no room for a mailbox");
}

static int create(struct far_session *base, const char *name, char **mailbox_r, struct error *error)
{
	bool elsewhere = memory_of(base)->world->ways.makes_elsewhere;
	char *made = elsewhere ? memory_format("Labels/%s", name) : memory_text(name);
	int result = change_mailboxes(base, make, NULL, made, error);
	free(made);
	*mailbox_r = result == 0 ? memory_text(name) : NULL;
	return result;
}

static int call_differently(struct world *world, const char *from, const char *to,
			    struct error *error)
{
	return world_rename(world, from, to)
		       ? 0
		       : error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it cannot be renamed");
}

static int rename_mailbox(struct far_session *base, const char *from, const char *name,
			  char **mailbox_r, struct error *error)
{
	*mailbox_r = NULL;
	if (change_mailboxes(base, call_differently, from, name, error) != 0)
		return -1;
	*mailbox_r = memory_text(name);
	return 0;
}

static int subscribe(struct world *world, const char *from, const char *to, struct error *error)
{
	struct world_mailbox *mailbox = world_find(world, to);
	(void)from;
	(void)error;
	if (mailbox)
		mailbox->attributes |= MAILBOX_SUBSCRIBED;
	return 0;
}

static int resubscribe(struct far_session *base, const struct far_renamed *renamed, size_t count,
		       struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (change_mailboxes(base, subscribe, renamed[i].from, renamed[i].to, error) != 0)
			return -1;
	}
	return 0;
}

static int drop(struct world *world, const char *from, const char *to, struct error *error)
{
	struct world_mailbox *mailbox = world_find(world, from);
	(void)to;
	(void)error;
	if (mailbox)
		mailbox->exists = false;
	return 0;
}

static int remove_mailbox(struct far_session *base, const char *mailbox, struct error *error)
{
	return change_mailboxes(base, drop, mailbox, NULL, error);
}

struct world_mailbox *memory_open(struct memory_session *session, const struct far_mailbox *mailbox,
				  struct error *error)
{
	struct world_mailbox *found = world_find(session->world, mailbox->name);
	if (!found) {
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, "there is no such mailbox");
		return NULL;
	}
	if (found->locked) {
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it is locked");
		return NULL;
	}
	if (mailbox->uidvalidity != 0 && mailbox->uidvalidity != found->uidvalidity) {
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER, "it is another one by now");
		return NULL;
	}
	return found;
}

struct flag_names memory_flag_names(const struct world *world, uint32_t flags)
{
	struct flag_names names = { .system = flags & FLAGS_SYSTEM };
	for (unsigned int i = 0; i < WORLD_KEYWORDS; i++) {
		if (flags & FLAG_KEYWORD(i))
			text_list_add(&names.keywords, world->keywords[i]);
	}
	return names;
}

struct object_id memory_mailbox_id(const struct world *world, const struct world_mailbox *mailbox)
{
	struct object_id id = { .bytes = { 0 } };
	char name[20];
	if (!world->ways.with_mailbox_ids || !mailbox)
		return id;
	int length = snprintf(name, sizeof name, "F%u", mailbox->id);
	return object_id_of(OBJECT_ID_MAILBOXID, name, (size_t)length);
}

static struct far_state state_of(const struct world *world, const struct world_mailbox *mailbox)
{
	uint32_t all = 0;
	for (unsigned int i = 0; i < WORLD_KEYWORDS && !world->ways.without_keywords; i++)
		all |= world->keywords[i][0] != '\0' ? FLAG_KEYWORD(i) : 0;
	struct far_state state = { .marks = memory_marks_of(world, mailbox),
				   .read_only = mailbox->read_only,
				   .newest_only = world->ways.newest_only > 0,
				   .newest_limit = world->ways.newest_only,
				   .permanent_flags =
					   memory_flag_names(world, FLAGS_SYSTEM | all) };
	state.permanent_flags.any_keyword = !world->ways.without_keywords;
	state.mailbox_id = memory_mailbox_id(world, mailbox);
	return state;
}

static int look(struct far_session *base, const struct far_mailbox *mailbox,
		struct far_state *state_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	bool after;
	*state_r = (struct far_state){ .read_only = false };
	memory_lock(session->world);
	enum far_result result = memory_step(session, false, &after, error);
	struct world_mailbox *found =
		result == FAR_OK ? memory_open(session, mailbox, error) : NULL;
	if (found && session->world->ways.grows)
		found->uidnext++;
	if (found)
		*state_r = state_of(session->world, found);
	memory_unlock(session->world);
	return found && memory_after(session, after, error) == 0 ? 0
								 : error_widen(error, SCOPE_FOLDER);
}

/* --- Observing --- */

struct far_listing {
	struct far_question question;
	struct far_observer observer;
};

static struct far_listing *observe_begin(struct far_session *session,
					 const struct far_question *question,
					 const struct far_observer *observer)
{
	struct far_listing *listing = memory_allocate(sizeof *listing);
	struct world *world = memory_of(session)->world;
	if (question->ahead > world->asked_ahead)
		world->asked_ahead = question->ahead;
	listing->question = *question;
	listing->observer = *observer;
	return listing;
}

static int tell_one(const struct far_observer *observer, struct world *world,
		    const struct world_message *message, struct error *error)
{
	world->listed++;
	struct flag_names flags = memory_flag_names(world, message->flags);
	int result = observer->see(observer->context, message->uid, &flags, error);
	text_list_release(&flags.keywords);
	return result;
}

static int tell_gone(const struct far_observer *observer, uint32_t uid, struct error *error)
{
	struct uid_set gone = UID_SET_INITIAL;
	uid_set_add(&gone, uid);
	int result = observer->gone(observer->context, &gone, error);
	uid_set_release(&gone);
	return result;
}

/* Those that changed after MODSEQ. */
static int tell_changes(const struct far_observer *observer, struct world *world,
			const struct world_mailbox *mailbox, uint64_t modseq, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < mailbox->count; i++) {
		const struct world_message *message = &mailbox->messages[mailbox->count - 1 - i];
		if (message->modseq <= modseq)
			continue;
		if (message->is_gone)
			result = tell_gone(observer, message->uid, error);
		else if (memory_shows(world, mailbox, message))
			result = tell_one(observer, world, message, error);
	}
	return result;
}

static int tell_uids(const struct far_observer *observer, const struct world *world,
		     const struct world_mailbox *mailbox, struct error *error)
{
	struct uid_set all = UID_SET_INITIAL;
	for (size_t i = 0; i < mailbox->count; i++) {
		if (memory_shows(world, mailbox, &mailbox->messages[i]))
			uid_set_add(&all, mailbox->messages[i].uid);
	}
	int result = observer->hold(observer->context, &all, error);
	uid_set_release(&all);
	return result;
}

static int tell_all(const struct far_listing *listing, struct world *world,
		    const struct world_mailbox *mailbox, struct error *error)
{
	const struct far_observer *observer = &listing->observer;
	bool flags = !listing->question.only_uids &&
		     (listing->question.known.uidvalidity == 0 ||
		      listing->question.known.uidvalidity == mailbox->uidvalidity);
	int result = 0;
	for (int times = world->ways.tells_twice ? 2 : 1; flags && times > 0; times--) {
		for (size_t i = 0; result == 0 && i < mailbox->count; i++) {
			if (memory_shows(world, mailbox, &mailbox->messages[i]))
				result = tell_one(observer, world, &mailbox->messages[i], error);
		}
	}
	return result == 0 && !flags ? tell_uids(observer, world, mailbox, error) : result;
}

/* Whether changes can be told and explain what is there: 1, 0 or -1. */
static int observe_changes(const struct far_listing *listing, struct world *world,
			   const struct world_mailbox *mailbox, struct error *error)
{
	const struct far_observer *observer = &listing->observer;
	const struct far_marks *known = &listing->question.known;
	if (known->highestmodseq == 0 || world->ways.without_modseq ||
	    known->uidvalidity != mailbox->uidvalidity ||
	    known->highestmodseq > mailbox->highestmodseq)
		return 0;
	if (tell_changes(observer, world, mailbox, known->highestmodseq, error) != 0)
		return -1;
	return observer->adds_up ? observer->adds_up(observer->context, error) : 1;
}

static int tell_news(const struct far_listing *listing, struct world *world,
		     const struct world_mailbox *mailbox, struct error *error)
{
	const struct far_question *question = &listing->question;
	int result = 0;
	for (size_t i = 0; result == 0 && question->news_from != 0 && i < mailbox->count; i++) {
		const struct world_message *message = &mailbox->messages[i];
		struct flag_names flags = memory_flag_names(world, message->flags);
		const struct far_message told = {
			.uid = message->uid,
			.flags = question->news & FAR_FLAGS ? &flags : NULL,
			.has_date = (question->news & FAR_DATE) != 0,
			.date = message->date,
			.has_size = (question->news & FAR_SIZE) != 0,
			.size = message->length + (uint64_t)world->ways.size_error,
			.object = memory_object(world, message),
		};
		if (message->uid >= question->news_from && memory_shows(world, mailbox, message))
			result = listing->observer.news(listing->observer.context, &told, error);
		text_list_release(&flags.keywords);
	}
	return result;
}

static int observe(const struct far_listing *listing, struct world *world,
		   const struct world_mailbox *mailbox, enum far_told *told_r, struct error *error)
{
	const struct far_observer *observer = &listing->observer;
	struct far_state state = state_of(world, mailbox);
	int anew = observer->opened(observer->context, &state, error);
	if (anew < 0)
		return -1;
	int changes = anew ? 0 : observe_changes(listing, world, mailbox, error);
	if (changes < 0)
		return -1;
	*told_r = changes                          ? FAR_TOLD_CHANGES
		  : listing->question.only_changes ? FAR_TOLD_NOTHING
						   : FAR_TOLD_ALL;
	if (*told_r != FAR_TOLD_ALL)
		return 0;
	observer->restart(observer->context);
	return tell_all(listing, world, mailbox, error);
}

static enum far_result observe_finish(struct far_session *base, struct far_listing **listing,
				      enum far_told *told_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	bool after;
	*told_r = FAR_TOLD_NOTHING;
	memory_lock(session->world);
	enum far_result result = memory_step(session, false, &after, error);
	if (result == FAR_OK) {
		const struct world_mailbox *mailbox =
			memory_open(session, &(*listing)->question.mailbox, error);
		result = mailbox ? FAR_OK : FAR_REFUSED;
		if (mailbox)
			result = observe(*listing, session->world, mailbox, told_r, error);
		if (mailbox && result == FAR_OK)
			result = tell_news(*listing, session->world, mailbox, error);
	}
	memory_unlock(session->world);
	free(*listing);
	*listing = NULL;
	if (result == FAR_OK)
		result = memory_after(session, after, error);
	if (result != FAR_OK)
		(void)error_widen(error, SCOPE_FOLDER); /* always -1 */
	return result;
}

struct far_search {
	struct far_criteria criteria;
	struct uid_set uids;
};

static struct far_search *search_begin(struct far_session *session,
				       const struct far_mailbox *mailbox,
				       const struct far_criteria *criteria)
{
	struct far_search *search = memory_allocate(sizeof *search);
	(void)session;
	(void)mailbox;
	search->criteria = *criteria;
	if (criteria->uids)
		uid_set_add_set(&search->uids, criteria->uids);
	return search;
}

static void search_drop(struct far_session *session, struct far_search *search)
{
	(void)session;
	uid_set_release(&search->uids);
	free(search);
}

#define DAY_SECONDS 86400

static bool is_found(const struct far_search *search, const struct world *world,
		     const struct world_message *message)
{
	const struct far_criteria *criteria = &search->criteria;
	uint64_t size = message->length + (uint64_t)world->ways.size_error;
	if ((criteria->uids && !uid_set_contains(&search->uids, message->uid)) ||
	    message->uid < criteria->first_uid ||
	    (criteria->since && message->date / DAY_SECONDS < criteria->since_day) ||
	    (criteria->smaller > 0 && size >= criteria->smaller))
		return false;
	return (!criteria->unseen && !criteria->flagged) ||
	       (criteria->unseen && !(message->flags & FLAG_SEEN)) ||
	       (criteria->flagged && (message->flags & FLAG_FLAGGED));
}

static enum far_result search_finish(struct far_session *base, const struct far_mailbox *mailbox,
				     struct far_search **search, struct uid_set *uids,
				     bool *unsure_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct world *world = session->world;
	bool after;
	memory_lock(world);
	enum far_result result = memory_step(session, false, &after, error);
	if (result == FAR_OK && world->ways.refuses_searches) {
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, "it does not search");
		result = FAR_REFUSED;
	}
	*unsure_r = *unsure_r || world->ways.cannot_search;
	const struct world_mailbox *found =
		result == FAR_OK ? memory_open(session, mailbox, error) : NULL;
	for (size_t i = 0; found && !world->ways.cannot_search && i < found->count; i++) {
		if (memory_shows(world, found, &found->messages[i]) &&
		    is_found(*search, world, &found->messages[i]))
			uid_set_add(uids, found->messages[i].uid);
	}
	memory_unlock(world);
	search_drop(base, *search);
	*search = NULL;
	if (result == FAR_OK)
		result = found ? (enum far_result)memory_after(session, after, error) : FAR_REFUSED;
	return result;
}

static int find(struct far_session *base, const struct far_mailbox *mailbox,
		const struct uid_set *uids, struct uid_set *there, struct error *error)
{
	struct memory_session *session = memory_of(base);
	bool after;
	uid_set_clear(there);
	memory_lock(session->world);
	enum far_result result = memory_step(session, false, &after, error);
	struct world_mailbox *found =
		result == FAR_OK ? memory_open(session, mailbox, error) : NULL;
	for (uint32_t uid = 0; found && uid_set_next(uids, &uid);) {
		if (world_message(found, uid))
			uid_set_add(there, uid);
	}
	memory_unlock(session->world);
	return found && memory_after(session, after, error) == 0 ? 0
								 : error_widen(error, SCOPE_FOLDER);
}

const struct far_operations memory_operations = {
	.close = close_session,
	.is_alive = is_alive,
	.end = end,
	.has = has,
	.expect_messages = expect_messages,
	.describe = describe,
	.list = list,
	.meaning = meaning,
	.ask_sizes = ask_sizes,
	.ask_ids = ask_ids,
	.create = create,
	.rename = rename_mailbox,
	.resubscribe = resubscribe,
	.remove_mailbox = remove_mailbox,
	.look = look,
	.observe_begin = observe_begin,
	.observe_finish = observe_finish,
	.search_begin = search_begin,
	.search_finish = search_finish,
	.search_drop = search_drop,
	.find = find,
	.fetch_begin = memory_fetch_begin,
	.fetch_is_sent = memory_fetch_is_sent,
	.fetch_finish = memory_fetch_finish,
	.store = memory_store,
	.open_next = memory_open_next,
	.remove = memory_remove,
	.move = memory_move,
	.copy = memory_copy,
	.append_begin = memory_append_begin,
	.append_batch = memory_append_batch,
	.append_learn = memory_append_learn,
	.append_next_uid = memory_append_next_uid,
	.append_end = memory_append_end,
	.watch_offered = memory_watch_offered,
	.watch_begin = memory_watch_begin,
	.watch_reach = memory_watch_reach,
	.watch_fd = memory_watch_fd,
	.watch_pending = memory_watch_pending,
	.watch_next_due = memory_watch_next_due,
	.watch_read = memory_watch_read,
	.watch_look_every = memory_watch_look_every,
	.watch_end = memory_watch_end,
};
