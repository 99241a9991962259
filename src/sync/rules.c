/* The rules of a folder's channel, as the parts of a run need them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct plan_rules sync_folder_plan_rules(const struct sync_folder *folder)
{
	const struct sync_options *options = folder->context->options;
	const struct config_rules *rules = sync_folder_rules(folder);
	/* A followed removal of the whole folder was checked against max-delete already. */
	bool followed = folder->action == FOLDER_REMOVE_NEAR || folder->action == FOLDER_REMOVE_FAR;
	return (struct plan_rules){ .pull = rules->pull,
				    .push = rules->push,
				    .expunge = rules->expunge,
				    .far_storable = folder->storable,
				    .max_delete_count = rules->max_delete.count,
				    .max_delete_percent = rules->max_delete.percent,
				    .force_delete = options->force_delete || followed,
				    .restore = options->restore,
				    .window = folder->mailbox ? &folder->window : NULL,
				    .left_out = &folder->left_out,
				    .horizon = sync_folder_horizon(folder) };
}

struct horizon sync_folder_horizon(const struct sync_folder *folder)
{
	const struct imap_mailbox_state *state = &folder->far_state;
	return (struct horizon){ .told = state->newest_only,
				 .limit = state->newest_limit,
				 .shown = state->messages,
				 .before = folder->record.far_messages,
				 .news_from = folder->record.uidnext };
}

char *sync_rules_text(const struct config_rules *rules)
{
	if (rules->pull == CONFIG_KINDS_ALL && rules->push == CONFIG_KINDS_ALL &&
	    rules->expunge == CONFIG_SIDES_BOTH)
		return memory_text("");
	return memory_format("pull %u push %u expunge %u", (unsigned int)rules->pull,
			     (unsigned int)rules->push, (unsigned int)rules->expunge);
}

static void forget_marks(struct state_folder *record)
{
	const struct far_marks none = { .uidvalidity = 0 };
	far_marks_to_record(&none, record);
	near_marks_to_record(NULL, record);
	record->far_left_out = 0;
	record->near_left_out = (struct name_digest){ .words = { 0, 0 } };
}

/* Whether messages that are absent on a side are to be looked at: brought back, or removed for good
 * although they are only hidden. */
static int looks_for_absent(const struct sync_folder *folder, struct state_transaction *transaction,
			    bool *looks_r, struct error *error)
{
	const struct sync_options *options = folder->context->options;
	uint32_t id = folder->record.id;
	uint32_t near = 0;
	uint32_t far = 0;
	uint32_t hidden = 0;
	if (options->restore && id != 0 &&
	    state_message_absent(transaction, id, &near, &far, error) != 0)
		return -1;
	if (options->force_delete && id != 0 &&
	    state_message_hidden(transaction, id, &hidden, error) != 0)
		return -1;
	*looks_r = near > 0 || far > 0 || hidden > 0;
	return 0;
}

int sync_folder_apply_rules(struct sync_folder *folder, struct state_transaction *transaction,
			    struct error *error)
{
	struct state_folder *record = &folder->record;
	char *now = sync_rules_text(sync_folder_rules(folder));
	bool same = strcmp(record->rules ? record->rules : "", now) == 0;
	free(record->rules);
	record->rules = now;
	bool looks;
	if (looks_for_absent(folder, transaction, &looks, error) != 0)
		return -1;
	if (!same || looks)
		forget_marks(record);
	return 0;
}
