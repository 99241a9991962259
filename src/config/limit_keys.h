/* The keys of an account about what it may use of the line. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_LIMIT_KEYS_H
#define NAVETTE_CONFIG_LIMIT_KEYS_H

#include "config/keys.h"

extern const struct config_key config_limit_keys[]; /* of struct config_limits */

#endif
