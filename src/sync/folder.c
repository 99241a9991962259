/* One folder in a run: its beginning and end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void sync_folder_begin(struct sync_folder *folder, struct sync_context *context,
		       const struct folder_view *view)
{
	*folder = (struct sync_folder){ .context = context, .view = view, .action = view->action };
	/* What leaves a window comes back when that widens: so there is none where nothing may
	 * come. */
	if (view->channel && (view->channel->rules.pull & CONFIG_KIND_NEW))
		folder->window.rule = window_rule_make(&view->channel->rules.window, context->now);
	if (view->mailbox)
		folder->mailbox = memory_text(view->mailbox);
}

void sync_folder_release(struct sync_folder *folder)
{
	state_folder_release(&folder->record);
	imap_mailbox_state_release(&folder->far_state);
	near_changes_release(&folder->near);
	far_changes_release(&folder->far);
	window_release(&folder->window);
	uid_set_release(&folder->outside);
	plan_release(&folder->plan);
	uid_set_release(&folder->published);
	uid_set_release(&folder->stubs);
	uid_set_release(&folder->watched);
	uid_set_release(&folder->wanted);
	uid_set_release(&folder->held);
	sync_deferred_release(&folder->deferred);
	maildir_close(&folder->maildir);
	free(folder->deferral);
	free(folder->mailbox);
	folder->mailbox = NULL;
}

const char *sync_folder_name(const struct sync_folder *folder)
{
	return folder->view->name;
}

int sync_base_begin(const struct sync_folder *folder, struct sync_base *base, struct error *error)
{
	*base = (struct sync_base){ .state.folder = folder->record.id,
				    .view = base_view_of_nothing() };
	if (folder->record.id == 0 || folder->base_is_void)
		return 0;
	if (state_read_begin(folder->context->state, &base->state.transaction, error) != 0)
		return -1;
	if (base_view_of_state(&base->state, &base->view, error) == 0)
		return 0;
	sync_base_end(base);
	return -1;
}

void sync_base_end(struct sync_base *base)
{
	state_read_end(&base->state.transaction);
}
