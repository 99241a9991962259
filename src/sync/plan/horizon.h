/* Servers that show only the newest messages of a mailbox: what is older is there and has a UID,
 * but no command tells of it. Whenever mail arrives as many old messages pass out of sight, which
 * looks just like a removal. Pure. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_PLAN_HORIZON_H
#define NAVETTE_SYNC_PLAN_HORIZON_H

#include "sync/observe/base_view.h"
#include "sync/observe/changes.h"

/* What is known of how far down a mailbox is shown. Zeroed: the server has no such mailbox. */
struct horizon {
	bool told;          /* the server says of itself that it may show only the newest ... */
	uint32_t limit;     /* ... so many of them; 0: it does not say how many */
	uint32_t shown;     /* EXISTS now */
	uint32_t before;    /* EXISTS when UIDNEXT was noted; 0: unknown */
	uint32_t news_from; /* UIDs from here on came since then; 0: unknown */
};

/* Whether GONE messages, the lowest of those known, are more likely hidden than removed, when
 * ARRIVED new ones came since. In doubt they are hidden: a message too many here is told of, one
 * that is removed for nothing is lost. A server that does not say it must show a multiple of 1,000
 * messages, for that is what such limits are; and as many as before, or as many new ones must have
 * come, or more be gone than somebody removes one by one. */
bool horizon_hides(const struct horizon *horizon, uint64_t gone, uint64_t arrived);

/* Whether the mailbox may hold more than it shows: its removal would take that as well. */
bool horizon_is_reached(const struct horizon *horizon);

/* Adds to HIDDEN those of far->removed that are hidden: messages of the base below every one that
 * the far side shows. What is gone from among the others was removed by somebody. OUTSIDE: what
 * the far side had beyond the base. Returns 0 or -1 (the base could not be read). */
int horizon_find_hidden(const struct horizon *horizon, const struct base_view *base,
			const struct far_changes *far, const struct uid_set *outside,
			struct uid_set *hidden, struct error *error);

#endif
