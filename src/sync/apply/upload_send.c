/* Uploads: a batch of messages, each opened when its turn comes. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>

#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/report.h"

/* --- Messages --- */

static int read_message(void *context, void *bytes, size_t size, size_t *length_r,
			struct error *error)
{
	return maildir_reader_read(context, bytes, size, length_r, error);
}

/* Opens the file, once more where a reader has renamed it meanwhile. What is recorded of it is the
 * name that its flags were read from: under its new one, with the old flags, it would look as if
 * the server had what the reader changed. The new name shows in the next scan. */
static enum maildir_message_result open_file(struct upload *upload, struct outgoing *outgoing,
					     struct error *error)
{
	const struct maildir *maildir = upload->folder->transfer.maildir;
	enum maildir_message_result opened = maildir_reader_open(
		maildir, &outgoing->location, &upload->reader, &outgoing->facts, error);
	if (opened != MAILDIR_MESSAGE_GONE)
		return opened;
	struct maildir_location now;
	opened = maildir_message_find(maildir, outgoing->location.name, &now, error);
	if (opened != MAILDIR_MESSAGE_OK)
		return opened;
	opened = maildir_reader_open(maildir, &now, &upload->reader, &outgoing->facts, error);
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

/* The sentence names the message. */
static void report_refused(struct upload *upload, const struct outgoing *outgoing,
			   const struct error *reason)
{
	struct error error = *reason;
	(void)error_prefix(&error, "%s", outgoing->location.name);
	sync_report_message(upload->folder, &error);
}

/* It was moved or copied here, or its message is gone from the server. */
static void report_stub(struct upload *upload, const struct outgoing *outgoing)
{
	struct error error = ERROR_INITIAL;
	(void)error_set(
		&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
		"it was not sent, because only the header of the message is here; move the "
		"file back to its folder and get the whole with \"navette fetch\" first, or "
		"remove the file if its message is gone from the server");
	report_refused(upload, outgoing, &error);
}

/* --- What the far side asks for, and tells --- */

static void close_message(void *context, size_t i)
{
	struct upload *upload = context;
	(void)i; /* only one is open */
	maildir_reader_close(&upload->reader);
}

static int open_message(void *context, size_t i, struct far_source *source_r)
{
	struct upload *upload = context;
	struct outgoing *outgoing = &upload->batch[i];
	struct error error = ERROR_INITIAL;
	enum maildir_message_result opened = open_file(upload, outgoing, &error);
	if (opened == MAILDIR_MESSAGE_ERROR)
		sync_report_message(upload->folder, &error);
	/* The user removed it while we looked, so there is nothing to send. */
	else if (opened == MAILDIR_MESSAGE_GONE && outgoing->operation->upload.replaces != 0)
		upload->folder->transfer.near_raced = true;
	if (opened != MAILDIR_MESSAGE_OK)
		return 0;
	note_identity(upload, outgoing);
	if (outgoing->facts.is_stub) {
		report_stub(upload, outgoing);
		close_message(upload, i);
		return 0;
	}
	*source_r = (struct far_source){ .size = outgoing->facts.wire_size,
					 .date = outgoing->facts.mtime,
					 .flags = outgoing->operation->far_wanted,
					 .has_nul = outgoing->facts.has_nul,
					 .in_place_of = outgoing->operation->upload.in_place_of,
					 .read = read_message,
					 .context = upload->reader };
	return 1;
}

static void take_stored(void *context, size_t i)
{
	struct upload *upload = context;
	struct sync_folder *folder = upload->folder;
	uint64_t size = upload->batch[i].facts.wire_size;
	folder->transfer.counts.uploaded++;
	folder->transfer.counts.bytes_up += size;
	folder->context->bytes += size;
	sync_report_progress(folder, "uploading", ++upload->done, upload->total);
}

static void take_refused(void *context, size_t i, const struct error *reason)
{
	struct upload *upload = context;
	if (reason)
		report_refused(upload, &upload->batch[i], reason);
	else
		upload->refused_silently++;
}

/* --- The batch --- */

/* Those that were not even tried are told of with the refused ones. */
static void count_untried(struct upload *upload)
{
	for (size_t i = 0; i < upload->count; i++)
		upload->refused_silently += upload->sent[i].state == FAR_SENT_WAITS;
}

int upload_send_batch(struct upload *upload, struct error *error)
{
	const struct far_sender sender = { .context = upload,
					   .open = open_message,
					   .close = close_message,
					   .stored = take_stored,
					   .refused = take_refused };
	int result = far_append_batch(upload->append, &sender, upload->sent, upload->count,
				      &upload->stopped, error);
	if (upload->stopped)
		count_untried(upload);
	return result;
}
