/* Apply: a batch of new messages that lie in tmp/ is recorded and put in place.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/download_batch.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "maildir/name.h"
#include "sync/apply/journal.h"
#include "sync/apply/letters.h"
#include "sync/folder.h"
#include "sync/observe/outside.h"
#include "sync/observe/watch.h"
#include "sync/report.h"

/* When more than so many fail, and none does not, it is not the messages. */
#define FAILED_ALL_MAX 10

/* Mail that nobody has read goes to new/, as a delivery would bring it; its name has no info part
 * unless there are flags to keep. */
static struct maildir_location choose_location(const struct maildir *maildir, uint32_t flags)
{
	char *unique = maildir_name_unique();
	struct maildir_location location = { .place = flags & FLAG_SEEN ? MAILDIR_CUR
									: MAILDIR_NEW };
	if (flags == 0) {
		location.name = unique;
		return location;
	}
	location.name =
		maildir_name_with_flags(unique, flags, UINT32_MAX, maildir_separator(maildir));
	free(unique);
	return location;
}

void download_batch_add(struct download_batch *batch, const struct arrived *message)
{
	memory_grow((void **)&batch->items, &batch->capacity, batch->count + 1,
		    sizeof *batch->items);
	struct arrived *arrived = &batch->items[batch->count++];
	*arrived = *message;
	arrived->location = choose_location(batch->folder->transfer.maildir, message->near_flags);
	arrived->placed = false;
}

/* What was known of them before: that the window left them out, that they failed. */
static int forget_troubles(struct state_transaction *transaction,
			   const struct download_batch *batch, struct error *error)
{
	const struct sync_folder *folder = batch->folder;
	struct uid_set uids = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; i < batch->count; i++)
		uid_set_add(&uids, batch->items[i].uid);
	if (folder->transfer.comes_in)
		result = sync_outside_take(transaction, folder->base.record.id, &uids, error);
	if (result == 0)
		result = sync_deferred_remove(transaction, folder, &uids, error);
	uid_set_release(&uids);
	return result;
}

/* Those that are flagged already are made whole at once. */
static int note_stubs(struct state_transaction *transaction, const struct download_batch *batch,
		      struct error *error)
{
	struct sync_folder *folder = batch->folder;
	struct uid_set stubs = UID_SET_INITIAL;
	struct uid_set wanted = UID_SET_INITIAL;
	uint32_t id = folder->base.record.id;
	for (size_t i = 0; i < batch->count; i++) {
		if (!batch->items[i].is_stub)
			continue;
		uid_set_add(&stubs, batch->items[i].uid);
		if (batch->items[i].near_flags & FLAG_FLAGGED)
			uid_set_add(&wanted, batch->items[i].uid);
	}
	(void)pthread_mutex_lock(&folder->context->lock);
	uid_set_add_set(&folder->transfer.wanted, &wanted);
	(void)pthread_mutex_unlock(&folder->context->lock);
	int result = state_set_add(transaction, id, STATE_STUBS, &stubs, error);
	if (result == 0)
		result = state_set_add(transaction, id, STATE_WANTED, &wanted, error);
	uid_set_release(&stubs);
	uid_set_release(&wanted);
	return result;
}

static int record_messages(struct state_transaction *transaction,
			   const struct download_batch *batch, struct error *error)
{
	uint32_t id = batch->folder->base.record.id;
	struct uid_set drafts = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < batch->count; i++) {
		const struct arrived *arrived = &batch->items[i];
		struct maildir_name name;
		maildir_name_parse(arrived->location.name, &name);
		struct state_message message = { .uid = arrived->uid,
						 .flags = arrived->flags,
						 .place = (uint8_t)arrived->location.place,
						 .name = arrived->location.name,
						 .base_length = name.base_length,
						 .size = arrived->told_size,
						 .identity = arrived->delivered.identity,
						 .file = arrived->delivered.file,
						 .body = arrived->delivered.body,
						 .object = arrived->object };
		sync_watch_collect(&drafts, &message);
		result = state_message_put(transaction, id, &message, error);
		if (result == 0)
			result = state_download_put(transaction, id, arrived->uid,
						    arrived->delivered.temporary_name, error);
	}
	if (result == 0)
		result = sync_watch_note(transaction, batch->folder, &drafts, error);
	uid_set_release(&drafts);
	return result;
}

static int record_departure(struct state_transaction *transaction, const struct arrived *arrived,
			    struct error *error)
{
	struct state_message message;
	int found = state_message_by_uid(transaction, arrived->left_folder, arrived->left_uid,
					 &message, error);
	if (found <= 0)
		return found;
	message.flags = (message.flags & ~arrived->left_changed) |
			(arrived->near_flags & arrived->left_changed);
	return state_message_put(transaction, arrived->left_folder, &message, error);
}

static int record_departures(struct state_transaction *transaction,
			     const struct download_batch *batch, struct error *error)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].left_folder != 0 &&
		    record_departure(transaction, &batch->items[i], error) != 0)
			return -1;
	}
	return 0;
}

static int record_batch(struct state_transaction *transaction, void *context, struct error *error)
{
	struct download_batch *batch = context;
	uint32_t id = batch->folder->base.record.id;
	if (sync_journal_remove(transaction, id, &batch->published, error) != 0)
		return -1;
	if (record_messages(transaction, batch, error) != 0)
		return -1;
	if (forget_troubles(transaction, batch, error) != 0)
		return -1;
	return note_stubs(transaction, batch, error) != 0
		       ? -1
		       : record_departures(transaction, batch, error);
}

/* These must not look like ones that the user removed: their records go, and the next run downloads
 * them again. */
static int forget_lost(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct download_batch *batch = context;
	uint32_t id = batch->folder->base.record.id;
	for (uint32_t uid = 0; uid_set_next(&batch->lost, &uid);) {
		if (state_message_remove(transaction, id, uid, error) != 0 ||
		    state_download_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	return 0;
}

static void tell_gone(const struct download_batch *batch, uint64_t count)
{
	struct error gone = ERROR_INITIAL;
	if (count == 0)
		return;
	(void)error_set(
		&gone, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"%llu new %s vanished from %s/tmp before being in place; the next run downloads %s again",
		(unsigned long long)count, text_plural(count, "message", "messages"),
		maildir_path(batch->folder->transfer.maildir), text_plural(count, "it", "them"));
	sync_report_message(batch->folder, &gone);
}

/* What did not get a name is removed when its record has gone: a record without a file anywhere
 * would mean that the user removed the message. */
static void discard_failed(const struct download_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (uid_set_contains(&batch->lost, batch->items[i].uid))
			maildir_delivery_discard(batch->folder->transfer.maildir,
						 batch->items[i].delivered.temporary_name);
	}
}

static int settle_lost(struct download_batch *batch, struct error *error)
{
	if (uid_set_is_empty(&batch->lost))
		return 0;
	if (state_write(batch->folder->context->state, forget_lost, batch, error) != 0)
		return -1;
	discard_failed(batch);
	return 0;
}

static void clear(struct download_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		free(batch->items[i].location.name);
		free(batch->items[i].delivered.temporary_name);
	}
	batch->count = 0;
}

/* One that fails alone is told, and the others go on; the first failure ends it when all of many
 * fail, for then it is not the messages. */
static int publish_all(struct download_batch *batch, struct error *error)
{
	uint64_t gone = 0;
	struct error first = ERROR_INITIAL;
	struct error failure = ERROR_INITIAL;
	uid_set_clear(&batch->lost);
	for (size_t i = 0; i < batch->count; i++) {
		struct arrived *arrived = &batch->items[i];
		if (arrived->placed)
			continue;
		switch (maildir_delivery_publish(batch->folder->transfer.maildir,
						 arrived->delivered.temporary_name,
						 &arrived->location, &failure)) {
		case MAILDIR_MESSAGE_OK:
			arrived->placed = true;
			sync_report_change(batch->folder, SYNC_CHANGE_NEW, &arrived->location,
					   NULL);
			continue;
		case MAILDIR_MESSAGE_GONE:
			gone++;
			break;
		case MAILDIR_MESSAGE_ERROR:
			if (failure.scope > SCOPE_MESSAGE) {
				*error = failure;
				return -1;
			}
			if (uid_set_size(&batch->lost) == gone)
				first = failure;
			sync_report_message(batch->folder, &failure);
			break;
		}
		uid_set_add(&batch->lost, arrived->uid);
	}
	tell_gone(batch, gone);
	if (settle_lost(batch, error) != 0)
		return -1;
	uint64_t failed = uid_set_size(&batch->lost) - gone;
	if (failed <= FAILED_ALL_MAX || failed < batch->count)
		return 0;
	clear(batch);
	*error = first;
	return error_widen(error, SCOPE_FOLDER);
}

static uint32_t flags_of(const struct download_batch *batch)
{
	uint32_t flags = 0;
	for (size_t i = 0; i < batch->count; i++)
		flags |= batch->items[i].flags | batch->items[i].near_flags;
	return flags;
}

/* The sync makes two things durable: the files of this batch in tmp/, before they are recorded, and
 * the names of the batch before, before they leave the journal. The last batch's names stay in the
 * journal until the end of the run (journal.c). */
int download_batch_commit(struct download_batch *batch, struct error *error)
{
	struct sync_folder *folder = batch->folder;
	if (batch->count == 0)
		return 0;
	sync_letters_place(folder, flags_of(batch));
	if (maildir_witness_place(folder->transfer.maildir, error) != 0 ||
	    maildir_sync(folder->transfer.maildir, error) != 0 ||
	    state_write(folder->context->state, record_batch, batch, error) != 0)
		return -1;
	uid_set_clear(&batch->published);
	if (publish_all(batch, error) != 0)
		return -1;
	for (size_t i = 0; i < batch->count; i++)
		uid_set_add(&batch->published, batch->items[i].uid);
	batch->downloaded += batch->count - uid_set_size(&batch->lost);
	clear(batch);
	return 0;
}

void download_batch_end(struct download_batch *batch, uint64_t *count)
{
	struct sync_folder *folder = batch->folder;
	(void)pthread_mutex_lock(&folder->context->lock);
	*count += batch->downloaded;
	uid_set_add_set(&folder->transfer.published, &batch->published);
	(void)pthread_mutex_unlock(&folder->context->lock);
	clear(batch);
	free(batch->items);
	uid_set_release(&batch->published);
	uid_set_release(&batch->lost);
}
