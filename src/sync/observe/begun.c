/* Uploads that an earlier run began. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/begun.h"

#include "sync/folder.h"

uint32_t begun_version_of(const struct sync_folder *folder, const char *base, size_t base_length)
{
	struct state_transaction *transaction;
	struct state_upload upload;
	uint32_t replaces = 0;
	if (!folder->base.uploads_pending || folder->base.record.id == 0 ||
	    folder->base.state == FOLDER_BASE_CLEARED ||
	    state_read_begin(folder->context->state, &transaction, NULL) != 0)
		return 0;
	if (state_upload_get(transaction, folder->base.record.id, base, base_length, &upload,
			     NULL) > 0 &&
	    upload.uidvalidity == folder->far.state.marks.uidvalidity)
		replaces = upload.replaces;
	state_read_end(&transaction);
	return replaces;
}

int begun_settle(struct state_transaction *transaction, uint32_t folder, const char *base,
		 size_t base_length, struct error *error)
{
	struct state_upload upload;
	struct uid_set uids = UID_SET_INITIAL;
	int found = state_upload_get(transaction, folder, base, base_length, &upload, error);
	if (found <= 0)
		return found;
	if (state_upload_remove(transaction, folder, base, base_length, error) != 0)
		return -1;
	if (upload.from_uid == 0)
		return 0;
	uid_set_add(&uids, upload.from_uid);
	int result = state_set_add(transaction, upload.from_folder, STATE_MOVED, &uids, error);
	uid_set_release(&uids);
	return result;
}
