/* What apply holds of a folder: its end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/apply/transfer.h"

void transfer_release(struct transfer *transfer)
{
	maildir_close(&transfer->maildir);
	uid_set_release(&transfer->wanted);
	uid_set_release(&transfer->published);
	uid_set_release(&transfer->held);
	uid_set_release(&transfer->near_held);
	uid_set_release(&transfer->replaced);
	uid_set_release(&transfer->left);
	operation_list_release(&transfer->carried);
	text_list_release(&transfer->carried_names);
}
