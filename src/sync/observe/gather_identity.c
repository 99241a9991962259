/* Gather: the identity of what is new on both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/observe/flags.h"
#include "sync/observe/gather.h"
#include "sync/observe/look.h"
#include "sync/observe/mailbox.h"
#include "sync/observe/stubs.h"
#include "sync/plan/match.h"
#include "sync/report.h"

/* How often a file is looked for that a reader keeps renaming. */
#define OPEN_TRIES 3
/* So many connections of a run may end before it asks for no header that may be the reason. */
#define SUSPICIONS_MAX 3u

void sync_identified_take(struct far_changes *far, const struct far_message *message,
			  uint32_t flags)
{
	memory_grow((void **)&far->identified, &far->identified_capacity, far->identified_count + 1,
		    sizeof *far->identified);
	far->identified[far->identified_count++] = (struct far_identified){
		.uid = message->uid,
		.flags = flags,
		.size = message->size,
		.identity = identity_of_header(message->header, message->header_length),
		.plain = identity_plain_of_header(message->header, message->header_length)
	};
}

struct identifying {
	struct sync_folder *folder;
	const struct far_session *session;
};

static int see_far(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	const struct identifying *identifying = context;
	struct sync_folder *folder = identifying->folder;
	if (message->has_header && message->has_size && message->flags)
		sync_identified_take(&folder->far.changes, message,
				     sync_flags_learn(folder, message->flags));
	return 0;
}

/* Also a header can be what the server fails to give. */
static void blame(void *context, const struct uid_set *asked, const struct error *reason)
{
	const struct identifying *identifying = context;
	const struct far_changes *far = &identifying->folder->far.changes;
	struct uid_set came = UID_SET_INITIAL;
	for (size_t i = 0; i < far->identified_count; i++)
		uid_set_add(&came, far->identified[i].uid);
	sync_deferred_blame(identifying->folder, identifying->session, asked, &came, reason);
	uid_set_release(&came);
}

/* The run has lost so many connections that it asks no more for what may be the reason. */
static bool leaves_suspects(const struct sync_folder *folder)
{
	return folder->context->blamed + folder->context->suspected >= SUSPICIONS_MAX;
}

/* What may have ended a connection comes last and by itself: mostly it was not its fault. */
static int identify_far(struct sync_folder *folder, struct far_session *session,
			struct error *error)
{
	struct identifying identifying = { .folder = folder, .session = session };
	struct uid_set uids = UID_SET_INITIAL;
	uid_set_add_set(&uids, &folder->far.changes.added);
	if (leaves_suspects(folder))
		uid_set_remove_set(&uids, &folder->base.deferred.ending);
	const struct far_fetch fetch = { .mailbox = sync_folder_mailbox(folder),
					 .uids = &uids,
					 .items = FAR_FLAGS | FAR_SIZE | FAR_IDENTITY,
					 .context = &identifying,
					 .see = see_far,
					 .singly = &folder->base.deferred.ending,
					 .ended = blame };
	enum far_result result = far_fetch(session, &fetch, error);
	uid_set_release(&uids);
	/* Without the identities the same mail would be carried in both directions: better not now.
	 */
	return result == FAR_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}

/* Files that are perhaps a message whose header was not asked for. */
static int leave_files(struct sync_folder *folder, uint32_t uid, struct error *error)
{
	struct match_pair *pairs;
	struct near_changes *near = &folder->near.changes;
	size_t pair_count = match_added(near, &folder->far.changes, &pairs);
	size_t next_pair = 0;
	size_t left = 0;
	if (sync_folder_open(folder, error) != 0) {
		free(pairs);
		return -1;
	}
	for (size_t i = 0; i < near->added_count; i++) {
		struct error reason = ERROR_INITIAL;
		if (next_pair < pair_count && pairs[next_pair].near_index == i) {
			next_pair++;
			continue;
		}
		(void)error_set(&reason, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
				"the connection ended when the server was asked for the message "
				"with UID %u, to which the file %s is to be compared",
				uid, near->added[i].name);
		sync_near_unreadable(folder, &near->added[i], &reason);
		left++;
	}
	maildir_close(&folder->transfer.maildir);
	free(pairs);
	return left > 0;
}

/* Better carry neither the message nor the file now than both. */
static int leave_unidentified(struct sync_folder *folder, struct error *error)
{
	const struct far_changes *far = &folder->far.changes;
	struct uid_set unknown = UID_SET_INITIAL;
	uint32_t uid = 0;
	uid_set_add_set(&unknown, &far->added);
	uid_set_keep_only(&unknown, &folder->base.deferred.ending);
	for (size_t i = 0; i < far->identified_count; i++)
		uid_set_remove_range(&unknown, far->identified[i].uid, far->identified[i].uid);
	int result = 0;
	if (uid_set_next(&unknown, &uid))
		result = leave_files(folder, uid, error);
	if (result > 0)
		uid_set_remove_set(&folder->far.changes.added, &unknown);
	uid_set_release(&unknown);
	return result < 0 ? -1 : 0;
}

/* Whether the file is another version than the base had of its message. */
static bool is_new_version(const struct state_message *message, const struct near_added *added)
{
	return file_stamp_is_known(&message->file) && file_stamp_is_known(&added->file) &&
	       !added->is_stub && !file_stamp_same_content(&message->file, &added->file);
}

/* The size that the server told of the file's message before its UIDs became void. It need not be
 * the file's size, but the server will tell it again: of the version that it has. */
static int recall_size(const struct sync_folder *folder, struct state_transaction *transaction,
		       const struct maildir_name *name, struct near_added *added,
		       struct error *error)
{
	struct state_message message;
	if (folder->base.state != FOLDER_BASE_VOID)
		return 0;
	int found = state_message_by_name(transaction, folder->base.record.id, name->base,
					  name->base_length, &message, error);
	if (found > 0 && !is_new_version(&message, added)) {
		added->size = message.size;
		added->size_is_recalled = true;
		added->added_size = 0;
	}
	return found < 0 ? -1 : 0;
}

static void take_upload(struct near_added *added, const struct state_upload *upload)
{
	added->upload_from_uid = upload->uidnext > 0 ? upload->uidnext : 1;
	added->upload_flags = upload->has_flags ? upload->flags : 0;
}

/* The upload that an interrupted run began of this file. */
static int recall_upload(const struct sync_folder *folder, struct state_transaction *transaction,
			 struct near_added *added, struct error *error)
{
	struct maildir_name name;
	struct state_upload upload;
	maildir_name_parse(added->name, &name);
	int found = state_upload_get(transaction, folder->base.record.id, name.base,
				     name.base_length, &upload, error);
	if (found < 0)
		return -1;
	if (found && upload.kind == STATE_UPLOAD_BEGUN &&
	    upload.uidvalidity == folder->far.state.marks.uidvalidity)
		take_upload(added, &upload);
	return recall_size(folder, transaction, &name, added, error);
}

static int recall_uploads(struct sync_folder *folder, struct error *error)
{
	if (folder->base.record.id == 0)
		return 0;
	struct state_transaction *transaction;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result = 0;
	for (size_t i = 0; result == 0 && i < folder->near.changes.added_count; i++)
		result = recall_upload(folder, transaction, &folder->near.changes.added[i], error);
	state_read_end(&transaction);
	return result;
}

/* Under the name that it has by now. */
static enum maildir_message_result look_into(const struct sync_folder *folder,
					     const struct near_added *added, bool with_sha256,
					     struct maildir_message_facts *facts_r,
					     struct error *error)
{
	struct maildir_location location = { .place = added->place, .name = added->name };
	struct maildir_location now;
	enum maildir_message_result result = maildir_message_read_facts(
		folder->transfer.maildir, &location, with_sha256, facts_r, error);
	for (int tried = 0; result == MAILDIR_MESSAGE_GONE && tried < OPEN_TRIES; tried++) {
		result = maildir_message_find(folder->transfer.maildir, added->name, &now, error);
		if (result != MAILDIR_MESSAGE_OK)
			return result;
		result = maildir_message_read_facts(folder->transfer.maildir, &now, with_sha256,
						    facts_r, error);
		free(now.name);
	}
	return result;
}

void sync_near_unreadable(struct sync_folder *folder, struct near_added *added,
			  const struct error *reason)
{
	const struct maildir_location location = { .place = added->place, .name = added->name };
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE,
			"%s; it may be a message that the server has too, so it waits, and so does "
			"what is new there and of its size; the next run tries again",
			reason->text);
	added->is_unreadable = true;
	added->file_size = sync_stubs_are_made(folder)
				   ? UINT64_MAX
				   : maildir_message_size(folder->transfer.maildir, &location);
	sync_report_message(folder, &error);
}

static void take_facts(struct near_added *added, const struct maildir_message_facts *facts)
{
	added->is_identified = true;
	added->size = facts->whole_size;
	added->added_size = facts->added_size;
	added->is_stub = facts->is_stub;
	added->identity = facts->identity;
	added->plain = facts->plain;
	added->file = facts->file;
	added->body = facts->body;
}

void sync_identify_near(const struct sync_folder *folder, struct near_added *added,
			bool with_sha256)
{
	struct maildir_message_facts facts;
	if (look_into(folder, added, with_sha256, &facts, NULL) == MAILDIR_MESSAGE_OK)
		take_facts(added, &facts);
}

static void identify_near(struct sync_folder *folder)
{
	/* Then they are compared with what the base has, of before perhaps: is_new_version(). */
	bool with_sha256 = folder->base.state == FOLDER_BASE_VOID;
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		struct near_added *added = &folder->near.changes.added[i];
		struct maildir_message_facts facts;
		struct error error = ERROR_INITIAL;
		enum maildir_message_result result =
			look_into(folder, added, with_sha256, &facts, &error);
		if (result == MAILDIR_MESSAGE_ERROR)
			sync_near_unreadable(folder, added, &error);
		if (result != MAILDIR_MESSAGE_OK)
			continue; /* its upload looks for it once more */
		take_facts(added, &facts);
	}
}

int sync_gather_identities(struct sync_folder *folder, struct far_session *session,
			   struct error *error)
{
	if ((folder->near.changes.added_count == 0 && !folder->base.uploads_pending) ||
	    uid_set_is_empty(&folder->far.changes.added))
		return 0;
	sync_report_progress(folder, "comparing", 0, 0);
	if (folder->near.changes.added_count > 0) {
		if (sync_folder_open(folder, error) != 0)
			return -1;
		identify_near(folder);
		maildir_close(&folder->transfer.maildir);
	}
	if (recall_uploads(folder, error) != 0 || identify_far(folder, session, error) != 0)
		return -1;
	if (sync_gather_likenesses(folder, session, error) != 0)
		return -1;
	return leave_unidentified(folder, error);
}
