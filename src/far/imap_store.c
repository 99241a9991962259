/* The far side over IMAP: flags are changed, by one STORE per distinct change (RFC 9051
 * section 6.4.6). SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap_private.h"

/* What one STORE does. */
struct store {
	const struct keyword_table *keywords;
	uint32_t flags;
	bool add;
};

static struct imap_command *send_store(struct imap_session *session, const struct uid_set *part,
				       const void *context)
{
	const struct store *store = context;
	return imap_store_send(session, part, store->add, store->flags, store->keywords);
}

static void send_change(struct far_imap_flight *flight, const struct far_imap *imap,
			const struct far_change *change, const struct keyword_table *keywords)
{
	const struct store add = { .keywords = keywords, .flags = change->add, .add = true };
	const struct store remove = { .keywords = keywords, .flags = change->remove };
	if (add.flags != 0)
		far_imap_flight_send(flight, imap, &change->uids, send_store, &add);
	if (remove.flags != 0)
		far_imap_flight_send(flight, imap, &change->uids, send_store, &remove);
}

/* A refusal is about this change alone, unless the server wants a pause of everything. */
static enum imap_result finish_store(struct imap_session *session, struct imap_command **command,
				     void *context, struct error *error)
{
	struct far_change *change = context;
	enum imap_result result = imap_store_finish(session, command, error);
	if (result != IMAP_RESULT_REFUSED || far_wants_pause(error))
		return result;
	if (!change->refused)
		change->reason = *error;
	change->refused = true;
	return IMAP_RESULT_OK;
}

/* The first failure is the one that is told. */
static int finish_changes(struct far_imap_flight *flights, const struct far_imap *imap,
			  struct far_change *changes, size_t count, struct error *error)
{
	int result = 0;
	for (size_t i = 0; i < count; i++) {
		struct error failure = ERROR_INITIAL;
		if (far_imap_flight_finish(&flights[i], imap, finish_store, &changes[i],
					   &failure) == 0)
			continue;
		if (result == 0)
			*error = failure;
		result = -1;
	}
	return result;
}

int far_imap_store(struct far_session *session, const struct far_mailbox *mailbox,
		   struct far_change *changes, size_t count, const struct keyword_table *keywords,
		   struct error *error)
{
	struct far_imap *imap = far_imap_of(session);
	for (size_t i = 0; i < count; i++)
		changes[i].refused = false;
	if (count == 0)
		return 0;
	if (far_imap_open(imap, mailbox, error) != 0)
		return -1;
	struct far_imap_flight *flights = memory_array(count, sizeof *flights);
	for (size_t i = 0; i < count; i++)
		send_change(&flights[i], imap, &changes[i], keywords);
	far_imap_next_send(imap);
	int result = finish_changes(flights, imap, changes, count, error);
	free(flights);
	return result;
}
