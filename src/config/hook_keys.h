/* The keys of commands around a run, in an [account] and in the [global] section. Internal to
 * config. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_HOOK_KEYS_H
#define NAVETTE_CONFIG_HOOK_KEYS_H

#include "config/keys.h"

extern const struct config_key config_hook_keys[]; /* of struct config_hooks */

struct config_hooks config_hooks_default(void);
void config_hooks_release(struct config_hooks *hooks);

#endif
