/* Secrets that a server sends back. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/secrets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

static bool is_word(char byte)
{
	unsigned char value = (unsigned char)byte;

	return (value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') ||
	       (value >= 'a' && value <= 'z') || value >= 0x80;
}

/* FNV-1a over lower case: of so few bytes that no two differ by chance. */
static uint64_t hash_piece(const char *bytes, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (unsigned char)(byte + ('a' - 'A'));
		hash = (hash ^ byte) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;

	return *left < *right ? -1 : *left > *right;
}

static bool knows(const struct imap_secrets_hashes *hashes, uint64_t hash)
{
	return hashes->count > 0 &&
	       bsearch(&hash, hashes->items, hashes->count, sizeof *hashes->items, compare) != NULL;
}

static void add_hash(struct imap_secrets_hashes *hashes, uint64_t hash)
{
	void *items = hashes->items;

	memory_grow(&items, &hashes->capacity, hashes->count + 1, sizeof *hashes->items);
	hashes->items = items;
	hashes->items[hashes->count++] = hash;
}

void imap_secrets_add(struct imap_secrets *secrets, const char *secret, size_t length)
{
	size_t piece = length < IMAP_SECRETS_PIECE ? length : IMAP_SECRETS_PIECE;
	struct imap_secrets_hashes *hashes = &secrets->by_length[piece];

	if (length == 0)
		return;
	for (size_t at = 0; at + piece <= length; at++)
		add_hash(hashes, hash_piece(secret + at, piece));
	qsort(hashes->items, hashes->count, sizeof *hashes->items, compare);
}

void imap_secrets_add_password(struct imap_secrets *secrets, const char *password)
{
	struct buffer quoted = BUFFER_INITIAL;

	buffer_make_secret(&quoted);
	for (const char *at = password; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			buffer_add_byte(&quoted, '\\');
		buffer_add_byte(&quoted, *at);
	}
	imap_secrets_add(secrets, password, strlen(password));
	imap_secrets_add(secrets, buffer_text(&quoted), quoted.length);
	buffer_wipe(&quoted);
	buffer_release(&quoted);
}

/* Short secrets are words of everyday otherwise: "no" in "cannot". */
static bool stands_alone(const char *text, size_t length, size_t at, size_t piece)
{
	size_t end = at + piece;

	return !(at > 0 && is_word(text[at]) && is_word(text[at - 1])) &&
	       !(end < length && is_word(text[end - 1]) && is_word(text[end]));
}

/* How many bytes of a secret stand at AT; 0: none. */
static size_t found_at(const struct imap_secrets *secrets, const char *text, size_t length,
		       size_t at)
{
	for (size_t piece = IMAP_SECRETS_PIECE; piece > 0; piece--) {
		const struct imap_secrets_hashes *hashes = &secrets->by_length[piece];

		if (hashes->count == 0 || at + piece > length)
			continue;
		if (knows(hashes, hash_piece(text + at, piece)) &&
		    (piece == IMAP_SECRETS_PIECE || stands_alone(text, length, at, piece)))
			return piece;
	}
	return 0;
}

char *imap_secrets_strike(const struct imap_secrets *secrets, const char *text, size_t length,
			  size_t *length_r)
{
	struct buffer out = BUFFER_INITIAL;
	size_t hidden_to = 0; /* where what was found so far ends */
	char *struck;

	for (size_t at = 0; at < length; at++) {
		size_t found = secrets != NULL ? found_at(secrets, text, length, at) : 0;

		if (found > 0 && at >= hidden_to)
			buffer_add_text(&out, "***");
		if (at + found > hidden_to)
			hidden_to = at + found;
		if (at >= hidden_to)
			buffer_add_byte(&out, text[at]);
	}
	*length_r = out.length;
	struck = memory_text_length(buffer_text(&out), out.length);
	buffer_release(&out);
	return struck;
}

char *imap_secrets_printable(const struct imap_secrets *secrets, const char *text, size_t length)
{
	size_t struck_length;
	char *struck = imap_secrets_strike(secrets, text, length, &struck_length);
	char *printable = text_printable(struck, struck_length);

	free(struck);
	return printable;
}

void imap_secrets_release(struct imap_secrets *secrets)
{
	for (size_t i = 0; i <= IMAP_SECRETS_PIECE; i++) {
		struct imap_secrets_hashes *hashes = &secrets->by_length[i];

		memory_wipe(hashes->items, hashes->count * sizeof *hashes->items);
		free(hashes->items);
	}
	memset(secrets, 0, sizeof *secrets);
}
