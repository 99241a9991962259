/* Which rules do nothing. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/rule_use.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct rule_use_channel {
	size_t taken;
	size_t *matched; /* by each of its taking patterns, taken or not */
};

void rule_use_begin(struct rule_use *use, const struct config_account *account)
{
	*use = (struct rule_use){ .account = account };
	use->channels = memory_array(account->channel_count, sizeof *use->channels);
	for (size_t i = 0; i < account->channel_count; i++)
		use->channels[i].matched = memory_array(account->channels[i].folders.taking_count,
							sizeof *use->channels[i].matched);
}

void rule_use_see(struct rule_use *use, const struct folder_view *folder)
{
	const struct folder_facts facts = folder_view_facts(folder, folder->name);
	text_list_add(&use->names, folder->name);
	for (size_t i = 0; i < use->account->channel_count; i++) {
		const struct config_channel *channel = &use->account->channels[i];
		use->channels[i].taken += folder->channel == channel;
		for (size_t j = 0; j < channel->folders.taking_count; j++)
			use->channels[i].matched[j] +=
				pattern_matches(channel->folders.taking[j], &facts);
	}
}

static const char *nearest_name(const struct rule_use *use, const char *name)
{
	const char **names = memory_array(use->names.count + 1, sizeof *names);
	for (size_t i = 0; i < use->names.count; i++)
		names[i] = use->names.items[i];
	const char *nearest = text_nearest(name, names);
	free(names);
	return nearest;
}

static void tell_unmatched(const struct rule_use *use, const struct config_channel *channel,
			   const struct pattern *pattern, rule_use_function *tell, void *context)
{
	const char *name = NULL;
	const char *nearest = pattern_is_name(pattern, &name) ? nearest_name(use, name) : NULL;
	char *text = memory_format("channel %s (line %u): there is no folder %s%s%s%s",
				   channel->name, channel->line, pattern_text(pattern),
				   nearest ? "; did you mean " : "", nearest ? nearest : "",
				   nearest ? "?" : "");
	tell(context, text);
	free(text);
}

static void tell_empty(const struct config_channel *channel, rule_use_function *tell, void *context)
{
	char *text =
		memory_format("channel %s (line %u) takes no folder: channels above it take all "
			      "that it matches, or its exclusions do",
			      channel->name, channel->line);
	tell(context, text);
	free(text);
}

void rule_use_tell(const struct rule_use *use, rule_use_function *tell, void *context)
{
	for (size_t i = 0; i < use->account->channel_count; i++) {
		const struct config_channel *channel = &use->account->channels[i];
		bool any = false;
		for (size_t j = 0; j < channel->folders.taking_count && !channel->implicit; j++) {
			if (use->channels[i].matched[j] > 0)
				any = true;
			else
				tell_unmatched(use, channel, channel->folders.taking[j], tell,
					       context);
		}
		if (any && use->channels[i].taken == 0)
			tell_empty(channel, tell, context);
	}
}

size_t rule_use_taken(const struct rule_use *use, size_t channel)
{
	return use->channels[channel].taken;
}

void rule_use_end(struct rule_use *use)
{
	for (size_t i = 0; i < use->account->channel_count; i++)
		free(use->channels[i].matched);
	free(use->channels);
	text_list_release(&use->names);
	*use = (struct rule_use){ .channels = NULL };
}
