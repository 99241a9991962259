/* Finding the server of an address. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SETUP_DISCOVER_H
#define NAVETTE_SETUP_DISCOVER_H

#include <stdatomic.h>

#include "setup/provider.h"
#include "setup/server.h"

enum discovery_source {
	DISCOVERY_NONE,
	DISCOVERY_TABLE,      /* a provider that is known */
	DISCOVERY_DNS,        /* the domain's SRV records */
	DISCOVERY_AUTOCONFIG, /* a file that is published for it */
	DISCOVERY_GUESS       /* a usual name, at which an IMAP server answers */
};

/* What to look for, and what came out. */
struct discovery {
	const char *address;        /* borrowed */
	uint16_t port;              /* 0: the usual ones; guesses are tried at this one alone */
	const enum config_tls *tls; /* NULL: both ways with TLS */
	const char *tls_ca;         /* as in struct config_account; guesses are tried with it */
	const atomic_bool *cancel;
	void (*tell)(void *context, const char *what); /* what is asked now */
	void *context;

	enum discovery_source source_r;
	const struct provider *provider_r; /* NULL: none that is known */
	struct mail_server server_r;       /* release with mail_server_release() */
};

/* Fills in what came out. A provider without IMAP is found, and no server. */
void discover_server(struct discovery *discovery);

/* The host names that are guessed for DOMAIN, in the order in which they are tried. */
#define DISCOVERY_GUESSES 3
char *discovery_guess(const char *domain, size_t number);

/* Whether HOST belongs to DOMAIN: else nothing but an answer of the DNS says that the domain's
 * owner means it, and its user has to be asked (RFC 6186 section 6). */
bool discovery_is_within(const char *host, const char *domain);

#endif
