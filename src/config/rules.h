/* The keys that say how folders are synchronised, of accounts and channels alike. Internal to
 * config. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_RULES_H
#define NAVETTE_CONFIG_RULES_H

#include "config/keys.h"

extern const struct config_key config_rule_keys[]; /* of struct config_rules */

/* The defaults. */
struct config_rules config_rules_default(void);
/* A copy that owns what it holds. */
struct config_rules config_rules_copy(const struct config_rules *rules);
/* Whether they agree with each other; checked at the end of a section. */
bool config_rules_finish(struct config_rules *rules, char **problem_r);
void config_rules_release(struct config_rules *rules);

#endif
