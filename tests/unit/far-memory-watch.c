/* The far side in memory: waiting for what others do. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "far-memory.h"

struct memory_watch {
	struct far_watch base;
	struct memory_session *session;
	enum far_watch_reach reach;
	char *mailbox; /* the one; may be NULL */
	size_t waker;
	int64_t keep_alive_ms;
	int64_t due;
	bool unread, anything;
};

static struct memory_watch *watch_of(struct far_watch *watch)
{
	return (struct memory_watch *)watch;
}

static const struct memory_watch *watch_of_const(const struct far_watch *watch)
{
	return (const struct memory_watch *)watch;
}

static struct world *world_of(const struct memory_watch *watch)
{
	return watch->session->world;
}

/* A place among those that are waked; a test has no more than there are. */
static size_t take_waker(struct world *world)
{
	for (size_t i = 0; i < WORLD_WATCHES; i++) {
		if (world->is_waked[i])
			continue;
		world->is_waked[i] = true;
		return i;
	}
	memory_fail();
}

static struct memory_told now(const struct world *world, size_t index)
{
	const struct world_mailbox *mailbox = &world->mailboxes[index];
	struct memory_told told = { .exists = mailbox->exists };
	if (!mailbox->exists)
		return told;
	memcpy(told.name, mailbox->name, sizeof told.name);
	told.marks = memory_marks_of(world, mailbox);
	return told;
}

static enum far_watch_reach reach_of(const struct world *world,
				     const struct far_watch_request *request)
{
	enum world_telling tells = world->ways.tells;
	if (request->all && (tells == WORLD_TELLS_ALL || tells == WORLD_PROMISES))
		return FAR_WATCH_ALL;
	if (request->mailbox.name && tells != WORLD_TELLS_NOTHING)
		return FAR_WATCH_ONE;
	return FAR_WATCH_NONE;
}

enum far_watch_reach memory_watch_offered(struct far_session *session)
{
	const struct far_watch_request any = { .all = true, .mailbox = { .name = "INBOX" } };
	return reach_of(memory_of(session)->world, &any);
}

int memory_watch_begin(struct far_session *base, const struct far_watch_request *request,
		       struct far_watch **watch_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct memory_watch *watch = memory_allocate(sizeof *watch);
	bool after;
	watch->base.session = base;
	watch->session = session;
	watch->unread = true;
	watch->keep_alive_ms = (int64_t)request->keep_alive * 1000;
	watch->due = clock_monotonic_ms() + watch->keep_alive_ms;
	watch->mailbox = request->mailbox.name ? memory_text(request->mailbox.name) : NULL;
	memory_lock(session->world);
	enum far_result result = memory_step(session, false, &after, error);
	watch->reach = reach_of(session->world, request);
	watch->waker = take_waker(session->world);
	watch->anything = !session->was_told;
	for (size_t i = 0; !session->was_told && i < WORLD_MAILBOXES; i++)
		session->told[i] = now(session->world, i);
	session->was_told = true;
	memory_unlock(session->world);
	*watch_r = &watch->base;
	if (result == FAR_OK && memory_after(session, after, error) == 0)
		return 0;
	(void)memory_watch_end(*watch_r, NULL); /* it broke before */
	*watch_r = NULL;
	return error_widen(error, SCOPE_CONNECTION);
}

enum far_watch_reach memory_watch_reach(const struct far_watch *watch)
{
	return watch_of_const(watch)->reach;
}

int memory_watch_fd(const struct far_watch *base)
{
	const struct memory_watch *watch = watch_of_const(base);
	return world_of(watch)->wakers[watch->waker];
}

bool memory_watch_pending(const struct far_watch *watch)
{
	return watch_of_const(watch)->unread;
}

int64_t memory_watch_next_due(const struct far_watch *watch)
{
	return watch_of_const(watch)->due;
}

static bool is_told_of(const struct memory_watch *watch, const char *name)
{
	if (world_of(watch)->ways.tells == WORLD_PROMISES)
		return false;
	return watch->reach == FAR_WATCH_ALL ||
	       (watch->reach == FAR_WATCH_ONE && strcmp(watch->mailbox, name) == 0);
}

static bool is_same(const struct far_marks *a, const struct far_marks *b)
{
	return a->uidvalidity == b->uidvalidity && a->uidnext == b->uidnext &&
	       a->messages == b->messages && a->highestmodseq == b->highestmodseq;
}

static unsigned int kinds_of(const struct memory_told *before, const struct memory_told *after)
{
	if (before->exists != after->exists || strcmp(before->name, after->name) != 0)
		return FAR_EVENT_NAMES;
	return is_same(&before->marks, &after->marks) ? 0 : FAR_EVENT_MESSAGES;
}

static int tell_one(struct memory_watch *watch, size_t index, far_event_function *see,
		    void *context, struct error *error)
{
	struct memory_told *told = &watch->session->told[index];
	memory_lock(world_of(watch));
	struct memory_told is = now(world_of(watch), index);
	memory_unlock(world_of(watch));
	struct far_event event = { .mailbox = is.exists ? is.name : told->name,
				   .kinds = kinds_of(told, &is),
				   .marks = is.marks };
	if (event.kinds == 0 || !is_told_of(watch, event.mailbox))
		return 0;
	int result = see(context, &event, error);
	*told = is;
	return result;
}

static void settle(struct memory_watch *watch)
{
	uint64_t count;
	watch->unread = false;
	while (read(memory_watch_fd(&watch->base), &count, sizeof count) < 0 && errno == EINTR)
		;
	if (clock_monotonic_ms() >= watch->due)
		watch->due = clock_monotonic_ms() + watch->keep_alive_ms;
}

int memory_watch_read(struct far_watch *base, far_event_function *see, void *context,
		      struct error *error)
{
	static const struct far_event anything = { .mailbox = NULL };
	struct memory_watch *watch = watch_of(base);
	int result = 0;
	settle(watch);
	if (watch->session->broke)
		return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "the connection broke");
	if (watch->anything)
		result = see(context, &anything, error);
	watch->anything = false;
	for (size_t i = 0; result == 0 && i < WORLD_MAILBOXES; i++)
		result = tell_one(watch, i, see, context, error);
	return result;
}

unsigned int memory_watch_look_every(const struct far_watch *watch, unsigned int poll)
{
	bool all = watch_of_const(watch)->reach == FAR_WATCH_ALL;
	return all && world_of(watch_of_const(watch))->ways.tells == WORLD_TELLS_ALL ? 0 : poll;
}

int memory_watch_end(struct far_watch *base, struct error *error)
{
	struct memory_watch *watch = watch_of(base);
	bool broke = watch->session->broke;
	memory_lock(world_of(watch));
	world_of(watch)->is_waked[watch->waker] = false;
	memory_unlock(world_of(watch));
	free(watch->mailbox);
	free(watch);
	return broke ? error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "the connection broke")
		     : 0;
}
