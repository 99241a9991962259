/* After apply: whether both sides are as the base says. What is certain is noted, so that the next
 * run need not look at them. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_OBSERVE_CONFIRM_H
#define NAVETTE_SYNC_OBSERVE_CONFIRM_H

#include <stdbool.h>

#include "base/error.h"

struct sync_folder;

struct far_session;

bool sync_folder_confirm_needs_server(const struct sync_folder *folder);
int sync_folder_confirm_begin(struct sync_folder *folder, struct far_session *session,
			      struct error *error);
int sync_folder_confirm_finish(struct sync_folder *folder, struct far_session *session,
			       struct error *error);
/* Of the near side. *slept: whether this run has waited once for the clock to move on. */
int sync_folder_confirm_near(struct sync_folder *folder, bool *slept, struct error *error);

#endif
