/* The keys of an [account] section. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/idn.h"
#include "base/memory.h"
#include "config/hook_keys.h"
#include "config/keys.h"
#include "config/limit_keys.h"
#include "config/login_keys.h"
#include "config/rules.h"
#include "config/tag_keys.h"
#include "config/values.h"
#include "config/watch_keys.h"

#define PORT_IMPLICIT 993
#define PORT_PLAIN 143
#define TIMEOUT_DEFAULT 60
#define CONNECTIONS_DEFAULT 4
#define CONNECTIONS_MAX 32

/* A name or an address; what people put around it has keys of its own. */
static bool read_host(void *field, const char *value, char **problem_r)
{
	const char *colon = strchr(value, ':');
	bool address = colon && strchr(colon + 1, ':'); /* IPv6 */
	if (strstr(value, "://") || strchr(value, '/'))
		*problem_r =
			memory_format("must be the bare name of the server, not \"%s\"", value);
	else if (colon && !address)
		*problem_r = memory_format("must be the bare name of the server: write host = %.*s "
					   "and port = %s",
					   (int)(colon - value), value, colon + 1);
	else if (!text_is_utf8(value, strlen(value)))
		*problem_r = memory_text("is no UTF-8: write the name of the server in UTF-8");
	else if (strpbrk(value, " \t,;\"'<>@[]"))
		*problem_r = memory_format("must be the name or address of one server, not \"%s\"",
					   value);
	else
		return config_read_text(field, value, problem_r);
	return false;
}

static bool read_port(void *field, const char *value, char **problem_r)
{
	uint64_t number;
	if (!config_value_number(value, 1, 65535, &number, problem_r))
		return false;
	*(uint16_t *)field = (uint16_t)number;
	return true;
}

static bool read_connections(void *field, const char *value, char **problem_r)
{
	uint64_t number;
	if (!config_value_number(value, 1, CONNECTIONS_MAX, &number, problem_r))
		return false;
	*(unsigned int *)field = (unsigned int)number;
	return true;
}

static bool read_compress(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "auto", CONFIG_COMPRESS_AUTO },
							{ "yes", CONFIG_COMPRESS_YES },
							{ "no", CONFIG_COMPRESS_NO },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_compress *)field = (enum config_compress)number;
	return true;
}

static bool read_duplicates(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "link", CONFIG_DUPLICATES_LINK },
							{ "copy", CONFIG_DUPLICATES_COPY },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_duplicates *)field = (enum config_duplicates)number;
	return true;
}

/* Capability names are atoms (RFC 9051 section 9); all that exist begin with a letter. */
static bool is_extension(const char *word)
{
	bool letter = (*word >= 'A' && *word <= 'Z');
	return letter && word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+=_./:")] == '\0';
}

static bool read_extensions(void *field, const char *value, char **problem_r)
{
	struct text_list *list = field;
	char *word;
	while (config_next_word(&value, &word)) {
		for (char *byte = word; *byte; byte++) {
			if (*byte >= 'a' && *byte <= 'z')
				*byte = (char)(*byte - 'a' + 'A');
		}
		if (!is_extension(word)) {
			*problem_r = memory_format("takes names of IMAP extensions such as "
						   "CONDSTORE, not \"%s\"",
						   word);
			free(word);
			return false;
		}
		text_list_adopt(list, word);
	}
	return true;
}

/* --- The table --- */

#define MEMBER(name) offsetof(struct config_account, name)

static const struct config_key keys[] = {
	{ "host", read_host, MEMBER(host), false },
	{ "port", read_port, MEMBER(port), false },
	{ "tunnel", config_read_text, MEMBER(tunnel), false },
	{ "maildir", config_read_path, MEMBER(maildir), false },
	{ "timeout", config_read_duration, MEMBER(timeout), false },
	{ "connections", read_connections, MEMBER(connections), false },
	{ "compress", read_compress, MEMBER(compress), false },
	{ "duplicates", read_duplicates, MEMBER(duplicates), false },
	{ "disable-extensions", read_extensions, MEMBER(disable_extensions), true },
	{ .name = NULL },
};

const struct config_keys config_account_keys = {
	.of = "an account",
	.parts = { { keys, 0 },
		   { config_tls_keys, 0 },
		   { config_secret_keys, 0 },
		   { config_oauth_keys, offsetof(struct config_account, oauth) },
		   { config_hook_keys, offsetof(struct config_account, hooks) },
		   { config_watch_keys, offsetof(struct config_account, watch) },
		   { config_limit_keys, offsetof(struct config_account, limits) },
		   { config_tag_keys, offsetof(struct config_account, tags) },
		   { config_rule_keys, offsetof(struct config_account, rules) } },
};

/* --- An account's beginning and end --- */

void config_account_begin(struct config_account *account, const char *name, unsigned int line)
{
	*account = (struct config_account){
		.name = memory_text(name),
		.line = line,
		.tls = CONFIG_TLS_IMPLICIT,
		.auth = CONFIG_AUTH_AUTO,
		.timeout = TIMEOUT_DEFAULT,
		.connections = CONNECTIONS_DEFAULT,
		.compress = CONFIG_COMPRESS_AUTO,
		.hooks = config_hooks_default(),
		.watch = config_watch_default(),
		.rules = config_rules_default(),
	};
}

/* Who says whose mailboxes they are need not say where. */
static void take_host_of_provider(struct config_account *account)
{
	const char *host = config_oauth_host(account->oauth.provider);
	if (!account->host && !account->tunnel && host)
		account->host = memory_text(host);
}

/* NAME, which may be NULL, as the DNS has it. False: *problem_r says why not. */
static bool make_ascii(char **name, char **problem_r)
{
	struct error error = ERROR_INITIAL;
	char *ascii;
	if (!*name)
		return true;
	if (idn_to_ascii(*name, &ascii, &error) != 0) {
		*problem_r = memory_format("has a host that cannot be used: %s", error.text);
		return false;
	}
	free(*name);
	*name = ascii;
	return true;
}

bool config_account_finish(struct config_account *account, char **problem_r)
{
	take_host_of_provider(account);
	const char *missing = !account->maildir                    ? "maildir"
			      : !account->host && !account->tunnel ? "host"
			      : !account->user && !account->user_command && !account->tunnel
				      ? "user"
				      : NULL;
	if (missing)
		*problem_r = memory_format("has no %s: add \"%s = ...\"", missing, missing);
	else
		*problem_r = config_secret_problem(account);
	if (!*problem_r)
		*problem_r = config_tls_problem(account);
	if (*problem_r || !make_ascii(&account->host, problem_r) ||
	    !make_ascii(&account->tls_name, problem_r) ||
	    !config_rules_finish(&account->rules, problem_r))
		return false;
	config_tags_finish(&account->tags);
	if (account->port == 0)
		account->port = account->tls == CONFIG_TLS_IMPLICIT ? PORT_IMPLICIT : PORT_PLAIN;
	return true;
}

void config_account_release(struct config_account *account)
{
	free(account->name);
	free(account->host);
	config_tls_release(account);
	free(account->tunnel);
	config_secret_release(account);
	config_oauth_release(&account->oauth);
	free(account->maildir);
	config_hooks_release(&account->hooks);
	config_watch_release(&account->watch);
	config_tags_release(&account->tags);
	for (size_t i = 0; i < account->channel_count; i++)
		config_channel_release(&account->channels[i]);
	free(account->channels);
	config_rules_release(&account->rules);
	text_list_release(&account->disable_extensions);
	*account = (struct config_account){ .name = NULL };
}
