/* Which channel takes a folder, and what it is called on either side.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/folders/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/folder_name.h"

struct route route_far(const struct config_account *account, const struct folder_facts *folder)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct config_channel *channel = &account->channels[i];
		const struct pattern *pattern = pattern_list_find(&channel->folders, folder);
		if (pattern)
			return (struct route){ .channel = channel,
					       .local =
						       config_as_near(&channel->as, folder->name,
								      pattern_directory(pattern)) };
	}
	return (struct route){ .channel = NULL };
}

void route_release(struct route *route)
{
	free(route->local);
	*route = (struct route){ .channel = NULL };
}

/* Whether the folder NAME, if the server had it, would be CHANNEL's and called LOCAL. */
static bool comes_back(const struct config_account *account, const struct config_channel *channel,
		       const char *name, const char *local)
{
	const struct folder_facts folder = { .name = name };
	struct route route = route_far(account, &folder);
	bool same = route.channel == channel && strcmp(route.local, local) == 0;
	route_release(&route);
	return same;
}

/* The name that PATTERN alone tells: NULL when it tells none. */
static char *candidate(const struct config_channel *channel, const struct pattern *pattern,
		       const char *local)
{
	const char *name;
	if (channel->as.kind != CONFIG_AS_NAME)
		return config_as_far(&channel->as, local, pattern_directory(pattern));
	return pattern_is_name(pattern, &name) ? memory_text(name) : NULL;
}

/* Whatever the name is. */
static char *find_name(const struct config_account *account, const struct config_channel *channel,
		       const char *local)
{
	for (size_t i = 0; i < channel->folders.taking_count; i++) {
		char *name = candidate(channel, channel->folders.taking[i], local);
		if (name && comes_back(account, channel, name, local))
			return name;
		free(name);
	}
	return NULL;
}

char *route_near(const struct config_account *account, const struct config_channel *channel,
		 const char *local)
{
	char *name = find_name(account, channel, local);
	if (name && folder_name_is_valid(name))
		return name;
	free(name);
	return NULL;
}

bool route_is_one_place(const struct config_channel *a, const struct config_channel *b)
{
	return strcmp(a->maildir, b->maildir) == 0 && a->rules.layout == b->rules.layout;
}

const struct config_channel *route_near_taker(const struct config_account *account,
					      const struct config_channel *place, const char *local)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct config_channel *channel = &account->channels[i];
		char *name = route_is_one_place(channel, place) ? find_name(account, channel, local)
								: NULL;
		bool takes = name != NULL;
		free(name);
		if (takes)
			return channel;
	}
	return NULL;
}

static bool wants_subscriptions(struct pattern *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (pattern_wants_subscriptions(patterns[i]))
			return true;
	}
	return false;
}

bool route_wants_subscriptions(const struct config_account *account)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct pattern_list *list = &account->channels[i].folders;
		if (wants_subscriptions(list->taking, list->taking_count) ||
		    wants_subscriptions(list->leaving, list->leaving_count))
			return true;
	}
	return false;
}
