/* Finding a provider in the table. SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/provider.h"

#include <string.h>
#include <strings.h>

/* "x.*" takes x under any ending of one or two parts: x.com, x.co.uk, and not x.example.co.uk. */
static bool takes_ending(const char *pattern, size_t length, const char *domain)
{
	size_t kept = length - 1; /* with the dot */
	if (length < 2 || pattern[length - 1] != '*' || strncasecmp(pattern, domain, kept) != 0)
		return false;
	const char *ending = domain + kept;
	const char *dot = strchr(ending, '.');
	return *ending != '\0' && (!dot || (!strchr(dot + 1, '.') && dot - ending <= 3));
}

static bool takes_start(const char *pattern, size_t length, const char *domain)
{
	size_t domain_length = strlen(domain);
	if (length < 2 || *pattern != '*' || domain_length < length - 1)
		return false;
	return strncasecmp(pattern + 1, domain + domain_length - (length - 1), length - 1) == 0;
}

static bool is_same(const char *word, size_t length, const char *domain)
{
	return strlen(domain) == length && strncasecmp(word, domain, length) == 0;
}

/* The domain itself, or one below it. */
static bool is_below(const char *word, size_t length, const char *domain)
{
	size_t domain_length = strlen(domain);
	if (domain_length <= length)
		return is_same(word, length, domain);
	const char *end = domain + domain_length - length;
	return end[-1] == '.' && is_same(word, length, end);
}

/* Whether one of the words of LIST (may be NULL) takes DOMAIN. */
static bool any_takes(const char *list, const char *domain,
		      bool (*takes)(const char *word, size_t length, const char *domain))
{
	while (list && *list != '\0') {
		size_t length = strcspn(list, " ");
		if (length > 0 && takes(list, length, domain))
			return true;
		list += length + strspn(list + length, " ");
	}
	return false;
}

static const struct provider *
find_domain(const char *domain, bool (*takes)(const char *word, size_t length, const char *domain))
{
	for (const struct provider *provider = provider_table; provider->name; provider++) {
		if (any_takes(provider->domains, domain, takes))
			return provider;
	}
	return NULL;
}

const struct provider *provider_of_domain(const char *domain)
{
	const struct provider *found = find_domain(domain, is_same);
	if (!found)
		found = find_domain(domain, takes_ending);
	return found ? found : find_domain(domain, takes_start);
}

const struct provider *provider_of_exchanger(const char *exchanger)
{
	for (const struct provider *provider = provider_table; provider->name; provider++) {
		if (any_takes(provider->exchangers, exchanger, is_below))
			return provider;
	}
	return NULL;
}

const struct provider *provider_of_host(const char *host)
{
	for (const struct provider *provider = provider_table; provider->name; provider++) {
		/* What runs on this machine says nothing by its address. */
		if (provider->host && strncmp(host, "127.", 4) != 0 &&
		    strcasecmp(provider->host, host) == 0)
			return provider;
	}
	return NULL;
}
