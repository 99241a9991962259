/* What makes a message the same message on both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/identity.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/header_reader.h"
#include "mail/header_value.h"

enum identity_field {
	FIELD_MESSAGE_ID,
	FIELD_DATE,
	FIELD_FROM,
	FIELD_TO,
	FIELD_SUBJECT,
	FIELD_COUNT
};

static const char *const field_names[] = { "MESSAGE-ID", "DATE", "FROM", "TO", "SUBJECT" };

struct identity_reader {
	struct header_reader *header;
};

static struct identity digest_of(const struct buffer *bytes)
{
	struct identity identity;
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	unsigned int size = 0;
	/* Fails only where OpenSSL has neither memory nor SHA-256. Going on with a wrong identity
	 * could pair two different messages, so this ends like being out of memory. */
	if (EVP_Digest(bytes->bytes, bytes->length, digest, &size, EVP_sha256(), NULL) != 1)
		memory_fail();
	memcpy(identity.bytes, digest, IDENTITY_SIZE);
	return identity;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
	return memcmp(a->bytes, b->bytes, IDENTITY_SIZE) == 0;
}

size_t identity_find(const void *items, size_t count, size_t size, const struct identity *identity,
		     size_t *count_r)
{
	const uint8_t *bytes = items;
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(bytes + middle * size, identity, sizeof *identity) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	size_t end = low;
	while (end < count && memcmp(bytes + end * size, identity, sizeof *identity) == 0)
		end++;
	*count_r = end - low;
	return low;
}

bool identity_is_empty(const struct identity *identity)
{
	/* The digest of "MESSAGE-ID:DATE:FROM:TO:SUBJECT:". */
	static const struct identity empty = { { 0xf7, 0xca, 0xdc, 0xd4, 0x1f, 0x83, 0x9a, 0x3e,
						 0x63, 0x2b, 0xc8, 0x04, 0xfa, 0xf0, 0x14, 0x1a } };
	return identity_equal(identity, &empty);
}

struct identity identity_with_size(const struct identity *identity, uint64_t size)
{
	struct identity sized = *identity;
	if (identity_is_empty(identity))
		memcpy(sized.bytes, &size, sizeof size);
	return sized;
}

bool identity_is_none(const struct identity *identity)
{
	static const struct identity none = { { 0 } };
	return identity_equal(identity, &none);
}

struct identity_reader *identity_reader_create(void)
{
	struct identity_reader *reader = memory_allocate(sizeof *reader);
	reader->header = header_reader_create(field_names, FIELD_COUNT);
	return reader;
}

void identity_reader_feed(struct identity_reader *reader, const void *bytes, size_t length)
{
	header_reader_feed(reader->header, bytes, length);
}

bool identity_reader_is_done(const struct identity_reader *reader)
{
	return header_reader_is_done(reader->header);
}

uint64_t identity_reader_added_size(const struct identity_reader *reader)
{
	return header_reader_added_size(reader->header);
}

/* --- The plain identity --- */

static void add_plain(struct identity_reader *reader, enum identity_field field,
		      enum header_value_kind kind, struct buffer *all)
{
	const struct buffer *value = header_reader_values(reader->header, field);
	header_value_add_plain(all, kind, buffer_text(value), value->length);
	buffer_add_byte(all, '\n');
}

struct identity_plain identity_reader_plain(struct identity_reader *reader)
{
	struct identity_plain plain = { .fields = { { 0 } } };
	struct buffer text = BUFFER_INITIAL;
	/* As text, but for its case: the left part of a Message-ID may differ by that alone. */
	add_plain(reader, FIELD_MESSAGE_ID, HEADER_VALUE_TEXT, &text);
	if (text.length > 1)
		plain.message_id = digest_of(&text);
	buffer_clear(&text);
	add_plain(reader, FIELD_DATE, HEADER_VALUE_DATE, &text);
	add_plain(reader, FIELD_FROM, HEADER_VALUE_ADDRESSES, &text);
	add_plain(reader, FIELD_TO, HEADER_VALUE_ADDRESSES, &text);
	add_plain(reader, FIELD_SUBJECT, HEADER_VALUE_TEXT, &text);
	if (text.length > 4)
		plain.fields = digest_of(&text);
	buffer_release(&text);
	return plain;
}

struct identity identity_reader_finish(struct identity_reader **reader)
{
	struct buffer all = BUFFER_INITIAL;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct buffer *value = header_reader_values((*reader)->header, i);
		buffer_add_format(&all, "%s:", field_names[i]);
		buffer_add(&all, buffer_text(value), value->length);
	}
	struct identity identity = digest_of(&all);
	buffer_release(&all);
	identity_reader_destroy(reader);
	return identity;
}

void identity_reader_destroy(struct identity_reader **reader)
{
	if (!reader || !*reader)
		return;
	header_reader_destroy(&(*reader)->header);
	free(*reader);
	*reader = NULL;
}

struct identity identity_of_header(const void *bytes, size_t length)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, bytes, length);
	return identity_reader_finish(&reader);
}

struct identity_plain identity_plain_of_header(const void *bytes, size_t length)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, bytes, length);
	struct identity_plain plain = identity_reader_plain(reader);
	identity_reader_destroy(&reader);
	return plain;
}

uint64_t identity_added_size(const void *bytes, size_t length)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, bytes, length);
	uint64_t size = identity_reader_added_size(reader);
	identity_reader_destroy(&reader);
	return size;
}
