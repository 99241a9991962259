/* Files that may be written to where no directory tells it. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "sync/observe/watch.h"

#include <stdlib.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "sync/folder.h"
#include "sync/observe/content.h"

static bool is_draft(const struct state_message *message)
{
	struct maildir_name name;
	maildir_name_parse(message->name, &name);
	return ((message->flags | name.flags) & FLAG_DRAFT) != 0;
}

void sync_watch_collect(struct uid_set *drafts, const struct state_message *message)
{
	if (is_draft(message))
		uid_set_add(drafts, message->uid);
}

int sync_watch_note(struct state_transaction *transaction, const struct sync_folder *folder,
		    const struct uid_set *drafts, struct error *error)
{
	if (uid_set_is_empty(drafts))
		return 0;
	return state_set_add(transaction, folder->base.record.id, STATE_WATCHED, drafts, error);
}

/* One that is gone shows in its directory. */
static void look_at(struct sync_folder *folder, const struct state_message *message)
{
	struct maildir_location location = { .place = (enum maildir_place)message->place,
					     .name = memory_text(message->name) };
	struct file_stamp now = { .inode = 0 };
	/* A file that an older state knew nothing of is read once, to be known from then on. */
	if (!uid_set_contains(&folder->base.stubs, message->uid) &&
	    maildir_message_stamp(folder->transfer.maildir, &location, &now) &&
	    (!file_stamp_is_known(&message->file) ||
	     !file_stamp_is_untouched(&message->file, now.size, now.mtime_ns)))
		uid_set_add(&folder->base.watched, message->uid);
	free(location.name);
}

static int look_at_all(struct sync_folder *folder, struct state_transaction *transaction,
		       struct error *error)
{
	struct state_message message;
	uint32_t from = 1;
	int found;
	while ((found = state_message_next(transaction, folder->base.record.id, from, &message,
					   error)) > 0) {
		look_at(folder, &message);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

/* Some of the set may be no drafts any more. */
static int look_at_some(struct sync_folder *folder, struct state_transaction *transaction,
			struct error *error)
{
	struct uid_set drafts = UID_SET_INITIAL;
	struct uid_set fresh = UID_SET_INITIAL;
	uint32_t id = folder->base.record.id;
	int result = state_set_get(transaction, id, STATE_WATCHED, &drafts, error);
	state_fresh_get(&folder->context->fresh, id, &fresh);
	uid_set_add_set(&drafts, &fresh);
	for (uint32_t uid = 0; result == 0 && uid_set_next(&drafts, &uid);) {
		struct state_message message;
		int found = state_message_by_uid(transaction, id, uid, &message, error);
		if (found > 0 && (is_draft(&message) || uid_set_contains(&fresh, uid)))
			look_at(folder, &message);
		result = found < 0 ? -1 : 0;
	}
	uid_set_release(&drafts);
	uid_set_release(&fresh);
	return result;
}

int sync_watch_look(struct sync_folder *folder, struct error *error)
{
	struct state_transaction *transaction;
	if (folder->base.record.id == 0 ||
	    !(sync_target_rules(&folder->target)->push & CONFIG_KIND_NEW))
		return 0;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	int result = content_is_of_drafts(folder) ? look_at_all(folder, transaction, error)
						  : look_at_some(folder, transaction, error);
	state_read_end(&transaction);
	return result;
}

/* --- Before a removal --- */

/* The caller's name. A reader may have renamed the file since it was recorded. */
static struct maildir_location location_of(const struct operation_list *seen,
					   const struct state_message *message)
{
	const struct operation *operation = seen ? operation_list_find(seen, message->uid) : NULL;
	if (operation && operation->name)
		return (struct maildir_location){ .place = operation->place,
						  .name = memory_text(operation->name) };
	return (struct maildir_location){ .place = (enum maildir_place)message->place,
					  .name = memory_text(message->name) };
}

static int find_edited(struct sync_folder *folder, const struct uid_set *uids,
		       const struct operation_list *seen, struct uid_set *edited,
		       struct error *error)
{
	struct state_transaction *transaction;
	int result = 0;
	if (state_read_begin(folder->context->state, &transaction, error) != 0)
		return -1;
	for (uint32_t uid = 0; result == 0 && uid_set_next(uids, &uid);) {
		struct state_message message;
		int found = state_message_by_uid(transaction, folder->base.record.id, uid, &message,
						 error);
		result = found < 0 ? -1 : 0;
		if (found <= 0)
			continue;
		struct maildir_location location = location_of(seen, &message);
		if (content_is_only_here(folder, &location, &message))
			uid_set_add(edited, uid);
		free(location.name);
	}
	state_read_end(&transaction);
	return result;
}

int sync_watch_spare_edited(struct sync_folder *folder, struct uid_set *uids,
			    const struct operation_list *seen, struct uid_set *kept,
			    struct error *error)
{
	struct uid_set edited = UID_SET_INITIAL;
	if (folder->base.record.id == 0 || folder->base.state == FOLDER_BASE_CLEARED ||
	    uid_set_is_empty(uids))
		return 0;
	int result = find_edited(folder, uids, seen, &edited, error);
	if (result == 0 && !uid_set_is_empty(&edited)) {
		folder->transfer.near_raced = true;
		uid_set_remove_set(uids, &edited);
		if (!(sync_target_rules(&folder->target)->push & CONFIG_KIND_NEW))
			uid_set_add_set(kept, &edited);
		else
			result = state_fresh_add(folder->context->state, folder->base.record.id,
						 &edited, error);
	}
	uid_set_release(&edited);
	return result;
}
