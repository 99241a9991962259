/* Where a domain's server is, by the file that it or Mozilla publishes for mail programmes.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SETUP_AUTOCONFIG_H
#define NAVETTE_SETUP_AUTOCONFIG_H

#include <stdatomic.h>

#include "setup/server.h"

/* Whether this build can look for one: it needs libcurl and expat. */
bool autoconfig_is_built(void);

/* Reads such a file (config-v1.1.xml): the first IMAP server in it that is reached by TLS or
 * STARTTLS; one without either is passed over. Placeholders in the login name are filled in from
 * ADDRESS. False: there is none, or the bytes are no such file. */
bool autoconfig_read(const char *bytes, size_t length, const char *address,
		     struct mail_server *server_r);

/* Asks the domain of ADDRESS over HTTPS, then Mozilla, which is told the domain alone. TELL is
 * called with the name of each host that is asked. False: there is none. */
bool autoconfig_find(const char *address, const atomic_bool *cancel,
		     void (*tell)(void *context, const char *host), void *context,
		     struct mail_server *server_r);

#endif
