/* Apply: new far messages of which a file is here already. Another link to that file goes the way
 * of a download: it lies in tmp/, is recorded, and is put in place. Only then does the file of a
 * message that moved go, as one that the server removed. So whatever a crash leaves is what one in
 * a download leaves. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/name.h"
#include "maildir/separator.h"
#include "sync/apply/batch.h"
#include "sync/apply/download_batch.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/observe/stubs.h"

/* A folder that files come from, as long as they do. */
struct copy_source {
	const char *name; /* NULL: none is open */
	uint32_t id;      /* in the state; 0: it has none */
	struct maildir *maildir;
	struct uid_set stubs;
};

struct copying {
	struct sync_folder *folder;
	struct copy_source source;
	struct download_batch batch;
	struct uid_set
		rest;     /* those of which the file is not what it should be: they are fetched */
	bool takes_flags; /* files can be named with them */
};

/* --- Where it comes from --- */

static void close_source(struct copy_source *source)
{
	maildir_close(&source->maildir);
	uid_set_release(&source->stubs);
	*source = (struct copy_source){ .name = NULL };
}

/* One that cannot be opened is as one without messages. Returns 0 or -1. */
static int open_source(struct copying *copying, struct state_transaction *transaction,
		       const struct plan_copy *copy, struct error *error)
{
	struct copy_source *source = &copying->source;
	struct state_folder record;
	struct error ignored = ERROR_INITIAL;
	if (source->name && strcmp(source->name, copy->from) == 0)
		return 0;
	close_source(source);
	source->name = copy->from;
	int found = state_folder_get(transaction, copy->from, &record, error);
	if (found <= 0)
		return found;
	if (maildir_open(copy->from_path, &source->maildir, &ignored) == MAILDIR_OPEN_OK)
		source->id = record.id;
	state_folder_release(&record);
	return state_set_get(transaction, source->id, STATE_STUBS, &source->stubs, error);
}

/* Whether what the state knows of the file is what the new message is. */
static bool fits(const struct copying *copying, const struct plan_copy *copy,
		 const struct state_message *message)
{
	bool told_apart = object_id_is_known(&copy->object) &&
			  object_id_is_known(&message->object) &&
			  !object_id_equal(&copy->object, &message->object);
	if (state_is_absent_near(message->absent) || message->size != copy->size ||
	    !file_stamp_is_known(&message->file) || told_apart)
		return false;
	return !uid_set_contains(&copying->source.stubs, message->uid) ||
	       sync_stubs_are_made(copying->folder);
}

/* --- The file --- */

static enum maildir_message_result link_at(struct copying *copying, const struct plan_copy *copy,
					   const struct maildir_location *location,
					   struct maildir_delivered *delivered_r)
{
	bool as_copy = copying->folder->context->account->duplicates == CONFIG_DUPLICATES_COPY &&
		       !copy->moves;
	struct error ignored = ERROR_INITIAL; /* it is fetched then */
	return maildir_delivery_link(copying->folder->transfer.maildir, copying->source.maildir,
				     location, as_copy, &delivered_r->temporary_name,
				     &delivered_r->file, &ignored);
}

/* Under the name that it has by now. */
static bool link_file(struct copying *copying, const struct plan_copy *copy,
		      const struct state_message *message, struct maildir_delivered *delivered_r)
{
	struct maildir_location known = { .place = (enum maildir_place)message->place,
					  .name = memory_text(message->name) };
	struct maildir_location now;
	struct error ignored = ERROR_INITIAL;
	enum maildir_message_result result = link_at(copying, copy, &known, delivered_r);
	if (result == MAILDIR_MESSAGE_GONE &&
	    maildir_message_find(copying->source.maildir, known.name, &now, &ignored) ==
		    MAILDIR_MESSAGE_OK) {
		result = link_at(copying, copy, &now, delivered_r);
		free(now.name);
	}
	free(known.name);
	return result == MAILDIR_MESSAGE_OK;
}

/* What was linked is looked at, not what was to be: somebody may have put another file there. */
static bool bring(struct copying *copying, const struct plan_copy *copy,
		  const struct state_message *message, struct maildir_delivered *delivered_r)
{
	if (!link_file(copying, copy, message, delivered_r))
		return false;
	const struct file_stamp now = delivered_r->file;
	if (!file_stamp_is_untouched(&message->file, now.size, now.mtime_ns)) {
		maildir_delivery_discard(copying->folder->transfer.maildir,
					 delivered_r->temporary_name);
		free(delivered_r->temporary_name);
		return false;
	}
	delivered_r->file = message->file;
	delivered_r->file.inode = now.inode;
	delivered_r->body = message->body;
	delivered_r->identity = message->identity;
	delivered_r->wire_size = message->size;
	return true;
}

/* --- All of them --- */

static void take(struct copying *copying, const struct plan_copy *copy,
		 const struct state_message *message)
{
	struct maildir_delivered delivered;
	uint32_t near_flags = plan_copy_flags(copy, copy->flags);
	if (!fits(copying, copy, message) || (near_flags != 0 && !copying->takes_flags) ||
	    !bring(copying, copy, message, &delivered))
		return;
	const struct arrived arrived = {
		.uid = copy->uid,
		.flags = copy->flags,
		.near_flags = near_flags,
		.delivered = delivered,
		.told_size = copy->size,
		.object = copy->object,
		.is_stub = uid_set_contains(&copying->source.stubs, message->uid),
		.left_folder = copy->changed != 0 ? copying->source.id : 0,
		.left_uid = copy->from_uid,
		.left_changed = copy->changed,
	};
	uid_set_remove_range(&copying->rest, copy->uid, copy->uid);
	download_batch_add(&copying->batch, &arrived);
}

static int take_some(struct copying *copying, const struct plan_copy *copies, size_t count,
		     struct error *error)
{
	struct state_transaction *transaction;
	int found = 0;
	if (state_read_begin(copying->folder->context->state, &transaction, error) != 0)
		return -1;
	for (size_t i = 0; found >= 0 && i < count; i++) {
		struct state_message message;
		found = open_source(copying, transaction, &copies[i], error);
		if (found < 0 || copying->source.id == 0)
			continue;
		found = state_message_by_uid(transaction, copying->source.id, copies[i].from_uid,
					     &message, error);
		if (found > 0)
			take(copying, &copies[i], &message);
	}
	state_read_end(&transaction);
	return found < 0 ? -1 : download_batch_commit(&copying->batch, error);
}

static int take_all(struct copying *copying, struct error *error)
{
	const struct copy_list *copies = &copying->folder->plan.copies;
	for (size_t i = 0; i < copies->count; i += SYNC_BATCH_MESSAGES) {
		size_t left = copies->count - i;
		size_t count = left < SYNC_BATCH_MESSAGES ? left : SYNC_BATCH_MESSAGES;
		if (take_some(copying, &copies->items[i], count, error) != 0)
			return -1;
	}
	return 0;
}

/* --- Flags that somebody changed here, where it was, and what has come --- */

/* What was changed there is none any more, else the message would be brought back there. */
static int settle_departure(struct state_transaction *transaction, const struct plan_copy *copy,
			    struct error *error)
{
	struct state_folder record;
	struct state_message message;
	int found = state_folder_get(transaction, copy->from, &record, error);
	if (found <= 0)
		return found;
	uint32_t id = record.id;
	state_folder_release(&record);
	found = state_message_by_uid(transaction, id, copy->from_uid, &message, error);
	if (found <= 0)
		return found;
	message.flags = plan_copy_flags(copy, message.flags);
	return state_message_put(transaction, id, &message, error);
}

static int settle_departures(struct state_transaction *transaction, void *context,
			     struct error *error)
{
	const struct copying *copying = context;
	const struct copy_list *copies = &copying->folder->plan.copies;
	for (size_t i = 0; i < copies->count; i++) {
		if (copies->items[i].changed != 0 &&
		    uid_set_contains(&copying->rest, copies->items[i].uid) &&
		    settle_departure(transaction, &copies->items[i], error) != 0)
			return -1;
	}
	return 0;
}

static int fetch_rest(struct copying *copying, struct far_session *session, struct error *error)
{
	struct sync_folder *folder = copying->folder;
	if (uid_set_is_empty(&copying->rest))
		return 0;
	if (state_write(folder->context->state, settle_departures, copying, error) != 0)
		return -1;
	return sync_apply_downloads(folder, &copying->rest, session, error);
}

static void add_merge(const struct sync_folder *folder, const struct plan_copy *copy,
		      const struct state_message *message, struct operation_list *merges,
		      struct text_list *names)
{
	struct maildir_name name;
	text_list_add(names, message->name);
	maildir_name_parse(message->name, &name);
	struct operation *merge = operation_list_add(merges, OPERATION_MERGE, copy->uid);
	merge->place = (enum maildir_place)message->place;
	merge->name = names->items[names->count - 1];
	merge->near_flags = name.flags;
	merge->near_wanted = plan_copy_flags(copy, name.flags);
	merge->far_flags = message->flags;
	merge->far_wanted =
		plan_copy_flags(copy, message->flags) & ~(~folder->far.storable & copy->changed);
	merge->base_flags = merge->far_wanted;
}

static int list_merges(struct sync_folder *folder, struct operation_list *merges,
		       struct text_list *names, struct error *error)
{
	struct copy_list *copies = &folder->plan.copies;
	struct state_transaction *transaction;
	int found = 0;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	for (size_t i = 0; found >= 0 && i < copies->count; i++) {
		struct state_message message;
		found = state_message_by_uid(transaction, folder->base.record.id,
					     copies->items[i].uid, &message, error);
		copies->items[i].has_come = found > 0;
		if (found > 0 && copies->items[i].changed != 0)
			add_merge(folder, &copies->items[i], &message, merges, names);
	}
	state_read_end(&transaction);
	return found < 0 ? -1 : 0;
}

static int carry_flags(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	struct operation_list merges = { .items = NULL };
	struct text_list names = { .items = NULL };
	int result = list_merges(folder, &merges, &names, error);
	if (result == 0 && merges.count > 0) {
		folder->transfer.far_written = true;
		result = sync_apply_merges_of(folder, &merges, session, error);
	}
	operation_list_release(&merges);
	text_list_release(&names);
	return result;
}

/* --- The whole --- */

int sync_apply_copies(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	struct copying copying = { .folder = folder, .batch = { .folder = folder } };
	struct error ignored = ERROR_INITIAL;
	for (size_t i = 0; i < folder->plan.copies.count; i++)
		uid_set_add(&copying.rest, folder->plan.copies.items[i].uid);
	copying.takes_flags = maildir_takes_separator(folder->transfer.maildir, &ignored);
	int result = take_all(&copying, error);
	download_batch_end(&copying.batch, &folder->transfer.counts.linked);
	close_source(&copying.source);
	if (result == 0)
		result = fetch_rest(&copying, session, error);
	if (result == 0)
		result = carry_flags(folder, session, error);
	uid_set_release(&copying.rest);
	return result;
}
