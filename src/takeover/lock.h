/* The locks of other synchronisers. Internal to takeover. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_TAKEOVER_LOCK_H
#define NAVETTE_TAKEOVER_LOCK_H

#include "base/error.h"

/* Refuses (ERROR_TEMPORARY, SCOPE_FOLDER) while PROGRAM holds its lock of fcntl(2) on the file
 * PATH, as it does as long as it works. A file that is not there is held by nobody. Returns 0 or
 * -1. */
int takeover_check_lock(const char *path, const char *program, struct error *error);

#endif
