/* The rules of a folder's channel, as the parts of a run need them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/folder.h"

/* --- Mailboxes that can only be read --- */

/* In front of the rules in a folder's record. */
#define READ_ONLY "read-only "
#define READ_ONLY_TOLD "read-only (told) "

/* The rules behind such a word; NULL: there is none. */
static const char *after_read_only(const char *rules)
{
	static const char *const words[] = { READ_ONLY_TOLD, READ_ONLY };
	for (size_t i = 0; rules && i < sizeof words / sizeof *words; i++) {
		if (strncmp(rules, words[i], strlen(words[i])) == 0)
			return rules + strlen(words[i]);
	}
	return NULL;
}

static void set_rules(struct sync_folder *folder, const char *word)
{
	char *rules = sync_rules_text(sync_folder_rules(folder));
	free(folder->base.record.rules);
	folder->base.record.rules = memory_format("%s%s", word, rules);
	free(rules);
}

bool sync_folder_is_read_only(const struct sync_folder *folder)
{
	return after_read_only(folder->base.record.rules) != NULL;
}

enum config_kinds sync_folder_push(const struct sync_folder *folder)
{
	return sync_folder_is_read_only(folder) ? CONFIG_KINDS_NONE
						: sync_folder_rules(folder)->push;
}

bool sync_folder_note_access(struct sync_folder *folder, bool read_only)
{
	if (read_only == sync_folder_is_read_only(folder))
		return false;
	set_rules(folder, read_only ? READ_ONLY : "");
	return !read_only;
}

/* Whether something was done here that would go to the server otherwise. */
static bool has_near_changes(const struct sync_folder *folder)
{
	return folder->near.changes.changed_count > 0 ||
	       !uid_set_is_empty(&folder->near.changes.removed) ||
	       !name_digest_is_empty(&folder->plan.near_withheld);
}

bool sync_folder_waits_for_access(const struct sync_folder *folder)
{
	return sync_folder_is_read_only(folder) && sync_folder_rules(folder)->push != 0 &&
	       has_near_changes(folder);
}

void sync_folder_tell_read_only(struct sync_folder *folder)
{
	if (!sync_folder_waits_for_access(folder) ||
	    strncmp(folder->base.record.rules, READ_ONLY_TOLD, strlen(READ_ONLY_TOLD)) == 0)
		return;
	log_line(LOG_WARNING,
		 "%s/%s: the server lets this mailbox only be read, so flags, removals and new "
		 "mail stay here and are not sent; say direction = pull for it in a channel if "
		 "that is as it should be",
		 folder->context->account->name, sync_folder_name(folder));
	set_rules(folder, READ_ONLY_TOLD);
}

/* --- Rules --- */

struct plan_rules sync_folder_plan_rules(const struct sync_folder *folder)
{
	const struct sync_options *options = folder->context->options;
	const struct config_rules *rules = sync_folder_rules(folder);
	/* A followed removal of the whole folder was checked against max-delete already. */
	bool followed = folder->target.action == FOLDER_REMOVE_NEAR ||
			folder->target.action == FOLDER_REMOVE_FAR;
	return (struct plan_rules){ .pull = rules->pull,
				    .push = sync_folder_push(folder),
				    .expunge = rules->expunge,
				    .far_storable = folder->far.storable,
				    .max_delete_count = rules->max_delete.count,
				    .max_delete_percent = rules->max_delete.percent,
				    .force_delete = options->force_delete || followed,
				    .restore = options->restore,
				    .window = folder->target.mailbox ? &folder->far.window : NULL,
				    .outside = &folder->base.outside,
				    .horizon = sync_folder_horizon(folder) };
}

struct horizon sync_folder_horizon(const struct sync_folder *folder)
{
	const struct far_state *state = &folder->far.state;
	return (struct horizon){ .told = state->newest_only,
				 .limit = state->newest_limit,
				 .shown = state->marks.messages,
				 .before = folder->base.record.far_messages,
				 .news_from = folder->base.record.uidnext };
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
	record->far_withheld = 0;
	record->near_withheld = (struct name_digest){ .words = { 0, 0 } };
}

/* Whether messages that are absent on a side are to be looked at: brought back, or removed for good
 * although they are only hidden. */
static int looks_for_absent(const struct sync_folder *folder, struct state_transaction *transaction,
			    bool *looks_r, struct error *error)
{
	const struct sync_options *options = folder->context->options;
	uint32_t id = folder->base.record.id;
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
	struct state_folder *record = &folder->base.record;
	char *now = sync_rules_text(sync_folder_rules(folder));
	const char *before = record->rules ? record->rules : "";
	const char *read_only = after_read_only(before);
	bool same = strcmp(read_only ? read_only : before, now) == 0;
	if (same && read_only) { /* as long as nobody says that it can be written to */
		free(now);
	} else {
		free(record->rules);
		record->rules = now;
	}
	bool looks;
	if (looks_for_absent(folder, transaction, &looks, error) != 0)
		return -1;
	if (!same || looks)
		forget_marks(record);
	return 0;
}
