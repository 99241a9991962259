/* The far side in memory: sending messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far-memory.h"

struct memory_append {
	struct far_append base;
	struct far_mailbox mailbox;
	const struct keyword_table *keywords;
	uint32_t next_uid;
};

int memory_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
			uint32_t from_uid, const struct keyword_table *keywords,
			struct far_append **append_r, struct error *error)
{
	struct memory_append *append = memory_allocate(sizeof *append);
	(void)error;
	append->base.session = session;
	append->mailbox = *mailbox;
	append->keywords = keywords;
	append->next_uid = from_uid;
	*append_r = &append->base;
	return 0;
}

/* All of it, or NULL. The caller's. */
static unsigned char *read_source(const struct far_source *source, struct error *error)
{
	unsigned char *bytes = memory_allocate(source->size + 1);
	size_t read = 0;
	while (read < source->size) {
		size_t length = 0;
		if (source->read(source->context, bytes + read, source->size - read, &length,
				 error) != 0 ||
		    length == 0) {
			free(bytes);
			return NULL;
		}
		read += length;
	}
	return bytes;
}

/* Whether it takes the message without storing it. */
static bool swallows(const struct world *world, const struct world_mailbox *mailbox,
		     const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; world->ways.keeps_once && i < mailbox->count; i++) {
		const struct world_message *message = &mailbox->messages[i];
		if (!message->is_gone && message->length == size &&
		    memcmp(world->bytes + message->body, bytes, size) == 0)
			return true;
	}
	return false;
}

/* It has as many messages as it takes. */
static bool is_full(const struct world *world)
{
	return world->ways.takes_only > 0 && world->bodies_taken >= world->ways.takes_only;
}

static enum far_result store_one(struct memory_append *append, const struct far_source *source,
				 const unsigned char *bytes, struct far_outgoing *message,
				 struct error *error)
{
	struct memory_session *session = memory_of(append->base.session);
	struct world *world = session->world;
	bool after;
	memory_lock(world);
	enum far_result result = memory_step(session, true, &after, error);
	struct world_mailbox *mailbox = world_find(world, append->mailbox.name);
	if (result == FAR_OK &&
	    (!mailbox || (world->ways.largest > 0 && source->size > world->ways.largest) ||
	     is_full(world))) {
		(void)error_set(error, ERROR_FAILED, SCOPE_MESSAGE, "it is not taken");
		result = FAR_REFUSED;
	}
	if (result == FAR_OK && !swallows(world, mailbox, bytes, source->size)) {
		uint32_t uid = world_add(world, mailbox,
					 memory_world_flags(world, source->flags, append->keywords),
					 source->date, bytes, source->size);
		message->uid = world->ways.without_uids ? 0 : uid;
		world->bodies_taken++;
		if (source->in_place_of != 0) {
			if (source->in_place_of != world->ways.keeps)
				world_remove(mailbox, source->in_place_of);
			message->replaced = true;
		}
		if (memory_after(session, after, error) != 0) {
			message->uid = 0;
			message->replaced = false;
			result = FAR_ERROR;
		}
	}
	memory_unlock(world);
	return result;
}

static int send_one(struct memory_append *append, const struct far_sender *sender,
		    struct far_outgoing *message, size_t i, struct error *error)
{
	struct far_source source = { .size = 0 };
	struct error reason = ERROR_INITIAL;
	if (!sender->open(sender->context, i, &source)) {
		message->state = FAR_SENT_REFUSED;
		return 0;
	}
	unsigned char *bytes = read_source(&source, &reason);
	enum far_result result =
		bytes ? store_one(append, &source, bytes, message, &reason) : FAR_REFUSED;
	free(bytes);
	sender->close(sender->context, i);
	switch (result) {
	case FAR_OK:
		message->state = FAR_SENT_STORED;
		memory_append_learn(&append->base, message->uid);
		sender->stored(sender->context, i);
		return 0;
	case FAR_REFUSED:
		message->state = FAR_SENT_REFUSED;
		sender->refused(sender->context, i, &reason);
		return 0;
	case FAR_ERROR:
		break;
	}
	message->state = FAR_SENT_UNDER_WAY;
	*error = reason;
	return -1;
}

int memory_append_batch(struct far_append *base, const struct far_sender *sender,
			struct far_outgoing *messages, size_t count, bool *stopped_r,
			struct error *error)
{
	int result = 0;
	*stopped_r = false;
	const struct world *world = memory_of(base->session)->world;
	for (size_t i = 0; result == 0 && !*stopped_r && i < count; i++) {
		if (messages[i].state == FAR_SENT_WAITS)
			result = send_one((struct memory_append *)base, sender, &messages[i], i,
					  error);
		*stopped_r = is_full(world) && messages[i].state == FAR_SENT_REFUSED;
	}
	return result;
}

void memory_append_learn(struct far_append *base, uint32_t uid)
{
	struct memory_append *append = (struct memory_append *)base;
	if (uid >= append->next_uid && uid < UINT32_MAX)
		append->next_uid = uid + 1;
}

uint32_t memory_append_next_uid(const struct far_append *append)
{
	return ((const struct memory_append *)append)->next_uid;
}

void memory_append_end(struct far_append *append)
{
	free(append);
}
