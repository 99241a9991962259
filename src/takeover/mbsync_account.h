/* The account of mbsync's configuration. Internal to takeover. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_ACCOUNT_H
#define NAVETTE_TAKEOVER_MBSYNC_ACCOUNT_H

#include "takeover/mbsync_file.h"
#include "takeover/takeover.h"

/* Writes the keys that say where the server is and how to log in, of an IMAPStore and its
 * IMAPAccount (NULL: the store says it all). NAME is ours. */
void mbsync_account_write(struct takeover *takeover, const struct mbsync_file *file,
			  const struct mbsync_section *store, const struct mbsync_section *account,
			  const char *name);

#endif
