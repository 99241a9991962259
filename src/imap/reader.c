/* Bytes of the server: lines and literals. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/lexer.h"

struct imap_reader *imap_reader_create(imap_read_function *read, void *context)
{
	struct imap_reader *reader = memory_allocate(sizeof *reader);

	reader->read = read;
	reader->context = context;
	return reader;
}

void imap_reader_hide(struct imap_reader *reader, const struct imap_secrets *secrets)
{
	reader->secrets = secrets;
}

void imap_reader_destroy(struct imap_reader **reader)
{
	if (reader == NULL || *reader == NULL)
		return;
	buffer_wipe(&(*reader)->unquoted);
	buffer_wipe(&(*reader)->text);
	buffer_release(&(*reader)->unquoted);
	buffer_release(&(*reader)->text);
	memory_wipe(*reader, sizeof **reader);
	free(*reader);
	*reader = NULL;
}

size_t imap_reader_discard(struct imap_reader *reader)
{
	size_t count = reader->end - reader->start;

	reader->start = reader->end = reader->run = reader->counted = 0;
	return count;
}

const char *imap_reader_ahead(const struct imap_reader *reader, size_t *length_r)
{
	*length_r = reader->end - reader->start;
	return reader->bytes + reader->start;
}

bool imap_reader_has_bytes(const struct imap_reader *reader)
{
	return reader->start < reader->end;
}

void lexer_begin(struct imap_reader *reader)
{
	reader->run = reader->start;
	reader->counted = reader->start;
	reader->line_length = 0;
	reader->excerpt_length = 0;
	reader->complaint = NULL;
}

bool lexer_complain(struct imap_reader *reader, const char *complaint)
{
	if (reader->complaint == NULL)
		reader->complaint = complaint;
	return false;
}

bool lexer_fail(struct imap_reader *reader, enum error_kind kind, const char *text)
{
	reader->failed = true;
	(void)error_set(&reader->error, kind, SCOPE_CONNECTION, "%s", text); /* always -1 */
	return false;
}

/* --- Reading --- */

bool lexer_count(struct imap_reader *reader)
{
	size_t added = reader->start - reader->counted;
	size_t shown = LEXER_EXCERPT_MAX - reader->excerpt_length;

	if (shown > added)
		shown = added;
	memcpy(reader->excerpt + reader->excerpt_length, reader->bytes + reader->counted, shown);
	reader->excerpt_length += shown;
	reader->line_length += added;
	reader->counted = reader->start;
	if (reader->line_length <= IMAP_LINE_MAX)
		return true;
	return lexer_fail(reader, ERROR_FAILED,
			  "the server sent a response that is too long (over 8 MiB)");
}

/* Moves what is still needed to the front when there is no room to read behind it. */
static void make_room_to_read(struct imap_reader *reader)
{
	size_t back = reader->start - reader->run;
	size_t kept;

	if (reader->start < reader->end && sizeof reader->bytes - reader->end >= LEXER_READ_SIZE)
		return;
	kept = reader->start - (back < LEXER_LOOKBACK ? back : LEXER_LOOKBACK);
	if (kept == 0)
		return;
	memmove(reader->bytes, reader->bytes + kept, reader->end - kept);
	reader->start -= kept;
	reader->end -= kept;
	reader->counted -= kept;
	reader->run = reader->run > kept ? reader->run - kept : 0;
}

static bool fail_at_end(struct imap_reader *reader)
{
	bool inside = reader->line_length > 0 || reader->start < reader->end;

	return lexer_fail(reader, ERROR_TEMPORARY,
			  inside ? "the server closed the connection in the middle of a response"
				 : "the server closed the connection");
}

/* Returns what READ returns; -1 when reader->failed. */
static int fill_by(struct imap_reader *reader, imap_read_function *read)
{
	size_t length = 0;
	size_t room;
	int result;

	make_room_to_read(reader);
	room = sizeof reader->bytes - reader->end;
	if (room > LEXER_READ_SIZE)
		room = LEXER_READ_SIZE;
	if (room == 0) { /* every token has a limit that is less */
		(void)lexer_fail(reader, ERROR_FAILED, "the server sent a word that is too long");
		return -1;
	}
	error_clear(&reader->error);
	result = read(reader->context, reader->bytes + reader->end, room, &length, &reader->error);
	if (result < 0 && reader->error.kind == ERROR_NONE)
		(void)lexer_fail(reader, ERROR_TEMPORARY, "the connection failed");
	if (result < 0) {
		reader->failed = true;
		return error_widen(&reader->error, SCOPE_CONNECTION);
	}
	if (result == 0 && length == 0) {
		(void)fail_at_end(reader); /* always false */
		return -1;
	}
	reader->end += length;
	return result;
}

bool lexer_fill(struct imap_reader *reader)
{
	return !reader->failed && lexer_count(reader) && fill_by(reader, reader->read) == 0;
}

int imap_reader_take_now(struct imap_reader *reader, imap_read_function *read)
{
	if (reader->failed)
		return -1;
	/* Between two responses: none has begun. */
	lexer_begin(reader);
	return fill_by(reader, read);
}

bool imap_reader_has_line(const struct imap_reader *reader)
{
	size_t length = reader->end - reader->start;

	return length >= LEXER_READ_SIZE ||
	       memchr(reader->bytes + reader->start, '\n', length) != NULL;
}

/* --- Literals --- */

static bool fail_for_size(struct imap_reader *reader)
{
	return lexer_fail(reader, ERROR_FAILED,
			  "the server announced a literal of an invalid size");
}

/* One more digit; false when the number is over IMAP_LITERAL_SIZE_MAX. */
static bool add_digit(uint64_t *number, int byte)
{
	uint64_t digit = (uint64_t)(byte - '0');

	*number = *number * 10 + digit; /* below 2^36 */
	return *number <= IMAP_LITERAL_SIZE_MAX;
}

static bool is_digit(int byte)
{
	return byte >= '0' && byte <= '9';
}

bool lexer_is_literal(struct imap_reader *reader)
{
	int byte = lexer_peek(reader);

	return byte == '{' || (byte == '~' && lexer_look(reader, 1) == '{');
}

/* The line ends OFFSET bytes ahead: the length of that line end; 0 when it does not. */
static size_t line_end_length(struct imap_reader *reader, size_t offset)
{
	int byte = lexer_look(reader, offset);

	if (byte == '\n')
		return 1;
	return byte == '\r' && lexer_look(reader, offset + 1) == '\n' ? 2 : 0;
}

bool lexer_literal_head(struct imap_reader *reader, uint64_t *size_r)
{
	size_t place = lexer_peek(reader) == '~' ? 2 : 1;
	size_t first = place;
	size_t line_end;
	int byte;

	*size_r = 0;
	if (lexer_look(reader, place) == '-')
		return fail_for_size(reader);
	for (; is_digit(byte = lexer_look(reader, place)); place++)
		if (!add_digit(size_r, byte) || place > LEXER_LOOKBACK - 6)
			return fail_for_size(reader);
	if (place > first && byte == '+')
		byte = lexer_look(reader, ++place);
	line_end = byte == '}' ? line_end_length(reader, place + 1) : 0;
	if (line_end == 0 || place == first)
		return lexer_complain(reader, "“{” without a size after it");
	lexer_take(reader, place + 1 + line_end);
	if (!lexer_count(reader))
		return false;
	reader->run = reader->start;
	return true;
}

bool lexer_literal_part(struct imap_reader *reader, uint64_t *left, struct lexer_slice *part_r)
{
	size_t length;

	if (reader->start == reader->end && !lexer_fill(reader))
		return false;
	length = reader->end - reader->start;
	if (length > *left)
		length = (size_t)*left;
	part_r->bytes = reader->bytes + reader->start;
	part_r->length = length;
	*left -= length;
	reader->start += length;
	reader->run = reader->counted = reader->start; /* no part of the line */
	return true;
}

bool lexer_literal_skip(struct imap_reader *reader, uint64_t size)
{
	struct lexer_slice part;

	while (size > 0)
		if (!lexer_literal_part(reader, &size, &part))
			return false;
	return true;
}

/* --- Lines --- */

bool lexer_spaces(struct imap_reader *reader)
{
	int byte;

	while ((byte = lexer_peek(reader)) == ' ')
		lexer_take(reader, 1);
	return byte >= 0;
}

bool lexer_end_line(struct imap_reader *reader)
{
	size_t length;

	if (!lexer_spaces(reader))
		return false;
	length = line_end_length(reader, 0);
	if (length == 0)
		return lexer_complain(reader, "unexpected text at the end of the response");
	lexer_take(reader, length);
	return true;
}

enum literal_end { LITERAL_NONE, LITERAL_FOLLOWS, LITERAL_SENSELESS };

/* Whether the line whose LF stands at the place LINE_FEED ends in the head of a literal. Whoever
 * took that head, and for what, does not matter: the bytes of a literal must never be read as
 * replies. */
static enum literal_end find_literal(const struct imap_reader *reader, size_t line_feed,
				     uint64_t *size_r)
{
	const char *floor = reader->bytes + reader->run;
	const char *place = reader->bytes + line_feed;
	const char *digits_end;

	if (place > floor && place[-1] == '\r')
		place--;
	if (place == floor || *--place != '}')
		return LITERAL_NONE;
	if (place > floor && place[-1] == '+')
		place--;
	digits_end = place;
	while (place > floor && is_digit(place[-1]))
		place--;
	if (place == digits_end)
		return LITERAL_NONE;
	/* First: of so many digits the beginning may be forgotten already. */
	if (digits_end - place > 24)
		return LITERAL_SENSELESS;
	if (place > floor && place[-1] == '-')
		return place - 1 > floor && place[-2] == '{' ? LITERAL_SENSELESS : LITERAL_NONE;
	if (place == floor || place[-1] != '{')
		return LITERAL_NONE;
	*size_r = 0;
	for (; place < digits_end; place++)
		if (!add_digit(size_r, *place))
			return LITERAL_SENSELESS;
	return LITERAL_FOLLOWS;
}

bool lexer_skip_line(struct imap_reader *reader)
{
	for (;;) {
		const char *line_feed =
			memchr(reader->bytes + reader->start, '\n', reader->end - reader->start);
		uint64_t size = 0;
		enum literal_end found;

		if (line_feed == NULL) {
			reader->start = reader->end;
			if (!lexer_fill(reader))
				return false;
			continue;
		}
		found = find_literal(reader, (size_t)(line_feed - reader->bytes), &size);
		reader->start = (size_t)(line_feed - reader->bytes) + 1;
		if (found == LITERAL_SENSELESS)
			return fail_for_size(reader);
		if (!lexer_count(reader))
			return false;
		reader->run = reader->start;
		if (found == LITERAL_NONE)
			return true;
		if (!lexer_literal_skip(reader, size))
			return false;
	}
}

bool lexer_rest_of_line(struct imap_reader *reader, struct lexer_slice *text_r)
{
	struct buffer *text = &reader->text;

	buffer_clear(text);
	for (;;) {
		const char *here = reader->bytes + reader->start;
		size_t held = reader->end - reader->start;
		const char *line_feed = memchr(here, '\n', held);
		size_t length = line_feed != NULL ? (size_t)(line_feed - here) : held;
		size_t room = IMAP_TOKEN_MAX - text->length;

		buffer_add(text, here, length < room ? length : room);
		lexer_take(reader, line_feed != NULL ? length + 1 : length);
		if (line_feed != NULL)
			break;
		if (!lexer_fill(reader))
			return false;
	}
	text_r->bytes = buffer_text(text);
	text_r->length = text->length;
	if (text->length > 0 && text->bytes[text->length - 1] == '\r')
		text_r->length--;
	return true;
}
