/* Names of hosts that are not ASCII. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_IDN_H
#define NAVETTE_BASE_IDN_H

#include "base/error.h"

/* HOST as the DNS and certificates have it (RFC 5890: A-labels): "xn--bcher-kva.example". What is
 * ASCII is copied; else libidn2 is needed, which is loaded. *ascii_r is the caller's. Returns 0, or
 * -1 (ERROR_CONFIG, SCOPE_ACCOUNT). */
int idn_to_ascii(const char *host, char **ascii_r, struct error *error);

#endif
