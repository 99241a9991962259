/* Stubs: headers of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/stub.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "maildir/private.h"

#define MARK "X-Navette-Stub: only the header"
#define SIZE_FIELD "X-Navette-Size: "
/* In front of the fields that speak of the body. */
#define RENAMED "X-Navette-"

static int write_text(struct maildir_stub_writer *writer, const char *text, struct error *error)
{
	return maildir_delivery_write(writer->delivery, text, strlen(text), error);
}

int maildir_stub_begin(struct maildir_stub_writer *writer, struct maildir_delivery *delivery,
		       struct error *error)
{
	*writer = (struct maildir_stub_writer){ .delivery = delivery };
	return write_text(writer, MARK "\r\n", error);
}

/* --- The header, line by line --- */

static const char *const body_fields[] = { "content-", "mime-version:" };
#define BODY_FIELDS (sizeof body_fields / sizeof body_fields[0])

/* Whether START, of a line, is of a field about the body; *may_be_r: it may still become so. */
static bool speaks_of_body(const char *start, size_t length, bool *may_be_r)
{
	*may_be_r = false;
	for (size_t i = 0; i < BODY_FIELDS; i++) {
		size_t whole = strlen(body_fields[i]);
		if (strncasecmp(start, body_fields[i], length < whole ? length : whole) != 0)
			continue;
		if (length >= whole)
			return true;
		*may_be_r = true;
	}
	return false;
}

static int write_start(struct maildir_stub_writer *writer, bool renamed, struct error *error)
{
	if (renamed && write_text(writer, RENAMED, error) != 0)
		return -1;
	size_t length = writer->start_length;
	writer->start_length = 0;
	return maildir_delivery_write(writer->delivery, writer->start, length, error);
}

static bool is_empty_line(const struct maildir_stub_writer *writer)
{
	return writer->start_length == 1 || (writer->start_length == 2 && writer->start[0] == '\r');
}

/* One byte of a line's start. */
static int take_start(struct maildir_stub_writer *writer, char byte, struct error *error)
{
	bool may_be;
	writer->start[writer->start_length++] = byte;
	if (byte == '\n' && is_empty_line(writer)) {
		writer->ended = true;
		return 0;
	}
	bool renamed = speaks_of_body(writer->start, writer->start_length, &may_be);
	/* A lone CR may be the empty line's. */
	bool may_end = writer->start_length == 1 && byte == '\r';
	if (byte != '\n' && !renamed && (may_be || may_end))
		return 0;
	writer->in_line = byte != '\n';
	return write_start(writer, renamed, error);
}

/* The rest of a line; returns how many bytes of it there are. */
static size_t rest_of_line(struct maildir_stub_writer *writer, const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);
	if (!end)
		return length;
	writer->in_line = false;
	return (size_t)(end - bytes) + 1;
}

int maildir_stub_write(struct maildir_stub_writer *writer, const void *bytes, size_t length,
		       struct error *error)
{
	const char *from = bytes;
	const char *end = from + length;
	while (from < end && !writer->ended) {
		if (!writer->in_line) {
			if (take_start(writer, *from++, error) != 0)
				return -1;
			continue;
		}
		size_t part = rest_of_line(writer, from, (size_t)(end - from));
		if (maildir_delivery_write(writer->delivery, from, part, error) != 0)
			return -1;
		from += part;
	}
	return 0;
}

/* --- The end --- */

/* A message may end within its header. */
static int end_header(struct maildir_stub_writer *writer, struct error *error)
{
	if (writer->ended)
		return 0;
	bool open = writer->in_line || writer->start_length > 0;
	if (write_start(writer, false, error) != 0)
		return -1;
	return open ? write_text(writer, "\r\n", error) : 0;
}

int maildir_stub_end(struct maildir_stub_writer *writer, uint64_t whole_size, struct error *error)
{
	char text[768];
	if (end_header(writer, error) != 0)
		return -1;
	(void)snprintf(text, sizeof text,
		       SIZE_FIELD "%" PRIu64 "\r\n"
				  "MIME-Version: 1.0\r\n"
				  "Content-Type: text/plain; charset=utf-8\r\n"
				  "\r\n"
				  "This is only the header of the message. The whole, %" PRIu64
				  " bytes, is on the server.\r\n"
				  "\r\n"
				  "To get it, flag the message (F) and synchronise, or run\r\n"
				  "\r\n"
				  "    navette fetch MESSAGE-ID\r\n",
		       whole_size, whole_size);
	return write_text(writer, text, error);
}

/* --- Telling one --- */

static void take_line(struct maildir_stub_reader *reader)
{
	size_t length = reader->length;
	if (length > 0 && reader->line[length - 1] == '\r')
		length--;
	reader->line[length < sizeof reader->line ? length : sizeof reader->line - 1] = '\0';
	uint64_t size;
	if (!reader->past_first)
		reader->is_stub = strcmp(reader->line, MARK) == 0;
	else if (length == 0)
		reader->ended = true;
	else if (text_starts_with(reader->line, SIZE_FIELD) &&
		 text_parse_number(reader->line + strlen(SIZE_FIELD), UINT64_MAX, &size))
		reader->whole_size = size; /* the last one is ours */
	reader->past_first = true;
	reader->length = 0;
}

void maildir_stub_reader_feed(struct maildir_stub_reader *reader, const void *bytes, size_t length)
{
	const char *from = bytes;
	for (size_t i = 0; i < length; i++) {
		if (reader->ended || (reader->past_first && !reader->is_stub))
			return;
		if (from[i] == '\n')
			take_line(reader);
		else if (reader->length < sizeof reader->line - 1)
			reader->line[reader->length++] = from[i];
	}
}

bool maildir_stub_reader_finish(const struct maildir_stub_reader *reader, uint64_t *whole_size_r)
{
	*whole_size_r = reader->whole_size;
	return reader->is_stub && reader->ended;
}

/* Whether the file begins with the mark; *read_r: it could be read. */
static bool begins_marked(const struct maildir *maildir, const struct maildir_location *location,
			  bool *read_r)
{
	char bytes[sizeof MARK - 1];
	size_t length = 0;
	ssize_t got = 1;
	int file = openat(maildir_place_descriptor(maildir, location->place), location->name,
			  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	*read_r = false;
	if (file < 0)
		return false;
	while (length < sizeof bytes && got != 0) {
		got = read(file, bytes + length, sizeof bytes - length);
		if (got < 0 && errno != EINTR)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	(void)close(file); /* only read from */
	*read_r = got >= 0;
	return length == sizeof bytes && memcmp(bytes, MARK, sizeof bytes) == 0;
}

enum maildir_stub_verdict maildir_stub_identify(const struct maildir *maildir,
						const struct maildir_location *location,
						struct identity *identity_r, uint64_t *size_r)
{
	struct maildir_message_facts facts;
	struct maildir_reader *reader;
	bool was_read;
	bool marked = begins_marked(maildir, location, &was_read);
	if (!marked)
		return was_read ? MAILDIR_STUB_NO : MAILDIR_STUB_UNKNOWN;
	if (maildir_reader_open(maildir, location, &reader, &facts, NULL) != MAILDIR_MESSAGE_OK)
		return MAILDIR_STUB_UNKNOWN;
	maildir_reader_close(&reader);
	*identity_r = facts.identity;
	*size_r = facts.whole_size;
	return facts.is_stub ? MAILDIR_STUB_YES : MAILDIR_STUB_NO;
}
