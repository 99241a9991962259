/* What a signal does to a command that talks to a server. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_SIGNALS_H
#define NAVETTE_CLI_SIGNALS_H

#include <stdatomic.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP lets the command end in order, and with it what
 * it started; a second one of its kind ends it at once. What is returned becomes true with the
 * first, and lives as long as the programme. */
const atomic_bool *cli_signals_catch(void);

#endif
