/* Apply: new near messages go to the server. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/match.h"

/* The order that makes a crash harmless: (1) the intent of a whole batch is recorded, and what it
 * replaces leaves the base; (2) the messages are appended; (3) their UIDs are recorded and the
 * intents forgotten, in one transaction. A run that finds a file without a record and new messages
 * on the server pairs them by identity before it uploads (match.h), so a crash between (2) and (3)
 * sends nothing twice. */

/* Appends in flight at once: their literals fill the pipe while the server stores them. */
#define UPLOAD_BATCH 100

struct outgoing {
	const struct operation *operation;
	struct maildir_location location; /* where the file stands */
	struct maildir_message_facts facts;
	struct imap_command *command; /* NULL: not sent */
	uint32_t uid;                 /* on the server; 0: not known */
	bool sent;                    /* the server said OK */
	bool refused;                 /* nothing of it reached the server: no trace of it is kept */
};

struct upload {
	struct sync_folder *folder;
	struct imap_session *session;
	struct outgoing batch[UPLOAD_BATCH];
	size_t count;
	uint32_t from_uid;       /* what arrives has this UID or a higher one */
	struct uid_set assigned; /* UIDs that belong to uploads of this run */
	uint64_t done, total;
};

/* --- (1) the intents --- */

static int record_intents(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct upload *upload = context;
	uint32_t id = upload->folder->record.id;
	const struct state_upload intent = { .uidvalidity = upload->folder->far_state.uidvalidity,
					     .uidnext = upload->from_uid };
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		struct maildir_name name;
		maildir_name_parse(outgoing->location.name, &name);
		uint32_t replaces =
			upload->folder->base_cleared ? 0 : outgoing->operation->replaces;
		if (replaces != 0 && state_message_remove(transaction, id, replaces, error) != 0)
			return -1;
		if (state_upload_put(transaction, id, name.base, name.base_length, &intent,
				     error) != 0)
			return -1;
	}
	return 0;
}

/* A second file under a base name that is taken gets a name of its own first. */
static void take_operation(struct upload *upload, const struct operation *operation)
{
	struct outgoing *outgoing = &upload->batch[upload->count];
	*outgoing = (struct outgoing){ .operation = operation };
	struct maildir_location seen = { .place = operation->place,
					 .name = memory_text(operation->name) };
	if (!operation->needs_new_name) {
		outgoing->location = seen;
		upload->count++;
		return;
	}
	struct error error = ERROR_INITIAL;
	enum maildir_message_result renamed = maildir_message_rename_unique(
		upload->folder->maildir, &seen, &outgoing->location, &error);
	free(seen.name);
	if (renamed == MAILDIR_MESSAGE_OK)
		upload->count++;
	else if (renamed == MAILDIR_MESSAGE_ERROR)
		sync_report_message(upload->folder, &error);
}

/* --- (2) the appends --- */

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	return maildir_reader_read(context, bytes, size, length_r, error);
}

/* Opens the file, once more where a reader has renamed it meanwhile. */
static enum maildir_message_result open_message(struct upload *upload, struct outgoing *outgoing,
						struct maildir_reader **reader_r,
						struct error *error)
{
	const struct maildir *maildir = upload->folder->maildir;
	enum maildir_message_result opened = maildir_reader_open(maildir, &outgoing->location,
								 reader_r, &outgoing->facts, error);
	if (opened != MAILDIR_MESSAGE_GONE)
		return opened;
	struct maildir_location now;
	opened = maildir_message_find(maildir, outgoing->location.name, &now, error);
	if (opened != MAILDIR_MESSAGE_OK)
		return opened;
	free(outgoing->location.name);
	outgoing->location = now;
	return maildir_reader_open(maildir, &outgoing->location, reader_r, &outgoing->facts, error);
}

static void send_message(struct upload *upload, struct outgoing *outgoing)
{
	struct error error = ERROR_INITIAL;
	struct maildir_reader *reader;
	enum maildir_message_result opened = open_message(upload, outgoing, &reader, &error);
	if (opened != MAILDIR_MESSAGE_OK) {
		/* Gone: the user removed it while we looked, so there is nothing to send. */
		outgoing->refused = true;
		if (opened == MAILDIR_MESSAGE_ERROR)
			sync_report_message(upload->folder, &error);
		return;
	}
	const struct imap_append append = { .mailbox = upload->folder->mailbox,
					    .flags = outgoing->operation->far_wanted,
					    .keywords = &upload->folder->record.keywords,
					    .internaldate = outgoing->facts.mtime,
					    .size = outgoing->facts.wire_size,
					    .binary = outgoing->facts.has_nul &&
						      imap_session_has(upload->session,
								       IMAP_CAPABILITY_BINARY),
					    .read = read_message,
					    .context = reader };
	outgoing->command = imap_append_send(upload->session, &append);
	maildir_reader_close(&reader);
}

/* APPENDUID is believed only when it can be true: right UIDVALIDITY, a new UID, each once
 * (CVE-2021-3578 was the lack of that). */
static void note_uid(struct upload *upload, struct outgoing *outgoing, uint32_t uidvalidity,
		     uint32_t uid)
{
	if (uidvalidity != upload->folder->far_state.uidvalidity || uid < upload->from_uid ||
	    uid_set_contains(&upload->assigned, uid))
		return;
	outgoing->uid = uid;
	uid_set_add(&upload->assigned, uid);
}

static int finish_message(struct upload *upload, struct outgoing *outgoing, struct error *error)
{
	uint32_t uidvalidity;
	uint32_t uid;
	struct error refusal = ERROR_INITIAL;
	switch (imap_append_finish(upload->session, &outgoing->command, &uidvalidity, &uid,
				   &refusal)) {
	case IMAP_RESULT_OK:
		break;
	case IMAP_RESULT_REFUSED:
		outgoing->refused = true;
		(void)error_prefix(&refusal, "%s", outgoing->location.name);
		sync_report_message(upload->folder, &refusal);
		return 0;
	case IMAP_RESULT_ERROR:
	default:
		*error = refusal;
		return -1;
	}
	outgoing->sent = true;
	note_uid(upload, outgoing, uidvalidity, uid);
	upload->folder->counts.uploaded++;
	upload->folder->counts.bytes_up += outgoing->facts.wire_size;
	upload->folder->context->bytes += outgoing->facts.wire_size;
	sync_report_progress(upload->folder, "uploading", ++upload->done, upload->total);
	return 0;
}

/* --- (2b) servers without UIDPLUS: which UID did it get? --- */

static int see_arrived(void *context, const struct imap_fetch_data *fetch, struct error *error)
{
	(void)error;
	if (fetch->has_header && fetch->has_size)
		sync_identified_add(context, fetch, 0);
	return 0;
}

static void drop_assigned(const struct upload *upload, struct far_changes *arrived)
{
	size_t kept = 0;
	for (size_t i = 0; i < arrived->identified_count; i++) {
		if (!uid_set_contains(&upload->assigned, arrived->identified[i].uid))
			arrived->identified[kept++] = arrived->identified[i];
	}
	arrived->identified_count = kept;
}

static void pair_arrived(struct upload *upload, const struct far_changes *arrived)
{
	struct near_added added[UPLOAD_BATCH];
	struct near_changes sent = { .added = added, .added_count = upload->count };
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		added[i] =
			(struct near_added){ .is_identified = outgoing->sent && outgoing->uid == 0,
					     .size = outgoing->facts.wire_size,
					     .identity = outgoing->facts.identity,
					     .upload_from_uid = upload->from_uid };
	}
	struct match_pair *pairs;
	size_t count = match_added(&sent, arrived, &pairs);
	for (size_t i = 0; i < count; i++) {
		uint32_t uid = arrived->identified[pairs[i].far_index].uid;
		upload->batch[pairs[i].near_index].uid = uid;
		uid_set_add(&upload->assigned, uid);
	}
	free(pairs);
}

static bool uid_is_missing(const struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		if (upload->batch[i].sent && upload->batch[i].uid == 0)
			return true;
	}
	return false;
}

/* A fresh SELECT makes the server show what arrived. What is not found keeps its intent: the next
 * run finds it. */
static int find_uids(struct upload *upload, struct error *error)
{
	if (!uid_is_missing(upload))
		return 0;
	struct imap_mailbox_state now;
	struct imap_command *command =
		imap_select_send(upload->session, upload->folder->mailbox, false, NULL);
	if (imap_select_finish(upload->session, &command, &now, error) != IMAP_RESULT_OK)
		return error_widen(error, SCOPE_FOLDER);
	imap_mailbox_state_release(&now);
	struct far_changes arrived = { .identified_count = 0 };
	command =
		imap_fetch_from_send(upload->session, upload->from_uid,
				     IMAP_FETCH_SIZE | IMAP_FETCH_IDENTITY, see_arrived, &arrived);
	enum imap_result result = imap_fetch_finish(upload->session, &command, error);
	if (result == IMAP_RESULT_OK) {
		drop_assigned(upload, &arrived);
		pair_arrived(upload, &arrived);
	}
	far_changes_release(&arrived);
	return result == IMAP_RESULT_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}

/* --- (3) the records --- */

static int record_one(struct state_transaction *transaction, const struct upload *upload,
		      const struct outgoing *outgoing, struct error *error)
{
	uint32_t id = upload->folder->record.id;
	struct maildir_name name;
	maildir_name_parse(outgoing->location.name, &name);
	if (outgoing->uid == 0 && !outgoing->refused)
		return 0; /* it may have arrived: the intent stays */
	if (state_upload_remove(transaction, id, name.base, name.base_length, error) != 0)
		return -1;
	if (outgoing->uid == 0)
		return 0;
	const struct state_message message = { .uid = outgoing->uid,
					       .flags = outgoing->operation->base_flags,
					       .place = (uint8_t)outgoing->location.place,
					       .name = outgoing->location.name,
					       .base_length = name.base_length,
					       .size = outgoing->facts.wire_size,
					       .identity = outgoing->facts.identity };
	return state_message_put(transaction, id, &message, error);
}

static int record_batch(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct upload *upload = context;
	for (size_t i = 0; i < upload->count; i++) {
		if (record_one(transaction, upload, &upload->batch[i], error) != 0)
			return -1;
	}
	return 0;
}

/* --- The whole --- */

/* Everything that was sent is finished, also after a failure. */
static int append_batch(struct upload *upload, struct error *error)
{
	int result = 0;
	for (size_t i = 0; i < upload->count && imap_session_is_alive(upload->session); i++)
		send_message(upload, &upload->batch[i]);
	for (size_t i = 0; i < upload->count; i++) {
		struct error later = ERROR_INITIAL; /* of an append after the one that failed */
		if (upload->batch[i].command &&
		    finish_message(upload, &upload->batch[i], result == 0 ? error : &later) != 0)
			result = -1;
	}
	return result;
}

static int upload_batch(struct upload *upload, struct error *error)
{
	struct state *state = upload->folder->context->state;
	if (state_write(state, record_intents, upload, error) != 0)
		return -1;
	int result = append_batch(upload, error);
	if (result == 0)
		result = find_uids(upload, error);
	/* What is known is recorded also after a failure. */
	struct error recording = ERROR_INITIAL;
	if (state_write(state, record_batch, upload, &recording) != 0) {
		*error = recording;
		result = -1;
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
	if (folder->far_state.uidnext != 0)
		return folder->far_state.uidnext;
	return folder->far_highest == UINT32_MAX ? UINT32_MAX : folder->far_highest + 1;
}

static uint64_t count_uploads(const struct plan *plan)
{
	uint64_t count = 0;
	for (size_t i = 0; i < plan->count; i++)
		count += plan->operations[i].kind == OPERATION_UPLOAD;
	return count;
}

int sync_apply_uploads(struct sync_folder *folder, struct imap_session *session,
		       struct error *error)
{
	const struct plan *plan = &folder->plan;
	uint64_t total = count_uploads(plan);
	if (total == 0)
		return 0;
	struct upload *upload = memory_allocate(sizeof *upload);
	upload->folder = folder;
	upload->session = session;
	upload->from_uid = first_new_uid(folder);
	upload->total = total;
	int result = 0;
	for (size_t i = 0; result == 0 && i < plan->count; i++) {
		if (plan->operations[i].kind == OPERATION_UPLOAD)
			take_operation(upload, &plan->operations[i]);
		if (upload->count == UPLOAD_BATCH) {
			result = upload_batch(upload, error);
			release_batch(upload);
		}
	}
	if (result == 0 && upload->count > 0)
		result = upload_batch(upload, error);
	release_batch(upload);
	uid_set_release(&upload->assigned);
	free(upload);
	return result;
}
