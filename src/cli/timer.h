/* What systemd's timers are about to do. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_TIMER_H
#define NAVETTE_CLI_TIMER_H

#include "base/text.h"

/* Adds a line for each of the user's timers that runs navette: when it is next. None where there is
 * no systemd, no such unit, or it does not run. */
void cli_timer_list(struct text_list *lines);

#endif
