/* Apply: messages that leave the window. Their files go, and the server keeps them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "maildir/message.h"
#include "maildir/name.h"
#include "maildir/scan.h"
#include "sync/apply/recover.h"
#include "sync/apply/steps.h"
#include "sync/folder.h"
#include "sync/observe/outside.h"
#include "sync/observe/watch.h"
#include "sync/report.h"

/* The order that makes a crash harmless: (1) the intent is recorded, while the message stays in the
 * base: from now on a missing file is not the user's removal; (2) the file is removed, under
 * exactly the name that the base has: one that a reader renamed since may have been changed by the
 * user, and stays; (3) that is made durable: a file that came back would be uploaded as new; (4)
 * the message leaves the base, is left out, and the intent goes, in one transaction. After a crash
 * (4) follows for what is surely gone; the rest is planned anew. */

struct expiring {
	struct sync_folder *folder;
	struct uid_set uids;
	struct uid_set gone;
	struct uid_set kept;     /* edited where nothing goes to the server: these files stay */
	struct uid_set doubtful; /* not where the base says: renamed, or gone */
};

static void release(struct expiring *expiring)
{
	uid_set_release(&expiring->uids);
	uid_set_release(&expiring->gone);
	uid_set_release(&expiring->kept);
	uid_set_release(&expiring->doubtful);
}

/* --- (1) the intents --- */

static int record_intents(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct expiring *expiring = context;
	return state_set_put(transaction, expiring->folder->base.record.id, STATE_EXPIRING,
			     &expiring->uids, error);
}

/* --- (2) the files --- */

/* 1, 0 the base does not have it, -1. The name is the caller's; NULL: it has no file, because the
 * user removed it under rules that did not let that go to the server. */
static int find_location(struct state_transaction *transaction, const struct expiring *expiring,
			 uint32_t uid, struct maildir_location *location_r, struct error *error)
{
	struct state_message message;
	int found = state_message_by_uid(transaction, expiring->folder->base.record.id, uid,
					 &message, error);
	if (found > 0)
		*location_r =
			(struct maildir_location){ .place = (enum maildir_place)message.place,
						   .name = state_is_absent_near(message.absent)
								   ? NULL
								   : memory_text(message.name) };
	return found;
}

/* What is done with each file. */
typedef void file_function(struct expiring *expiring, uint32_t uid,
			   const struct maildir_location *location);

static int each_file(struct expiring *expiring, file_function *act, struct error *error)
{
	struct state_transaction *transaction;
	int result = 0;
	if (state_read_begin(expiring->folder->context->state, &transaction, error) != 0)
		return -1;
	for (uint32_t uid = 0; result == 0 && uid_set_next(&expiring->uids, &uid);) {
		struct maildir_location location;
		int found = find_location(transaction, expiring, uid, &location, error);
		if (found > 0 && !location.name)
			uid_set_add(&expiring->gone, uid);
		else if (found > 0)
			act(expiring, uid, &location);
		else
			result = found;
		if (found > 0)
			free(location.name);
	}
	state_read_end(&transaction);
	return result;
}

/* A file that cannot be removed stays in the base, and is tried again next time. */
static void remove_file(struct expiring *expiring, uint32_t uid,
			const struct maildir_location *location)
{
	struct error failure = ERROR_INITIAL;
	switch (maildir_message_remove(expiring->folder->transfer.maildir, location, &failure)) {
	case MAILDIR_MESSAGE_OK:
		uid_set_add(&expiring->gone, uid);
		sync_report_change(expiring->folder, SYNC_CHANGE_GONE, location, NULL);
		break;
	case MAILDIR_MESSAGE_GONE:
		uid_set_add(&expiring->doubtful, uid);
		break;
	case MAILDIR_MESSAGE_ERROR:
		sync_report_message(expiring->folder, &failure);
		break;
	}
}

static void look_for_file(struct expiring *expiring, uint32_t uid,
			  const struct maildir_location *location)
{
	if (!maildir_message_exists(expiring->folder->transfer.maildir, location))
		uid_set_add(&expiring->doubtful, uid);
}

/* --- Which of the doubtful are gone --- */

struct name_search {
	struct expiring *expiring;
	struct state_transaction *transaction;
	struct uid_set missing;
};

static int see_file(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct name_search *search = context;
	struct state_message message;
	struct maildir_name name;
	maildir_name_parse(entry->name, &name);
	int found =
		state_message_by_name(search->transaction, search->expiring->folder->base.record.id,
				      name.base, name.base_length, &message, error);
	if (found > 0)
		uid_set_remove_range(&search->missing, message.uid, message.uid);
	return found < 0 ? -1 : 0;
}

static int begin_scan(void *context, struct error *error)
{
	struct name_search *search = context;
	uid_set_clear(&search->missing);
	uid_set_add_set(&search->missing, &search->expiring->doubtful);
	return state_read_begin(search->expiring->folder->context->state, &search->transaction,
				error);
}

static int end_scan(void *context, bool stable, const struct maildir_fingerprint *fingerprint,
		    bool *enough_r, struct error *error)
{
	struct name_search *search = context;
	(void)fingerprint;
	(void)error; /* nothing fails */
	state_read_end(&search->transaction);
	*enough_r = stable;
	return 0;
}

/* Only what is missing from a scan that no rename can have raced is gone. */
static int scan(struct name_search *search, struct error *error)
{
	const struct maildir *maildir = search->expiring->folder->transfer.maildir;
	const struct maildir_scanner scanner = {
		.context = search, .begin = begin_scan, .see = see_file, .end = end_scan
	};
	bool stable;
	if (maildir_scan_stable(maildir, &scanner, &stable, error) != 0)
		return -1;
	if (stable)
		return 0;
	return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
			 "a mail reader keeps changing %s, so that nobody can tell which files an "
			 "interrupted run removed; the folder was left alone, run again when the "
			 "reader rests",
			 maildir_path(maildir));
}

static int find_gone(struct expiring *expiring, struct error *error)
{
	struct name_search search = { .expiring = expiring };
	if (uid_set_is_empty(&expiring->doubtful))
		return 0;
	int result = scan(&search, error);
	if (result == 0)
		uid_set_add_set(&expiring->gone, &search.missing);
	uid_set_release(&search.missing);
	return result;
}

/* --- (4) the records --- */

static int record_gone(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct expiring *expiring = context;
	uint32_t id = expiring->folder->base.record.id;
	static const struct uid_set none = UID_SET_INITIAL;
	for (uint32_t uid = 0; uid_set_next(&expiring->gone, &uid);) {
		if (state_message_remove(transaction, id, uid, error) != 0)
			return -1;
	}
	if (sync_deferred_remove(transaction, expiring->folder, &expiring->gone, error) != 0 ||
	    sync_outside_add(transaction, id, &expiring->gone, error) != 0)
		return -1;
	return state_set_put(transaction, id, STATE_EXPIRING, &none, error);
}

static int settle(struct expiring *expiring, struct error *error)
{
	if (maildir_sync(expiring->folder->transfer.maildir, error) != 0)
		return -1;
	return state_write(expiring->folder->context->state, record_gone, expiring, error);
}

/* --- The whole --- */

int sync_apply_expiring(struct sync_folder *folder, struct error *error)
{
	struct expiring expiring = { .folder = folder };
	if (uid_set_is_empty(&folder->plan.expires))
		return 0;
	sync_report_progress(folder, "leaving", 0, uid_set_size(&folder->plan.expires));
	uid_set_add_set(&expiring.uids, &folder->plan.expires);
	int result = sync_watch_spare_edited(folder, &expiring.uids, NULL, &expiring.kept, error);
	if (result == 0)
		result = state_write(folder->context->state, record_intents, &expiring, error);
	if (result == 0)
		result = each_file(&expiring, remove_file, error);
	/* Those that the user removed; what is missing since the scan is the next run's. */
	uid_set_keep_only(&expiring.doubtful, &folder->near.changes.removed);
	uid_set_add_set(&expiring.gone, &expiring.doubtful);
	uid_set_add_set(&expiring.gone, &expiring.kept);
	if (result == 0)
		result = settle(&expiring, error);
	uint64_t gone = uid_set_size(&expiring.gone);
	if (result == 0) {
		folder->transfer.counts.expired += gone;
		folder->transfer.window_is_loose = folder->transfer.window_is_loose ||
						   gone < uid_set_size(&folder->plan.expires);
	}
	release(&expiring);
	return result;
}

static int load_intents(struct expiring *expiring, struct error *error)
{
	struct state_transaction *transaction;
	if (state_read_begin(expiring->folder->context->state, &transaction, error) != 0)
		return -1;
	int result = state_set_get(transaction, expiring->folder->base.record.id, STATE_EXPIRING,
				   &expiring->uids, error);
	state_read_end(&transaction);
	return result;
}

int sync_folder_recover_expiring(struct sync_folder *folder, struct error *error)
{
	struct expiring expiring = { .folder = folder };
	int result = load_intents(&expiring, error);
	if (result == 0 && !uid_set_is_empty(&expiring.uids)) {
		result = each_file(&expiring, look_for_file, error);
		if (result == 0)
			result = find_gone(&expiring, error);
		if (result == 0)
			result = settle(&expiring, error);
	}
	release(&expiring);
	return result;
}
