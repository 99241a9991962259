/* What a signal does to a command that talks to a server. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_SIGNALS_H
#define NAVETTE_CLI_SIGNALS_H

#include <stdatomic.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP lets the command end in order, and with it what
 * it started; a second one of its kind ends it at once. What is returned becomes true with the
 * first, and lives as long as the programme. */
const atomic_bool *cli_signals_catch(void);

/* What signals ask of a command that stays, as bits. */
enum cli_signal {
	CLI_SIGNAL_STOP = 1 << 0,   /* SIGINT, SIGTERM; a second one of its kind ends it at once */
	CLI_SIGNAL_RELOAD = 1 << 1, /* SIGHUP */
	CLI_SIGNAL_LOOK = 1 << 2,   /* SIGUSR1 */
	CLI_SIGNAL_GO_ON = 1 << 3   /* SIGCONT: it was stopped, for nobody knows how long */
};

/* From now on signals are kept for cli_signals_take(). Returns a descriptor that is readable when
 * there are any, or -1: the system gives none. */
int cli_signals_keep(void);
/* Those that came since it was called last; empties the descriptor. */
unsigned int cli_signals_take(void);

#endif
