/* The Message-ID of a file. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/message_id.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define FIELD "message-id:"
#define ID_MAX 998

/* A header as it streams by. */
struct id_reader {
	char start[sizeof FIELD]; /* of the line */
	size_t start_length;
	bool at_start; /* of a line */
	bool in_field; /* the line, or the one it continues, is the field's */
	bool done;
	char id[ID_MAX + 1];
	size_t length;
};

/* The first byte of a line: a line that does not continue the one before ends its field. */
static void begin_line(struct id_reader *reader, char byte)
{
	bool continues = byte == ' ' || byte == '\t';
	reader->at_start = false;
	reader->start_length = 0;
	if (byte == '\n' || (reader->in_field && !continues))
		reader->done = true;
}

static void take_value(struct id_reader *reader, char byte)
{
	bool is_part = byte != ' ' && byte != '\t' && byte != '<' && byte != '>';
	if (is_part && reader->length < ID_MAX)
		reader->id[reader->length++] = byte;
}

static void take(struct id_reader *reader, char byte)
{
	if (byte == '\r')
		return;
	if (reader->at_start)
		begin_line(reader, byte);
	if (reader->done)
		return;
	if (byte == '\n') {
		reader->at_start = true;
	} else if (reader->in_field) {
		take_value(reader, byte);
	} else if (reader->start_length < strlen(FIELD)) {
		reader->start[reader->start_length++] = byte;
		reader->in_field = reader->start_length == strlen(FIELD) &&
				   strncasecmp(reader->start, FIELD, strlen(FIELD)) == 0;
	}
}

char *maildir_message_id(const struct maildir *maildir, const struct maildir_location *location)
{
	struct maildir_message_facts facts;
	struct maildir_reader *file;
	struct id_reader reader = { .at_start = true };
	char bytes[4096];
	size_t length = 1;
	if (maildir_reader_open(maildir, location, &file, &facts, NULL) != MAILDIR_MESSAGE_OK)
		return NULL;
	while (length > 0 && !reader.done &&
	       maildir_reader_read(file, bytes, sizeof bytes, &length, NULL) == 0) {
		for (size_t i = 0; i < length && !reader.done; i++)
			take(&reader, bytes[i]);
	}
	maildir_reader_close(&file);
	if (!reader.in_field)
		return NULL;
	reader.id[reader.length] = '\0';
	return memory_text(reader.id);
}
