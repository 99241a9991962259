/* Waiting for the browser to come back: on a port of loopback (RFC 8252 section 7.3), or with an
 * address that the user pastes. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CREDENTIAL_REDIRECT_H
#define NAVETTE_CREDENTIAL_REDIRECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "credential/authorization.h"

struct redirect;

/* Listens on 127.0.0.1 and, where there is one, on ::1, on PORT, 0: any that is free, which
 * *port_r then is. ERROR_FAILED, SCOPE_ACCOUNT, where it cannot. Returns 0 or -1. */
int redirect_listen(uint16_t port, struct redirect **redirect_r, uint16_t *port_r,
		    struct error *error);

/* What is waited for. */
struct redirect_wait {
	const struct authorization *authorization;
	const struct endpoints *endpoints;
	const char *redirect_url;
	int input; /* where the user may paste the address, a line; -1: nowhere */
	unsigned int timeout_seconds;
	const atomic_bool *cancel;
};
/* Waits for the answer to the authorization request; what is none is turned away and does not end
 * the waiting, but an address that was pasted and makes no sense is an error, as are the time that
 * is over and an input that ended while REDIRECT (may be NULL) is not there. *result_r:
 * AUTHORIZATION_GIVEN or AUTHORIZATION_REFUSED. Returns 0 or -1. */
int redirect_wait(struct redirect *redirect, const struct redirect_wait *wait,
		  struct authorization_result *result_r, struct error *error);
/* Tells the browser, if it is there, how it ended, and listens no more. NULL is allowed. */
void redirect_end(struct redirect **redirect, bool good);

#endif
