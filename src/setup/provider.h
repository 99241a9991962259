/* Providers of mail that are known by name: where their server is and what it wants.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SETUP_PROVIDER_H
#define NAVETTE_SETUP_PROVIDER_H

#include "config/config.h"

/* What one logs in with, as bits. */
enum provider_secret {
	PROVIDER_PASSWORD = 1,     /* that of the account */
	PROVIDER_APP_PASSWORD = 2, /* one that is made for the purpose */
	PROVIDER_OAUTH = 4,        /* a token of OAuth 2.0 */
	PROVIDER_NOTHING = 8       /* there is no IMAP */
};

enum provider_user {
	PROVIDER_USER_ADDRESS,   /* the whole address */
	PROVIDER_USER_LOCAL_PART /* what stands before its @ */
};

struct provider {
	const char *name;
	const char *domains;    /* of addresses, with spaces between; "x.*" is x under any ending */
	const char *exchangers; /* domains of the servers that take mail for others' domains, or
				   NULL */
	const char *host;       /* NULL: none that is the same for all */
	uint16_t port;
	enum config_tls tls;
	enum provider_user user;
	unsigned int secrets; /* enum provider_secret */
	const char *first;    /* what has to be done before a login works; NULL: nothing is known */
};

extern const struct provider provider_table[]; /* ends with a NULL name */

/* By what stands behind the @ of an address, in any case; NULL: unknown. */
const struct provider *provider_of_domain(const char *domain);
/* By the server that takes the domain's mail (its MX record); NULL: unknown. */
const struct provider *provider_of_exchanger(const char *exchanger);
/* By the host of its IMAP server; NULL: unknown. */
const struct provider *provider_of_host(const char *host);

#endif
