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
