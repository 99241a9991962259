/* The Maildirs of one place by the names that they have here, also where these are other spellings
 * of what a folder is called: modified UTF-7, as mbsync up to 1.4, OfflineIMAP and Dovecot write
 * it, and INBOX in any case. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_FOLDERS_LOCAL_NAMES_H
#define NAVETTE_SYNC_FOLDERS_LOCAL_NAMES_H

#include "config/config.h"

struct local_spelling;

/* Start zeroed. */
struct local_names {
	const struct config_channel *channel; /* whose place it is */
	struct text_list names;               /* sorted by bytes */
	struct local_spelling *spellings;     /* those that mean another name, by that */
	size_t spelling_count;
};

/* What NAME means: each component that is strict modified UTF-7 decoded, INBOX in capitals. NULL
 * when that is NAME itself. The caller's. */
char *local_name_meaning(const char *name);
/* When all names are there. */
void local_names_sort(struct local_names *local);
bool local_names_hold(const struct local_names *local, const char *name);
/* The first of the names that means NAME and is not it; NULL: there is none. */
const char *local_names_spelling(const struct local_names *local, const char *name);
void local_names_release(struct local_names *local);

#endif
