/* Whether two messages are the same to their reader. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/likeness.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define KEPT_SIZE 4096

enum reader_state {
	STATE_LINE_START, /* at the first byte of a line of the header */
	STATE_X,          /* a line of the header began with X */
	STATE_LINE,       /* in a line of the header that counts */
	STATE_ADDED,      /* in one that does not */
	STATE_BODY
};

struct likeness_reader {
	EVP_MD_CTX *digest;
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

/* OpenSSL fails only where it has neither memory nor SHA-256. Going on with a wrong digest could
 * pair two different messages, so that ends like being out of memory. */
struct likeness_reader *likeness_reader_create(void)
{
	struct likeness_reader *reader = memory_allocate(sizeof *reader);
	reader->digest = EVP_MD_CTX_new();
	if (!reader->digest || EVP_DigestInit_ex(reader->digest, EVP_sha256(), NULL) != 1)
		memory_fail();
	return reader;
}

static void digest_kept(struct likeness_reader *reader)
{
	if (EVP_DigestUpdate(reader->digest, reader->kept, reader->kept_count) != 1)
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
	reader->state = line == STATE_LINE_START ? STATE_BODY : STATE_LINE_START;
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
	for (size_t i = 0; i < length; i++)
		feed_byte(reader, text[i]);
}

struct likeness likeness_reader_finish(struct likeness_reader **reader)
{
	struct likeness likeness;
	unsigned char digest[EVP_MAX_MD_SIZE];
	if ((*reader)->state == STATE_X)
		keep(*reader, (*reader)->x);
	for (; (*reader)->returns > 0; (*reader)->returns--)
		keep(*reader, '\r');
	digest_kept(*reader);
	if (EVP_DigestFinal_ex((*reader)->digest, digest, NULL) != 1)
		memory_fail();
	memcpy(likeness.bytes, digest, LIKENESS_SIZE);
	likeness_reader_destroy(reader);
	return likeness;
}

void likeness_reader_destroy(struct likeness_reader **reader)
{
	if (!reader || !*reader)
		return;
	EVP_MD_CTX_free((*reader)->digest);
	free(*reader);
	*reader = NULL;
}
