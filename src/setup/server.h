/* Where an account's server may be. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SETUP_SERVER_H
#define NAVETTE_SETUP_SERVER_H

#include "config/config.h"

/* One server. Texts are owned: release with mail_server_release(). */
struct mail_server {
	char *host;
	uint16_t port;
	enum config_tls tls;
	char *user; /* the login name that goes with it; NULL: nothing is known of it */
};

void mail_server_release(struct mail_server *server);

/* What stands behind the @ of ADDRESS, pointing into it; NULL where it is no address. */
const char *mail_address_domain(const char *address);
/* What stands before it; the caller's. */
char *mail_address_local_part(const char *address);

#endif
