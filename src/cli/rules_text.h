/* The rules of a channel in words. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_RULES_TEXT_H
#define NAVETTE_CLI_RULES_TEXT_H

#include "config/config.h"

/* Those that are not the plain ones, as they stand in a configuration: "pull = new, body =
 * headers"; "" for none. The caller owns it. */
char *cli_rules_text(const struct config_rules *rules);

#endif
