/* Whether what a server told of changes can be all of them. Internal to sync.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_FAR_SUM_H
#define NAVETTE_SYNC_OBSERVE_FAR_SUM_H

#include "sync/observe/base_view.h"

struct sync_folder;

/* Whether base, what rules and window left out, and the changes of folder->far together hold as
 * many messages as the mailbox does: what a server told of changes is not believed without that. 1
 * yes, 0 no, -1 error. */
int far_sum_adds_up(const struct sync_folder *folder, const struct base_view *base,
		    struct error *error);

#endif
