/* Reads chosen fields of a header as it streams by. SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail/header_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define OCCURRENCES_MAX 5 /* of the longest value; more of shorter ones */

static const char *const added_names[] = { "X-TUID", "X-OFFLINEIMAP" };

enum reader_state {
	STATE_LINE_START, /* at the first byte of a line */
	STATE_NAME,       /* in a field's name */
	STATE_VALUE,      /* in the value of a field of ours */
	STATE_OTHER,      /* in a line that does not matter */
	STATE_DONE        /* after the empty line */
};

struct header_reader {
	const char *const *names;
	size_t count;
	struct buffer *values; /* of all occurrences, each ended by a newline */
	enum reader_state state;
	char name[HEADER_FIELD_NAME_MAX];
	size_t name_length;
	bool name_ended; /* by white space: only a colon may follow */
	size_t field;    /* of STATE_VALUE; `count`: the last field was none of ours */
	size_t value_length;
	bool space_pending;   /* white space seen since the last byte that counts */
	bool is_added;        /* the line belongs to a field of added_names */
	uint64_t line_length; /* bytes of the line so far */
	uint64_t added_size;
	bool carriage_return; /* the last byte was a CR: part of the line end or not */
};

struct header_reader *header_reader_create(const char *const *names, size_t count)
{
	struct header_reader *reader = memory_allocate(sizeof *reader);
	reader->names = names;
	reader->count = count;
	reader->values = memory_array(count, sizeof *reader->values);
	reader->field = count;
	return reader;
}

static size_t find_field(const struct header_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		if (strlen(reader->names[i]) == reader->name_length &&
		    text_equal_ignoring_case(reader->names[i], reader->name))
			return i;
	}
	return reader->count;
}

static bool is_added_name(const struct header_reader *reader)
{
	for (size_t i = 0; i < sizeof added_names / sizeof *added_names; i++) {
		if (text_equal_ignoring_case(added_names[i], reader->name))
			return true;
	}
	return false;
}

/* Many occurrences of one field, empty ones too, must not fill the memory. */
static bool has_room(const struct header_reader *reader)
{
	return reader->values[reader->field].length < OCCURRENCES_MAX * HEADER_FIELD_VALUE_MAX;
}

static void end_field(struct header_reader *reader)
{
	if (reader->field < reader->count && has_room(reader))
		buffer_add_byte(&reader->values[reader->field], '\n');
	reader->field = reader->count;
	reader->value_length = 0;
	reader->space_pending = false;
}

static void add_value_byte(struct header_reader *reader, char byte)
{
	if (reader->value_length >= HEADER_FIELD_VALUE_MAX || !has_room(reader))
		return;
	buffer_add_byte(&reader->values[reader->field], byte);
	reader->value_length++;
}

static void feed_value(struct header_reader *reader, char byte)
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

static void feed_name(struct header_reader *reader, char byte)
{
	if (byte == ':') {
		reader->name[reader->name_length] = '\0';
		reader->field = find_field(reader);
		reader->is_added = is_added_name(reader);
		reader->state = reader->field < reader->count ? STATE_VALUE : STATE_OTHER;
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

static void start_line(struct header_reader *reader, char byte)
{
	if (byte == ' ' || byte == '\t') { /* a folded line goes on with the field before */
		reader->space_pending = true;
		reader->state = reader->field < reader->count ? STATE_VALUE : STATE_OTHER;
		return;
	}
	end_field(reader);
	reader->is_added = false;
	reader->name_length = 0;
	reader->name_ended = false;
	reader->state = STATE_NAME;
	feed_name(reader, byte);
}

static void feed_byte(struct header_reader *reader, char byte)
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

void header_reader_feed(struct header_reader *reader, const void *bytes, size_t length)
{
	const char *text = bytes;
	for (size_t i = 0; i < length && reader->state != STATE_DONE; i++)
		feed_byte(reader, text[i]);
}

bool header_reader_is_done(const struct header_reader *reader)
{
	return reader->state == STATE_DONE;
}

uint64_t header_reader_added_size(const struct header_reader *reader)
{
	return reader->added_size;
}

const struct buffer *header_reader_values(struct header_reader *reader, size_t index)
{
	end_field(reader);
	return &reader->values[index];
}

void header_reader_destroy(struct header_reader **reader)
{
	if (!reader || !*reader)
		return;
	for (size_t i = 0; i < (*reader)->count; i++)
		buffer_release(&(*reader)->values[i]);
	free((*reader)->values);
	free(*reader);
	*reader = NULL;
}
