/* The keys of an account about `navette watch`. Internal to config. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_WATCH_KEYS_H
#define NAVETTE_CONFIG_WATCH_KEYS_H

#include "config/keys.h"

extern const struct config_key config_watch_keys[]; /* of struct config_watch */

struct config_watch config_watch_default(void);
void config_watch_release(struct config_watch *watch);

#endif
