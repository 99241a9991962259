/* A run's lock on the Maildirs of its account. Internal to sync. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_NEAR_LOCK_H
#define NAVETTE_SYNC_NEAR_LOCK_H

#include "base/error.h"
#include "maildir/root_lock.h"

struct sync_context;

/* Locks the roots of all channels of the context's account (maildir/root_lock.h), whose state is
 * open. One that is missing is made, so that of two first runs one waits; but not where the base
 * has folders: then it may be the file system that is missing (guard.c). Returns 0 or -1. */
int near_lock_take(const struct sync_context *context, struct maildir_root_lock **lock_r,
		   struct error *error);

#endif
