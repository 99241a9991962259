/* Uploads: what has to be known of a file before it goes up. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "mail/letters.h"
#include "maildir/name.h"
#include "sync/apply/letters.h"
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/begun.h"
#include "sync/observe/content.h"
#include "sync/report.h"

/* The facts of the file as it is before it is sent: so that the intent says what to look for on the
 * server should nobody be there any more to record it. What cannot be read is told when it would be
 * sent. */
static bool learn_facts(const struct upload *upload, struct outgoing *outgoing)
{
	struct maildir_reader *reader;
	if (maildir_reader_open(upload->folder->transfer.maildir, &outgoing->location, &reader,
				&outgoing->facts, NULL) != MAILDIR_MESSAGE_OK)
		return false;
	maildir_reader_close(&reader);
	return true;
}

/* A file that was written to in this moment may be written to further without a trace in its time:
 * it is waited for once, and if somebody still writes it is the next run's. */
static bool is_at_rest(const struct upload *upload, struct outgoing *outgoing)
{
	struct timespec pause = { .tv_nsec = 50 * 1000000L };
	if (!learn_facts(upload, outgoing) || !content_is_of_this_moment(&outgoing->facts.file))
		return true;
	(void)nanosleep(&pause, NULL); /* waking early only means that it may be put off */
	return !learn_facts(upload, outgoing) || !content_is_of_this_moment(&outgoing->facts.file);
}

void upload_note_fresh(const struct upload *upload, const struct uid_set *uids)
{
	struct error error = ERROR_INITIAL;
	struct sync_folder *folder = upload->folder;
	if (state_fresh_add(folder->context->state, folder->base.record.id, uids, &error) != 0)
		sync_report_message(folder, &error);
}

/* The file of a message that both sides have may change no directory any more. */
static void note_for_next_run(const struct upload *upload, uint32_t uid)
{
	struct uid_set uids = UID_SET_INITIAL;
	if (uid != 0)
		uid_set_add(&uids, uid);
	upload_note_fresh(upload, &uids);
	uid_set_release(&uids);
}

static void tell_unrest(const struct upload *upload, const struct outgoing *outgoing)
{
	log_line(LOG_WARNING, "%s: %s is being written to; the next run takes it as it is then",
		 sync_folder_name(upload->folder), outgoing->location.name);
}

/* A second file under a base name that is taken gets a name of its own first. */
static bool name_file(const struct upload *upload, struct outgoing *outgoing)
{
	const struct operation *operation = outgoing->operation;
	struct maildir_location seen = { .place = operation->place,
					 .name = memory_text(operation->name) };
	struct error error = ERROR_INITIAL;
	if (!operation->needs_new_name) {
		outgoing->location = seen;
		return true;
	}
	enum maildir_message_result renamed = maildir_message_rename_unique(
		upload->folder->transfer.maildir, &seen, &outgoing->location, &error);
	if (renamed == MAILDIR_MESSAGE_OK)
		sync_report_change(upload->folder, SYNC_CHANGE_MOVED, &outgoing->location, &seen);
	free(seen.name);
	if (renamed == MAILDIR_MESSAGE_ERROR)
		sync_report_message(upload->folder, &error);
	return renamed == MAILDIR_MESSAGE_OK;
}

/* What an earlier run began to send is the new version of what it was then. */
static uint32_t find_replaced(const struct upload *upload, const struct outgoing *outgoing)
{
	const struct sync_folder *folder = upload->folder;
	struct maildir_name name;
	if (outgoing->operation->upload.supersedes != 0)
		return outgoing->operation->upload.supersedes;
	maildir_name_parse(outgoing->location.name, &name);
	return begun_version_of(folder, name.base, name.base_length);
}

/* A reader that moved the file and knows no letters left those of its keywords out. They are there
 * again before anything is recorded: a name without them would look like keywords taken away. Where
 * that fails it is as if the reader had meant it. */
static void bring_letters_back(const struct upload *upload, struct outgoing *outgoing)
{
	struct sync_folder *folder = upload->folder;
	struct error error = ERROR_INITIAL;
	uint32_t near = outgoing->operation->near_flags;
	uint32_t meant = letters_meant(upload_base_flags(upload, outgoing), near, true);
	struct maildir_location before = outgoing->location;
	if (meant == near)
		return;
	sync_letters_place(folder, meant);
	char *name = maildir_name_with_flags(before.name, meant, meant & ~near,
					     maildir_separator(folder->transfer.maildir));
	enum maildir_message_result renamed =
		maildir_message_rename(folder->transfer.maildir, &before, name, &error);
	if (renamed == MAILDIR_MESSAGE_ERROR)
		sync_report_message(folder, &error);
	if (renamed != MAILDIR_MESSAGE_OK) {
		free(name);
		return;
	}
	outgoing->location.name = name;
	sync_report_change(folder, SYNC_CHANGE_MOVED, &outgoing->location, &before);
	free(before.name);
}

void upload_take_operation(struct upload *upload, const struct operation *operation)
{
	struct outgoing *outgoing = &upload->batch[upload->count];
	*outgoing =
		(struct outgoing){ .operation = operation, .sent = &upload->sent[upload->count] };
	*outgoing->sent = (struct far_outgoing){ .state = FAR_SENT_WAITS };
	if (!name_file(upload, outgoing))
		return;
	if (upload_recall_source(upload, outgoing)) {
		bring_letters_back(upload, outgoing);
		upload->count++;
		return;
	}
	if (is_at_rest(upload, outgoing)) {
		outgoing->replaces = find_replaced(upload, outgoing);
		upload->count++;
		return;
	}
	tell_unrest(upload, outgoing);
	note_for_next_run(upload, operation->upload.supersedes);
	upload->folder->transfer.near_raced =
		upload->folder->transfer.near_raced || operation->upload.replaces != 0;
	free(outgoing->location.name);
}

/* The message that the file is a new version of stays in the base until the server has that: as one
 * without a file, under a name that no file has. */
static int supersede(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		     struct error *error)
{
	struct state_message message;
	int found = state_message_by_uid(transaction, folder, uid, &message, error);
	if (found <= 0)
		return found;
	char *unique = maildir_name_unique();
	struct maildir_name name;
	maildir_name_parse(unique, &name);
	message.name = unique;
	message.base_length = name.base_length;
	message.absent = STATE_ABSENT_NEAR;
	message.file = (struct file_stamp){ .inode = 0 };
	int result = state_message_put(transaction, folder, &message, error);
	free(unique);
	return result;
}

static int make_room(struct state_transaction *transaction, const struct upload *upload,
		     const struct operation *operation, struct error *error)
{
	uint32_t id = upload->folder->base.record.id;
	if (upload->folder->base.state == FOLDER_BASE_CLEARED)
		return 0;
	if (operation->upload.replaces != 0 &&
	    state_message_remove(transaction, id, operation->upload.replaces, error) != 0)
		return -1;
	return operation->upload.supersedes != 0
		       ? supersede(transaction, id, operation->upload.supersedes, error)
		       : 0;
}

int upload_record_intent(struct state_transaction *transaction, const struct upload *upload,
			 const struct outgoing *outgoing, struct error *error)
{
	const struct operation_upload *operation = &outgoing->operation->upload;
	const struct state_upload intent = { .kind = STATE_UPLOAD_BEGUN,
					     .uidvalidity =
						     upload->folder->far.state.marks.uidvalidity,
					     .uidnext = upload->batch_from_uid,
					     .size = outgoing->facts.wire_size,
					     .identity = outgoing->facts.identity,
					     .replaces = outgoing->replaces,
					     .has_flags = true,
					     .flags = upload_base_flags(upload, outgoing),
					     .from_folder = operation->from_id,
					     .from_uid = operation->from_uid };
	struct maildir_name name;
	maildir_name_parse(outgoing->location.name, &name);
	if (make_room(transaction, upload, outgoing->operation, error) != 0)
		return -1;
	return state_upload_put(transaction, upload->folder->base.record.id, name.base,
				name.base_length, &intent, error);
}
