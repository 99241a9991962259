/* mbsync's patterns as ours. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_PATTERNS_H
#define NAVETTE_TAKEOVER_MBSYNC_PATTERNS_H

#include "base/text.h"

/* One of our channels' folders and local names. */
struct mbsync_folders {
	char *folders; /* the value of `folders` */
	char *as;      /* that of `as`; NULL: as on the server */
};

/* Of mbsync's patterns the last that matches wins; of ours an exclusion does, and the first channel
 * that takes a folder. So PATTERNS of a channel between FAR and NEAR (what stands before the names
 * on either side, "Lists/" or "") come to several channels, in the order in which they have to
 * stand. Without patterns it is one folder: FAR itself, or INBOX, called NEAR here. Folder names
 * may be in modified UTF-7. The caller owns the array and its texts. */
struct mbsync_folders *mbsync_folders_of(const struct text_list *patterns, const char *far,
					 const char *near, size_t *count_r);
void mbsync_folders_release(struct mbsync_folders *folders, size_t count);

#endif
