/* UID FETCH (RFC 9051 sections 6.4.5, 6.4.9, 7.5.2). SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "imap/command.h"
#include "imap/commands.h"
#include "mail/identity.h"
#include "mail/uid_collection.h"

/* One FETCH command until it is finished. */
struct fetch_task {
	struct uid_set set; /* what may be seen */
	unsigned int items;
	imap_fetch_function *see;
	void *context;
	const struct imap_body_sink *sink; /* the caller's */
	struct imap_body_sink guarded_sink;

	uint64_t changed_since; /* modseq; 0: all */

	/* For listings: whether everything came. */
	uint32_t first; /* 0: not a listing */
	/* Sequence numbers, or UIDs where the server tells only these (RFC 9586); into the sets at
	 * the end. */
	struct uid_collection coming;
	struct uid_collection coming_without_uid;
	struct uid_set sequences;
	struct uid_set sequences_without_uid;
	bool has_no_sequences;
	uint32_t ascending_count; /* UIDs that were higher than all before them */
	uint32_t highest_uid;
};

/* A listing is of every message from a UID on; a message that is missing in it will be taken for
 * one that was removed. Sequence numbers tell whether one is missing: they have no holes. */

static void note_listed(struct fetch_task *task, const struct imap_fetch_data *fetch)
{
	task->has_no_sequences = task->has_no_sequences || fetch->sequence == 0;
	(void)uid_collection_add(&task->coming,
				 fetch->sequence != 0 ? fetch->sequence : fetch->uid);
	if (fetch->uid > task->highest_uid) {
		task->highest_uid = fetch->uid;
		task->ascending_count++;
	}
}

#define OBJECT_ITEMS (IMAP_FETCH_EMAILID | IMAP_FETCH_X_GM_MSGID)
#define HEADER_ITEMS (IMAP_FETCH_IDENTITY | IMAP_FETCH_ADDED)
/* Items that come to the sink. */
#define TO_SINK (IMAP_FETCH_BODY | IMAP_FETCH_HEADER | IMAP_FETCH_START)

/* Whether the response can be the answer to what was asked for, not only some news. A date may be
 * missing because it was none: some servers send days that do not exist. */
static bool holds_what_was_asked(const struct fetch_task *task, const struct imap_fetch_data *fetch)
{
	return (!(task->items & IMAP_FETCH_FLAGS) || fetch->has_flags) &&
	       (!(task->items & IMAP_FETCH_SIZE) || fetch->has_size) &&
	       (!(task->items & HEADER_ITEMS) || fetch->has_header) &&
	       (!(task->items & TO_SINK) || fetch->body != IMAP_BODY_NONE);
}

static bool holds_anything_asked(const struct fetch_task *task, const struct imap_fetch_data *fetch)
{
	return task->items == 0 || ((task->items & IMAP_FETCH_FLAGS) && fetch->has_flags) ||
	       ((task->items & IMAP_FETCH_INTERNALDATE) && fetch->has_internaldate) ||
	       ((task->items & IMAP_FETCH_SIZE) && fetch->has_size) ||
	       ((task->items & HEADER_ITEMS) && fetch->has_header) ||
	       ((task->items & OBJECT_ITEMS) && object_id_is_known(&fetch->object)) ||
	       ((task->items & TO_SINK) && fetch->body != IMAP_BODY_NONE);
}

static int take_fetch(struct fetch_task *task, const struct imap_fetch_data *fetch,
		      struct error *error)
{
	if (fetch->uid == 0) {
		if (holds_what_was_asked(task, fetch) && fetch->sequence != 0)
			(void)uid_collection_add(&task->coming_without_uid, fetch->sequence);
		return 0;
	}
	if (task->first != 0 && holds_what_was_asked(task, fetch))
		note_listed(task, fetch);
	if (!uid_set_contains(&task->set, fetch->uid) || !holds_anything_asked(task, fetch))
		return 0;
	return task->see(task->context, fetch, error);
}

/* Without UID it may be anybody's; then it is the oldest's. A body is for one who asked for it. */
static bool wants(void *context, const struct imap_fetch_data *fetch)
{
	const struct fetch_task *task = context;

	return fetch->uid != 0 && uid_set_contains(&task->set, fetch->uid) &&
	       (!fetch->brings_body || (task->items & TO_SINK) != 0);
}

static int take_fetch_reply(void *context, const struct imap_response *response,
			    struct error *error)
{
	if (response->type != IMAP_RESPONSE_FETCH)
		return 0;
	return take_fetch(context, &response->fetch, error);
}

/* A body that belongs to another command, or was never asked for, is skipped. */
static int begin_requested_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
				struct error *error)
{
	const struct fetch_task *task = context;

	if (fetch->uid != 0 && !uid_set_contains(&task->set, fetch->uid))
		return error_set(error, ERROR_FAILED, SCOPE_MESSAGE,
				 "the server sent the message with UID %" PRIu32
				 ", which was not requested",
				 fetch->uid);
	/* A header that were taken for the message would lose the rest of it. */
	if (fetch->body_is_header != ((task->items & IMAP_FETCH_HEADER) != 0))
		return error_set(
			error, ERROR_FAILED, SCOPE_MESSAGE,
			"the server sent another part of a message than the requested one");
	return task->sink->begin(task->sink->context, fetch, size, error);
}

static int write_requested_body(void *context, const void *bytes, size_t length,
				struct error *error)
{
	const struct fetch_task *task = context;

	return task->sink->write(task->sink->context, bytes, length, error);
}

static void release_fetch(void *data)
{
	struct fetch_task *task = data;

	uid_set_release(&task->set);
	uid_collection_release(&task->coming);
	uid_collection_release(&task->coming_without_uid);
	uid_set_release(&task->sequences);
	uid_set_release(&task->sequences_without_uid);
	free(task);
}

/* UID comes first, so that a body that follows is known by it in most servers' answers. PEEK: our
 * reading is not the user's (RFC 9051 section 6.4.5). */
static void add_items(struct imap_command *command, unsigned int items)
{
	imap_command_add(command, " (UID");
	if (items & IMAP_FETCH_FLAGS)
		imap_command_add(command, " FLAGS");
	if (items & IMAP_FETCH_INTERNALDATE)
		imap_command_add(command, " INTERNALDATE");
	if (items & IMAP_FETCH_SIZE)
		imap_command_add(command, " RFC822.SIZE");
	if (items & IMAP_FETCH_EMAILID)
		imap_command_add(command, " EMAILID");
	if (items & IMAP_FETCH_X_GM_MSGID)
		imap_command_add(command, " X-GM-MSGID");
	if (items & IMAP_FETCH_IDENTITY)
		imap_command_add(command, " BODY.PEEK[HEADER.FIELDS (" IDENTITY_HEADER_FIELDS ")]");
	if (items & IMAP_FETCH_ADDED)
		imap_command_add(command, " BODY.PEEK[HEADER.FIELDS (" IDENTITY_ADDED_FIELDS ")]");
	if (items & IMAP_FETCH_BODY)
		imap_command_add(command, " BODY.PEEK[]");
	if (items & IMAP_FETCH_HEADER)
		imap_command_add(command, " BODY.PEEK[HEADER]");
	if (items & IMAP_FETCH_START)
		imap_command_add_format(command, " BODY.PEEK[]<0.%u>", IMAP_FETCH_START_BYTES);
	imap_command_add(command, ")");
}

static const struct imap_command_kind fetch_kind = { .about = IMAP_ABOUT_SELECTED, .wants = wants };

static struct imap_command *send_fetch(struct imap_session *session, struct fetch_task *task,
				       const char *set)
{
	struct imap_command *command = imap_command_create_kind(session, &fetch_kind, "UID FETCH ");
	char *name = imap_show_selected(session);

	imap_command_add(command, set);
	add_items(command, task->items);
	if (task->changed_since != 0)
		imap_command_add_format(command, " (CHANGEDSINCE %" PRIu64 ")",
					task->changed_since);
	imap_command_set_purpose(command,
				 task->first != 0 || task->changed_since != 0 ? SCOPE_FOLDER
									      : SCOPE_MESSAGE,
				 "return messages of %s", name);
	free(name);
	imap_command_set_data(command, task, release_fetch);
	command->handler.context = task;
	command->handler.untagged = take_fetch_reply;
	if (task->sink != NULL) {
		task->guarded_sink.context = task;
		task->guarded_sink.begin = begin_requested_body;
		task->guarded_sink.write = write_requested_body;
		command->handler.sink = &task->guarded_sink;
	}
	imap_command_send(command);
	return command;
}

static struct fetch_task *create_task(unsigned int items, imap_fetch_function *see, void *context)
{
	struct fetch_task *task = memory_allocate(sizeof *task);

	task->items = items;
	task->see = see;
	task->context = context;
	return task;
}

struct imap_command *imap_fetch_send(struct imap_session *session, const struct uid_set *set,
				     unsigned int items, imap_fetch_function *see, void *context,
				     const struct imap_body_sink *sink)
{
	struct fetch_task *task = create_task(items, see, context);
	struct buffer text = BUFFER_INITIAL;
	struct imap_command *command;

	uid_set_add_set(&task->set, set);
	task->sink = sink;
	uid_set_format(set, &text);
	command = send_fetch(session, task, buffer_text(&text));
	buffer_release(&text);
	return command;
}

struct imap_command *imap_fetch_from_send(struct imap_session *session, uint32_t first,
					  unsigned int items, imap_fetch_function *see,
					  void *context)
{
	struct fetch_task *task = create_task(items, see, context);
	struct imap_command *command;
	char *text;

	task->first = first > 0 ? first : 1;
	uid_set_add_range(&task->set, task->first, UINT32_MAX);
	text = memory_format("%" PRIu32 ":*", task->first);
	command = send_fetch(session, task, text);
	free(text);
	return command;
}

struct imap_command *imap_fetch_changed_send(struct imap_session *session, uint64_t modseq,
					     imap_fetch_function *see, void *context)
{
	struct fetch_task *task = create_task(IMAP_FETCH_FLAGS, see, context);

	task->changed_since = modseq;
	uid_set_add_range(&task->set, 1, UINT32_MAX);
	return send_fetch(session, task, "1:*");
}

/* Whether the answers to a listing have no hole. Asked for everything, there are as many as the
 * mailbox never had less than meanwhile; asked for the end of it, they are its end (RFC 9051: with
 * "*" the last message is always among them, but some servers then send none). */
static bool has_no_hole(const struct fetch_task *task, const struct imap_command *command)
{
	const struct uid_set *sequences = &task->sequences;
	uint32_t messages = command->least_messages;

	if (!command->selection->messages_known)
		return true;
	if (task->first == 1)
		return uid_set_size(sequences) >= messages || task->ascending_count >= messages;
	/* Without numbers a hole shows nowhere. */
	if (sequences->count == 0 || task->has_no_sequences || command->expunged > 0)
		return true;
	return sequences->ranges[0].last >= messages; /* a hole would end the first range */
}

/* Answers without UID that a later or earlier one with UID does not make up for. */
static bool lacks_uids(const struct fetch_task *task, const struct imap_command *command)
{
	struct uid_set missing = UID_SET_INITIAL;
	bool lacks;

	/* News about flags may lack the UID, a message may not. */
	if (task->changed_since != 0)
		return !uid_set_is_empty(&task->sequences_without_uid);
	if (task->first == 0 && (task->items & ~(unsigned int)IMAP_FETCH_FLAGS) == 0)
		return false;
	if (task->first == 0 || command->expunged > 0)
		return !uid_set_is_empty(&task->sequences_without_uid);
	uid_set_add_set(&missing, &task->sequences_without_uid);
	uid_set_remove_set(&missing, &task->sequences);
	lacks = !uid_set_is_empty(&missing);
	uid_set_release(&missing);
	return lacks;
}

static enum imap_result incomplete(const struct imap_command *command, const char *why,
				   struct error *error)
{
	char *name = imap_show_mailbox(command->session, command->selection->mailbox);

	(void)error_set(error, ERROR_FAILED, command->refusal_scope, /* always -1 */
			"the server did not return all requested messages of “%s”: %s", name, why);
	free(name);
	return IMAP_RESULT_REFUSED;
}

enum imap_result imap_fetch_finish(struct imap_session *session, struct imap_command **command,
				   struct error *error)
{
	struct fetch_task *task = (*command)->data;
	enum imap_result result;

	(void)session; /* the command knows it */
	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	uid_collection_move(&task->coming, &task->sequences);
	uid_collection_move(&task->coming_without_uid, &task->sequences_without_uid);
	if (result == IMAP_RESULT_OK) {
		if ((*command)->malformed > 0)
			result = incomplete(*command, "it sent an invalid response", error);
		else if (lacks_uids(task, *command))
			result = incomplete(*command, "it sent a response without UID", error);
		else if (task->first != 0 && !has_no_hole(task, *command))
			result =
				incomplete(*command, "it listed fewer than the mailbox has", error);
	}
	imap_command_destroy(command);
	return result;
}
