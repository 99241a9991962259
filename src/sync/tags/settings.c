/* Which names are carried. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "config/config.h"
#include "sync/tags/pass.h"
#include "sync/tags/tags.h"

bool tags_are_wanted(const struct config_account *account)
{
	for (size_t i = 0; i < account->channel_count; i++) {
		if (account->channels[i].rules.keywords == CONFIG_KEYWORDS_NOTMUCH)
			return true;
	}
	return false;
}

struct tag_names tags_names_of(const struct config_account *account)
{
	return (struct tag_names){ .map = &account->tags.map,
				   .ignore = &account->tags.ignore,
				   .prefix = account->tags.prefix };
}

static void add_list(struct buffer *text, const char *what, const struct text_list *list)
{
	buffer_add_text(text, what);
	for (size_t i = 0; i < list->count; i++)
		buffer_add_format(text, " %s", list->items[i]);
}

char *tags_settings_text(const struct config_account *account)
{
	struct buffer text = BUFFER_INITIAL;
	add_list(&text, "map", &account->tags.map);
	add_list(&text, " ignore", &account->tags.ignore);
	if (account->tags.prefix)
		buffer_add_format(&text, " prefix %s", account->tags.prefix);
	return buffer_take(&text);
}

/* One of before the mark was put back from a copy: it lacks what was done since. */
bool tags_mark_is_fresh(const struct state_tag_mark *mark, const struct tags_mark *now,
			const char *settings)
{
	return !mark->uuid || strcmp(mark->uuid, now->uuid) != 0 ||
	       mark->revision > now->revision || strcmp(mark->settings, settings) != 0;
}
