/* Flags as IMAP lists them <-> flags as bits of a folder. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sync/observe/flags.h"

#include "base/log.h"
#include "state/keywords.h"
#include "sync/folder.h"
#include "sync/plan/rules.h"

const struct keyword_table *sync_flags_table(const struct sync_folder *folder)
{
	return folder->base.has_letters ? &folder->base.letters.table
					: state_keywords(folder->context->state);
}

/* --- From the server --- */

/* Once in a run; who has any is asked of `status`. */
static void tell_beyond(const struct sync_folder *folder, const char *name)
{
	struct sync_context *context = folder->context;
	(void)pthread_mutex_lock(&context->lock);
	bool tells = !context->keywords_told;
	context->keywords_told = true;
	(void)pthread_mutex_unlock(&context->lock);
	if (tells)
		log_line(LOG_WARNING,
			 "%s/%s: the account has more keywords than there are letters for (%u); "
			 "%s and others stay on the server and are not shown here: navette status "
			 "lists them",
			 context->account->name, sync_folder_name(folder),
			 sync_target_rules(&folder->target)->keyword_limit, name);
}

static uint32_t learn_one(const struct sync_folder *folder, const char *name)
{
	const struct state_letter_choice choice = {
		.wanted = FLAG_KEYWORD_COUNT,
		.limit = sync_target_rules(&folder->target)->keyword_limit
	};
	bool beyond;
	if (folder->base.has_letters)
		return keyword_table_find(&folder->base.letters.table, name);
	uint32_t bit = state_keyword_give(folder->context->state, name, &choice, &beyond);
	if (beyond)
		tell_beyond(folder, name);
	return bit;
}

uint32_t sync_flags_learn(const struct sync_folder *folder, const struct flag_names *flags)
{
	uint32_t bits = flags->system;
	if ((sync_flags_mask(folder) & FLAGS_KEYWORDS) == 0)
		return bits;
	for (size_t i = 0; i < flags->keywords.count; i++)
		bits |= learn_one(folder, flags->keywords.items[i]);
	return bits;
}

/* --- Which there are --- */

bool sync_flags_are_tags(const struct sync_folder *folder)
{
	return sync_target_rules(&folder->target)->keywords == CONFIG_KEYWORDS_NOTMUCH;
}

uint32_t sync_flags_mask(const struct sync_folder *folder)
{
	return rules_managed_flags(sync_target_rules(&folder->target));
}

static uint32_t known(const struct sync_folder *folder)
{
	return folder->base.has_letters ? keyword_table_known(&folder->base.letters.table)
					: state_keywords_known(folder->context->state);
}

uint32_t sync_flags_managed(const struct sync_folder *folder)
{
	return known(folder) & sync_flags_mask(folder);
}

uint32_t sync_flags_pushed(const struct sync_folder *folder)
{
	return sync_flags_managed(folder) & rules_pushed_flags(sync_target_rules(&folder->target));
}

static uint32_t find(const struct sync_folder *folder, const char *name)
{
	return folder->base.has_letters ? keyword_table_find(&folder->base.letters.table, name)
					: state_keyword_find(folder->context->state, name);
}

uint32_t sync_flags_storable(const struct sync_folder *folder, const struct flag_names *permanent)
{
	uint32_t bits = permanent->system;
	/* "\*": any keyword can be made, and $Forwarded is one (RFC 9051 section 7.1). */
	if (permanent->any_keyword)
		bits |= FLAG_FORWARDED | (known(folder) & FLAGS_KEYWORDS);
	for (size_t i = 0; i < permanent->keywords.count; i++)
		bits |= find(folder, permanent->keywords.items[i]);
	return bits & rules_pushed_flags(sync_target_rules(&folder->target));
}
