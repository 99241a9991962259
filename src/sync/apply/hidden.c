/* Messages that the server has but does not show. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/hidden.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/plan/rules.h"

void hidden_tell(const struct sync_folder *folder)
{
	uint64_t count = uid_set_size(&folder->plan.hidden);
	if (count == 0)
		return;
	log_line(LOG_WARNING,
		 "%s: the server shows only the newest %u %s of the mailbox now, without %llu "
		 "%s here; if you removed %s "
		 "on the server, run `navette sync --force-delete %s/%s`",
		 sync_folder_name(folder), folder->far.state.marks.messages,
		 text_plural(folder->far.state.marks.messages, "message", "messages"),
		 (unsigned long long)count,
		 text_plural(count, "older one that is here. It stays",
			     "older ones that are here. They stay"),
		 text_plural(count, "it", "them"), folder->context->account->name,
		 sync_folder_name(folder));
}

int hidden_check_removal(const struct sync_folder *folder, struct error *error)
{
	const struct horizon horizon = rules_horizon(&folder->base.record, &folder->far.state);
	if (folder->context->options->force_delete ||
	    (!horizon_is_reached(&horizon) && folder->target.view->hidden == 0))
		return 0;
	return error_set(error, ERROR_SAFETY, SCOPE_FOLDER,
			 "the folder was removed here, but on the server its mailbox may hold more "
			 "than the newest %u %s that it shows; nothing was done. Remove it on "
			 "the server; or run `navette sync --force-delete %s/%s`",
			 horizon.shown, text_plural(horizon.shown, "message", "messages"),
			 folder->context->account->name, sync_folder_name(folder));
}

/* --- When all UIDs are void --- */

/* No message has that UID and a double of it: UIDs that high are never reached. */
#define NO_UID UINT32_MAX

bool hidden_is_noted(const struct state_upload *upload)
{
	return upload->kind == STATE_UPLOAD_NONE && upload->uidnext == NO_UID;
}

/* A note about one of the folder's new files. */
struct note {
	size_t added; /* its index in near_changes.added */
	struct state_upload upload;
};

struct note_list {
	struct note *items;
	size_t count, capacity;
};

static void add_note(struct note_list *notes, size_t added, uint64_t size,
		     const struct identity *identity)
{
	memory_grow((void **)&notes->items, &notes->capacity, notes->count + 1,
		    sizeof *notes->items);
	notes->items[notes->count++] = (struct note){ .added = added,
						      .upload = { .kind = STATE_UPLOAD_NONE,
								  .uidnext = NO_UID,
								  .size = size > 0 ? size : 1,
								  .identity = *identity } };
}

/* A file whose message is hidden in the base, or was in one before that. Where more may have passed
 * out of sight since, all files of the base that are not paired count as such. */
static int look_at_file(struct state_transaction *transaction, const struct sync_folder *folder,
			size_t added, struct note_list *notes, struct error *error)
{
	const struct horizon horizon = rules_horizon(&folder->base.record, &folder->far.state);
	struct maildir_name name;
	struct state_message message;
	struct state_upload upload;
	maildir_name_parse(folder->near.changes.added[added].name, &name);
	int found = state_message_by_name(transaction, folder->base.record.id, name.base,
					  name.base_length, &message, error);
	if (found > 0 && (state_is_hidden(message.absent) || horizon_is_reached(&horizon)))
		add_note(notes, added, message.size, &message.identity);
	if (found != 0)
		return found < 0 ? -1 : 0;
	found = state_upload_get(transaction, folder->base.record.id, name.base, name.base_length,
				 &upload, error);
	if (found > 0 && hidden_is_noted(&upload))
		add_note(notes, added, upload.size, &upload.identity);
	return found < 0 ? -1 : 0;
}

/* Which of the new files are a message that the server shows. The caller's. */
static bool *find_paired(const struct sync_folder *folder)
{
	const struct operation_list *adopted = &folder->plan.operations[OPERATION_ADOPT];
	bool *paired = memory_array(folder->near.changes.added_count, sizeof *paired);
	for (size_t i = 0; i < adopted->count; i++)
		paired[adopted->items[i].added] = true;
	return paired;
}

static int put_notes(struct state_transaction *transaction, struct sync_folder *folder,
		     const struct note_list *notes, struct error *error)
{
	for (size_t i = 0; i < notes->count; i++) {
		struct state_upload upload = notes->items[i].upload;
		struct maildir_name name;
		maildir_name_parse(folder->near.changes.added[notes->items[i].added].name, &name);
		upload.uidvalidity = folder->far.state.marks.uidvalidity;
		if (state_upload_put(transaction, folder->base.record.id, name.base,
				     name.base_length, &upload, error) != 0)
			return -1;
	}
	folder->base.uploads_pending = folder->base.uploads_pending || notes->count > 0;
	return 0;
}

int hidden_clear_base(struct state_transaction *transaction, struct sync_folder *folder,
		      struct error *error)
{
	struct note_list notes = { .items = NULL };
	/* A mailbox that is made anew hides nothing. */
	size_t files = folder->target.action == FOLDER_SYNC ? folder->near.changes.added_count : 0;
	bool *paired = find_paired(folder);
	int result = 0;
	for (size_t i = 0; result == 0 && i < files; i++)
		result = paired[i] ? 0 : look_at_file(transaction, folder, i, &notes, error);
	if (result == 0)
		result = state_folder_clear(transaction, folder->base.record.id, error);
	if (result == 0)
		result = put_notes(transaction, folder, &notes, error);
	free(notes.items);
	free(paired);
	return result;
}
