/* What happens to the machine: it slept, its network changed. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_MACHINE_H
#define NAVETTE_CLI_WATCH_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine {
	int routes;       /* a socket of NETLINK_ROUTE; -1: none */
	int clock;        /* a timer that ends when the clock jumps, as after a sleep; -1: none */
	int64_t slept_ms; /* in all, when it was last looked at */
};

/* What the system does not give is done without. */
void machine_begin(struct machine *machine);
/* Whether the machine slept since it was asked last, for longer than a second; empties `clock`. */
bool machine_slept(struct machine *machine);
/* Whether routes came or went since it was asked last; empties `routes`. */
bool machine_network_changed(struct machine *machine);
void machine_end(struct machine *machine);

#endif
