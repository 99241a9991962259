/* Downloads that are in place leave the journal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/journal.h"

#include "maildir/delivery.h"
#include "sync/folder.h"
#include "sync/observe/look.h"

int sync_journal_remove(struct state_transaction *transaction, uint32_t id,
			const struct uid_set *published, struct error *error)
{
	for (uint32_t uid = 0; uid_set_next(published, &uid);) {
		if (state_download_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	return 0;
}

/* Entries in one transaction: each costs memory until it is committed. */
#define ENTRIES_AT_ONCE 10000

struct journal {
	struct sync_folder *folders;
	size_t count;
};

static int remove_entries(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct journal *journal = context;
	for (size_t i = 0; i < journal->count; i++) {
		const struct sync_folder *folder = &journal->folders[i];
		if (sync_journal_remove(transaction, folder->base.record.id,
					&folder->transfer.published, error) != 0)
			return -1;
	}
	return 0;
}

/* The names must be on the disk first: without them and without the journal a file that stayed in
 * tmp/ would look as if the user had removed its message. One sync does for all folders that stand
 * on the same file systems. */
static int sync_all(const struct journal *journal, bool *any_r, struct error *error)
{
	struct maildir_devices synced = { .count = 0 };
	*any_r = false;
	for (size_t i = 0; i < journal->count; i++) {
		struct sync_folder *folder = &journal->folders[i];
		if (uid_set_is_empty(&folder->transfer.published))
			continue;
		*any_r = true;
		if (sync_folder_open(folder, error) != 0)
			return -1;
		int result = maildir_sync_once(folder->transfer.maildir, &synced, error);
		maildir_close(&folder->transfer.maildir);
		if (result != 0)
			return -1;
	}
	return 0;
}

/* The next folders whose entries go in one transaction. */
static struct journal take_some(struct journal *left)
{
	struct journal some = { .folders = left->folders };
	uint64_t entries = 0;
	while (left->count > 0 && entries < ENTRIES_AT_ONCE) {
		entries += uid_set_size(&left->folders->transfer.published);
		left->folders++;
		left->count--;
		some.count++;
	}
	return some;
}

/* Best last: what is pending without it counts as never delivered. Where it stays, the next run
 * that has to do in the folder removes it. */
static int remove_witnesses(const struct journal *journal, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < journal->count; i++) {
		struct sync_folder *folder = &journal->folders[i];
		if (uid_set_is_empty(&folder->transfer.published))
			continue;
		result = sync_folder_open(folder, error);
		if (result == 0)
			result = maildir_witness_remove(folder->transfer.maildir, error);
		maildir_close(&folder->transfer.maildir);
	}
	return result;
}

int sync_journal_settle(struct sync_folder *folders, size_t count, struct error *error)
{
	struct journal left = { .folders = folders, .count = count };
	bool any;
	if (sync_all(&left, &any, error) != 0)
		return -1;
	while (any && left.count > 0) {
		struct journal some = take_some(&left);
		if (state_write(folders[0].context->state, remove_entries, &some, error) != 0)
			return -1;
	}
	return any ? remove_witnesses(&(struct journal){ .folders = folders, .count = count },
				      error)
		   : 0;
}
