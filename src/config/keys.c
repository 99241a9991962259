/* The keys of an [account] section: a table of name and reader. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/keys.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"

#define PORT_IMPLICIT 993
#define PORT_PLAIN 143
#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX 3600
#define CONNECTIONS_DEFAULT 4
#define CONNECTIONS_MAX 32
#define MAX_DELETE_COUNT 100
#define MAX_DELETE_PERCENT 30

/* Reads VALUE into the member at FIELD. False: *problem_r says why. */
typedef bool value_function(void *field, const char *value, char **problem_r);

/* A word and the number it stands for; ends with a NULL word. */
struct choice {
	const char *word;
	int number;
};

static bool read_choice(const struct choice *choices, const char *value, int *number_r,
			char **problem_r)
{
	const char *words[8] = { NULL };
	struct text_list all = { .items = NULL };
	for (size_t i = 0; choices[i].word; i++) {
		words[i] = choices[i].word;
		text_list_add(&all, choices[i].word);
		if (strcmp(choices[i].word, value) == 0) {
			*number_r = choices[i].number;
			text_list_release(&all);
			return true;
		}
	}
	struct buffer list = BUFFER_INITIAL;
	for (size_t i = 0; i < all.count; i++)
		buffer_add_format(&list, "%s%s", i > 0 ? " | " : "", all.items[i]);
	const char *nearest = text_nearest(value, words);
	*problem_r = nearest ? memory_format("cannot be \"%s\"; did you mean %s? (%s)", value,
					     nearest, buffer_text(&list))
			     : memory_format("cannot be \"%s\"; it is one of %s", value,
					     buffer_text(&list));
	buffer_release(&list);
	text_list_release(&all);
	return false;
}

/* --- Readers of values --- */

static bool read_text(void *field, const char *value, char **problem_r)
{
	char **text = field;
	if (*value == '\0') {
		*problem_r = memory_text("is empty");
		return false;
	}
	free(*text);
	*text = memory_text(value);
	return true;
}

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
	else if (strpbrk(value, " \t,;\"'<>@[]"))
		*problem_r = memory_format("must be the name or address of one server, not \"%s\"",
					   value);
	else
		return read_text(field, value, problem_r);
	return false;
}

static bool read_path(void *field, const char *value, char **problem_r)
{
	char **path = field;
	struct error error = ERROR_INITIAL;
	char *expanded;
	if (path_expand(value, &expanded, &error) != 0) {
		*problem_r = memory_format("cannot be used: %s", error.text);
		return false;
	}
	size_t length = strlen(expanded);
	while (length > 1 && expanded[length - 1] == '/')
		expanded[--length] = '\0';
	if (expanded[0] != '/') {
		*problem_r =
			memory_format("must be a whole path, from / or ~ on, not \"%s\"", value);
		free(expanded);
		return false;
	}
	free(*path);
	*path = expanded;
	return true;
}

static bool read_number(const char *value, uint64_t minimum, uint64_t maximum, uint64_t *number_r,
			char **problem_r)
{
	if (text_parse_number(value, maximum, number_r) && *number_r >= minimum)
		return true;
	*problem_r = memory_format("must be a number from %llu to %llu, not \"%s\"",
				   (unsigned long long)minimum, (unsigned long long)maximum, value);
	return false;
}

static bool read_port(void *field, const char *value, char **problem_r)
{
	uint64_t number;
	if (!read_number(value, 1, 65535, &number, problem_r))
		return false;
	*(uint16_t *)field = (uint16_t)number;
	return true;
}

static bool read_connections(void *field, const char *value, char **problem_r)
{
	uint64_t number;
	if (!read_number(value, 1, CONNECTIONS_MAX, &number, problem_r))
		return false;
	*(unsigned int *)field = (unsigned int)number;
	return true;
}

/* "90", "90s", "2m", "1h" */
static bool read_duration(void *field, const char *value, char **problem_r)
{
	size_t length = strlen(value);
	char unit = length > 0 ? value[length - 1] : '\0';
	uint64_t factor = unit == 'h' ? 3600 : unit == 'm' ? 60 : 1;
	bool has_unit = unit == 's' || unit == 'm' || unit == 'h';
	char *digits = memory_text_length(value, has_unit ? length - 1 : length);
	uint64_t number = 0;
	bool good = text_parse_number(digits, TIMEOUT_MAX / factor, &number) && number > 0;
	free(digits);
	if (!good) {
		*problem_r = memory_format("must be a time such as 30s or 2m, up to 1h, not \"%s\"",
					   value);
		return false;
	}
	*(unsigned int *)field = (unsigned int)(number * factor);
	return true;
}

static bool read_tls(void *field, const char *value, char **problem_r)
{
	static const struct choice choices[] = { { "implicit", CONFIG_TLS_IMPLICIT },
						 { "starttls", CONFIG_TLS_STARTTLS },
						 { "none", CONFIG_TLS_NONE },
						 { NULL, 0 } };
	int number;
	if (!read_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_tls *)field = (enum config_tls)number;
	return true;
}

static bool read_auth(void *field, const char *value, char **problem_r)
{
	static const struct choice choices[] = { { "auto", CONFIG_AUTH_AUTO },
						 { "plain", CONFIG_AUTH_PLAIN },
						 { "login", CONFIG_AUTH_LOGIN },
						 { NULL, 0 } };
	int number;
	if (!read_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_auth *)field = (enum config_auth)number;
	return true;
}

static bool read_compress(void *field, const char *value, char **problem_r)
{
	static const struct choice choices[] = { { "auto", CONFIG_COMPRESS_AUTO },
						 { "yes", CONFIG_COMPRESS_YES },
						 { "no", CONFIG_COMPRESS_NO },
						 { NULL, 0 } };
	int number;
	if (!read_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_compress *)field = (enum config_compress)number;
	return true;
}

static bool read_sides(void *field, const char *value, char **problem_r)
{
	static const struct choice choices[] = { { "near", CONFIG_SIDE_NEAR },
						 { "far", CONFIG_SIDE_FAR },
						 { "both", CONFIG_SIDES_BOTH },
						 { "none", CONFIG_SIDES_NONE },
						 { NULL, 0 } };
	int number;
	if (!read_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_sides *)field = (enum config_sides)number;
	return true;
}

/* 64 hex digits, with or without colons, in any case. */
static bool read_fingerprint(void *field, const char *value, char **problem_r)
{
	struct buffer digits = BUFFER_INITIAL;
	for (const char *rest = value; *rest; rest++) {
		char byte = *rest >= 'A' && *rest <= 'F' ? (char)(*rest - 'A' + 'a') : *rest;
		if (byte != ':')
			buffer_add_byte(&digits, byte);
	}
	if (digits.length != 64 || strspn(digits.bytes, "0123456789abcdef") != 64) {
		*problem_r = memory_text("must be the SHA-256 of the certificate: 64 hex digits");
		buffer_release(&digits);
		return false;
	}
	char **text = field;
	free(*text);
	*text = buffer_take(&digits);
	return true;
}

/* Words between spaces or commas. */
static bool next_word(const char **rest, char **word_r)
{
	*rest += strspn(*rest, " \t\n,");
	size_t length = strcspn(*rest, " \t\n,");
	if (length == 0)
		return false;
	*word_r = memory_text_length(*rest, length);
	*rest += length;
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
	while (next_word(&value, &word)) {
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

/* The parts of max-delete as they are read. */
struct limit_reading {
	struct config_max_delete limit;
	bool has_count;
	bool has_percent;
};

/* One part: a number, or a share with a percent sign; each once. */
static bool read_limit(struct limit_reading *reading, char *word)
{
	size_t length = strlen(word);
	bool percent = word[length - 1] == '%';
	bool *seen = percent ? &reading->has_percent : &reading->has_count;
	uint32_t *limit = percent ? &reading->limit.percent : &reading->limit.count;
	uint64_t number;
	if (percent)
		word[length - 1] = '\0';
	if (*seen || !text_parse_number(word, percent ? 100 : UINT32_MAX - 1, &number))
		return false;
	*seen = true;
	*limit = (uint32_t)number;
	return true;
}

/* "100 30%": both must be passed; one alone counts alone; "none": no limit. */
static bool read_max_delete(void *field, const char *value, char **problem_r)
{
	struct config_max_delete *limit = field;
	struct limit_reading reading = { .limit = { .count = 0, .percent = 0 } };
	if (strcmp(value, "none") == 0) {
		*limit = (struct config_max_delete){ .count = UINT32_MAX, .percent = 100 };
		return true;
	}
	const char *rest = value;
	char *word;
	bool good = true;
	while (good && next_word(&rest, &word)) {
		good = read_limit(&reading, word);
		free(word);
	}
	if (!good || (!reading.has_count && !reading.has_percent)) {
		*problem_r =
			memory_format("must be a number (100), a share (30%%), both (100 30%%) "
				      "or none, not \"%s\"",
				      value);
		return false;
	}
	*limit = reading.limit;
	return true;
}

/* --- The table --- */

static const struct {
	const char *name;
	value_function *read;
	size_t offset;
} keys[] = {
	{ "host", read_host, offsetof(struct config_account, host) },
	{ "port", read_port, offsetof(struct config_account, port) },
	{ "tls", read_tls, offsetof(struct config_account, tls) },
	{ "tls-ca", read_path, offsetof(struct config_account, tls_ca) },
	{ "tls-fingerprint", read_fingerprint, offsetof(struct config_account, tls_fingerprint) },
	{ "tunnel", read_text, offsetof(struct config_account, tunnel) },
	{ "user", read_text, offsetof(struct config_account, user) },
	{ "password", read_text, offsetof(struct config_account, password) },
	{ "password-command", read_text, offsetof(struct config_account, password_command) },
	{ "auth", read_auth, offsetof(struct config_account, auth) },
	{ "maildir", read_path, offsetof(struct config_account, maildir) },
	{ "timeout", read_duration, offsetof(struct config_account, timeout) },
	{ "connections", read_connections, offsetof(struct config_account, connections) },
	{ "compress", read_compress, offsetof(struct config_account, compress) },
	{ "create", read_sides, offsetof(struct config_account, create) },
	{ "remove", read_sides, offsetof(struct config_account, remove) },
	{ "max-delete", read_max_delete, offsetof(struct config_account, max_delete) },
	{ "disable-extensions", read_extensions,
	  offsetof(struct config_account, disable_extensions) },
};
#define KEY_COUNT (sizeof keys / sizeof *keys)
_Static_assert(KEY_COUNT <= 32, "the keys seen in a section are bits of a uint32_t");

const char *config_key_name(size_t index)
{
	return index < KEY_COUNT ? keys[index].name : NULL;
}

int config_key_index(const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

static const char *nearest_key(const char *name)
{
	const char *names[KEY_COUNT + 1] = { NULL };
	for (size_t i = 0; i < KEY_COUNT; i++)
		names[i] = keys[i].name;
	return text_nearest(name, names);
}

bool config_key_is_list(const char *name)
{
	int index = config_key_index(name);
	return index >= 0 && keys[index].read == read_extensions;
}

bool config_key_set(struct config_account *account, const char *name, const char *value,
		    char **problem_r)
{
	int index = config_key_index(name);
	if (index < 0) {
		const char *nearest = nearest_key(name);
		*problem_r = nearest ? memory_format("is no key of an account; did you mean %s?",
						     nearest)
				     : memory_text("is no key of an account; see navette.conf(5)");
		return false;
	}
	return keys[index].read((char *)account + keys[index].offset, value, problem_r);
}

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
		.create = CONFIG_SIDES_BOTH,
		.remove = CONFIG_SIDES_NONE,
		.max_delete = { .count = MAX_DELETE_COUNT, .percent = MAX_DELETE_PERCENT },
	};
}

bool config_account_finish(struct config_account *account, char **problem_r)
{
	const char *missing = !account->maildir                    ? "maildir"
			      : !account->host && !account->tunnel ? "host"
			      : !account->user && !account->tunnel ? "user"
								   : NULL;
	bool secret = account->password || account->password_command;
	if (missing)
		*problem_r = memory_format("has no %s: add \"%s = ...\"", missing, missing);
	else if (account->password && account->password_command)
		*problem_r = memory_text("has both password and password-command; keep one");
	else if (account->user && !secret && !account->tunnel)
		*problem_r = memory_text("has neither password-command nor password");
	else if (account->tls == CONFIG_TLS_NONE && (account->tls_ca || account->tls_fingerprint))
		*problem_r =
			memory_format("has tls = none, so %s would never be looked at; keep one",
				      account->tls_ca ? "tls-ca" : "tls-fingerprint");
	if (*problem_r)
		return false;
	if (account->port == 0)
		account->port = account->tls == CONFIG_TLS_IMPLICIT ? PORT_IMPLICIT : PORT_PLAIN;
	return true;
}

void config_account_release(struct config_account *account)
{
	free(account->name);
	free(account->host);
	free(account->tls_ca);
	free(account->tls_fingerprint);
	free(account->tunnel);
	free(account->user);
	memory_free_secret(account->password);
	free(account->password_command);
	free(account->maildir);
	text_list_release(&account->disable_extensions);
	*account = (struct config_account){ .name = NULL };
}
