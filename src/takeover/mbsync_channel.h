/* The rules of a channel of mbsync's configuration. Internal to takeover. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_MBSYNC_CHANNEL_H
#define NAVETTE_TAKEOVER_MBSYNC_CHANNEL_H

#include "takeover/mbsync_file.h"
#include "takeover/takeover.h"

/* One channel with the two stores that it goes between. */
struct mbsync_link {
	const struct mbsync_section *globals, *channel, *far, *near;
	char *far_box, *near_box; /* what stands behind the store's name: "Lists/" or "" */
};

/* Finds the channel's stores. False: it is not between an IMAP store there and Maildirs here; it is
 * noted. Release in any case. */
bool mbsync_link_find(struct takeover *takeover, const struct mbsync_file *file,
		      const struct mbsync_section *channel, struct mbsync_link *link);
void mbsync_link_release(struct mbsync_link *link);

/* Adds the keys of its rules to OUT: what goes which way, what is created, removed and kept. */
void mbsync_link_write_rules(struct takeover *takeover, const struct mbsync_file *file,
			     const struct mbsync_link *link, struct buffer *out);

#endif
