/* The keys of an [account] section about OAuth 2.0. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "config/login_keys.h"
#include "config/values.h"

/* --- Values --- */

static bool read_provider(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "google", CONFIG_OAUTH_GOOGLE },
							{ "microsoft", CONFIG_OAUTH_MICROSOFT },
							{ "yahoo", CONFIG_OAUTH_YAHOO },
							{ "custom", CONFIG_OAUTH_CUSTOM },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_oauth_provider *)field = (enum config_oauth_provider)number;
	return true;
}

static bool read_store(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "file", CONFIG_TOKEN_STORE_FILE },
							{ "keyring", CONFIG_TOKEN_STORE_KEYRING },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_token_store *)field = (enum config_token_store)number;
	return true;
}

/* Who writes an address here has taken the wrong id; the provider's own words for it say little. */
static bool read_client_id(void *field, const char *value, char **problem_r)
{
	if (!strchr(value, '@') && !strpbrk(value, " \t\"'<>"))
		return config_read_text(field, value, problem_r);
	*problem_r = memory_format("must be the id of a registered application, not \"%s\"; see "
				   "docs/providers.md for how to get one",
				   value);
	return false;
}

static bool read_tenant(void *field, const char *value, char **problem_r)
{
	static const char bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	if (value[strspn(value, bytes)] == '\0')
		return config_read_text(field, value, problem_r);
	*problem_r = memory_format("must be common, organizations, consumers, or the id or domain "
				   "of a tenant, not \"%s\"",
				   value);
	return false;
}

/* Words, with spaces between them as they are sent (RFC 6749 section 3.3). */
static bool read_scope(void *field, const char *value, char **problem_r)
{
	char **scope = field;
	char *word;
	while (config_next_word(&value, &word)) {
		char *more = *scope ? memory_format("%s %s", *scope, word) : memory_text(word);
		free(word);
		free(*scope);
		*scope = more;
	}
	if (*scope)
		return true;
	*problem_r = memory_text("is empty");
	return false;
}

/* What comes behind the scheme has a host, and nothing that an address cannot have. */
static bool is_address(const char *value, const char *scheme)
{
	if (!text_starts_with(value, scheme))
		return false;
	const char *host = value + strlen(scheme);
	size_t length = strcspn(host, "/?");
	for (const char *at = value; *at; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || *at == '#' ||
		    *at == '"' || *at == '<' || *at == '>' || *at == '\\')
			return false;
	}
	return length > 0 && *host != ':' && !memchr(host, '@', length);
}

bool config_address_is_loopback(const char *value)
{
	static const char *const hosts[] = { "http://127.0.0.1", "http://[::1]", "http://localhost",
					     NULL };
	for (size_t i = 0; hosts[i]; i++) {
		size_t length = strlen(hosts[i]);
		if (text_starts_with(value, hosts[i]) && strchr(":/?", value[length]))
			return true; /* the NUL too */
	}
	return false;
}

static bool read_address(void *field, const char *value, char **problem_r)
{
	if (is_address(value, "https://") ||
	    (config_address_is_loopback(value) && is_address(value, "http://")))
		return config_read_text(field, value, problem_r);
	*problem_r = memory_format("must be an address that begins with https:// (or with http:// "
				   "on this computer), not \"%s\"",
				   value);
	return false;
}

/* --- The table --- */

#define MEMBER(name) offsetof(struct config_oauth, name)

const struct config_key config_oauth_keys[] = {
	{ "oauth", read_provider, MEMBER(provider), false },
	{ "oauth-user", config_read_text, MEMBER(user), false },
	{ "client-id", read_client_id, MEMBER(client_id), false },
	{ "client-secret-command", config_read_text, MEMBER(client_secret_command), false },
	{ "scope", read_scope, MEMBER(scope), true },
	{ "tenant", read_tenant, MEMBER(tenant), false },
	{ "issuer", read_address, MEMBER(issuer), false },
	{ "authorize-url", read_address, MEMBER(authorize_url), false },
	{ "token-url", read_address, MEMBER(token_url), false },
	{ "device-url", read_address, MEMBER(device_url), false },
	{ "redirect-url", read_address, MEMBER(redirect_url), false },
	{ "token-store", read_store, MEMBER(store), false },
	{ .name = NULL },
};

/* --- The section's end --- */

/* The first key that is there although `oauth` is not; NULL: none. */
static const char *stray_key(const struct config_oauth *oauth)
{
	for (const struct config_key *key = config_oauth_keys; key->name; key++) {
		const char *member = (const char *)oauth + key->offset;
		bool set = key->read == read_store
				   ? oauth->store != CONFIG_TOKEN_STORE_FILE
				   : key->read != read_provider && *(char *const *)member;
		if (set)
			return key->name;
	}
	return NULL;
}

static char *problem_of_endpoints(const struct config_oauth *oauth)
{
	bool custom = oauth->provider == CONFIG_OAUTH_CUSTOM;
	bool some = oauth->issuer || oauth->authorize_url || oauth->token_url || oauth->device_url;
	if (!custom && some)
		return memory_text("has issuer, authorize-url, token-url or device-url, which are "
				   "for oauth = custom alone: navette knows those of the others");
	if (oauth->tenant && oauth->provider != CONFIG_OAUTH_MICROSOFT)
		return memory_text("has tenant, which is for oauth = microsoft alone");
	if (!custom || oauth->issuer)
		return NULL;
	if (!oauth->token_url || (!oauth->authorize_url && !oauth->device_url))
		return memory_text("has oauth = custom and does not say where: add \"issuer = "
				   "https://...\", or token-url with authorize-url or device-url");
	return NULL;
}

char *config_oauth_problem(const struct config_oauth *oauth)
{
	if (oauth->provider == CONFIG_OAUTH_NONE) {
		const char *stray = stray_key(oauth);
		return stray ? memory_format("has %s and no oauth, which it belongs to: add "
					     "\"oauth = google | microsoft | yahoo | custom\"",
					     stray)
			     : NULL;
	}
	if (!oauth->client_id)
		return memory_text("has oauth and no client-id: register navette with the provider "
				   "as docs/providers.md says, and add \"client-id = ...\"");
	return problem_of_endpoints(oauth);
}

const char *config_oauth_host(enum config_oauth_provider provider)
{
	switch (provider) {
	case CONFIG_OAUTH_GOOGLE:
		return "imap.gmail.com";
	case CONFIG_OAUTH_MICROSOFT:
		return "outlook.office365.com";
	case CONFIG_OAUTH_YAHOO:
		return "imap.mail.yahoo.com";
	case CONFIG_OAUTH_CUSTOM:
	case CONFIG_OAUTH_NONE:
		break;
	}
	return NULL;
}

void config_oauth_release(struct config_oauth *oauth)
{
	free(oauth->user);
	free(oauth->client_id);
	free(oauth->client_secret_command);
	free(oauth->scope);
	free(oauth->tenant);
	free(oauth->issuer);
	free(oauth->authorize_url);
	free(oauth->token_url);
	free(oauth->device_url);
	free(oauth->redirect_url);
	*oauth = (struct config_oauth){ .provider = CONFIG_OAUTH_NONE };
}
