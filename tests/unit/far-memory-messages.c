/* The far side in memory: fetching and changing messages. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far-memory.h"

/* --- Fetching --- */

#define PART_MESSAGES 4 /* few, so that there are several */

static bool wants(const struct far_fetch *fetch, uint32_t uid)
{
	return fetch->uids ? uid_set_contains(fetch->uids, uid) : uid >= fetch->first;
}

static size_t header_length(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i + 3 < length; i++) {
		if (memcmp(bytes + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	}
	return length;
}

/* In two pieces, as they come. */
static void give_body(const struct far_fetch *fetch, struct far_message *told,
		      const unsigned char *bytes, size_t length)
{
	size_t half = length / 2;
	if (fetch->items & FAR_HEADER)
		length = header_length(bytes, length);
	if (half > length)
		half = length;
	bool taken = fetch->sink->begin(fetch->context, told->uid, &told->sink_error) == 0 &&
		     fetch->sink->write(fetch->context, bytes, half, &told->sink_error) == 0 &&
		     fetch->sink->write(fetch->context, bytes + half, length - half,
					&told->sink_error) == 0;
	told->body = taken ? FAR_BODY_RECEIVED : FAR_BODY_REFUSED;
	told->body_size = taken ? length : 0;
}

struct object_id memory_object(const struct world *world, const struct world_message *message)
{
	static const struct object_id none = { { 0 } };
	if (!world->ways.with_objects)
		return none;
	return object_id_of(OBJECT_ID_EMAILID, (const char *)&message->body, sizeof message->body);
}

static int tell_message(const struct far_fetch *fetch, struct world *world,
			const struct world_message *message, struct error *error)
{
	const unsigned char *bytes = world->bytes + message->body;
	struct flag_names flags = memory_flag_names(world, message->flags);
	struct far_message told = { .uid = message->uid };
	if ((fetch->items & FAR_FLAGS) && message->uid != world->ways.lacks_flags_of)
		told.flags = &flags;
	told.has_date = (fetch->items & FAR_DATE) != 0;
	told.date = message->date;
	told.has_size = (fetch->items & FAR_SIZE) && !world->ways.lacks_sizes;
	told.size = told.has_size ? message->length + (uint64_t)world->ways.size_error : 0;
	if (fetch->items & FAR_OBJECT)
		told.object = memory_object(world, message);
	told.has_header = (fetch->items & (FAR_IDENTITY | FAR_ADDED)) != 0;
	told.header = bytes;
	told.header_length = header_length(bytes, message->length);
	world->headers_given += told.has_header;
	bool has_body = (fetch->items & (FAR_BODY | FAR_HEADER)) != 0;
	int result = 0;
	for (int times = has_body && world->ways.gives_twice ? 2 : 1; result == 0 && times > 0;
	     times--) {
		world->bodies_given += has_body;
		if (has_body)
			give_body(fetch, &told, bytes, message->length);
		result = fetch->see(fetch->context, &told, error);
	}
	text_list_release(&flags.keywords);
	return result;
}

static enum far_result end_session(struct memory_session *session, struct error *error)
{
	session->broke = true;
	return error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION, "the server hung up");
}

/* Those of PART that are there; what the server fails to give makes it refuse. What came is taken
 * out of REST. */
static enum far_result fetch_part(struct memory_session *session, const struct far_fetch *fetch,
				  const struct uid_set *part, struct uid_set *rest,
				  struct error *error)
{
	struct world *world = session->world;
	bool after;
	memory_lock(world);
	enum far_result result = memory_step(session, false, &after, error);
	struct world_mailbox *mailbox =
		result == FAR_OK ? memory_open(session, &fetch->mailbox, error) : NULL;
	if (result == FAR_OK && !mailbox)
		result = FAR_ERROR;
	bool refused = false;
	for (uint32_t uid = 0; result == FAR_OK && uid_set_next(part, &uid);) {
		struct world_message *message = world_message(mailbox, uid);
		if (!message || !memory_shows(world, mailbox, message))
			continue;
		bool has_body = (fetch->items & (FAR_BODY | FAR_HEADER)) != 0;
		if (has_body && uid == world->ways.gives_nothing_of)
			continue;
		if ((fetch->items & FAR_IDENTITY) && uid == world->ways.ends_with)
			result = end_session(session, error);
		else if (has_body && uid == world->ways.refuses_body_of)
			refused = true;
		else if (tell_message(fetch, world, message, error) != 0)
			result = FAR_ERROR;
		else
			uid_set_remove_range(rest, uid, uid);
	}
	memory_unlock(world);
	if (result == FAR_OK && memory_after(session, after, error) != 0)
		result = FAR_ERROR;
	if (result == FAR_OK && refused) {
		(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "it cannot be read");
		result = FAR_REFUSED;
	}
	if (result == FAR_ERROR && session->broke && fetch->ended)
		fetch->ended(fetch->context, part, error);
	return result;
}

static enum far_result fetch_singly(struct memory_session *session, const struct far_fetch *fetch,
				    const struct uid_set *uids, struct error *error)
{
	struct uid_set rest = UID_SET_INITIAL;
	enum far_result result = FAR_OK;
	for (uint32_t uid = 0; result == FAR_OK && uid_set_next(uids, &uid);) {
		struct uid_set one = UID_SET_INITIAL;
		struct error reason = ERROR_INITIAL;
		uid_set_add(&one, uid);
		result = fetch_part(session, fetch, &one, &rest, &reason);
		uid_set_release(&one);
		if (result == FAR_REFUSED && fetch->refused)
			result = fetch->refused(fetch->context, uid, &reason, error);
		else if (result != FAR_OK)
			*error = reason;
	}
	return result;
}

static bool take_part(const struct far_fetch *fetch, struct uid_set *left, struct uid_set *part)
{
	return fetch->newest_first ? uid_set_take_last(left, PART_MESSAGES, part)
				   : uid_set_take_first(left, PART_MESSAGES, part);
}

static enum far_result fetch_parts(struct memory_session *session, const struct far_fetch *fetch,
				   struct uid_set *left, struct uid_set *singly,
				   struct error *error)
{
	struct uid_set part = UID_SET_INITIAL;
	struct uid_set rest = UID_SET_INITIAL;
	enum far_result result = FAR_OK;
	enum far_result worst = FAR_OK;
	while (result != FAR_ERROR && take_part(fetch, left, &part)) {
		struct error reason = ERROR_INITIAL;
		result = fetch->before ? fetch->before(fetch->context, &part, error) : FAR_OK;
		if (result != FAR_OK)
			break;
		uid_set_clear(&rest);
		uid_set_add_set(&rest, &part);
		result = fetch_part(session, fetch, &part, &rest, &reason);
		if (result == FAR_REFUSED && fetch->refused)
			uid_set_add_set(singly, &rest);
		else if (result != FAR_OK)
			*error = reason;
		if (result == FAR_REFUSED && !fetch->refused)
			worst = FAR_REFUSED;
		if (result != FAR_ERROR && fetch->pause &&
		    fetch->pause(fetch->context, false, error) != 0)
			result = FAR_ERROR;
	}
	uid_set_release(&part);
	uid_set_release(&rest);
	return result == FAR_ERROR ? FAR_ERROR : worst;
}

static enum far_result fetch_all(struct far_session *base, const struct far_fetch *fetch,
				 struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct uid_set left = UID_SET_INITIAL;
	struct uid_set singly = UID_SET_INITIAL;
	struct error last = ERROR_INITIAL;
	memory_lock(session->world);
	struct world_mailbox *mailbox = memory_open(session, &fetch->mailbox, error);
	for (size_t i = 0; mailbox && i < mailbox->count; i++) {
		if (wants(fetch, mailbox->messages[i].uid))
			uid_set_add(&left, mailbox->messages[i].uid);
	}
	memory_unlock(session->world);
	if (fetch->singly) {
		uid_set_add_set(&singly, fetch->singly);
		uid_set_keep_only(&singly, &left);
		uid_set_remove_set(&left, &singly);
	}
	enum far_result result = mailbox ? fetch_parts(session, fetch, &left, &singly, error)
					 : (enum far_result)error_widen(error, SCOPE_FOLDER);
	if (result == FAR_OK)
		result = fetch_singly(session, fetch, &singly, error);
	if (fetch->pause && fetch->pause(fetch->context, true, &last) != 0 && result == FAR_OK) {
		*error = last;
		result = FAR_ERROR;
	}
	uid_set_release(&left);
	uid_set_release(&singly);
	return result;
}

struct far_fetching {
	struct far_fetch fetch;
};

/* This server answers when it is waited for. */
struct far_fetching *memory_fetch_begin(struct far_session *session, const struct far_fetch *fetch)
{
	struct far_fetching *fetching = memory_allocate(sizeof *fetching);
	(void)session;
	fetching->fetch = *fetch;
	return fetching;
}

bool memory_fetch_is_sent(const struct far_fetching *fetching)
{
	return fetching->fetch.uids && uid_set_size(fetching->fetch.uids) <= PART_MESSAGES;
}

enum far_result memory_fetch_finish(struct far_session *session, struct far_fetching *fetching,
				    struct error *error)
{
	enum far_result result = fetch_all(session, &fetching->fetch, error);
	free(fetching);
	return result;
}

/* --- Changing --- */

uint32_t memory_world_flags(struct world *world, uint32_t flags,
			    const struct keyword_table *keywords)
{
	uint32_t bits = flags & FLAGS_SYSTEM;
	for (unsigned int i = 0; keywords && i < FLAG_KEYWORD_COUNT; i++) {
		if ((flags & FLAG_KEYWORD(i)) && keywords->names[i] &&
		    !world->ways.without_keywords)
			bits |= world_keyword(world, keywords->names[i]);
	}
	return bits;
}

int memory_store(struct far_session *base, const struct far_mailbox *mailbox,
		 struct far_change *changes, size_t count, const struct keyword_table *keywords,
		 struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct world *world = session->world;
	int failed = 0;
	memory_lock(world);
	for (size_t i = 0; failed == 0 && i < count; i++) {
		bool after;
		struct world_mailbox *found = memory_open(session, mailbox, error);
		enum far_result result =
			found ? memory_step(session, true, &after, error) : FAR_ERROR;
		changes[i].refused = result == FAR_REFUSED;
		changes[i].reason = *error;
		uint32_t add = memory_world_flags(world, changes[i].add, keywords);
		uint32_t remove = memory_world_flags(world, changes[i].remove, keywords);
		for (uint32_t uid = 0; result == FAR_OK && !world->ways.stores_nothing &&
				       uid_set_next(&changes[i].uids, &uid);) {
			struct world_message *message = world_message(found, uid);
			if (message)
				world_set_flags(found, uid, (message->flags & ~remove) | add);
		}
		if (result == FAR_ERROR ||
		    (result == FAR_OK && memory_after(session, after, error) != 0))
			failed = error_widen(error, SCOPE_FOLDER);
	}
	memory_unlock(world);
	return failed;
}

/* Takes the one that stays out of those that are to go. */
static void keep_one(const struct world *world, struct world_mailbox *mailbox, struct uid_set *uids)
{
	uint32_t uid = world->ways.keeps;
	if (uid != 0 && world_message(mailbox, uid))
		uid_set_remove_range(uids, uid, uid);
}

/* Here nothing is gained by it. */
void memory_open_next(struct far_session *session, const struct far_mailbox *mailbox)
{
	(void)session;
	(void)mailbox;
}

int memory_remove(struct far_session *base, const struct far_mailbox *mailbox, struct uid_set *uids,
		  uint64_t *others_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	bool after;
	*others_r = 0;
	memory_lock(session->world);
	enum far_result result = memory_step(session, true, &after, error);
	struct world_mailbox *found =
		result == FAR_OK ? memory_open(session, mailbox, error) : NULL;
	if (found && session->world->ways.marked > 0) {
		*others_r = session->world->ways.marked;
		uid_set_clear(uids);
	}
	if (found)
		keep_one(session->world, found, uids);
	for (uint32_t uid = 0; found && uid_set_next(uids, &uid);)
		world_remove(found, uid);
	memory_unlock(session->world);
	return found && memory_after(session, after, error) == 0 ? 0
								 : error_widen(error, SCOPE_FOLDER);
}

static int carry(struct memory_session *session, const struct far_mailbox *mailbox,
		 const struct uid_set *uids, const char *to, bool moves,
		 struct far_copied *copied_r, struct error *error)
{
	struct world *world = session->world;
	bool after;
	*copied_r = (struct far_copied){ .uidvalidity = 0 };
	memory_lock(world);
	enum far_result result = memory_step(session, true, &after, error);
	struct world_mailbox *from = result == FAR_OK ? memory_open(session, mailbox, error) : NULL;
	struct world_mailbox *there = from ? world_find(world, to) : NULL;
	if (world->ways.refuses_moves)
		there = NULL;
	if (from && !there)
		(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, "there is no mailbox %s", to);
	for (uint32_t uid = 0; there && uid_set_next(uids, &uid);) {
		const struct world_message *message = world_message(from, uid);
		if (!message)
			continue;
		uint32_t copy = world_copy(there, message);
		uid_set_add(&copied_r->from, uid);
		uid_set_add(&copied_r->to, copy);
		if (moves)
			world_remove(from, uid);
	}
	if (there && !world->ways.without_uids)
		copied_r->uidvalidity = there->uidvalidity;
	memory_unlock(world);
	return there && memory_after(session, after, error) == 0 ? 0
								 : error_widen(error, SCOPE_FOLDER);
}

int memory_move(struct far_session *base, const struct far_mailbox *mailbox, struct uid_set *uids,
		const char *to, struct far_copied *copied_r, struct error *error)
{
	struct memory_session *session = memory_of(base);
	struct error ignored = ERROR_INITIAL;
	memory_lock(session->world);
	struct world_mailbox *from = memory_open(session, mailbox, &ignored);
	if (from)
		keep_one(session->world, from, uids);
	memory_unlock(session->world);
	return carry(session, mailbox, uids, to, true, copied_r, error);
}

int memory_copy(struct far_session *base, const struct far_mailbox *mailbox,
		const struct uid_set *uids, const char *to, struct far_copied *copied_r,
		struct error *error)
{
	return carry(memory_of(base), mailbox, uids, to, false, copied_r, error);
}
