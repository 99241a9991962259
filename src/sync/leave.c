/* Apply: messages that leave the window. Their files go, and the server keeps them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "sync/folder.h"

/* The order that makes a crash harmless: (1) the intent is recorded, while the message stays in the
 * base: from now on a missing file is not the user's removal; (2) the file is removed, under
 * exactly the name that the base has: one that a reader renamed since may have been changed by the
 * user, and stays; (3) that is made durable: a file that came back would be uploaded as new; (4)
 * the message leaves the base, is left out, and the intent goes, in one transaction. After a crash
 * (4) follows for what is surely gone; the rest is planned anew. */

struct leaving {
	struct sync_folder *folder;
	struct uid_set uids;
	struct uid_set gone;
	struct uid_set doubtful; /* not where the base says: renamed, or gone */
};

static void release(struct leaving *leaving)
{
	uid_set_release(&leaving->uids);
	uid_set_release(&leaving->gone);
	uid_set_release(&leaving->doubtful);
}

/* --- (1) the intents --- */

static int record_intents(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct leaving *leaving = context;
	return state_set_put(transaction, leaving->folder->record.id, STATE_LEAVING, &leaving->uids,
			     error);
}

/* --- (2) the files --- */

/* 1, 0 the base does not have it, -1. The name is the caller's; NULL: it has no file, because the
 * user removed it under rules that did not let that go to the server. */
static int find_location(struct state_transaction *transaction, const struct leaving *leaving,
			 uint32_t uid, struct maildir_location *location_r, struct error *error)
{
	struct state_message message;
	int found =
		state_message_by_uid(transaction, leaving->folder->record.id, uid, &message, error);
	if (found > 0)
		*location_r =
			(struct maildir_location){ .place = (enum maildir_place)message.place,
						   .name = state_is_absent_near(message.absent)
								   ? NULL
								   : memory_text(message.name) };
	return found;
}

/* What is done with each file. */
typedef void file_function(struct leaving *leaving, uint32_t uid,
			   const struct maildir_location *location);

static int each_file(struct leaving *leaving, file_function *act, struct error *error)
{
	struct state_transaction *transaction;
	int result = 0;
	if (state_read_begin(leaving->folder->context->state, &transaction, error) != 0)
		return -1;
	for (uint32_t uid = 0; result == 0 && uid_set_next(&leaving->uids, &uid);) {
		struct maildir_location location;
		int found = find_location(transaction, leaving, uid, &location, error);
		if (found > 0 && !location.name)
			uid_set_add(&leaving->gone, uid);
		else if (found > 0)
			act(leaving, uid, &location);
		else
			result = found;
		if (found > 0)
			free(location.name);
	}
	state_read_end(&transaction);
	return result;
}

/* A file that cannot be removed stays in the base, and is tried again next time. */
static void remove_file(struct leaving *leaving, uint32_t uid,
			const struct maildir_location *location)
{
	struct error failure = ERROR_INITIAL;
	switch (maildir_message_remove(leaving->folder->maildir, location, &failure)) {
	case MAILDIR_MESSAGE_OK:
		uid_set_add(&leaving->gone, uid);
		break;
	case MAILDIR_MESSAGE_GONE:
		uid_set_add(&leaving->doubtful, uid);
		break;
	case MAILDIR_MESSAGE_ERROR:
		sync_report_message(leaving->folder, &failure);
		break;
	}
}

static void look_for_file(struct leaving *leaving, uint32_t uid,
			  const struct maildir_location *location)
{
	if (!maildir_message_exists(leaving->folder->maildir, location))
		uid_set_add(&leaving->doubtful, uid);
}

/* --- Which of the doubtful are gone --- */

/* How often a scan that readers disturbed is repeated, and how long to let them finish before. */
#define SCAN_TRIES 8
#define SCAN_PAUSE_MS 50

struct name_search {
	struct leaving *leaving;
	struct state_transaction *transaction;
	struct uid_set missing;
};

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct name_search *search = context;
	struct state_message message;
	struct maildir_name name;
	maildir_name_parse(entry->name, &name);
	int found = state_message_by_name(search->transaction, search->leaving->folder->record.id,
					  name.base, name.base_length, &message, error);
	if (found > 0)
		uid_set_remove_range(&search->missing, message.uid, message.uid);
	return found < 0 ? -1 : 0;
}

static int scan_once(struct name_search *search, bool *stable_r, struct error *error)
{
	struct leaving *leaving = search->leaving;
	if (state_read_begin(leaving->folder->context->state, &search->transaction, error) != 0)
		return -1;
	uid_set_clear(&search->missing);
	uid_set_add_set(&search->missing, &leaving->doubtful);
	int result =
		maildir_scan(leaving->folder->maildir, see_file, search, stable_r, NULL, error);
	state_read_end(&search->transaction);
	return result;
}

/* Only what is missing from a scan that no rename can have raced is gone. */
static int scan(struct name_search *search, struct error *error)
{
	bool stable = false;
	for (int tried = 0; tried < SCAN_TRIES && !stable; tried++) {
		if (tried > 0)
			(void)clock_sleep(SCAN_PAUSE_MS * tried, NULL);
		if (scan_once(search, &stable, error) != 0)
			return -1;
	}
	if (stable)
		return 0;
	return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
			 "a mail reader keeps changing %s, so that nobody can tell which files an "
			 "interrupted run removed; the folder was left alone, run again when the "
			 "reader rests",
			 maildir_path(search->leaving->folder->maildir));
}

static int find_gone(struct leaving *leaving, struct error *error)
{
	struct name_search search = { .leaving = leaving };
	if (uid_set_is_empty(&leaving->doubtful))
		return 0;
	int result = scan(&search, error);
	if (result == 0)
		uid_set_add_set(&leaving->gone, &search.missing);
	uid_set_release(&search.missing);
	return result;
}

/* --- (4) the records --- */

static int record_gone(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct leaving *leaving = context;
	uint32_t id = leaving->folder->record.id;
	static const struct uid_set none = UID_SET_INITIAL;
	for (uint32_t uid = 0; uid_set_next(&leaving->gone, &uid);) {
		if (state_message_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	if (sync_left_out_add(transaction, id, &leaving->gone, error) != 0)
		return -1;
	return state_set_put(transaction, id, STATE_LEAVING, &none, error);
}

static int settle(struct leaving *leaving, struct error *error)
{
	if (maildir_sync(leaving->folder->maildir, error) != 0)
		return -1;
	return state_write(leaving->folder->context->state, record_gone, leaving, error);
}

/* --- The whole --- */

int sync_apply_leaving(struct sync_folder *folder, struct error *error)
{
	struct leaving leaving = { .folder = folder };
	if (uid_set_is_empty(&folder->plan.leaves))
		return 0;
	sync_report_progress(folder, "leaving", 0, uid_set_size(&folder->plan.leaves));
	uid_set_add_set(&leaving.uids, &folder->plan.leaves);
	int result = state_write(folder->context->state, record_intents, &leaving, error);
	if (result == 0)
		result = each_file(&leaving, remove_file, error);
	/* Those that the user removed; what is missing since the scan is the next run's. */
	uid_set_keep_only(&leaving.doubtful, &folder->near.removed);
	uid_set_add_set(&leaving.gone, &leaving.doubtful);
	if (result == 0)
		result = settle(&leaving, error);
	uint64_t gone = uid_set_size(&leaving.gone);
	if (result == 0) {
		folder->counts.near_left += gone;
		folder->window_is_loose =
			folder->window_is_loose || gone < uid_set_size(&leaving.uids);
	}
	release(&leaving);
	return result;
}

static int load_intents(struct leaving *leaving, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(leaving->folder->context->state, &transaction, error) != 0)
		return -1;
	int result = state_set_get(transaction, leaving->folder->record.id, STATE_LEAVING,
				   &leaving->uids, error);
	state_read_end(&transaction);
	return result;
}

int sync_folder_recover_leaving(struct sync_folder *folder, struct error *error)
{
	struct leaving leaving = { .folder = folder };
	int result = load_intents(&leaving, error);
	if (result == 0 && !uid_set_is_empty(&leaving.uids)) {
		result = each_file(&leaving, look_for_file, error);
		if (result == 0)
			result = find_gone(&leaving, error);
		if (result == 0)
			result = settle(&leaving, error);
	}
	release(&leaving);
	return result;
}
