/* Messages that the server refuses to give: told of once for all that were refused in the same
 * words, and remembered (observe/deferred.h). Internal to apply. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_REFUSALS_H
#define NAVETTE_SYNC_APPLY_REFUSALS_H

#include "base/error.h"
#include "mail/uid_set.h"

struct sync_folder;

/* Zeroed but for `folder`, it is empty. */
struct refusals {
	struct sync_folder *folder;
	struct uid_set uids; /* refused for `reason`, and not told yet */
	struct error reason;
	struct uid_set told;
};

/* Each returns 0 or -1. */
int refusals_add(struct refusals *refusals, uint32_t uid, const struct error *reason,
		 struct error *error);
/* Tells of those that were not told yet, and remembers them; but for what is no fault of these
 * messages. */
int refusals_tell(struct refusals *refusals, struct error *error);
void refusals_release(struct refusals *refusals);

#endif
