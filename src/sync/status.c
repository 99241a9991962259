/* What the state tells of an account. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/status.h"

#include <stdlib.h>

#include "base/memory.h"
#include "maildir/folder.h"
#include "state/keywords.h"
#include "state/state.h"
#include "sync/account.h"
#include "sync/observe/marks.h"

struct reading {
	struct sync_status *status;
	struct state_transaction *transaction;
};

static int read_deferred(struct state_transaction *transaction, uint32_t id,
			 struct sync_status_folder *folder, struct error *error)
{
	struct state_deferred deferred;
	uint32_t from = 1;
	int found;
	while ((found = state_deferred_next(transaction, id, from, &deferred, error)) > 0) {
		memory_grow((void **)&folder->deferred, &folder->deferred_capacity,
			    folder->deferred_count + 1, sizeof *folder->deferred);
		folder->deferred[folder->deferred_count++] =
			(struct sync_status_message){ .uid = deferred.uid,
						      .since = deferred.since,
						      .again = deferred.again,
						      .reason = memory_text(deferred.reason) };
		if (deferred.uid == UINT32_MAX)
			break;
		from = deferred.uid + 1;
	}
	return found < 0 ? -1 : 0;
}

static void release_folder(struct sync_status_folder *folder)
{
	for (size_t i = 0; i < folder->deferred_count; i++)
		free(folder->deferred[i].reason);
	free(folder->deferred);
	free(folder->name);
}

/* Those of the stubs that the base still has. */
static int count_messages(struct state_transaction *transaction, uint32_t id,
			  struct sync_status_folder *folder, struct error *error)
{
	struct uid_set stubs = UID_SET_INITIAL;
	struct state_message message;
	uint32_t from = 1;
	int found = state_set_get(transaction, id, STATE_STUBS, &stubs, error) == 0 ? 1 : -1;
	while (found > 0 &&
	       (found = state_message_next(transaction, id, from, &message, error)) > 0) {
		folder->unread += !(message.flags & FLAG_SEEN);
		folder->stubs += uid_set_contains(&stubs, message.uid);
		if (message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
	}
	uid_set_release(&stubs);
	return found < 0 ? -1 : 0;
}

/* Whether new or cur changed since they were noted. A Maildir that is gone did, too. */
static bool is_changed_here(const struct state_folder *record)
{
	struct maildir *maildir = NULL;
	struct maildir_fingerprint now;
	struct error ignored = ERROR_INITIAL;
	bool safe; /* of no use here */
	if (!record->near_known || !record->near_path)
		return false;
	bool good = maildir_open(record->near_path, &maildir, &ignored) == MAILDIR_OPEN_OK &&
		    maildir_fingerprint_take(maildir, &now, &safe, &ignored) == 0;
	maildir_close(&maildir);
	return !good || !near_marks_equal(record, &now);
}

static int see_folder(void *context, const struct state_folder *record, struct error *error)
{
	const struct reading *reading = context;
	struct sync_status *status = reading->status;
	struct sync_status_folder folder = { .name = NULL };
	if (state_message_count(reading->transaction, record->id, &folder.messages, error) != 0 ||
	    state_download_count(reading->transaction, record->id, &folder.downloads, error) != 0 ||
	    state_upload_count(reading->transaction, record->id, &folder.uploads, error) != 0 ||
	    count_messages(reading->transaction, record->id, &folder, error) != 0 ||
	    read_deferred(reading->transaction, record->id, &folder, error) != 0) {
		release_folder(&folder);
		return -1;
	}
	folder.name = memory_text(record->name);
	folder.changed_here = is_changed_here(record);
	memory_grow((void **)&status->folders, &status->folder_capacity, status->folder_count + 1,
		    sizeof *status->folders);
	status->folders[status->folder_count++] = folder;
	return 0;
}

static int read_folders(struct state *state, struct sync_status *status, struct error *error)
{
	struct reading reading = { .status = status };
	status->state_exists = state_exists(state);
	state_keywords_beyond(state, &status->beyond);
	if (state_read_begin(state, &reading.transaction, error) != 0)
		return -1;
	int result = state_folder_each(reading.transaction, see_folder, &reading, error);
	state_read_end(&reading.transaction);
	return result;
}

int sync_status_read(const struct config_account *account, struct sync_status *status_r,
		     struct error *error)
{
	struct sync_status *status = status_r;
	struct state *state;
	*status = (struct sync_status){ .directory = account_state_directory(account) };
	/* Before the state is open; see state_is_held(). */
	status->running = state_is_held(status->directory, &status->process);
	int found = state_last_run_read(status->directory, &status->last, error);
	status->last_known = found > 0;
	char *key = account_key(account);
	int result = state_open(status->directory, key, STATE_READ_ONLY, 0, &state, error);
	free(key);
	if (result == 0) {
		result = read_folders(state, status, error);
		state_close(&state);
	}
	return found < 0 ? -1 : result;
}

void sync_status_release(struct sync_status *status)
{
	for (size_t i = 0; i < status->folder_count; i++)
		release_folder(&status->folders[i]);
	free(status->folders);
	text_list_release(&status->beyond);
	free(status->directory);
	state_last_run_release(&status->last);
	*status = (struct sync_status){ .directory = NULL };
}
