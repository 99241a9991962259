/* The far side over IMAP: a batch of messages as few APPENDs in one flight.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "far/imap_private.h"

/* With MULTIAPPEND one command carries up to so many messages. Its cost on the server (a lock, a
 * commit) is then little beside theirs; and when it is refused or breaks off, which makes all of
 * them void, not much was sent in vain. It costs no round trip: the next one does not wait for it.
 */
#define COMMAND_MESSAGES 500
#define COMMAND_BYTES (4u * 1024 * 1024)
/* A larger one goes by itself: it is the likeliest to be refused, and gains little from others. */
#define SHARED_BYTES (1024u * 1024)
/* A message from this size on asks before it is sent, when the server does not say how much it
 * takes (RFC 7889 section 4): then a round trip is little beside it. */
#define ASKING_BYTES (4u * 1024 * 1024)
/* Bytes of messages that may be unanswered at a time: enough to fill any pipe, and little enough
 * that a full quota is not found out after a gigabyte. */
#define UNANSWERED_BYTES (8u * 1024 * 1024)

struct append {
	struct far_append base;
	struct far_imap *imap;
	char *name; /* of the mailbox */
	uint32_t uidvalidity;
	const struct keyword_table *keywords;
	uint64_t limit;          /* bytes of the largest message that the server takes */
	uint32_t from_uid;       /* what arrives has this UID or a higher one */
	struct uid_set assigned; /* UIDs that messages sent by this are known to have */

	/* What the server taught us. */
	bool tells_wrong_uids; /* in APPENDUID, which is not looked at any more */
	bool one_by_one;       /* it refuses several at once for no message's sake */
	bool stopped;          /* it takes nothing more in this mailbox */
	bool replaces_none;    /* it refused a REPLACE */
	bool told_refusal;     /* a refusal that is about more than one message was told */
};

/* What the wire knows of one message of a batch. */
struct item {
	uint64_t size;
	size_t sending; /* that it is part of, while it is under way */
	bool alone;     /* a command with others was refused: it goes by itself now */
	bool replaces;  /* it was to take the place of another */
};

/* One APPEND of one message or several. */
struct sending {
	struct imap_command *command; /* NULL: finished */
	size_t first, last;           /* those that are part of it are among these of the batch */
	size_t count;                 /* how many they are */
	uint64_t bytes;
	bool single;   /* no other message joins it */
	bool replaces; /* a REPLACE */
};

struct batch {
	struct append *append;
	const struct far_sender *sender;
	struct far_outgoing *messages;
	struct item *items;
	size_t count;

	/* Its commands, in the order sent. */
	struct sending *sendings;
	size_t sending_count, sending_capacity;
	size_t finished;           /* the first so many of them */
	bool is_open;              /* messages can join the last of them */
	uint64_t bytes_unanswered; /* of messages */
	bool failed;               /* and then failure is why */
	struct error failure;
};

static struct append *append_of(struct far_append *append)
{
	return (struct append *)append;
}

static bool can(const struct batch *batch, enum imap_capability capability)
{
	return imap_session_has(batch->append->imap->session, capability);
}

/* What is yet to come has higher UIDs than what came. */
static uint32_t uid_after_assigned(const struct append *append)
{
	const struct uid_set *assigned = &append->assigned;
	uint32_t highest = assigned->count > 0 ? assigned->ranges[assigned->count - 1].last : 0;
	return highest >= append->from_uid && highest < UINT32_MAX ? highest + 1 : append->from_uid;
}

/* --- Answers --- */

static bool is_part(const struct batch *batch, size_t sending, size_t i)
{
	return batch->messages[i].state == FAR_SENT_UNDER_WAY && batch->items[i].sending == sending;
}

/* APPENDUID is believed only when it can be true: right UIDVALIDITY, new UIDs, each higher than
 * those of the messages that were sent before (RFC 9051 section 2.3.1.1: ascending). */
static bool can_be_true(struct append *append, const struct imap_appended *appended)
{
	uint32_t first = 0;
	if (append->tells_wrong_uids || !uid_set_next(&appended->uids, &first) ||
	    appended->uidvalidity != append->uidvalidity || first < append->from_uid)
		return false;
	append->tells_wrong_uids = first < uid_after_assigned(append);
	return !append->tells_wrong_uids;
}

/* UIDs out of order may be those of each other's messages: what was told of this batch is not
 * passed on. */
static void distrust(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		uint32_t uid = batch->messages[i].uid;
		if (uid != 0)
			uid_set_remove_range(&batch->append->assigned, uid, uid);
		batch->messages[i].uid = 0;
	}
}

static void take_stored(struct batch *batch, size_t number, const struct imap_appended *appended)
{
	const struct sending *sending = &batch->sendings[number];
	bool has_uids = can_be_true(batch->append, appended);
	uint32_t uid = 0;
	if (batch->append->tells_wrong_uids)
		distrust(batch);
	for (size_t i = sending->first; i <= sending->last; i++) {
		struct far_outgoing *message = &batch->messages[i];
		if (!is_part(batch, number, i))
			continue;
		message->state = FAR_SENT_STORED;
		message->replaced = sending->replaces;
		if (has_uids && uid_set_next(&appended->uids, &uid))
			message->uid = uid;
		batch->sender->stored(batch->sender->context, i);
	}
	if (has_uids)
		uid_set_add_set(&batch->append->assigned, &appended->uids);
}

/* A reason that is about all of them is told once. */
static void refuse(struct batch *batch, size_t i, const struct error *reason)
{
	bool is_known = reason->scope >= SCOPE_FOLDER && batch->append->told_refusal;
	batch->messages[i].state = FAR_SENT_REFUSED;
	if (reason->scope >= SCOPE_FOLDER)
		batch->append->told_refusal = true;
	batch->sender->refused(batch->sender->context, i, is_known ? NULL : reason);
}

/* No message would be taken: there is no right to, or no such mailbox. */
static bool is_hopeless(const struct error *refusal)
{
	return refusal->kind == ERROR_FAILED && refusal->scope >= SCOPE_FOLDER;
}

/* Several messages were refused together, so none of them is stored (RFC 3502 section 6.3.11): one
 * may be the reason, so each is tried by itself. The reason of a refused REPLACE may be the old
 * message, so the new one is tried without it. */
static void take_refused(struct batch *batch, size_t number, const struct error *refusal)
{
	const struct sending *sending = &batch->sendings[number];
	bool goes_again = !far_wants_pause(refusal) &&
			  (sending->replaces || (sending->count > 1 && !is_hopeless(refusal)));
	for (size_t i = sending->first; i <= sending->last; i++) {
		if (!is_part(batch, number, i))
			continue;
		if (goes_again) {
			batch->messages[i].state = FAR_SENT_WAITS;
			batch->items[i].alone = true;
		} else if (far_wants_pause(refusal)) {
			batch->messages[i].state = FAR_SENT_REFUSED;
		} else {
			refuse(batch, i, refusal);
		}
	}
	if (sending->replaces)
		batch->append->replaces_none = true;
	else
		batch->append->stopped = batch->append->stopped || is_hopeless(refusal);
}

static void fail(struct batch *batch, const struct error *failure)
{
	if (!batch->failed)
		batch->failure = *failure;
	batch->failed = true;
}

static void finish_oldest(struct batch *batch)
{
	size_t number = batch->finished++;
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;
	switch (imap_append_finish(batch->append->imap->session, &batch->sendings[number].command,
				   &appended, &error)) {
	case IMAP_RESULT_OK:
		take_stored(batch, number, &appended);
		break;
	case IMAP_RESULT_REFUSED:
		if (far_wants_pause(&error))
			fail(batch, &error);
		take_refused(batch, number, &error);
		break;
	case IMAP_RESULT_ERROR:
		fail(batch, &error);
		break;
	}
	imap_appended_release(&appended);
	batch->bytes_unanswered -= batch->sendings[number].bytes;
}

/* --- Commands --- */

static struct sending *last_sending(const struct batch *batch)
{
	return &batch->sendings[batch->sending_count - 1];
}

static void end_sending(struct batch *batch)
{
	if (batch->is_open)
		imap_append_end(last_sending(batch)->command);
	batch->is_open = false;
}

static bool can_join(const struct sending *sending, bool single, uint64_t size)
{
	if (sending->count == 0)
		return true;
	return !single && !sending->single && sending->count < COMMAND_MESSAGES &&
	       sending->bytes + size <= COMMAND_BYTES;
}

/* An APPEND names its mailbox; a REPLACE is about the one that is open. */
static int open_mailbox(const struct batch *batch, struct error *error)
{
	const struct far_mailbox mailbox = { .name = batch->append->name,
					     .uidvalidity = batch->append->uidvalidity };
	return far_imap_open(batch->append->imap, &mailbox, error);
}

/* The old message that goes in the same step; 0: none. */
static uint32_t in_place_of(const struct batch *batch, size_t i, const struct far_source *source)
{
	bool refused = batch->append->replaces_none || batch->items[i].alone;
	return refused || !can(batch, IMAP_CAPABILITY_REPLACE) ? 0 : source->in_place_of;
}

static void begin_sending(struct batch *batch, uint32_t old)
{
	struct imap_session *session = batch->append->imap->session;
	const char *name = batch->append->name;
	memory_grow((void **)&batch->sendings, &batch->sending_capacity, batch->sending_count + 1,
		    sizeof *batch->sendings);
	batch->sendings[batch->sending_count++] =
		(struct sending){ .command = old != 0 ? imap_replace_begin(session, name, old)
						      : imap_append_begin(session, name),
				  .replaces = old != 0 };
	batch->is_open = true;
}

/* The command for a message of SIZE bytes; NULL: there cannot be one. */
static struct sending *need_sending(struct batch *batch, bool single, uint32_t old, uint64_t size)
{
	struct error error = ERROR_INITIAL;
	if (batch->is_open && !can_join(last_sending(batch), single, size))
		end_sending(batch);
	if (!batch->is_open) {
		while (batch->finished < batch->sending_count &&
		       batch->bytes_unanswered + size > UNANSWERED_BYTES)
			finish_oldest(batch);
		if (old != 0 && open_mailbox(batch, &error) != 0) {
			fail(batch, &error);
			return NULL;
		}
		begin_sending(batch, old);
	}
	last_sending(batch)->single = single;
	return last_sending(batch);
}

/* An empty literal would cancel the command (RFC 3502 section 6.3.11), NUL makes many servers
 * refuse it. */
static bool may_share(const struct batch *batch, size_t i, const struct far_source *source)
{
	return can(batch, IMAP_CAPABILITY_MULTIAPPEND) && !batch->append->one_by_one &&
	       !batch->items[i].alone && !source->has_nul && in_place_of(batch, i, source) == 0 &&
	       source->size > 0 && source->size <= SHARED_BYTES;
}

/* --- Messages --- */

static void add_to_sending(struct batch *batch, size_t i, const struct far_source *source)
{
	struct sending *sending = need_sending(batch, !may_share(batch, i, source),
					       in_place_of(batch, i, source), source->size);
	const struct imap_append message = {
		.flags = source->flags,
		.keywords = batch->append->keywords,
		.internaldate = source->date,
		.size = source->size,
		.binary = source->has_nul && can(batch, IMAP_CAPABILITY_BINARY),
		.asks = source->size > ASKING_BYTES && batch->append->limit == UINT64_MAX,
		.read = source->read,
		.context = source->context
	};
	struct error error = ERROR_INITIAL;
	if (!sending)
		return;
	enum imap_result added = imap_append_add(sending->command, &message, &error);
	if (added == IMAP_RESULT_REFUSED) {
		refuse(batch, i, &error);
		return;
	}
	batch->messages[i].state = FAR_SENT_UNDER_WAY;
	batch->items[i].sending = batch->sending_count - 1;
	if (sending->count++ == 0)
		sending->first = i;
	sending->last = i;
	sending->bytes += source->size;
	batch->bytes_unanswered += source->size;
	if (added == IMAP_RESULT_ERROR)
		end_sending(batch); /* its finish tells why */
}

static void refuse_too_large(struct batch *batch, size_t i, uint64_t size)
{
	uint64_t limit = batch->append->limit;
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"it was not sent, because it has %llu %s and the server takes messages "
			"of up to %llu %s here",
			(unsigned long long)size, text_plural(size, "byte", "bytes"),
			(unsigned long long)limit, text_plural(limit, "byte", "bytes"));
	refuse(batch, i, &error);
}

static void send_message(struct batch *batch, size_t i)
{
	const struct far_sender *sender = batch->sender;
	struct far_source source = { .size = 0 };
	if (sender->open(sender->context, i, &source) == 0) {
		batch->messages[i].state = FAR_SENT_REFUSED;
		return;
	}
	batch->items[i].replaces = source.in_place_of != 0;
	if (source.size > batch->append->limit)
		refuse_too_large(batch, i, source.size);
	else
		add_to_sending(batch, i, &source);
	sender->close(sender->context, i);
}

/* --- The batch --- */

/* Sends all that wait, and finishes everything, also after a failure. */
static void send_waiting(struct batch *batch)
{
	batch->sending_count = batch->finished = 0;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->failed || batch->append->stopped ||
		    !imap_session_is_alive(batch->append->imap->session))
			break;
		if (batch->messages[i].state == FAR_SENT_WAITS)
			send_message(batch, i);
	}
	end_sending(batch);
	while (batch->finished < batch->sending_count)
		finish_oldest(batch);
}

/* How the messages fared that had been refused together. */
static void learn(struct batch *batch)
{
	size_t alone = 0;
	size_t stored = 0;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].replaces || !batch->items[i].alone)
			continue;
		alone++;
		stored += batch->messages[i].state == FAR_SENT_STORED;
	}
	/* None of them was the reason, or all were, as with a quota. */
	if (alone > 0 && (stored == alone || stored == 0))
		batch->append->one_by_one = true;
}

static bool nothing_was_stored(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->messages[i].state == FAR_SENT_STORED)
			return false;
	}
	return true;
}

int far_imap_append_batch(struct far_append *append, const struct far_sender *sender,
			  struct far_outgoing *messages, size_t count, bool *stopped_r,
			  struct error *error)
{
	struct batch batch = { .append = append_of(append),
			       .sender = sender,
			       .messages = messages,
			       .items = memory_array(count, sizeof(struct item)),
			       .count = count };
	send_waiting(&batch);
	if (!batch.failed && !batch.append->stopped) {
		send_waiting(&batch);
		learn(&batch);
	}
	/* A refusal that is about more than a message, and nothing got through. */
	if (batch.append->told_refusal && nothing_was_stored(&batch))
		batch.append->stopped = true;
	*stopped_r = batch.append->stopped;
	free(batch.items);
	free(batch.sendings);
	if (!batch.failed)
		return 0;
	*error = batch.failure;
	return -1;
}

/* --- The whole --- */

int far_imap_append_begin(struct far_session *session, const struct far_mailbox *mailbox,
			  uint32_t from_uid, const struct keyword_table *keywords,
			  struct far_append **append_r, struct error *error)
{
	struct far_imap *imap = far_imap_of(session);
	uint64_t limit;
	*append_r = NULL;
	if (imap_append_limit(imap->session, mailbox->name, &limit, error) != 0)
		return -1;
	struct append *append = memory_allocate(sizeof *append);
	append->base.session = session;
	append->imap = imap;
	append->name = memory_text(mailbox->name);
	append->uidvalidity = mailbox->uidvalidity;
	append->keywords = keywords;
	append->limit = limit;
	append->from_uid = from_uid;
	*append_r = &append->base;
	return 0;
}

void far_imap_append_learn(struct far_append *append, uint32_t uid)
{
	uid_set_add(&append_of(append)->assigned, uid);
}

uint32_t far_imap_append_next_uid(const struct far_append *append)
{
	return uid_after_assigned((const struct append *)append);
}

void far_imap_append_end(struct far_append *base)
{
	struct append *append = append_of(base);
	uid_set_release(&append->assigned);
	free(append->name);
	free(append);
}
