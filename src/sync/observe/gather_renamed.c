/* Gather: which of the near side's new files are missing ones under another base name.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/message.h"
#include "sync/folder.h"
#include "sync/observe/gather.h"
#include "sync/observe/renamed.h"

static int collect_vanished(const struct sync_folder *folder, const struct base_view *base,
			    struct vanished_list *list, struct error *error)
{
	for (uint32_t uid = 0; uid_set_next(&folder->near.changes.removed, &uid);) {
		struct state_message message;
		int found = base->by_uid(base->context, uid, &message, error);
		if (found < 0)
			return -1;
		if (found > 0 && !state_is_absent_near(message.absent))
			vanished_list_add(list, &message);
	}
	return 0;
}

/* What cannot be looked at stays a new file. */
static void look_at_added(struct sync_folder *folder)
{
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		struct near_added *added = &folder->near.changes.added[i];
		const struct maildir_location location = { .place = added->place,
							   .name = added->name };
		(void)maildir_message_stamp(folder->transfer.maildir, &location, &added->file);
	}
}

static void read_added(struct sync_folder *folder, struct vanished_list *list)
{
	for (size_t i = 0; i < folder->near.changes.added_count; i++) {
		struct near_added *added = &folder->near.changes.added[i];
		if (renamed_must_read(list, added))
			sync_identify_near(folder, added, list->any_sha256);
	}
}

int sync_gather_renamed(struct sync_folder *folder, const struct base_view *base,
			struct error *error)
{
	struct vanished_list list = { .items = NULL };
	if (folder->near.changes.added_count == 0 ||
	    uid_set_is_empty(&folder->near.changes.removed))
		return 0;
	int result = collect_vanished(folder, base, &list, error);
	if (result == 0 && list.count > 0) {
		look_at_added(folder);
		renamed_pair_files(&list, &folder->near.changes);
		read_added(folder, &list);
		renamed_pair_contents(&list, &folder->near.changes);
	}
	vanished_list_release(&list);
	return result;
}
