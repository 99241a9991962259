/* What the DNS says of a domain's mail. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SETUP_DNS_H
#define NAVETTE_SETUP_DNS_H

#include "setup/server.h"

/* One answer to a question. NAME is owned. */
struct dns_record {
	unsigned int priority, weight; /* of an MX record: the first alone */
	uint16_t port;                 /* of an SRV record */
	char *name;                    /* without a dot at its end; "": there is no such service */
};

/* Reads a whole reply of the DNS (RFC 1035 section 4) to a question for records of TYPE: SRV (RFC
 * 2782) or MX. The best comes first: lowest priority, then highest weight. The caller owns the
 * array and its names. False when the bytes are no such reply; then there is nothing to release. */
bool dns_read_reply(const unsigned char *bytes, size_t length, int type,
		    struct dns_record **records_r, size_t *count_r);
void dns_release_records(struct dns_record *records, size_t count);

/* The server of a domain by RFC 6186: _imaps._tcp, and where that has none or stands behind it,
 * _imap._tcp. Asks the system's resolver, which takes its time. False: there is none. */
bool dns_find_server(const char *domain, struct mail_server *server_r);
/* The server that takes the domain's mail first (MX); the caller's. NULL: none is known. */
char *dns_find_exchanger(const char *domain);

#endif
