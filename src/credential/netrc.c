/* Passwords from a file as ~/.netrc and ~/.authinfo are. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "credential/netrc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/secret_file.h"

#define SPACE " \t\r\n"
#define PORT_IMAP 143
#define PORT_IMAPS 993

struct words {
	const char *at, *end;
};

static bool is_space(char byte)
{
	return byte != '\0' && strchr(SPACE, byte) != NULL;
}

static void skip_line(struct words *words)
{
	while (words->at < words->end && *words->at != '\n')
		words->at++;
}

/* Spaces and comments. */
static void skip(struct words *words)
{
	while (words->at < words->end && (is_space(*words->at) || *words->at == '#')) {
		if (*words->at == '#')
			skip_line(words);
		else
			words->at++;
	}
}

static void take_quoted(struct words *words, struct buffer *word)
{
	for (words->at++; words->at < words->end && *words->at != '"'; words->at++) {
		if (*words->at == '\\' && words->at + 1 < words->end)
			words->at++;
		buffer_add_byte(word, *words->at);
	}
	if (words->at < words->end)
		words->at++;
}

/* The next word, a secret of the caller's; NULL at the end. */
static char *next(struct words *words)
{
	struct buffer word = BUFFER_INITIAL;
	buffer_make_secret(&word);
	skip(words);
	if (words->at >= words->end)
		return NULL;
	if (*words->at == '"') {
		take_quoted(words, &word);
	} else {
		while (words->at < words->end && !is_space(*words->at))
			buffer_add_byte(&word, *words->at++);
	}
	return buffer_take(&word);
}

/* --- Entries --- */

struct entry {
	bool open;    /* one has begun */
	bool matches; /* as far as it was read */
	char *password;
};

static void close_entry(struct entry *entry)
{
	memory_free_secret(entry->password);
	*entry = (struct entry){ .open = false };
}

static bool is_port(const char *word, uint16_t port)
{
	uint64_t number;
	if (strcmp(word, "imap") == 0)
		return port == PORT_IMAP;
	if (strcmp(word, "imaps") == 0)
		return port == PORT_IMAPS;
	return text_parse_number(word, UINT16_MAX, &number) && number == port;
}

/* A macro goes on to the next empty line. */
static void skip_macro(struct words *words)
{
	const char *end = memmem(words->at, (size_t)(words->end - words->at), "\n\n", 2);
	words->at = end ? end : words->end;
}

/* What a word says that has a value. */
static void take_value(struct entry *entry, const char *word, char *value,
		       const struct netrc_wanted *wanted)
{
	if (strcmp(word, "login") == 0 || strcmp(word, "user") == 0) {
		entry->matches = entry->matches && strcmp(value, wanted->user) == 0;
	} else if (strcmp(word, "port") == 0 || strcmp(word, "protocol") == 0) {
		entry->matches = entry->matches && is_port(value, wanted->port);
	} else if (strcmp(word, "password") == 0) {
		memory_free_secret(entry->password);
		entry->password = memory_text(value);
	}
	memory_free_secret(value);
}

/* Begins an entry where WORD does. */
static bool begin_entry(struct entry *entry, const char *word, struct words *words,
			const struct netrc_wanted *wanted)
{
	bool machine = strcmp(word, "machine") == 0;
	if (!machine && strcmp(word, "default") != 0)
		return false;
	char *name = machine ? next(words) : NULL;
	*entry =
		(struct entry){ .open = true,
				.matches = !machine ||
					   (name && text_equal_ignoring_case(name, wanted->host)) };
	memory_free_secret(name);
	return true;
}

static bool begins_entry(const char *word)
{
	return strcmp(word, "machine") == 0 || strcmp(word, "default") == 0;
}

char *netrc_find(const char *text, size_t length, const struct netrc_wanted *wanted)
{
	struct words words = { .at = text, .end = text + length };
	struct entry entry = { .open = false };
	char *word = NULL;
	bool found = false;
	while (!found && (word = next(&words)) != NULL) {
		found = begins_entry(word) && entry.open && entry.matches && entry.password;
		if (!found && begins_entry(word))
			close_entry(&entry);
		if (!found && !begin_entry(&entry, word, &words, wanted)) {
			if (strcmp(word, "macdef") == 0) {
				skip_macro(&words);
			} else {
				char *value = next(&words);
				if (value)
					take_value(&entry, word, value, wanted);
			}
		}
		memory_free_secret(word);
	}
	char *password = NULL;
	if (entry.open && entry.matches && entry.password) {
		password = entry.password;
		entry.password = NULL;
	}
	close_entry(&entry);
	return password;
}

int netrc_read(const char *path, const struct netrc_wanted *wanted, char **password_r,
	       struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	buffer_make_secret(&text);
	int result = secret_file_read(path, "password-netrc", &text, error);
	*password_r = NULL;
	if (result == 0)
		*password_r = netrc_find(buffer_text(&text), text.length, wanted);
	buffer_release(&text);
	if (result == 0 && !*password_r)
		result = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				   "%s has no password for %s at %s: add \"machine %s login %s "
				   "password ...\"",
				   path, wanted->user, wanted->host, wanted->host, wanted->user);
	return result;
}
