/* The keys of an [account] section about how the connection is made and protected.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/login_keys.h"
#include "config/values.h"

/* --- Values --- */

static bool read_tls(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "implicit", CONFIG_TLS_IMPLICIT },
							{ "starttls", CONFIG_TLS_STARTTLS },
							{ "none", CONFIG_TLS_NONE },
							{ NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(enum config_tls *)field = (enum config_tls)number;
	return true;
}

/* 64 hex digits, with or without colons, in any case; added to TEXT, lower case. */
static bool add_fingerprint(struct buffer *text, const char *word)
{
	struct buffer digits = BUFFER_INITIAL;
	for (const char *rest = word; *rest; rest++) {
		char byte = *rest >= 'A' && *rest <= 'F' ? (char)(*rest - 'A' + 'a') : *rest;
		if (byte != ':')
			buffer_add_byte(&digits, byte);
	}
	bool good = digits.length == 64 && strspn(digits.bytes, "0123456789abcdef") == 64;
	if (good && text->length > 0)
		buffer_add_byte(text, ' ');
	if (good)
		buffer_add(text, digits.bytes, digits.length);
	buffer_release(&digits);
	return good;
}

static bool read_fingerprints(void *field, const char *value, char **problem_r)
{
	char **text = field;
	struct buffer all = BUFFER_INITIAL;
	char *word;
	bool good = true;
	buffer_add_text(&all, *text ? *text : "");
	while (good && config_next_word(&value, &word)) {
		good = add_fingerprint(&all, word);
		free(word);
	}
	if (!good || all.length == 0) {
		*problem_r =
			memory_text("must be the SHA-256 of the certificate: 64 hex digits (or of "
				    "several, with spaces between)");
		buffer_release(&all);
		return false;
	}
	free(*text);
	*text = buffer_take(&all);
	return true;
}

static bool read_minimum(void *field, const char *value, char **problem_r)
{
	static const struct config_choice choices[] = { { "1.2", 0 }, { "1.3", 1 }, { NULL, 0 } };
	int number;
	if (!config_value_choice(choices, value, &number, problem_r))
		return false;
	*(bool *)field = number == 1;
	return true;
}

/* A file, or what a smart card has. */
static bool read_certificate(void *field, const char *value, char **problem_r)
{
	return text_starts_with(value, "pkcs11:") ? config_read_text(field, value, problem_r)
						  : config_read_path(field, value, problem_r);
}

static bool read_proxy(void *field, const char *value, char **problem_r)
{
	static const char *const schemes[] = { "socks5h://", "http://", NULL };
	for (size_t i = 0; schemes[i]; i++) {
		size_t length = strlen(schemes[i]);
		if (text_starts_with(value, schemes[i]) && value[length] != '\0' &&
		    !strpbrk(value, " \t\"<>\\"))
			return config_read_text(field, value, problem_r);
	}
	*problem_r =
		memory_text("must be socks5h://HOST:PORT or http://HOST:PORT, with USER:PASSWORD@ "
			    "before the host where the proxy wants them");
	return false;
}

/* --- The table --- */

#define MEMBER(name) offsetof(struct config_account, name)

const struct config_key config_tls_keys[] = {
	{ "tls", read_tls, MEMBER(tls), false },
	{ "tls-ca", config_read_path, MEMBER(tls_ca), false },
	{ "tls-fingerprint", read_fingerprints, MEMBER(tls_fingerprint), true },
	{ "tls-key-fingerprint", read_fingerprints, MEMBER(tls_key_fingerprint), true },
	{ "tls-min", read_minimum, MEMBER(tls_1_3), false },
	{ "tls-name", config_read_text, MEMBER(tls_name), false },
	{ "tls-cert", read_certificate, MEMBER(tls_cert), false },
	{ "tls-key", read_certificate, MEMBER(tls_key), false },
	{ "tls-key-command", config_read_text, MEMBER(tls_key_command), false },
	{ "proxy", read_proxy, MEMBER(proxy), false },
	{ .name = NULL },
};

/* --- The section's end --- */

/* The first key that tls = none makes meaningless; NULL: none. */
static const char *idle_key(const struct config_account *account)
{
	return account->tls_ca                ? "tls-ca"
	       : account->tls_fingerprint     ? "tls-fingerprint"
	       : account->tls_key_fingerprint ? "tls-key-fingerprint"
	       : account->tls_1_3             ? "tls-min"
	       : account->tls_name            ? "tls-name"
	       : account->tls_cert            ? "tls-cert"
					      : NULL;
}

char *config_tls_problem(const struct config_account *account)
{
	const char *idle = account->tls == CONFIG_TLS_NONE ? idle_key(account) : NULL;
	if (idle)
		return memory_format("has tls = none, so %s would never be looked at; keep one",
				     idle);
	if (!account->tls_cert && (account->tls_key || account->tls_key_command))
		return memory_format("has %s and no tls-cert, whose key it is about",
				     account->tls_key ? "tls-key" : "tls-key-command");
	if (account->auth == CONFIG_AUTH_EXTERNAL && !account->tls_cert && !account->tunnel)
		return memory_text("has auth = external, which logs in by a certificate, and no "
				   "tls-cert: add \"tls-cert = FILE\"");
	if (account->proxy && account->tunnel)
		return memory_text("has both proxy and tunnel; keep one");
	return NULL;
}

void config_tls_release(struct config_account *account)
{
	free(account->tls_ca);
	free(account->tls_fingerprint);
	free(account->tls_key_fingerprint);
	free(account->tls_name);
	free(account->tls_cert);
	free(account->tls_key);
	free(account->tls_key_command);
	memory_free_secret(account->proxy);
}
