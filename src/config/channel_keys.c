/* The keys of a [channel] section. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/keys.h"
#include "config/rules.h"

static bool read_folders(void *field, const char *value, char **problem_r)
{
	return pattern_list_add(field, value, problem_r);
}

#define MEMBER(name) offsetof(struct config_channel, name)

static const struct config_key keys[] = {
	{ "folders", read_folders, MEMBER(folders), true },
	{ "as", config_read_as, MEMBER(as), false },
	{ "maildir", config_read_path, MEMBER(maildir), false },
	{ .name = NULL },
};

const struct config_keys config_channel_keys = {
	.of = "a channel",
	.parts = { { keys, 0 }, { config_rule_keys, MEMBER(rules) } },
};

void config_channel_begin(struct config_channel *channel, const char *name, unsigned int line,
			  const struct config_rules *rules)
{
	*channel = (struct config_channel){ .name = memory_text(name),
					    .line = line,
					    .rules = config_rules_copy(rules) };
}

/* A trash that the channel takes among others is fine: what is removed in it is removed for good.
 */
static bool is_its_own_trash(const struct config_channel *channel)
{
	const struct pattern_list *folders = &channel->folders;
	const char *trash = channel->rules.said.trash;
	return trash && folders->taking_count == 1 &&
	       strcmp(pattern_text(folders->taking[0]), trash) == 0;
}

bool config_channel_finish(struct config_channel *channel, char **problem_r)
{
	const struct pattern_list *folders = &channel->folders;
	if (folders->taking_count == 0) {
		*problem_r = folders->leaving_count == 0
				     ? memory_text("takes no folders: add \"folders = ...\", or "
						   "\"folders = **\" for all")
				     : memory_text("takes no folders: its `folders` only say what "
						   "it leaves; begin them with \"**\" for all "
						   "others");
		return false;
	}
	if (is_its_own_trash(channel)) {
		*problem_r = memory_format("takes only %s, which cannot be its own trash: what is "
					   "removed there is removed for good",
					   channel->rules.said.trash);
		return false;
	}
	return config_rules_finish(&channel->rules, problem_r);
}

void config_channel_release(struct config_channel *channel)
{
	free(channel->name);
	config_as_release(&channel->as);
	free(channel->maildir);
	pattern_list_release(&channel->folders);
	config_rules_release(&channel->rules);
	*channel = (struct config_channel){ .name = NULL };
}

struct config_channel *config_account_add_channel(struct config_account *account)
{
	memory_grow((void **)&account->channels, &account->channel_capacity,
		    account->channel_count + 1, sizeof *account->channels);
	return &account->channels[account->channel_count++];
}

static void add_implicit_channel(struct config_account *account)
{
	struct config_channel *channel = config_account_add_channel(account);
	config_channel_begin(channel, account->name, account->line, &account->rules);
	channel->implicit = true;
	char *problem = NULL;
	(void)pattern_list_add(&channel->folders, "**", &problem); /* a good one */
}

void config_account_complete_channels(struct config_account *account)
{
	if (account->channel_count == 0)
		add_implicit_channel(account);
	for (size_t i = 0; i < account->channel_count; i++) {
		struct config_channel *channel = &account->channels[i];
		if (!channel->maildir)
			channel->maildir = memory_text(account->maildir);
	}
}
