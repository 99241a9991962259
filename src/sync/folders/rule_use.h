/* Which rules do nothing: patterns that match no folder, channels that take none. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_RULE_USE_H
#define NAVETTE_SYNC_FOLDERS_RULE_USE_H

#include "sync/folders/folder_table.h"

struct rule_use_channel;

/* Counts of what the rules of an account match. */
struct rule_use {
	const struct config_account *account;
	struct rule_use_channel *channels;
	struct text_list names; /* of all folders */
};

/* TEXT is a whole sentence. */
typedef void rule_use_function(void *context, const char *text);

void rule_use_begin(struct rule_use *use, const struct config_account *account);
/* A folder of either side. */
void rule_use_see(struct rule_use *use, const struct folder_view *folder);
/* When all were seen: tells of each rule that does nothing. */
void rule_use_tell(const struct rule_use *use, rule_use_function *tell, void *context);
/* How many folders the channel of that number takes. */
size_t rule_use_taken(const struct rule_use *use, size_t channel);
void rule_use_end(struct rule_use *use);

#endif
