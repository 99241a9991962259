/* Finding the server of an address. SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/discover.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "imap/stream.h"
#include "setup/autoconfig.h"
#include "setup/dns.h"

#define GUESS_SECONDS 4 /* for each address that is tried */

/* --- What is known --- */

static void take_provider(struct discovery *discovery, const struct provider *provider)
{
	discovery->source_r = DISCOVERY_TABLE;
	discovery->provider_r = provider;
	if (!provider->host)
		return;
	discovery->server_r = (struct mail_server){
		.host = memory_text(provider->host),
		.port = provider->port,
		.tls = provider->tls,
		.user = provider->user == PROVIDER_USER_LOCAL_PART
				? mail_address_local_part(discovery->address)
				: memory_text(discovery->address),
	};
}

static const struct provider *find_by_exchanger(const char *domain)
{
	char *exchanger = dns_find_exchanger(domain);
	const struct provider *provider = exchanger ? provider_of_exchanger(exchanger) : NULL;
	free(exchanger);
	return provider;
}

/* --- Guesses --- */

char *discovery_guess(const char *domain, size_t number)
{
	static const char *const prefixes[DISCOVERY_GUESSES] = { "imap.", "mail.", "" };
	return memory_format("%s%s", prefixes[number], domain);
}

static enum imap_tls stream_tls(enum config_tls tls)
{
	switch (tls) {
	case CONFIG_TLS_STARTTLS:
		return IMAP_TLS_STARTTLS;
	case CONFIG_TLS_NONE:
		return IMAP_TLS_NONE;
	case CONFIG_TLS_IMPLICIT:
		break;
	}
	return IMAP_TLS_IMPLICIT;
}

/* Whether something there greets as an IMAP server does; with implicit TLS its certificate is right
 * as well. */
static bool answers(const struct discovery *discovery, const char *host, uint16_t port,
		    enum config_tls tls)
{
	const struct imap_endpoint endpoint = { .host = host,
						.port = port,
						.tls = stream_tls(tls),
						.tls_ca = discovery->tls_ca,
						.timeout = GUESS_SECONDS,
						.cancel = discovery->cancel };
	struct imap_stream *stream;
	struct error ignored = ERROR_INITIAL;
	char greeting[5] = "";
	size_t length = 0;
	if (imap_stream_open(&endpoint, &stream, &ignored) != 0)
		return false;
	bool good = imap_stream_read(stream, greeting, 4, &length, &ignored) == 0 && length == 4 &&
		    (memcmp(greeting, "* OK", 4) == 0 || memcmp(greeting, "* PR", 4) == 0);
	imap_stream_close(&stream);
	return good;
}

static bool try_guess(struct discovery *discovery, char *host, enum config_tls tls)
{
	uint16_t port = discovery->port != 0         ? discovery->port
			: tls == CONFIG_TLS_IMPLICIT ? 993
						     : 143;
	bool cancelled = discovery->cancel && atomic_load(discovery->cancel);
	if (cancelled || (discovery->tls && *discovery->tls != tls))
		return false;
	discovery->tell(discovery->context, host);
	if (!answers(discovery, host, port, tls))
		return false;
	discovery->source_r = DISCOVERY_GUESS;
	discovery->server_r =
		(struct mail_server){ .host = memory_text(host), .port = port, .tls = tls };
	return true;
}

static void guess(struct discovery *discovery, const char *domain)
{
	/* Without TLS only where that was asked for. */
	static const enum config_tls ways[] = { CONFIG_TLS_IMPLICIT, CONFIG_TLS_STARTTLS,
						CONFIG_TLS_NONE };
	size_t count = discovery->tls ? 3 : 2;
	for (size_t way = 0; way < count; way++) {
		for (size_t i = 0; i < DISCOVERY_GUESSES; i++) {
			char *host = discovery_guess(domain, i);
			bool found = try_guess(discovery, host, ways[way]);
			free(host);
			if (found)
				return;
		}
	}
}

/* --- The whole --- */

bool discovery_is_within(const char *host, const char *domain)
{
	size_t host_length = strlen(host);
	size_t length = strlen(domain);
	if (host_length < length || strcasecmp(host + host_length - length, domain) != 0)
		return false;
	return host_length == length || host[host_length - length - 1] == '.';
}

void discover_server(struct discovery *discovery)
{
	const char *domain = mail_address_domain(discovery->address);
	discovery->source_r = DISCOVERY_NONE;
	discovery->provider_r = domain ? provider_of_domain(domain) : NULL;
	if (!domain)
		return;
	if (discovery->provider_r) {
		take_provider(discovery, discovery->provider_r);
		return;
	}
	discovery->tell(discovery->context, "the DNS");
	if (dns_find_server(domain, &discovery->server_r)) {
		discovery->source_r = DISCOVERY_DNS;
		discovery->provider_r = provider_of_host(discovery->server_r.host);
		return;
	}
	const struct provider *provider = find_by_exchanger(domain);
	if (provider) {
		take_provider(discovery, provider);
	} else if (autoconfig_find(discovery->address, discovery->cancel, discovery->tell,
				   discovery->context, &discovery->server_r)) {
		discovery->source_r = DISCOVERY_AUTOCONFIG;
		discovery->provider_r = provider_of_host(discovery->server_r.host);
	} else {
		guess(discovery, domain);
	}
}
