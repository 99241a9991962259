/* One folder in a run: its beginning and end. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void sync_folder_begin(struct sync_folder *folder, struct sync_context *context,
		       const struct folder_view *view)
{
	*folder = (struct sync_folder){ .context = context,
					.target = { .view = view, .action = view->action } };
	/* What leaves a window comes back when that widens: so there is none where nothing may
	 * come. */
	if (view->channel && (view->channel->rules.pull & CONFIG_KIND_NEW))
		folder->far.window.rule =
			window_rule_make(&view->channel->rules.window, context->now);
	if (view->mailbox)
		folder->target.mailbox = memory_text(view->mailbox);
}

void sync_folder_release(struct sync_folder *folder)
{
	folder_base_release(&folder->base);
	far_observation_release(&folder->far);
	near_observation_release(&folder->near);
	plan_release(&folder->plan);
	transfer_release(&folder->transfer);
	free(folder->ending.deferral);
	free(folder->target.mailbox);
	folder->target.mailbox = NULL;
}

const char *sync_folder_name(const struct sync_folder *folder)
{
	return folder->target.view->name;
}

bool sync_folder_is_inbox(const struct sync_folder *folder)
{
	return strcmp(sync_folder_name(folder), "INBOX") == 0;
}
