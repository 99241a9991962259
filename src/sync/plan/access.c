/* Mailboxes that can only be read. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/plan/access.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "sync/plan/rules.h"

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

static void set_word(struct state_folder *record, const struct config_rules *rules,
		     const char *word)
{
	char *text = rules_text(rules);
	free(record->rules);
	record->rules = memory_format("%s%s", word, text);
	free(text);
}

bool access_is_read_only(const struct state_folder *record)
{
	return after_read_only(record->rules) != NULL;
}

const char *access_rules_behind(const struct state_folder *record)
{
	const char *behind = after_read_only(record->rules);
	return behind ? behind : record->rules;
}

enum config_kinds access_push(const struct state_folder *record, const struct config_rules *rules)
{
	return access_is_read_only(record) ? CONFIG_KINDS_NONE : rules->push;
}

bool access_note(struct state_folder *record, const struct config_rules *rules, bool read_only)
{
	if (read_only == access_is_read_only(record))
		return false;
	set_word(record, rules, read_only ? READ_ONLY : "");
	return !read_only;
}

/* Whether something was done here that would go to the server otherwise. */
static bool is_anything_held(const struct near_changes *near, const struct plan *plan)
{
	return near->changed_count > 0 || !uid_set_is_empty(&near->removed) ||
	       !name_digest_is_empty(&plan->near_withheld);
}

bool access_is_waited_for(const struct state_folder *record, const struct config_rules *rules,
			  const struct near_changes *near, const struct plan *plan)
{
	return access_is_read_only(record) && rules->push != 0 && is_anything_held(near, plan);
}

void access_tell(struct state_folder *record, const struct config_rules *rules, const char *account,
		 const char *folder)
{
	if (strncmp(record->rules, READ_ONLY_TOLD, strlen(READ_ONLY_TOLD)) == 0)
		return;
	log_line(LOG_WARNING,
		 "%s/%s: the server lets this mailbox only be read, so flags, removals and new "
		 "mail stay here and are not sent; say direction = pull for it in a channel if "
		 "that is as it should be",
		 account, folder);
	set_word(record, rules, READ_ONLY_TOLD);
}
