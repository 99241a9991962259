/* The keys of an account's tags. Internal to config. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_TAG_KEYS_H
#define NAVETTE_CONFIG_TAG_KEYS_H

#include "config/keys.h"

extern const struct config_key config_tag_keys[]; /* of struct config_tags */

/* What was not said gets its default. */
void config_tags_finish(struct config_tags *tags);
void config_tags_release(struct config_tags *tags);

#endif
