/* For `check`: whether the database of tags can be used. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/config.h"
#include "sync/tags/tags.h"

/* The first Maildir of which the database knows nothing; NULL: there is none. */
static const char *find_outside(const struct config_account *account, const char *root)
{
	size_t length = strlen(root);
	char real[PATH_MAX];
	for (size_t i = 0; i < account->channel_count; i++) {
		const struct config_channel *channel = &account->channels[i];
		const char *path = realpath(channel->maildir, real) ? real : channel->maildir;
		if (channel->rules.keywords == CONFIG_KEYWORDS_NOTMUCH &&
		    (strncmp(path, root, length) != 0 ||
		     (path[length] != '/' && path[length] != '\0')))
			return channel->maildir;
	}
	return NULL;
}

int tags_check(const struct config_account *account, char **text_r, struct error *error)
{
	const struct tags_side *side = tags_notmuch();
	struct tags_database *database = NULL;
	struct tags_mark now;
	if (!side)
		return tags_refuse_absent(error);
	if (tags_open(side, &database, &now, error) != 0)
		return -1;
	const char *root = tags_root(side, database);
	const char *outside = find_outside(account, root);
	if (outside)
		*text_r = memory_format("%s is not below %s, which is all that notmuch indexes: "
					"set database.path or database.mail_root in its "
					"configuration; until then keywords wait",
					outside, root);
	else
		*text_r = memory_format("keywords are tags of notmuch, which indexes %s", root);
	tags_close(side, &database);
	return outside ? 1 : 0;
}
