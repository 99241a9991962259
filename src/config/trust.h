/* Whether a configuration can be believed: its commands are run. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_TRUST_H
#define NAVETTE_CONFIG_TRUST_H

#include <sys/stat.h>

#include "base/error.h"

/* Whether nobody but its user and root can have written the file: its owner and mode, and that no
 * directory above it lets everybody replace it (a sticky one such as /tmp does not). STATUS is the
 * file's. Returns 0, or -1: ERROR_CONFIG, SCOPE_ACCOUNT, the text says what to change. */
int config_check_trust(const char *path, const struct stat *status, struct error *error);

#endif
