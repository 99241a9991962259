/* The tokens of a response (RFC 9051 section 9), read as servers really write them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/lexer.h"

#include <string.h>

static unsigned char upper(char byte)
{
	unsigned char value = (unsigned char)byte;

	return value >= 'a' && value <= 'z' ? (unsigned char)(value - ('a' - 'A')) : value;
}

bool lexer_slice_is(struct lexer_slice slice, const char *text)
{
	for (size_t i = 0; i < slice.length; i++)
		if (text[i] == '\0' || upper(slice.bytes[i]) != upper(text[i]))
			return false;
	return text[slice.length] == '\0';
}

bool lexer_expect(struct imap_reader *reader, char byte, const char *complaint)
{
	if (lexer_peek(reader) != (unsigned char)byte)
		return lexer_complain(reader, complaint);
	lexer_take(reader, 1);
	return true;
}

static bool belongs(enum lexer_word kind, int byte)
{
	switch (byte) {
	case -1:
	case '\0':
	case '\r':
	case '\n':
	case ' ':
	case '{':
		return false;
	case '(':
	case ')':
		return kind == LEXER_MAILBOX;
	case '"':
		return kind == LEXER_MAILBOX || kind == LEXER_FLAG;
	case '[':
		return kind != LEXER_ITEM;
	default:
		return (byte > ' ' && byte != 0x7f) || kind == LEXER_MAILBOX || kind == LEXER_FLAG;
	}
}

static struct lexer_slice slice_ahead(const struct imap_reader *reader, size_t length)
{
	return (struct lexer_slice){ .bytes = reader->bytes + reader->start, .length = length };
}

bool lexer_word(struct imap_reader *reader, enum lexer_word kind, struct lexer_slice *word_r)
{
	size_t length = 0;

	while (belongs(kind, lexer_look(reader, length)))
		if (++length > IMAP_TOKEN_MAX)
			return lexer_complain(reader, "a word is too long");
	if (length == 0)
		return lexer_complain(reader, "a word is missing");
	*word_r = slice_ahead(reader, length);
	lexer_take(reader, length);
	return !reader->failed;
}

bool lexer_number(struct imap_reader *reader, uint64_t maximum, uint64_t *number_r)
{
	uint64_t number = 0;
	size_t length = 0;
	int byte;

	while ((byte = lexer_look(reader, length)) >= '0' && byte <= '9') {
		uint64_t digit = (uint64_t)(byte - '0');

		if (digit > maximum || number > (maximum - digit) / 10 || length >= IMAP_TOKEN_MAX)
			return lexer_complain(reader, "a number is too large");
		number = number * 10 + digit;
		length++;
	}
	if (length == 0)
		return lexer_complain(reader, "a number is missing");
	lexer_take(reader, length);
	*number_r = number;
	return !reader->failed;
}

static bool is_escape(struct imap_reader *reader, size_t place)
{
	int next;

	if (lexer_look(reader, place) != '\\')
		return false;
	next = lexer_look(reader, place + 1);
	return next == '"' || next == '\\';
}

static struct lexer_slice unescape(struct imap_reader *reader, struct lexer_slice escaped)
{
	struct buffer *out = &reader->unquoted;

	buffer_clear(out);
	for (size_t i = 0; i < escaped.length; i++) {
		if (escaped.bytes[i] == '\\' && i + 1 < escaped.length &&
		    (escaped.bytes[i + 1] == '"' || escaped.bytes[i + 1] == '\\'))
			i++;
		buffer_add_byte(out, escaped.bytes[i]);
	}
	return (struct lexer_slice){ .bytes = buffer_text(out), .length = out->length };
}

bool lexer_quoted(struct imap_reader *reader, struct lexer_slice *text_r)
{
	bool escaped = false;
	size_t place = 1;
	int byte;

	if (lexer_peek(reader) != '"')
		return lexer_complain(reader, "a quoted string is missing");
	while ((byte = lexer_look(reader, place)) != '"') {
		if (byte < 0)
			return false;
		if (byte == '\r' || byte == '\n')
			return lexer_complain(reader, "a quoted string does not end");
		if (is_escape(reader, place)) {
			escaped = true;
			place++;
		}
		if (++place > IMAP_TOKEN_MAX)
			return lexer_complain(reader, "a quoted string is too long");
	}
	*text_r = slice_ahead(reader, place);
	text_r->bytes++;
	text_r->length--;
	if (escaped)
		*text_r = unescape(reader, *text_r);
	lexer_take(reader, place + 1);
	return true;
}

static bool collect_literal(struct imap_reader *reader, struct lexer_slice *text_r)
{
	struct lexer_slice part;
	uint64_t left;

	if (!lexer_literal_head(reader, &left))
		return false;
	if (left > IMAP_LITERAL_MAX)
		return lexer_literal_skip(reader, left) &&
		       lexer_complain(reader, "a string is too long");
	buffer_clear(&reader->text);
	while (left > 0) {
		if (!lexer_literal_part(reader, &left, &part))
			return false;
		buffer_add(&reader->text, part.bytes, part.length);
	}
	text_r->bytes = buffer_text(&reader->text);
	text_r->length = reader->text.length;
	return true;
}

bool lexer_string(struct imap_reader *reader, enum lexer_word kind, struct lexer_slice *text_r,
		  bool *nil_r)
{
	*nil_r = false;
	if (lexer_peek(reader) == '"')
		return lexer_quoted(reader, text_r);
	if (lexer_is_literal(reader))
		return collect_literal(reader, text_r);
	if (!lexer_word(reader, kind, text_r))
		return false;
	*nil_r = lexer_slice_is(*text_r, "NIL");
	return true;
}

static bool skip_scalar(struct imap_reader *reader)
{
	struct lexer_slice ignored;
	uint64_t size;

	if (lexer_is_literal(reader))
		return lexer_literal_head(reader, &size) && lexer_literal_skip(reader, size);
	if (lexer_peek(reader) == '"')
		return lexer_quoted(reader, &ignored);
	return lexer_word(reader, LEXER_WORD, &ignored);
}

bool lexer_skip_value(struct imap_reader *reader)
{
	unsigned int depth = 0;

	do {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) == '(') {
			if (++depth > IMAP_DEPTH_MAX)
				return lexer_complain(reader, "too many parentheses");
			lexer_take(reader, 1);
		} else if (lexer_peek(reader) == ')' && depth > 0) {
			depth--;
			lexer_take(reader, 1);
		} else if (!skip_scalar(reader)) {
			return false;
		}
	} while (depth > 0);
	return true;
}
