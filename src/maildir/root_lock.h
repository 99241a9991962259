/* The lock on trees of Maildirs that keeps two runs off the same mail.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_ROOT_LOCK_H
#define NAVETTE_MAILDIR_ROOT_LOCK_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/error.h"

/* The state has a lock of its own; but two runs may have two states for one tree: XDG_STATE_HOME is
 * set in one environment and not in the other, or the account stands in two files by two names.
 * Each would take what the other downloads for new mail. So the directories themselves are locked,
 * by flock(2): nothing is written, and it dies with the process. A root is locked alone, and all
 * directories above it together with others, so that roots within each other exclude each other and
 * roots side by side do not. */
struct maildir_root_lock;

/* Locks the COUNT directories ROOTS (absolute paths). One that does not exist has nothing to lock.
 * While another process holds one of them, waits up to WAIT_SECONDS (unless *CANCEL becomes true;
 * NULL: never), then fails with ERROR_TEMPORARY, SCOPE_ACCOUNT, and says which process that is
 * where it can be known. File systems without locks on directories (NFS) are used without. Returns
 * 0 or -1; *lock_r is the caller's. */
int maildir_roots_lock(const char *const *roots, size_t count, unsigned int wait_seconds,
		       const atomic_bool *cancel, struct maildir_root_lock **lock_r,
		       struct error *error);
/* NULL and *lock == NULL are allowed. */
void maildir_roots_unlock(struct maildir_root_lock **lock);

#endif
