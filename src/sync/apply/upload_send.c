/* Uploads: a batch of messages as few commands in one flight. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "sync/apply/upload.h"

#include "base/text.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"
#include "sync/report.h"

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

/* --- Answers --- */

static bool is_part(const struct upload *upload, const struct sending *sending, size_t i)
{
	const struct outgoing *outgoing = &upload->batch[i];
	return outgoing->state == OUTGOING_UNDER_WAY &&
	       outgoing->sending == (size_t)(sending - upload->sendings);
}

/* APPENDUID is believed only when it can be true: right UIDVALIDITY, new UIDs, each higher than
 * those of the messages that were sent before (RFC 9051 section 2.3.1.1: ascending). */
static bool can_be_true(struct upload *upload, const struct imap_appended *appended)
{
	uint32_t first = 0;
	if (upload->tells_wrong_uids || !uid_set_next(&appended->uids, &first) ||
	    appended->uidvalidity != upload->folder->far.state.marks.uidvalidity ||
	    first < upload->from_uid)
		return false;
	upload->tells_wrong_uids = first < upload_uid_after_assigned(upload);
	return !upload->tells_wrong_uids;
}

/* UIDs out of order may be those of each other's messages: what was told of this batch is looked up
 * instead. */
static void distrust_batch(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		if (outgoing->uid != 0)
			uid_set_remove_range(&upload->assigned, outgoing->uid, outgoing->uid);
		outgoing->uid = 0;
	}
}

static void take_stored(struct upload *upload, const struct sending *sending,
			const struct imap_appended *appended)
{
	struct sync_folder *folder = upload->folder;
	bool has_uids = can_be_true(upload, appended);
	uint32_t uid = 0;
	if (upload->tells_wrong_uids)
		distrust_batch(upload);
	for (size_t i = sending->first; i <= sending->last; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		if (!is_part(upload, sending, i))
			continue;
		outgoing->state = OUTGOING_STORED;
		outgoing->replaced = sending->replaces;
		if (has_uids && uid_set_next(&appended->uids, &uid))
			outgoing->uid = uid;
		folder->transfer.counts.uploaded++;
		folder->transfer.counts.bytes_up += outgoing->facts.wire_size;
		folder->context->bytes += outgoing->facts.wire_size;
		upload->done++;
	}
	if (has_uids)
		uid_set_add_set(&upload->assigned, &appended->uids);
	sync_report_progress(folder, "uploading", upload->done, upload->total);
}

/* The sentence names the message. One that is about all of them is told once. */
static void refuse(struct upload *upload, struct outgoing *outgoing, struct error *refusal)
{
	outgoing->state = OUTGOING_REFUSED;
	if (refusal->scope >= SCOPE_FOLDER) {
		if (upload->told_refusal) {
			upload->refused_silently++;
			return;
		}
		upload->told_refusal = true;
	}
	(void)error_prefix(refusal, "%s", outgoing->location.name);
	sync_report_message(upload->folder, refusal);
}

/* No message would be taken: there is no right to, or no such mailbox. */
static bool is_hopeless(const struct error *refusal)
{
	return refusal->kind == ERROR_FAILED && refusal->scope >= SCOPE_FOLDER;
}

/* Several messages were refused together, so none of them is stored (RFC 3502 section 6.3.11): one
 * may be the reason, so each is tried by itself. The reason of a refused REPLACE may be the old
 * message, so the new one is tried without it. */
static void take_refused(struct upload *upload, const struct sending *sending,
			 const struct error *refusal)
{
	bool goes_again = !sync_refusal_wants_pause(refusal) &&
			  (sending->replaces || (sending->count > 1 && !is_hopeless(refusal)));
	for (size_t i = sending->first; i <= sending->last; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		struct error error = *refusal;
		if (!is_part(upload, sending, i))
			continue;
		if (goes_again) {
			outgoing->state = OUTGOING_WAITS;
			outgoing->alone = true;
		} else if (sync_refusal_wants_pause(refusal)) {
			outgoing->state = OUTGOING_REFUSED;
		} else {
			refuse(upload, outgoing, &error);
		}
	}
	if (sending->replaces)
		upload->replaces_none = true;
	else
		upload->stopped = upload->stopped || is_hopeless(refusal);
}

static void fail(struct upload *upload, const struct error *failure)
{
	if (!upload->failed)
		upload->failure = *failure;
	upload->failed = true;
}

static void finish_sending(struct upload *upload, struct sending *sending)
{
	struct imap_appended appended;
	struct error error = ERROR_INITIAL;
	switch (imap_append_finish(far_imap_session(upload->session), &sending->command, &appended,
				   &error)) {
	case IMAP_RESULT_OK:
		take_stored(upload, sending, &appended);
		break;
	case IMAP_RESULT_REFUSED:
		if (sync_refusal_wants_pause(&error))
			fail(upload, &error);
		take_refused(upload, sending, &error);
		break;
	case IMAP_RESULT_ERROR:
		fail(upload, &error);
		break;
	}
	imap_appended_release(&appended);
	upload->bytes_unanswered -= sending->bytes;
}

static void finish_oldest(struct upload *upload)
{
	finish_sending(upload, &upload->sendings[upload->finished++]);
}

/* --- Commands --- */

static void end_sending(struct upload *upload)
{
	if (upload->open)
		imap_append_end(upload->open->command);
	upload->open = NULL;
}

static bool can_join(const struct sending *sending, bool single, uint64_t size)
{
	if (sending->count == 0)
		return true;
	return !single && !sending->single && sending->count < COMMAND_MESSAGES &&
	       sending->bytes + size <= COMMAND_BYTES;
}

static struct imap_command *begin_command(const struct upload *upload, uint32_t in_place_of)
{
	const char *mailbox = upload->folder->target.mailbox;
	return in_place_of != 0
		       ? imap_replace_begin(far_imap_session(upload->session), mailbox, in_place_of)
		       : imap_append_begin(far_imap_session(upload->session), mailbox);
}

/* The command for a message of SIZE bytes. */
static struct sending *need_sending(struct upload *upload, bool single, uint32_t in_place_of,
				    uint64_t size)
{
	if (upload->open && !can_join(upload->open, single, size))
		end_sending(upload);
	if (!upload->open) {
		while (upload->finished < upload->sending_count &&
		       upload->bytes_unanswered + size > UNANSWERED_BYTES)
			finish_oldest(upload);
		upload->open = &upload->sendings[upload->sending_count++];
		*upload->open = (struct sending){ .command = begin_command(upload, in_place_of),
						  .replaces = in_place_of != 0 };
	}
	upload->open->single = single;
	return upload->open;
}

/* An empty literal would cancel the command (RFC 3502 section 6.3.11), NUL makes many servers
 * refuse it. */
static bool may_share(const struct upload *upload, const struct outgoing *outgoing)
{
	return imap_session_has(far_imap_session(upload->session), IMAP_CAPABILITY_MULTIAPPEND) &&
	       !upload->one_by_one && !outgoing->alone && !outgoing->facts.has_nul &&
	       upload_in_place_of(upload, outgoing) == 0 && outgoing->facts.wire_size > 0 &&
	       outgoing->facts.wire_size <= SHARED_BYTES;
}

/* --- Messages --- */

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	return maildir_reader_read(context, bytes, size, length_r, error);
}

/* Opens the file, once more where a reader has renamed it meanwhile. What is recorded of it is the
 * name that its flags were read from: under its new one, with the old flags, it would look as if
 * the server had what the reader changed. The new name shows in the next scan. */
static enum maildir_message_result open_message(struct upload *upload, struct outgoing *outgoing,
						struct maildir_reader **reader_r,
						struct error *error)
{
	const struct maildir *maildir = upload->folder->transfer.maildir;
	enum maildir_message_result opened = maildir_reader_open(maildir, &outgoing->location,
								 reader_r, &outgoing->facts, error);
	if (opened != MAILDIR_MESSAGE_GONE)
		return opened;
	struct maildir_location now;
	opened = maildir_message_find(maildir, outgoing->location.name, &now, error);
	if (opened != MAILDIR_MESSAGE_OK)
		return opened;
	opened = maildir_reader_open(maildir, &now, reader_r, &outgoing->facts, error);
	free(now.name);
	return opened;
}

/* What moved here is known from now on, wherever the file goes (hold.c). */
static void note_identity(struct upload *upload, const struct outgoing *outgoing)
{
	if (outgoing->operation->added == SIZE_MAX)
		return;
	struct near_added *added = &upload->folder->near.changes.added[outgoing->operation->added];
	added->identity = outgoing->facts.identity;
	added->size = outgoing->facts.whole_size;
	added->is_identified = true;
}

static void add_to_sending(struct upload *upload, size_t i, struct maildir_reader *reader)
{
	struct outgoing *outgoing = &upload->batch[i];
	const struct maildir_message_facts *facts = &outgoing->facts;
	struct sending *sending =
		need_sending(upload, !may_share(upload, outgoing),
			     upload_in_place_of(upload, outgoing), facts->wire_size);
	const struct imap_append message = {
		.flags = outgoing->operation->far_wanted,
		.keywords = &upload->folder->base.record.keywords,
		.internaldate = facts->mtime,
		.size = facts->wire_size,
		.binary = facts->has_nul && imap_session_has(far_imap_session(upload->session),
							     IMAP_CAPABILITY_BINARY),
		.asks = facts->wire_size > ASKING_BYTES && upload->limit == UINT64_MAX,
		.read = read_message,
		.context = reader
	};
	struct error error = ERROR_INITIAL;
	enum imap_result added = imap_append_add(sending->command, &message, &error);
	if (added == IMAP_RESULT_REFUSED) {
		refuse(upload, outgoing, &error);
		return;
	}
	outgoing->state = OUTGOING_UNDER_WAY;
	outgoing->sending = (size_t)(sending - upload->sendings);
	if (sending->count++ == 0)
		sending->first = i;
	sending->last = i;
	sending->bytes += facts->wire_size;
	upload->bytes_unanswered += facts->wire_size;
	if (added == IMAP_RESULT_ERROR)
		end_sending(upload); /* its finish tells why */
}

static void refuse_too_large(struct upload *upload, struct outgoing *outgoing)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
			"it was not sent, because it has %llu %s and the server takes messages "
			"of up to %llu %s here",
			(unsigned long long)outgoing->facts.wire_size,
			text_plural(outgoing->facts.wire_size, "byte", "bytes"),
			(unsigned long long)upload->limit,
			text_plural(upload->limit, "byte", "bytes"));
	refuse(upload, outgoing, &error);
}

/* It was moved or copied here, or its message is gone from the server. */
static void refuse_stub(struct upload *upload, struct outgoing *outgoing)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(
		&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"it was not sent, because only the header of the message is here; move the "
		"file back to its folder and get the whole with \"navette fetch\" first, or "
		"remove the file if its message is gone from the server");
	refuse(upload, outgoing, &error);
}

static void send_message(struct upload *upload, size_t i)
{
	struct outgoing *outgoing = &upload->batch[i];
	struct error error = ERROR_INITIAL;
	struct maildir_reader *reader;
	enum maildir_message_result opened = open_message(upload, outgoing, &reader, &error);
	if (opened != MAILDIR_MESSAGE_OK) {
		/* Gone: the user removed it while we looked, so there is nothing to send. */
		outgoing->state = OUTGOING_REFUSED;
		if (opened == MAILDIR_MESSAGE_ERROR)
			sync_report_message(upload->folder, &error);
		else if (outgoing->operation->replaces != 0)
			upload->folder->transfer.near_raced = true;
		return;
	}
	note_identity(upload, outgoing);
	if (outgoing->facts.is_stub)
		refuse_stub(upload, outgoing);
	else if (outgoing->facts.wire_size > upload->limit)
		refuse_too_large(upload, outgoing);
	else
		add_to_sending(upload, i, reader);
	maildir_reader_close(&reader);
}

/* --- The batch --- */

/* Sends all that wait, and finishes everything, also after a failure. */
static void send_waiting(struct upload *upload)
{
	upload->sending_count = upload->finished = 0;
	for (size_t i = 0; i < upload->count; i++) {
		if (upload->failed || upload->stopped ||
		    !imap_session_is_alive(far_imap_session(upload->session)))
			break;
		if (upload->batch[i].state == OUTGOING_WAITS)
			send_message(upload, i);
	}
	end_sending(upload);
	while (upload->finished < upload->sending_count)
		finish_oldest(upload);
}

/* How the messages fared that had been refused together. */
static void learn(struct upload *upload)
{
	size_t alone = 0;
	size_t stored = 0;
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		if (outgoing->operation->in_place_of != 0)
			continue;
		alone += outgoing->alone;
		stored += outgoing->alone && outgoing->state == OUTGOING_STORED;
	}
	/* None of them was the reason, or all were, as with a quota. */
	if (alone > 0 && (stored == alone || stored == 0))
		upload->one_by_one = true;
}

static bool nothing_was_stored(const struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++) {
		if (upload->batch[i].state == OUTGOING_STORED)
			return false;
	}
	return true;
}

/* Those that were not even tried are told of with the refused ones. */
static void count_untried(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++)
		upload->refused_silently += upload->batch[i].state == OUTGOING_WAITS;
}

int upload_send_batch(struct upload *upload, struct error *error)
{
	send_waiting(upload);
	if (!upload->failed && !upload->stopped) {
		send_waiting(upload);
		learn(upload);
	}
	/* A refusal that is about more than a message, and nothing got through. */
	if (upload->told_refusal && nothing_was_stored(upload))
		upload->stopped = true;
	if (upload->stopped)
		count_untried(upload);
	if (!upload->failed)
		return 0;
	*error = upload->failure;
	return -1;
}
