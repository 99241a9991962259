/* Whether two messages are the same to their reader. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/likeness.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/header_reader.h"
#include "mail/header_value.h"

#define KEPT_SIZE 4096

/* What tells copies of one letter apart. */
static const char *const copy_fields[] = {
	"CC", "RECEIVED", "LIST-ID", "RESENT-MESSAGE-ID", "RESENT-DATE", "RESENT-FROM", "RESENT-TO"
};
static const enum header_value_kind copy_field_kinds[] = {
	HEADER_VALUE_ADDRESSES, HEADER_VALUE_TEXT,      HEADER_VALUE_TEXT,     HEADER_VALUE_TEXT,
	HEADER_VALUE_DATE,      HEADER_VALUE_ADDRESSES, HEADER_VALUE_ADDRESSES
};
#define COPY_FIELD_COUNT (sizeof copy_fields / sizeof *copy_fields)

enum reader_state {
	STATE_LINE_START, /* at the first byte of a line of the header */
	STATE_X,          /* a line of the header began with X */
	STATE_LINE,       /* in a line of the header that counts */
	STATE_ADDED,      /* in one that does not */
	STATE_BODY
};

struct likeness_reader {
	EVP_MD_CTX *digest;
	EVP_MD_CTX *body; /* of the body alone */
	struct header_reader *header;
	enum reader_state state;
	bool was_added;    /* the last line of the header did not count: nor do its continuations */
	char x;            /* of STATE_X: the byte itself */
	uint64_t returns;  /* CRs seen that may belong to a line end */
	size_t kept_count; /* bytes that count and were not digested yet */
	char kept[KEPT_SIZE];
};

bool likeness_equal(const struct likeness *a, const struct likeness *b)
{
	return memcmp(a->bytes, b->bytes, LIKENESS_SIZE) == 0;
}

static EVP_MD_CTX *begin_digest(void)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	if (!digest || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		memory_fail();
	return digest;
}

/* OpenSSL fails only where it has neither memory nor SHA-256. Going on with a wrong digest could
 * pair two different messages, so that ends like being out of memory. */
struct likeness_reader *likeness_reader_create(void)
{
	struct likeness_reader *reader = memory_allocate(sizeof *reader);
	reader->digest = begin_digest();
	reader->body = begin_digest();
	reader->header = header_reader_create(copy_fields, COPY_FIELD_COUNT);
	return reader;
}

static void digest_kept(struct likeness_reader *reader)
{
	if (EVP_DigestUpdate(reader->digest, reader->kept, reader->kept_count) != 1)
		memory_fail();
	if (reader->state == STATE_BODY &&
	    EVP_DigestUpdate(reader->body, reader->kept, reader->kept_count) != 1)
		memory_fail();
	reader->kept_count = 0;
}

static void keep(struct likeness_reader *reader, char byte)
{
	if (reader->kept_count == KEPT_SIZE)
		digest_kept(reader);
	reader->kept[reader->kept_count++] = byte;
}

/* Within its line, or its first byte. */
static void feed_header(struct likeness_reader *reader, char byte)
{
	switch (reader->state) {
	case STATE_LINE_START:
		if (byte == 'X' || byte == 'x') {
			reader->state = STATE_X;
			reader->x = byte;
			return;
		}
		if (reader->was_added && (byte == ' ' || byte == '\t')) {
			reader->state = STATE_ADDED;
			return;
		}
		reader->state = STATE_LINE;
		keep(reader, byte);
		break;
	case STATE_X:
		reader->state = byte == '-' ? STATE_ADDED : STATE_LINE;
		if (byte != '-') {
			keep(reader, reader->x);
			keep(reader, byte);
		}
		break;
	case STATE_LINE:
	case STATE_BODY:
		keep(reader, byte);
		break;
	case STATE_ADDED:
		break;
	}
}

static void end_line(struct likeness_reader *reader)
{
	enum reader_state line = reader->state;
	if (line == STATE_X)
		keep(reader, reader->x);
	if (line != STATE_ADDED)
		keep(reader, '\n');
	if (line == STATE_BODY)
		return;
	reader->was_added = line == STATE_ADDED;
	if (line == STATE_LINE_START) {
		digest_kept(reader); /* the header's */
		reader->state = STATE_BODY;
		return;
	}
	reader->state = STATE_LINE_START;
}

static void feed_byte(struct likeness_reader *reader, char byte)
{
	if (byte == '\r') {
		reader->returns++;
		return;
	}
	if (byte == '\n') {
		reader->returns = 0;
		end_line(reader);
		return;
	}
	for (; reader->returns > 0; reader->returns--)
		feed_header(reader, '\r');
	feed_header(reader, byte);
}

void likeness_reader_feed(struct likeness_reader *reader, const void *bytes, size_t length)
{
	const char *text = bytes;
	if (!header_reader_is_done(reader->header))
		header_reader_feed(reader->header, bytes, length);
	for (size_t i = 0; i < length; i++)
		feed_byte(reader, text[i]);
}

static void end_digest(EVP_MD_CTX *digest, uint8_t *bytes_r)
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	if (EVP_DigestFinal_ex(digest, whole, NULL) != 1)
		memory_fail();
	memcpy(bytes_r, whole, LIKENESS_SIZE);
}

/* After the body come the fields. */
static void digest_fields(struct likeness_reader *reader)
{
	struct buffer fields = BUFFER_INITIAL;
	for (size_t i = 0; i < COPY_FIELD_COUNT; i++) {
		const struct buffer *value = header_reader_values(reader->header, i);
		buffer_add_byte(&fields, '\0');
		header_value_add_plain(&fields, copy_field_kinds[i], buffer_text(value),
				       value->length);
	}
	if (EVP_DigestUpdate(reader->body, fields.bytes, fields.length) != 1)
		memory_fail();
	buffer_release(&fields);
}

struct likeness likeness_reader_finish(struct likeness_reader **reader)
{
	struct likeness likeness = { .bytes = { 0 } };
	if ((*reader)->state == STATE_X)
		keep(*reader, (*reader)->x);
	for (; (*reader)->returns > 0; (*reader)->returns--)
		keep(*reader, '\r');
	digest_kept(*reader);
	digest_fields(*reader);
	end_digest((*reader)->digest, likeness.bytes);
	end_digest((*reader)->body, likeness.plain);
	likeness_reader_destroy(reader);
	return likeness;
}

void likeness_reader_destroy(struct likeness_reader **reader)
{
	if (!reader || !*reader)
		return;
	EVP_MD_CTX_free((*reader)->digest);
	EVP_MD_CTX_free((*reader)->body);
	header_reader_destroy(&(*reader)->header);
	free(*reader);
	*reader = NULL;
}
