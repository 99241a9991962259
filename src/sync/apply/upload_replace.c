/* Uploads: new versions that take the place of the old ones in one step (REPLACE, RFC 8508).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/upload.h"
#include "sync/folder.h"
#include "sync/observe/mailbox.h"

/* As with every removal, an OK is no proof. */
int upload_settle_replaced(struct upload *upload, struct error *error)
{
	const struct far_mailbox mailbox = sync_folder_mailbox(upload->folder);
	struct uid_set gone = UID_SET_INITIAL;
	struct uid_set left = UID_SET_INITIAL;
	int result = 0;
	for (size_t i = 0; i < upload->count; i++) {
		const struct outgoing *outgoing = &upload->batch[i];
		if (outgoing->sent->replaced && outgoing->sent->uid != 0)
			uid_set_add(&gone, outgoing->operation->upload.in_place_of);
	}
	if (!uid_set_is_empty(&gone))
		result = far_find(upload->session, &mailbox, &gone, &left, error);
	uid_set_remove_set(&gone, &left);
	if (result == 0) {
		uid_set_add_set(&upload->folder->transfer.replaced, &gone);
		upload->folder->transfer.counts.far_removed += uid_set_size(&gone);
	}
	uid_set_release(&gone);
	uid_set_release(&left);
	return result;
}
