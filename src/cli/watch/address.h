/* Where an account that is watched can be asked. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_ADDRESS_H
#define NAVETTE_CLI_WATCH_ADDRESS_H

#include <stdbool.h>
#include <sys/un.h>

/* The socket of the account whose state is in that directory: in $XDG_RUNTIME_DIR/navette, which is
 * made where MAKE. False: there is no place for one. */
bool watch_address(const char *state, bool make, struct sockaddr_un *address_r);
/* Whether who is at the other end of that socket is the same user as we are. */
bool watch_peer_is_us(int socket);

#endif
