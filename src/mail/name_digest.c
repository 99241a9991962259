/* A digest of the files of a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/name_digest.h"

/* The finalizer of MurmurHash3 (public domain, Austin Appleby): every bit of the input changes half
 * of the output's. */
static uint64_t mix(uint64_t value)
{
	value ^= value >> 33;
	value *= UINT64_C(0xff51afd7ed558ccd);
	value ^= value >> 33;
	value *= UINT64_C(0xc4ceb9fe1a85ec53);
	value ^= value >> 33;
	return value;
}

/* FNV-1a with another start for each word. */
static uint64_t hash(uint64_t start, unsigned int place, const char *name)
{
	uint64_t value = (start ^ place) * UINT64_C(0x100000001b3);
	for (const char *byte = name; *byte; byte++)
		value = (value ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
	return mix(value);
}

static const uint64_t starts[2] = { UINT64_C(0xcbf29ce484222325), UINT64_C(0x9e3779b97f4a7c15) };

void name_digest_add(struct name_digest *digest, unsigned int place, const char *name)
{
	for (int i = 0; i < 2; i++)
		digest->words[i] += hash(starts[i], place, name);
}

void name_digest_remove(struct name_digest *digest, unsigned int place, const char *name)
{
	for (int i = 0; i < 2; i++)
		digest->words[i] -= hash(starts[i], place, name);
}

void name_digest_add_all(struct name_digest *digest, const struct name_digest *other)
{
	for (int i = 0; i < 2; i++)
		digest->words[i] += other->words[i];
}

bool name_digest_equal(const struct name_digest *a, const struct name_digest *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

bool name_digest_is_empty(const struct name_digest *digest)
{
	const struct name_digest none = { .words = { 0, 0 } };
	return name_digest_equal(digest, &none);
}
