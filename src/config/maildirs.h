/* Accounts keep off each other's Maildirs. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_MAILDIRS_H
#define NAVETTE_CONFIG_MAILDIRS_H

#include "config/config.h"

/* Refuses two accounts or channels whose Maildirs are the same or lie within each other, also by
 * way of symbolic links and "..": each would take the other's mail for its own. Channels of one
 * account may share one when they have one layout; two of them may not name one folder in it.
 * Returns 0 or -1 (ERROR_CONFIG). */
int config_check_maildirs(const struct config *config, struct error *error);

#endif
