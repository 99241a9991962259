/* The far side over IMAP: fetching messages (RFC 9051 section 6.4.5). One command is ahead of the
 * other: while the caller makes durable what came, the server sends the next part. One damaged
 * message fails the whole command at some servers ("NO Some messages could not be FETCHed"): then
 * the messages of its part that did not come are asked for one by one. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "far/imap_private.h"

/* Messages named in one FETCH: as text such a set is below 8 kB. */
#define PART_MESSAGES 500
/* In the first one where the newest come first: somebody waits for them. */
#define FIRST_MESSAGES 100
/* After so many messages in a row that the server refuses one by one it is not the messages. */
#define REFUSED_IN_A_ROW_MAX 10

struct fetching {
	struct far_session *session;
	const struct far_fetch *fetch;
	unsigned int items; /* IMAP_FETCH_... */
	struct imap_body_sink sink;
	struct imap_command *select; /* in one flight with a FETCH; NULL: it was done */
	bool was_opened;             /* by this fetch */
	bool is_elsewhere;           /* not the mailbox that is meant is open: nothing is taken */
	bool is_empty;               /* the mailbox was, when it was opened */
	struct uid_set left;         /* not asked for yet */
	struct uid_set alone;        /* to be asked for one by one, when nothing is left */
	struct uid_set answered;     /* in full, of the parts in flight; where it matters */
	bool has_refusal;            /* the first one that is the result */
	struct error refusal;
};

/* One FETCH in flight; COMMAND is NULL when there is none. */
struct part {
	struct uid_set uids;
	struct imap_command *command;
};

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

static bool wants_body(const struct fetching *fetching)
{
	return (fetching->fetch->items & (FAR_BODY | FAR_HEADER)) != 0;
}

/* NIL, and an empty body of a message that is not empty, come in the place of one that was expunged
 * meanwhile; the latter is Gmail's way. */
static enum far_body body_of(const struct fetching *fetching, const struct imap_fetch_data *data)
{
	if (!wants_body(fetching))
		return FAR_BODY_NONE;
	if (data->body == IMAP_BODY_REFUSED)
		return FAR_BODY_REFUSED;
	bool is_hollow = data->body_size == 0 && data->has_size && data->size > 0;
	return data->body == IMAP_BODY_RECEIVED && !is_hollow ? FAR_BODY_RECEIVED : FAR_BODY_NONE;
}

/* Whether nothing is missing that asking once more could bring. A date may be none. */
static bool is_answer(const struct fetching *fetching, const struct far_message *message)
{
	unsigned int items = fetching->fetch->items;
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

static int see(void *context, const struct imap_fetch_data *data, struct error *error)
{
	struct fetching *fetching = context;
	if (fetching->is_elsewhere)
		return 0;
	struct far_message message = far_imap_message(data);
	message.body = body_of(fetching, data);
	message.body_size = data->body_size;
	if (message.body == FAR_BODY_REFUSED)
		message.sink_error = data->sink_error;
	if (fetching->fetch->refused && is_answer(fetching, &message))
		uid_set_add(&fetching->answered, data->uid);
	return fetching->fetch->see
		       ? fetching->fetch->see(fetching->fetch->context, &message, error)
		       : 0;
}

static int begin_body(void *context, const struct imap_fetch_data *data, uint64_t size,
		      struct error *error)
{
	const struct fetching *fetching = context;
	(void)size;
	if (fetching->is_elsewhere)
		return error_set(error, ERROR_TEMPORARY, SCOPE_MESSAGE,
				 "UID %u is in another mailbox now", data->uid);
	return fetching->fetch->sink->begin(fetching->fetch->context, data->uid, error);
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	const struct fetching *fetching = context;
	return fetching->fetch->sink->write(fetching->fetch->context, bytes, length, error);
}

/* --- One command --- */

static const struct imap_body_sink *sink_of(const struct fetching *fetching)
{
	return wants_body(fetching) && fetching->fetch->sink ? &fetching->sink : NULL;
}

static struct imap_session *imap_of(const struct fetching *fetching)
{
	return far_imap_of(fetching->session)->session;
}

static void send_open(struct fetching *fetching)
{
	const struct far_fetch *fetch = fetching->fetch;
	const struct far_imap *imap = far_imap_of(fetching->session);
	if (fetch->anew && !fetching->was_opened)
		fetching->select = imap_select_send(imap->session, fetch->mailbox.name,
						    fetch->mailbox.read_only, NULL);
	else
		fetching->select = far_imap_open_send(imap, &fetch->mailbox);
	fetching->was_opened = true;
}

static struct imap_command *send_set(struct fetching *fetching, const struct uid_set *uids)
{
	send_open(fetching);
	return imap_fetch_send(imap_of(fetching), uids, fetching->items, see, fetching,
			       sink_of(fetching));
}

/* The mailbox must be the one that is meant; bodies come only after this. */
static enum far_result finish_open(struct fetching *fetching, struct error *error)
{
	struct imap_mailbox_state now = { .messages = 0 };
	if (!fetching->select)
		return FAR_OK;
	int result = far_imap_open_finish_state(far_imap_of(fetching->session),
						&fetching->fetch->mailbox, &fetching->select, &now,
						error);
	fetching->is_elsewhere = result != 0;
	fetching->is_empty = result == 0 && now.messages == 0;
	imap_mailbox_state_release(&now);
	return result == 0 ? FAR_OK : FAR_ERROR;
}

static enum far_result finish_command(struct fetching *fetching, struct imap_command **command,
				      struct error *error)
{
	switch (imap_fetch_finish(imap_of(fetching), command, error)) {
	case IMAP_RESULT_OK:
		return FAR_OK;
	case IMAP_RESULT_REFUSED:
		return FAR_REFUSED;
	case IMAP_RESULT_ERROR:
		break;
	}
	return FAR_ERROR;
}

static void note_refusal(struct fetching *fetching, const struct error *refusal)
{
	if (!fetching->has_refusal)
		fetching->refusal = *refusal;
	fetching->has_refusal = true;
}

/* A part, or a single message, is over: its last byte was read. */
static enum far_result pause_after(const struct fetching *fetching, struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	return fetch->pause && fetch->pause(fetch->context, false, error) != 0 ? FAR_ERROR : FAR_OK;
}

/* After the first FETCH that failed; those behind it fail with it. */
static void tell_end(const struct fetching *fetching, const struct uid_set *asked,
		     const struct error *reason)
{
	const struct far_fetch *fetch = fetching->fetch;
	if (fetch->ended && !far_is_alive(fetching->session))
		fetch->ended(fetch->context, asked, reason);
}

/* --- What is here already --- */

/* Whether what was fetched ahead is all that is wanted of it. */
static bool may_be_here(const struct fetching *fetching)
{
	const unsigned int known = FAR_FLAGS | FAR_DATE | FAR_SIZE | FAR_OBJECT | FAR_BODY;
	unsigned int items = fetching->fetch->items;
	return (items & FAR_BODY) && (items & ~known) == 0 && fetching->fetch->sink &&
	       fetching->fetch->see;
}

/* As if it came from the server now. */
static int give(const struct fetching *fetching, const struct far_imap_early *early,
		struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	struct far_message message = { .uid = early->uid,
				       .flags = &early->flags,
				       .has_date = early->has_date,
				       .has_size = early->has_size,
				       .date = early->date,
				       .size = early->size,
				       .object = early->object,
				       .body = FAR_BODY_RECEIVED,
				       .body_size = early->body.length };
	if (fetch->sink->begin(fetch->context, early->uid, &message.sink_error) != 0 ||
	    fetch->sink->write(fetch->context, early->body.bytes, early->body.length,
			       &message.sink_error) != 0)
		message.body = FAR_BODY_REFUSED;
	return fetch->see(fetch->context, &message, error);
}

static enum far_result give_part(struct fetching *fetching, struct uid_set *part,
				 struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	struct far_imap *imap = far_imap_of(fetching->session);
	if (fetch->before && fetch->before(fetch->context, part, error) != 0)
		return FAR_ERROR;
	for (uint32_t uid = 0; uid_set_next(part, &uid);) {
		struct far_imap_early *early = far_imap_ahead_find(imap, &fetch->mailbox, uid);
		int result = early ? give(fetching, early, error) : 0;
		if (early)
			far_imap_early_release(early);
		if (result != 0)
			return FAR_ERROR;
	}
	return pause_after(fetching, error);
}

static enum far_result give_what_is_here(struct fetching *fetching, struct error *error)
{
	struct far_imap *imap = far_imap_of(fetching->session);
	struct uid_set part = UID_SET_INITIAL;
	for (size_t i = 0; may_be_here(fetching) && i < imap->ahead.count; i++) {
		uint32_t uid = imap->ahead.items[i].uid;
		if (uid != 0 && uid_set_contains(&fetching->left, uid) &&
		    far_imap_ahead_find(imap, &fetching->fetch->mailbox, uid))
			uid_set_add(&part, uid);
	}
	uid_set_remove_set(&fetching->left, &part);
	enum far_result result =
		uid_set_is_empty(&part) ? FAR_OK : give_part(fetching, &part, error);
	uid_set_release(&part);
	return result;
}

/* --- In parts --- */

static bool take_part(struct fetching *fetching, struct uid_set *uids)
{
	if (!fetching->fetch->newest_first)
		return uid_set_take_first(&fetching->left, PART_MESSAGES, uids);
	uint32_t count = fetching->was_opened ? PART_MESSAGES : FIRST_MESSAGES;
	return uid_set_take_last(&fetching->left, count, uids);
}

/* FAR_OK also when nothing is left: then no command is there. */
static enum far_result send_part(struct fetching *fetching, struct part *part, struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	while (take_part(fetching, &part->uids)) {
		if (fetch->before && fetch->before(fetch->context, &part->uids, error) != 0)
			return FAR_ERROR;
		if (uid_set_is_empty(&part->uids))
			continue;
		part->command = send_set(fetching, &part->uids);
		break;
	}
	return FAR_OK;
}

static enum far_result take_refusal(struct fetching *fetching, const struct part *part,
				    const struct error *refusal)
{
	if (far_wants_pause(refusal))
		return FAR_REFUSED;
	if (fetching->fetch->refused) {
		uid_set_add_set(&fetching->alone, &part->uids);
		uid_set_remove_set(&fetching->alone, &fetching->answered);
	} else {
		note_refusal(fetching, refusal);
	}
	return FAR_OK;
}

static enum far_result finish_part(struct fetching *fetching, struct part *part,
				   struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	enum far_result result = finish_command(fetching, &part->command, &refusal);
	if (result == FAR_ERROR) {
		tell_end(fetching, &part->uids, &refusal);
	} else {
		if (pause_after(fetching, error) != FAR_OK)
			return FAR_ERROR;
		if (result == FAR_REFUSED)
			result = take_refusal(fetching, part, &refusal);
		uid_set_remove_set(&fetching->answered, &part->uids);
	}
	if (result != FAR_OK)
		*error = refusal;
	return result;
}

static enum far_result fetch_parts(struct fetching *fetching, struct error *error)
{
	struct part part = { .command = NULL };
	struct part next = { .command = NULL };
	enum far_result result = send_part(fetching, &part, error);
	while (part.command) {
		struct error later = ERROR_INITIAL; /* what follows a failure is not told */
		enum far_result opened = finish_open(fetching, result == FAR_OK ? error : &later);
		if (result == FAR_OK)
			result = opened;
		if (result == FAR_OK)
			result = send_part(fetching, &next, error);
		if (result == FAR_OK)
			result = finish_part(fetching, &part, error);
		else
			(void)finish_command(fetching, &part.command, &later);
		struct part swap = part;
		part = next;
		next = swap;
	}
	uid_set_release(&part.uids);
	uid_set_release(&next.uids);
	return result;
}

/* --- One by one --- */

static enum far_result fetch_one(struct fetching *fetching, uint32_t uid, struct error *error)
{
	struct uid_set one = UID_SET_INITIAL;
	struct error later = ERROR_INITIAL;
	uid_set_add(&one, uid);
	struct imap_command *command = send_set(fetching, &one);
	enum far_result opened = finish_open(fetching, error);
	enum far_result result =
		finish_command(fetching, &command, opened == FAR_OK ? error : &later);
	if (opened != FAR_OK)
		result = opened;
	else if (result == FAR_ERROR)
		tell_end(fetching, &one, error);
	uid_set_release(&one);
	return result;
}

static enum far_result fetch_alone(struct fetching *fetching, struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	unsigned int in_a_row = 0;
	for (uint32_t uid = 0; uid_set_next(&fetching->alone, &uid);) {
		struct error refusal = ERROR_INITIAL;
		enum far_result result = fetch_one(fetching, uid, &refusal);
		if (result != FAR_ERROR && pause_after(fetching, error) != FAR_OK)
			return FAR_ERROR;
		in_a_row = result == FAR_REFUSED ? in_a_row + 1 : 0;
		if (result == FAR_OK)
			continue;
		if (result == FAR_ERROR || far_wants_pause(&refusal) ||
		    in_a_row > REFUSED_IN_A_ROW_MAX) {
			*error = refusal;
			if (result == FAR_REFUSED)
				(void)error_widen(error, SCOPE_FOLDER);
			return result;
		}
		if (!fetch->refused)
			note_refusal(fetching, &refusal);
		else if (fetch->refused(fetch->context, uid, &refusal, error) != 0)
			return FAR_ERROR;
	}
	return FAR_OK;
}

/* --- The whole --- */

static enum far_result fetch_set(struct fetching *fetching, struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	uid_set_add_set(&fetching->left, fetch->uids);
	if (fetch->singly) {
		uid_set_add_set(&fetching->alone, fetch->singly);
		uid_set_keep_only(&fetching->alone, fetch->uids);
		uid_set_remove_set(&fetching->left, &fetching->alone);
	}
	enum far_result result = give_what_is_here(fetching, error);
	if (result == FAR_OK)
		result = fetch_parts(fetching, error);
	return result == FAR_OK ? fetch_alone(fetching, error) : result;
}

/* Some servers refuse to list what an empty mailbox holds. */
static enum far_result fetch_rest(struct fetching *fetching, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	send_open(fetching);
	struct imap_command *command = imap_fetch_from_send(
		imap_of(fetching), fetching->fetch->first, fetching->items, see, fetching);
	enum far_result opened = finish_open(fetching, error);
	enum far_result result = finish_command(fetching, &command, &refusal);
	if (opened != FAR_OK)
		return opened;
	if (result == FAR_OK || (result == FAR_REFUSED && fetching->is_empty))
		return FAR_OK;
	*error = refusal;
	return result;
}

/* The first reason is the one that is told. */
static enum far_result end(const struct fetching *fetching, enum far_result result,
			   struct error *error)
{
	const struct far_fetch *fetch = fetching->fetch;
	struct error later = ERROR_INITIAL;
	if (result == FAR_OK && fetching->has_refusal) {
		*error = fetching->refusal;
		result = FAR_REFUSED;
	}
	if (fetch->pause &&
	    fetch->pause(fetch->context, true, result == FAR_OK ? error : &later) != 0 &&
	    result == FAR_OK)
		result = FAR_ERROR;
	return result;
}

enum far_result far_imap_fetch(struct far_session *session, const struct far_fetch *fetch,
			       struct error *error)
{
	struct fetching fetching = { .session = session,
				     .fetch = fetch,
				     .items = far_imap_items(far_imap_of(session), fetch->items) };
	fetching.sink = (struct imap_body_sink){ .context = &fetching,
						 .begin = begin_body,
						 .write = write_body };
	enum far_result result =
		fetch->uids ? fetch_set(&fetching, error) : fetch_rest(&fetching, error);
	result = end(&fetching, result, error);
	uid_set_release(&fetching.left);
	uid_set_release(&fetching.alone);
	uid_set_release(&fetching.answered);
	return result;
}
