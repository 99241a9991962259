/* Apply: new near messages go to the server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "maildir/name.h"
#include "sync/apply/steps.h"
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/watch.h"
#include "sync/report.h"

/* The order that makes a crash harmless: (1) the intent of a whole batch is recorded, and what it
 * replaces leaves the base; (2) the server carries what it has already (upload_carry.c), and the
 * others are appended; (3) their UIDs are recorded and the
 * intents forgotten, in one transaction. A run that finds a file without a record and new messages
 * on the server pairs them by identity before it uploads (match.h), so a crash between (2) and (3)
 * sends nothing twice. */

/* --- (1) the intents --- */

/* Such of which the file was known. */
static bool has_new_versions(const struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		const struct operation *operation = upload->batch[i].operation;
		if (operation->upload.supersedes != 0 || operation->upload.replaces != 0)
			return true;
	}
	return false;
}

/* Of a file that was there before no directory tells that it is still to be sent, or an old version
 * of it to be removed: until a run confirms, the next one scans. */
static int forget_near_marks(struct state_transaction *transaction, struct sync_folder *folder,
			     struct error *error)
{
	near_marks_to_record(NULL, &folder->base.record);
	return state_folder_put(transaction, &folder->base.record, error);
}

static int record_intents(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct upload *upload = context;
	if (has_new_versions(upload) && forget_near_marks(transaction, upload->folder, error) != 0)
		return -1;
	for (size_t i = 0; i < upload->count; i++) {
		if (upload_record_intent(transaction, upload, &upload->batch[i], error) != 0)
			return -1;
	}
	return 0;
}

/* --- (3) the records --- */

/* As the server tells it: it need not be what would have been sent. */
static uint64_t size_of(const struct outgoing *outgoing)
{
	if (outgoing->told_size != 0)
		return outgoing->told_size;
	return outgoing->source ? outgoing->source->size : outgoing->facts.wire_size;
}

static int add_to_set(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		      uint32_t uid, struct error *error)
{
	struct uid_set uids = UID_SET_INITIAL;
	uid_set_add(&uids, uid);
	int result = state_set_add(transaction, folder, which, &uids, error);
	uid_set_release(&uids);
	return result;
}

/* A stub stays one where it moves. And of a message that moved the old place is only to be left,
 * also by a run that does not see this one any more. */
static int record_move(struct state_transaction *transaction, const struct upload *upload,
		       const struct outgoing *outgoing, struct error *error)
{
	const struct operation_upload *operation = &outgoing->operation->upload;
	if (outgoing->source && outgoing->source->is_stub &&
	    add_to_set(transaction, upload->folder->base.record.id, STATE_STUBS,
		       outgoing->sent->uid, error) != 0)
		return -1;
	if (operation->from_uid == 0 || outgoing->has_left)
		return 0;
	return add_to_set(transaction, operation->from_id, STATE_MOVED, operation->from_uid, error);
}

static int record_one(struct state_transaction *transaction, const struct upload *upload,
		      const struct outgoing *outgoing, struct uid_set *drafts, struct error *error)
{
	uint32_t id = upload->folder->base.record.id;
	struct maildir_name name;
	maildir_name_parse(outgoing->location.name, &name);
	if (outgoing->double_of != 0)
		return upload_record_double(transaction, upload, outgoing, error);
	if (outgoing->sent->uid == 0 && outgoing->sent->state != FAR_SENT_REFUSED)
		return 0; /* it may have arrived: the intent stays */
	/* So it does of a new version: as long as the server does not have it, the old one must not
	 * go. */
	if (outgoing->sent->uid == 0 && outgoing->replaces != 0)
		return 0;
	if (state_upload_remove(transaction, id, name.base, name.base_length, error) != 0)
		return -1;
	if (outgoing->sent->uid == 0)
		return 0;
	const struct state_message message = { .uid = outgoing->sent->uid,
					       .flags = upload_base_flags(upload, outgoing),
					       .place = (uint8_t)outgoing->location.place,
					       .name = outgoing->location.name,
					       .base_length = name.base_length,
					       .size = size_of(outgoing),
					       .identity = outgoing->facts.identity,
					       .file = outgoing->facts.file,
					       .body = outgoing->facts.body };
	if (state_message_put(transaction, id, &message, error) != 0 ||
	    record_move(transaction, upload, outgoing, error) != 0)
		return -1;
	sync_watch_collect(drafts, &message);
	return 0;
}

static int record_batch(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct upload *upload = context;
	struct uid_set drafts = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < upload->count; i++)
		result = record_one(transaction, upload, &upload->batch[i], &drafts, error);
	if (result == 0)
		result = sync_watch_note(transaction, upload->folder, &drafts, error);
	uid_set_release(&drafts);
	return result;
}

/* Somebody may still have been writing one when it was read. */
static void note_fresh(const struct upload *upload)
{
	struct uid_set uids = UID_SET_INITIAL;
	for (size_t i = 0; i < upload->count; i++) {
		if (upload->sent[i].uid != 0)
			uid_set_add(&uids, upload->sent[i].uid);
	}
	upload_note_fresh(upload, &uids);
	uid_set_release(&uids);
}

static void note_arrivals(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		if ((outgoing->sent->uid == 0 && outgoing->double_of == 0) ||
		    outgoing->operation->added == SIZE_MAX)
			continue;
		struct near_added *added =
			&upload->folder->near.changes.added[outgoing->operation->added];
		added->arrived = true;
		added->has_left = outgoing->has_left;
		added->is_identified = true;
		added->size = outgoing->facts.wire_size;
		added->identity = outgoing->facts.identity;
		if (outgoing->source && outgoing->sent->uid != 0)
			upload_merge_carried(upload, outgoing);
	}
}

/* --- The whole --- */

static int upload_batch(struct upload *upload, struct error *error)
{
	struct state *state = upload->folder->context->state;
	upload->batch_from_uid = far_append_next_uid(upload->append);
	if (state_write(state, record_intents, upload, error) != 0)
		return -1;
	int result = upload_carry_batch(upload, error);
	if (result == 0)
		result = upload_send_batch(upload, error);
	if (result == 0)
		result = upload_find_uids(upload, error);
	if (result == 0)
		result = upload_find_doubles(upload, error);
	if (result == 0)
		result = upload_settle_replaced(upload, error);
	/* What is known is recorded also after a failure. */
	struct error recording = ERROR_INITIAL;
	if (state_write(state, record_batch, upload, &recording) != 0) {
		*error = recording;
		result = -1;
	} else {
		note_arrivals(upload);
		note_fresh(upload);
	}
	return result;
}

static void release_batch(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++)
		free(upload->batch[i].location.name);
	upload->count = 0;
}

static uint32_t first_new_uid(const struct sync_folder *folder)
{
	if (folder->far.state.marks.uidnext != 0)
		return folder->far.state.marks.uidnext;
	return folder->far.highest == UINT32_MAX ? UINT32_MAX : folder->far.highest + 1;
}

/* The server has its mail, if only once. */
static bool is_known_double(struct sync_folder *folder, const struct operation *operation)
{
	if (operation->added == SIZE_MAX || operation->needs_new_name ||
	    !upload_is_double(folder, operation->name))
		return false;
	folder->near.changes.added[operation->added].arrived = true;
	return true;
}

static int upload_all(struct upload *upload, struct error *error)
{
	const struct operation_list *uploads = &upload->folder->plan.operations[OPERATION_UPLOAD];
	int result = 0;
	for (size_t i = 0; result == 0 && !upload->stopped && i < uploads->count; i++) {
		upload->taken++;
		if (is_known_double(upload->folder, &uploads->items[i]))
			continue;
		upload_take_operation(upload, &uploads->items[i]);
		if (upload->count == UPLOAD_BATCH) {
			result = upload_batch(upload, error);
			release_batch(upload);
		}
	}
	if (result == 0 && upload->count > 0)
		result = upload_batch(upload, error);
	release_batch(upload);
	return result;
}

/* What was refused for a reason that had been told, and what was not even tried for it. */
static void tell_rest(struct upload *upload)
{
	struct error error = ERROR_INITIAL;
	uint64_t rest = upload->refused_silently;
	if (upload->stopped)
		rest += upload->total - upload->taken;
	if (rest == 0)
		return;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"for the same reason %llu more new %s not on the server; the "
			"next run tries again",
			(unsigned long long)rest, text_plural(rest, "message is", "messages are"));
	sync_report_messages(upload->folder, rest, &error);
}

/* In batches, of which all of the memory is had here. */
static int send_uploads(struct upload *upload, struct error *error)
{
	size_t size = upload->total < UPLOAD_BATCH ? (size_t)upload->total : UPLOAD_BATCH;
	upload->batch = memory_array(size, sizeof *upload->batch);
	upload->sent = memory_array(size, sizeof *upload->sent);
	int result = upload_all(upload, error);
	tell_rest(upload);
	free(upload->batch);
	free(upload->sent);
	return result;
}

int sync_apply_uploads(struct sync_folder *folder, struct far_session *session, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(folder);
	struct upload upload = { .folder = folder,
				 .session = session,
				 .total = folder->plan.operations[OPERATION_UPLOAD].count };
	if (upload.total == 0)
		return 0;
	if (far_append_begin(session, &mailbox, first_new_uid(folder), sync_flags_table(folder),
			     &upload.append, error) != 0)
		return -1;
	int result = send_uploads(&upload, error);
	far_append_end(&upload.append);
	return result;
}
