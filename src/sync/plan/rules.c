/* The rules of a folder's channel, as the parts of a run need them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
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
				    .ignored = ~rules_managed_flags(rules),
				    .max_delete_count = rules->max_delete.count,
				    .max_delete_percent = rules->max_delete.percent,
				    .force_delete = options->force_delete || followed,
				    .restore = options->restore,
				    .window = target->mailbox ? &far->window : NULL,
				    .outside = &base->outside,
				    .moved = &base->moved,
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

static bool carries_all(const struct config_rules *rules)
{
	return rules->pull == CONFIG_KINDS_ALL && rules->push == CONFIG_KINDS_ALL &&
	       rules->expunge == CONFIG_SIDES_BOTH;
}

/* What is usual is not said, so that the text stays the same as before there were such rules. */
char *rules_text(const struct config_rules *rules)
{
	struct buffer text = BUFFER_INITIAL;
	if (!carries_all(rules))
		buffer_add_format(&text, "pull %u push %u expunge %u", (unsigned int)rules->pull,
				  (unsigned int)rules->push, (unsigned int)rules->expunge);
	if (rules->keywords != CONFIG_KEYWORDS_BOTH)
		buffer_add_format(&text, " keywords %u", (unsigned int)rules->keywords);
	if (rules->keyword_limit != CONFIG_KEYWORD_LIMIT_MAX)
		buffer_add_format(&text, " letters %u", rules->keyword_limit);
	return buffer_take(&text);
}

uint32_t rules_managed_flags(const struct config_rules *rules)
{
	return rules->keywords == CONFIG_KEYWORDS_NONE || rules->keywords == CONFIG_KEYWORDS_NOTMUCH
		       ? FLAGS_SYSTEM
		       : UINT32_MAX;
}

uint32_t rules_pushed_flags(const struct config_rules *rules)
{
	return rules->keywords == CONFIG_KEYWORDS_BOTH ? UINT32_MAX : FLAGS_SYSTEM;
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
