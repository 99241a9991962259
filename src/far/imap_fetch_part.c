/* The far side over IMAP: one FETCH (RFC 9051 section 6.4.5), and what comes of it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "far/imap_fetching.h"

/* --- What comes --- */

static unsigned int object_item(const struct imap_session *session)
{
	if (imap_session_has(session, IMAP_CAPABILITY_OBJECTID))
		return IMAP_FETCH_EMAILID;
	return imap_session_has(session, IMAP_CAPABILITY_X_GM_EXT_1) ? IMAP_FETCH_X_GM_MSGID : 0u;
}

unsigned int far_imap_items(const struct far_imap *imap, unsigned int items)
{
	static const struct {
		enum far_item far;
		enum imap_fetch_items imap;
	} names[] = {
		{ FAR_FLAGS, IMAP_FETCH_FLAGS },   { FAR_DATE, IMAP_FETCH_INTERNALDATE },
		{ FAR_SIZE, IMAP_FETCH_SIZE },     { FAR_IDENTITY, IMAP_FETCH_IDENTITY },
		{ FAR_ADDED, IMAP_FETCH_ADDED },   { FAR_BODY, IMAP_FETCH_BODY },
		{ FAR_HEADER, IMAP_FETCH_HEADER },
	};
	unsigned int result = items & FAR_OBJECT ? object_item(imap->session) : 0u;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (items & names[i].far)
			result |= names[i].imap;
	}
	return result;
}

static bool wants_body(const struct far_fetching *fetching)
{
	return (fetching->fetch.items & (FAR_BODY | FAR_HEADER)) != 0;
}

/* NIL, and an empty body of a message that is not empty, come in the place of one that was expunged
 * meanwhile; the latter is Gmail's way. */
static enum far_body body_of(const struct far_fetching *fetching,
			     const struct imap_fetch_data *data)
{
	if (!wants_body(fetching))
		return FAR_BODY_NONE;
	if (data->body == IMAP_BODY_REFUSED)
		return FAR_BODY_REFUSED;
	bool is_hollow = data->body_size == 0 && data->has_size && data->size > 0;
	return data->body == IMAP_BODY_RECEIVED && !is_hollow ? FAR_BODY_RECEIVED : FAR_BODY_NONE;
}

/* Whether nothing is missing that asking once more could bring. A date may be none. */
static bool is_answer(const struct far_fetching *fetching, const struct far_message *message)
{
	unsigned int items = fetching->fetch.items;
	return (!(items & FAR_FLAGS) || message->flags) &&
	       (!(items & FAR_SIZE) || message->has_size) &&
	       (!(items & (FAR_IDENTITY | FAR_ADDED)) || message->has_header) &&
	       (!wants_body(fetching) || message->body != FAR_BODY_NONE);
}

struct far_message far_imap_message(const struct imap_fetch_data *data)
{
	return (struct far_message){ .uid = data->uid,
				     .flags = data->has_flags ? &data->flags : NULL,
				     .has_date = data->has_internaldate,
				     .has_size = data->has_size,
				     .has_header = data->has_header,
				     .date = data->internaldate,
				     .size = data->size,
				     .object = data->object,
				     .header = data->header.bytes,
				     .header_length = data->header.length };
}

/* Whether what comes is of the mailbox that is meant. It may come before anybody waited for its
 * SELECT, while older answers are read for another operation. */
static bool is_meant(const struct fetch_part *part)
{
	const struct far_mailbox *mailbox = &part->fetching->fetch.mailbox;
	if (!part->select)
		return !part->is_elsewhere;
	uint32_t now = imap_select_validity(part->select);
	return now != 0 && (mailbox->uidvalidity == 0 || mailbox->uidvalidity == now);
}

static int see(void *context, const struct imap_fetch_data *data, struct error *error)
{
	const struct fetch_part *part = context;
	struct far_fetching *fetching = part->fetching;
	if (!is_meant(part))
		return 0;
	struct far_message message = far_imap_message(data);
	message.body = body_of(fetching, data);
	message.body_size = data->body_size;
	if (message.body == FAR_BODY_REFUSED)
		message.sink_error = data->sink_error;
	if (fetching->fetch.refused && is_answer(fetching, &message))
		uid_set_add(&fetching->answered, data->uid);
	return fetching->fetch.see ? fetching->fetch.see(fetching->fetch.context, &message, error)
				   : 0;
}

static int begin_body(void *context, const struct imap_fetch_data *data, uint64_t size,
		      struct error *error)
{
	const struct fetch_part *part = context;
	const struct far_fetch *fetch = &part->fetching->fetch;
	(void)size;
	if (!is_meant(part))
		return error_set(error, ERROR_TEMPORARY, SCOPE_MESSAGE,
				 "UID %u is in another mailbox now", data->uid);
	return fetch->sink->begin(fetch->context, data->uid, error);
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	const struct fetch_part *part = context;
	const struct far_fetch *fetch = &part->fetching->fetch;
	return fetch->sink->write(fetch->context, bytes, length, error);
}

/* --- One command --- */

static struct imap_session *imap_of(const struct fetch_part *part)
{
	return far_imap_of(part->fetching->session)->session;
}

static void send_open(struct fetch_part *part)
{
	struct far_fetching *fetching = part->fetching;
	const struct far_fetch *fetch = &fetching->fetch;
	part->is_elsewhere = false;
	if (fetch->anew && !fetching->was_opened)
		part->select = imap_select_send(imap_of(part), fetch->mailbox.name,
						fetch->mailbox.read_only, NULL);
	else
		part->select = far_imap_open_send(far_imap_of(fetching->session), &fetch->mailbox);
	fetching->was_opened = true;
}

void far_imap_fetch_part_send(struct fetch_part *part)
{
	const struct far_fetching *fetching = part->fetching;
	bool to_sink = wants_body(fetching) && fetching->fetch.sink;
	part->sink = (struct imap_body_sink){ .context = part,
					      .begin = begin_body,
					      .write = write_body };
	send_open(part);
	part->command = imap_fetch_send(imap_of(part), &part->uids, fetching->items, see, part,
					to_sink ? &part->sink : NULL);
}

void far_imap_fetch_rest_send(struct fetch_part *part)
{
	const struct far_fetching *fetching = part->fetching;
	send_open(part);
	part->command = imap_fetch_from_send(imap_of(part), fetching->fetch.first, fetching->items,
					     see, part);
}

enum far_result far_imap_fetch_part_open(struct fetch_part *part, struct error *error)
{
	struct far_fetching *fetching = part->fetching;
	struct imap_mailbox_state now = { .messages = 0 };
	if (!part->select)
		return FAR_OK;
	int result =
		far_imap_open_finish_state(far_imap_of(fetching->session), &fetching->fetch.mailbox,
					   &part->select, &now, error);
	part->is_elsewhere = result != 0;
	fetching->is_empty = result == 0 && now.messages == 0;
	imap_mailbox_state_release(&now);
	return result == 0 ? FAR_OK : FAR_ERROR;
}

enum far_result far_imap_fetch_part_finish(struct fetch_part *part, struct error *error)
{
	switch (imap_fetch_finish(imap_of(part), &part->command, error)) {
	case IMAP_RESULT_OK:
		return FAR_OK;
	case IMAP_RESULT_REFUSED:
		return FAR_REFUSED;
	case IMAP_RESULT_ERROR:
		break;
	}
	return FAR_ERROR;
}
