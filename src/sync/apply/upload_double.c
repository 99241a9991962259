/* Uploads: servers that keep one message where a folder has two files of the same bytes. They say
 * OK to the second, and store nothing. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "maildir/name.h"
#include "sync/apply/hidden.h"
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/base.h"

/* The message of the base that is the same as FACTS says; 0 when there is none, or it cannot be
 * read. */
static uint32_t find_same(const struct base_view *base, const struct maildir_message_facts *facts)
{
	struct state_message message;
	struct error ignored = ERROR_INITIAL;
	uint32_t from = 1;
	while (base->next(base->context, from, &message, &ignored) > 0) {
		if (message.size == facts->wire_size &&
		    identity_equal(&message.identity, &facts->identity))
			return message.uid;
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return 0;
}

static void tell(struct upload *upload, const struct outgoing *outgoing)
{
	upload->folder->transfer.counts.uploaded--;
	log_line(
		LOG_WARNING,
		"%s: the server took %s and stored nothing, for it has the same mail as UID %u and "
		"keeps it once; the file stays, and is not sent again while that message is there",
		sync_folder_name(upload->folder), outgoing->location.name, outgoing->double_of);
}

static bool is_stored_nowhere(const struct outgoing *outgoing)
{
	return outgoing->sent->state == FAR_SENT_STORED && outgoing->sent->uid == 0;
}

int upload_find_doubles(struct upload *upload, struct error *error)
{
	struct sync_base base;
	bool any = false;
	for (size_t i = 0; i < upload->count; i++)
		any = any || is_stored_nowhere(&upload->batch[i]);
	if (!any)
		return 0;
	if (sync_base_begin(upload->folder, &base, error) != 0)
		return -1;
	for (size_t i = 0; i < upload->count; i++) {
		struct outgoing *outgoing = &upload->batch[i];
		if (!is_stored_nowhere(outgoing))
			continue;
		outgoing->double_of = find_same(&base.view, &outgoing->facts);
		if (outgoing->double_of != 0)
			tell(upload, outgoing);
	}
	sync_base_end(&base);
	return 0;
}

int upload_record_double(struct state_transaction *transaction, const struct upload *upload,
			 const struct outgoing *outgoing, struct error *error)
{
	const struct state_upload record = { .kind = STATE_UPLOAD_NONE,
					     .uidvalidity =
						     upload->folder->far.state.marks.uidvalidity,
					     .uidnext = outgoing->double_of,
					     .size = outgoing->facts.wire_size,
					     .identity = outgoing->facts.identity };
	struct maildir_name name;
	maildir_name_parse(outgoing->location.name, &name);
	return state_upload_put(transaction, upload->folder->base.record.id, name.base,
				name.base_length, &record, error);
}

static bool is_recorded(const struct sync_folder *folder, struct state_transaction *transaction,
			const char *file)
{
	struct error ignored = ERROR_INITIAL;
	struct maildir_name name;
	struct state_upload record;
	struct state_message other;
	uint32_t id = folder->base.record.id;
	maildir_name_parse(file, &name);
	return state_upload_get(transaction, id, name.base, name.base_length, &record, &ignored) >
		       0 &&
	       record.kind == STATE_UPLOAD_NONE &&
	       record.uidvalidity == folder->far.state.marks.uidvalidity &&
	       (hidden_is_noted(&record) ||
		state_message_by_uid(transaction, id, record.uidnext, &other, &ignored) > 0);
}

bool upload_is_double(const struct sync_folder *folder, const char *name)
{
	struct state_transaction *transaction;
	struct error ignored = ERROR_INITIAL;
	if (!folder->base.uploads_pending ||
	    state_read_begin(folder->context->state, &transaction, &ignored) != 0)
		return false;
	bool is_double = is_recorded(folder, transaction, name);
	state_read_end(&transaction);
	return is_double;
}
