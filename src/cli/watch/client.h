/* Asking the watch that has an account under its eyes. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_CLIENT_H
#define NAVETTE_CLI_WATCH_CLIENT_H

#include "sync/live/live.h"

/* Has the watch of that account do a run, and tells what it does as if it were one of our own.
 * False: there is no watch, or it has not begun it within the options' lock_wait, or did not end
 * it: then it is ours to do, and the lock on the state decides. */
bool watch_client_sync(const struct config_account *account, const struct sync_options *options,
		       const struct sync_events *events, struct sync_result *result_r);
/* How the account is; false: nobody watches it. */
bool watch_client_see(const struct config_account *account, struct live_view *view_r);

#endif
