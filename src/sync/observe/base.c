/* The base of a folder in a run. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/observe/base.h"

#include "sync/folder.h"

void folder_base_release(struct folder_base *base)
{
	state_folder_release(&base->record);
	state_letters_release(&base->letters);
	uid_set_release(&base->stubs);
	uid_set_release(&base->watched);
	uid_set_release(&base->moved);
	sync_deferred_release(&base->deferred);
	uid_set_release(&base->outside);
}

int sync_base_begin(const struct sync_folder *folder, struct sync_base *base, struct error *error)
{
	*base = (struct sync_base){ .state.folder = folder->base.record.id,
				    .view = base_view_of_nothing() };
	if (folder->base.record.id == 0 || folder->base.state == FOLDER_BASE_VOID)
		return 0;
	if (state_read_begin(folder->context->state, &base->state.transaction, error) != 0)
		return -1;
	if (base_view_of_state(&base->state, &base->view, error) == 0)
		return 0;
	sync_base_end(base);
	return -1;
}

void sync_base_void(struct sync_base *base)
{
	sync_base_end(base);
	base->view = base_view_of_nothing();
}

void sync_base_end(struct sync_base *base)
{
	state_read_end(&base->state.transaction);
}
