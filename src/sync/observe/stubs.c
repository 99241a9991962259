/* Messages of which only the header is here. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/stubs.h"

#include "sync/folder.h"

bool sync_stubs_are_made(const struct sync_folder *folder)
{
	return folder->target.view->channel->rules.body == CONFIG_BODY_HEADERS;
}

int sync_stubs_look(struct sync_folder *folder, struct state_transaction *transaction,
		    struct error *error)
{
	uint32_t id = folder->base.record.id;
	if (state_set_get(transaction, id, STATE_STUBS, &folder->base.stubs, error) != 0 ||
	    state_set_get(transaction, id, STATE_WANTED, &folder->transfer.wanted, error) != 0)
		return -1;
	if (!sync_stubs_are_made(folder))
		uid_set_add_set(&folder->transfer.wanted, &folder->base.stubs);
	/* They stay noted as wanted, but are no reason to look into the folder. */
	uid_set_remove_set(&folder->transfer.wanted, &folder->base.deferred.waiting);
	return 0;
}
