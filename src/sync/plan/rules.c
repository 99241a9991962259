/* The rules of a folder's channel, as the parts of a run need them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/plan/access.h"
#include "sync/sync.h"

struct plan_rules rules_of_plan(const struct sync_options *options,
				const struct sync_target *target, const struct folder_base *base,
				const struct far_observation *far)
{
	const struct config_rules *rules = sync_target_rules(target);
	/* A followed removal of the whole folder was checked against max-delete already. */
	bool followed = target->action == FOLDER_REMOVE_NEAR || target->action == FOLDER_REMOVE_FAR;
	return (struct plan_rules){ .pull = rules->pull,
				    .push = access_push(&base->record, rules),
				    .expunge = rules->expunge,
				    .far_storable = far->storable,
				    .max_delete_count = rules->max_delete.count,
				    .max_delete_percent = rules->max_delete.percent,
				    .force_delete = options->force_delete || followed,
				    .restore = options->restore,
				    .window = target->mailbox ? &far->window : NULL,
				    .outside = &base->outside,
				    .horizon = rules_horizon(&base->record, &far->state) };
}

struct horizon rules_horizon(const struct state_folder *record, const struct far_state *state)
{
	return (struct horizon){ .told = state->newest_only,
				 .limit = state->newest_limit,
				 .shown = state->marks.messages,
				 .before = record->far_messages,
				 .news_from = record->uidnext };
}

char *rules_text(const struct config_rules *rules)
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
	record->far_withheld = 0;
	record->near_withheld = (struct name_digest){ .words = { 0, 0 } };
}

/* Whether messages that are absent on a side are to be looked at: brought back, or removed for good
 * although they are only hidden. */
static int looks_for_absent(uint32_t id, const struct sync_options *options,
			    struct state_transaction *transaction, bool *looks_r,
			    struct error *error)
{
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

int rules_apply(struct state_folder *record, const struct config_rules *rules,
		const struct sync_options *options, struct state_transaction *transaction,
		struct error *error)
{
	char *now = rules_text(rules);
	const char *before = access_rules_behind(record);
	bool same = strcmp(before ? before : "", now) == 0;
	if (same && access_is_read_only(record)) { /* as long as nobody says that it can be written
						      to */
		free(now);
	} else {
		free(record->rules);
		record->rules = now;
	}
	bool looks;
	if (looks_for_absent(record->id, options, transaction, &looks, error) != 0)
		return -1;
	if (!same || looks)
		forget_marks(record);
	return 0;
}
