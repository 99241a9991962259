/* What makes a message the same message on both sides. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/identity.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#define FIELD_VALUE_MAX 4096
#define FIELD_NAME_MAX 16 /* longer than any of ours */

static const char *const field_names[] = { "MESSAGE-ID", "DATE", "FROM", "TO", "SUBJECT" };
#define FIELD_COUNT (sizeof field_names / sizeof field_names[0])
static const char *const added_names[] = { "X-TUID", "X-OFFLINEIMAP" };

enum reader_state {
	STATE_LINE_START, /* at the first byte of a line */
	STATE_NAME,       /* in a field's name */
	STATE_VALUE,      /* in the value of a field of ours */
	STATE_OTHER,      /* in a line that does not matter */
	STATE_DONE        /* after the empty line */
};

struct identity_reader {
	enum reader_state state;
	char name[FIELD_NAME_MAX];
	size_t name_length;
	bool name_ended; /* by white space: only a colon may follow */
	size_t field;    /* of STATE_VALUE; FIELD_COUNT: the last field was none of ours */
	size_t value_length;
	bool space_pending;   /* white space seen since the last byte that counts */
	bool is_added;        /* the line belongs to a field of added_names */
	uint64_t line_length; /* bytes of the line so far */
	uint64_t added_size;
	bool carriage_return;              /* the last byte was a CR: part of the line end or not */
	struct buffer values[FIELD_COUNT]; /* of all occurrences, each ended by a newline */
};

bool identity_equal(const struct identity *a, const struct identity *b)
{
	return memcmp(a->bytes, b->bytes, IDENTITY_SIZE) == 0;
}

struct identity_reader *identity_reader_create(void)
{
	struct identity_reader *reader = memory_allocate(sizeof *reader);
	reader->field = FIELD_COUNT;
	return reader;
}

static size_t find_field(const struct identity_reader *reader)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (strlen(field_names[i]) == reader->name_length &&
		    text_equal_ignoring_case(field_names[i], reader->name))
			return i;
	}
	return FIELD_COUNT;
}

static bool is_added_name(const struct identity_reader *reader)
{
	for (size_t i = 0; i < sizeof added_names / sizeof *added_names; i++) {
		if (text_equal_ignoring_case(added_names[i], reader->name))
			return true;
	}
	return false;
}

/* Many occurrences of one field, empty ones too, must not fill the memory. */
static bool has_room(const struct identity_reader *reader)
{
	return reader->values[reader->field].length < FIELD_COUNT * FIELD_VALUE_MAX;
}

static void end_field(struct identity_reader *reader)
{
	if (reader->field < FIELD_COUNT && has_room(reader))
		buffer_add_byte(&reader->values[reader->field], '\n');
	reader->field = FIELD_COUNT;
	reader->value_length = 0;
	reader->space_pending = false;
}

static void add_value_byte(struct identity_reader *reader, char byte)
{
	if (reader->value_length >= FIELD_VALUE_MAX || !has_room(reader))
		return;
	buffer_add_byte(&reader->values[reader->field], byte);
	reader->value_length++;
}

static void feed_value(struct identity_reader *reader, char byte)
{
	if (byte == ' ' || byte == '\t' || byte == '\r') {
		reader->space_pending = true;
		return;
	}
	if (reader->space_pending && reader->value_length > 0)
		add_value_byte(reader, ' ');
	reader->space_pending = false;
	add_value_byte(reader, byte);
}

static void feed_name(struct identity_reader *reader, char byte)
{
	if (byte == ':') {
		reader->name[reader->name_length] = '\0';
		reader->field = find_field(reader);
		reader->is_added = is_added_name(reader);
		reader->state = reader->field < FIELD_COUNT ? STATE_VALUE : STATE_OTHER;
		return;
	}
	if (byte == ' ' || byte == '\t') {
		/* Obsolete form: white space before the colon (RFC 5322 section 4.5). */
		reader->name_ended = true;
		return;
	}
	if (reader->name_ended || reader->name_length + 1 >= sizeof reader->name) {
		reader->state = STATE_OTHER;
		return;
	}
	reader->name[reader->name_length++] = byte;
}

static void start_line(struct identity_reader *reader, char byte)
{
	if (byte == ' ' || byte == '\t') { /* a folded line goes on with the field before */
		reader->space_pending = true;
		reader->state = reader->field < FIELD_COUNT ? STATE_VALUE : STATE_OTHER;
		return;
	}
	end_field(reader);
	reader->is_added = false;
	reader->name_length = 0;
	reader->name_ended = false;
	reader->state = STATE_NAME;
	feed_name(reader, byte);
}

static void feed_byte(struct identity_reader *reader, char byte)
{
	bool line_is_empty = reader->state == STATE_LINE_START;
	reader->line_length++;
	if (byte == '\n') {
		if (reader->is_added && !line_is_empty)
			reader->added_size += reader->line_length;
		reader->line_length = 0;
		reader->carriage_return = false;
		reader->state = line_is_empty ? STATE_DONE : STATE_LINE_START;
		return;
	}
	if (reader->carriage_return && line_is_empty) /* a CR that was no line end after all */
		start_line(reader, '\r');
	reader->carriage_return = byte == '\r';
	switch (reader->state) {
	case STATE_LINE_START:
		if (byte != '\r')
			start_line(reader, byte);
		break;
	case STATE_NAME:
		feed_name(reader, byte);
		break;
	case STATE_VALUE:
		feed_value(reader, byte);
		break;
	case STATE_OTHER:
	case STATE_DONE:
		break;
	}
}

void identity_reader_feed(struct identity_reader *reader, const void *bytes, size_t length)
{
	const char *text = bytes;
	for (size_t i = 0; i < length && reader->state != STATE_DONE; i++)
		feed_byte(reader, text[i]);
}

bool identity_reader_is_done(const struct identity_reader *reader)
{
	return reader->state == STATE_DONE;
}

uint64_t identity_reader_added_size(const struct identity_reader *reader)
{
	return reader->added_size;
}

struct identity identity_reader_finish(struct identity_reader **reader)
{
	struct buffer all = BUFFER_INITIAL;
	struct identity identity;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	end_field(*reader);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		buffer_add_format(&all, "%s:", field_names[i]);
		buffer_add(&all, buffer_text(&(*reader)->values[i]), (*reader)->values[i].length);
	}
	memset(digest, 0, sizeof digest);
	/* Fails only where OpenSSL has neither memory nor SHA-256. Going on with a wrong identity
	 * could pair two different messages, so this ends like being out of memory. */
	if (EVP_Digest(all.bytes, all.length, digest, &size, EVP_sha256(), NULL) != 1)
		memory_fail();
	memcpy(identity.bytes, digest, IDENTITY_SIZE);
	buffer_release(&all);
	identity_reader_destroy(reader);
	return identity;
}

void identity_reader_destroy(struct identity_reader **reader)
{
	if (!reader || !*reader)
		return;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		buffer_release(&(*reader)->values[i]);
	free(*reader);
	*reader = NULL;
}

struct identity identity_of_header(const void *bytes, size_t length)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, bytes, length);
	return identity_reader_finish(&reader);
}

uint64_t identity_added_size(const void *bytes, size_t length)
{
	struct identity_reader *reader = identity_reader_create();
	identity_reader_feed(reader, bytes, length);
	uint64_t size = reader->added_size;
	identity_reader_destroy(&reader);
	return size;
}
