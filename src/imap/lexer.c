/* The tokens of a response (RFC 9051 section 9), read as servers really write them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/lexer.h"

#include <string.h>

#include "base/text.h"

enum lex lexer_expect(struct imap_reader *reader, char byte, struct error *error)
{
	char next;
	if (lexer_peek(reader, &next, error) != LEX_OK)
		return LEX_FATAL;
	return next == byte ? lexer_skip(reader, error) : LEX_MALFORMED;
}

enum lex lexer_spaces(struct imap_reader *reader, struct error *error)
{
	char byte;
	for (;;) {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte != ' ')
			return LEX_OK;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	}
}

static enum lex refuse_token(struct error *error)
{
	(void)error_set(
		error, ERROR_FAILED, SCOPE_CONNECTION,
		"the server sent a word of more than %u kB, which cannot be a sensible response",
		IMAP_TOKEN_MAX / 1024);
	return LEX_FATAL;
}

static enum lex add_byte(struct buffer *out, char byte, struct error *error)
{
	if (out->length >= IMAP_TOKEN_MAX)
		return refuse_token(error);
	buffer_add_byte(out, byte);
	return LEX_OK;
}

enum lex lexer_word(struct imap_reader *reader, const char *stops, struct buffer *out,
		    struct error *error)
{
	char byte;
	buffer_clear(out);
	for (;;) {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == ' ' || byte == '\r' || byte == '\n' || (byte && strchr(stops, byte)))
			return LEX_OK;
		if (lexer_skip(reader, error) != LEX_OK || add_byte(out, byte, error) != LEX_OK)
			return LEX_FATAL;
	}
}

enum lex lexer_number(struct imap_reader *reader, uint64_t *number_r, struct error *error)
{
	uint64_t number = 0;
	bool any = false;
	for (;;) {
		char byte;
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte < '0' || byte > '9')
			break;
		uint64_t digit = (uint64_t)(byte - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return LEX_MALFORMED;
		number = number * 10 + digit;
		any = true;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	}
	*number_r = number;
	return any ? LEX_OK : LEX_MALFORMED;
}

static enum lex uid_range(struct imap_reader *reader, struct uid_set *set, struct error *error)
{
	uint64_t first;
	char byte;
	enum lex result = lexer_number(reader, &first, error);
	if (result != LEX_OK)
		return result;
	uint64_t last = first;
	if (lexer_peek(reader, &byte, error) != LEX_OK)
		return LEX_FATAL;
	if (byte == ':') {
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
		result = lexer_number(reader, &last, error);
		if (result != LEX_OK)
			return result;
	}
	if (first > UINT32_MAX || last > UINT32_MAX)
		return LEX_MALFORMED;
	uid_set_add_range(set, (uint32_t)first, (uint32_t)last);
	return LEX_OK;
}

enum lex lexer_uid_set(struct imap_reader *reader, struct uid_set *set, struct error *error)
{
	for (;;) {
		char byte;
		enum lex result = uid_range(reader, set, error);
		if (result != LEX_OK)
			return result;
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte != ',')
			return LEX_OK;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	}
}

enum lex lexer_quoted(struct imap_reader *reader, struct buffer *out, struct error *error)
{
	buffer_clear(out);
	enum lex result = lexer_expect(reader, '"', error);
	while (result == LEX_OK) {
		char byte;
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n')
			return LEX_MALFORMED;
		result = lexer_skip(reader, error);
		if (result == LEX_OK && byte == '"')
			return LEX_OK;
		if (result == LEX_OK && byte == '\\') {
			if (lexer_peek(reader, &byte, error) != LEX_OK)
				return LEX_FATAL;
			if (byte == '\r' || byte == '\n')
				return LEX_MALFORMED;
			result = lexer_skip(reader, error);
		}
		if (result == LEX_OK)
			result = add_byte(out, byte, error);
	}
	return result;
}

static void add_piece(void *context, const void *bytes, size_t length)
{
	buffer_add(context, bytes, length);
}

static enum lex literal_string(struct imap_reader *reader, struct buffer *out, struct error *error)
{
	uint64_t size;
	buffer_clear(out);
	enum lex result = lexer_literal_head(reader, &size, error);
	if (result != LEX_OK)
		return result;
	if (size > IMAP_LITERAL_MAX) {
		(void)error_set(error, ERROR_FAILED, SCOPE_CONNECTION,
				"the server sent a name or header of %llu bytes, which is too much",
				(unsigned long long)size);
		return LEX_FATAL;
	}
	return lexer_literal_bytes(reader, size, add_piece, out, error);
}

enum lex lexer_string(struct imap_reader *reader, const char *stops, struct buffer *out,
		      bool *nil_r, struct error *error)
{
	char byte;
	*nil_r = false;
	if (lexer_peek(reader, &byte, error) != LEX_OK)
		return LEX_FATAL;
	if (byte == '"')
		return lexer_quoted(reader, out, error);
	if (byte == '{' || byte == '~') /* literal8: RFC 9051 section 4.3 */
		return literal_string(reader, out, error);
	enum lex result = lexer_word(reader, stops, out, error);
	if (result != LEX_OK)
		return result;
	*nil_r = text_equal_ignoring_case(buffer_text(out), "NIL");
	return out->length > 0 ? LEX_OK : LEX_MALFORMED;
}

static enum lex skip_quoted(struct imap_reader *reader, struct error *error)
{
	char byte;
	enum lex result = lexer_expect(reader, '"', error);
	while (result == LEX_OK) {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n')
			return LEX_MALFORMED;
		result = lexer_skip(reader, error);
		if (result == LEX_OK && byte == '"')
			return LEX_OK;
		if (result == LEX_OK && byte == '\\') {
			if (lexer_peek(reader, &byte, error) != LEX_OK)
				return LEX_FATAL;
			result = byte == '\r' || byte == '\n' ? LEX_MALFORMED
							      : lexer_skip(reader, error);
		}
	}
	return result;
}

static enum lex skip_literal(struct imap_reader *reader, struct error *error)
{
	uint64_t size;
	enum lex result = lexer_literal_head(reader, &size, error);
	if (result != LEX_OK)
		return result;
	return lexer_literal_bytes(reader, size, NULL, NULL, error);
}

/* A run of bytes that is neither quoted, literal nor list. */
static enum lex skip_word(struct imap_reader *reader, struct error *error)
{
	char byte;
	for (bool any = false;; any = true) {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n' || byte == ' ' || byte == '(' || byte == ')')
			return any ? LEX_OK : LEX_MALFORMED;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	}
}

enum lex lexer_skip_value(struct imap_reader *reader, struct error *error)
{
	unsigned int depth = 0;
	do {
		char byte;
		enum lex result = lexer_spaces(reader, error);
		if (result == LEX_OK)
			result = lexer_peek(reader, &byte, error);
		if (result != LEX_OK)
			return result;
		if (byte == '(') {
			if (++depth > IMAP_DEPTH_MAX)
				return LEX_MALFORMED;
			result = lexer_skip(reader, error);
		} else if (byte == ')') {
			if (depth-- == 0)
				return LEX_MALFORMED;
			result = lexer_skip(reader, error);
		} else if (byte == '"') {
			result = skip_quoted(reader, error);
		} else if (byte == '{') {
			result = skip_literal(reader, error);
		} else {
			result = skip_word(reader, error);
		}
		if (result != LEX_OK)
			return result;
	} while (depth > 0);
	return LEX_OK;
}

enum lex lexer_rest(struct imap_reader *reader, struct buffer *out, struct error *error)
{
	char byte;
	buffer_clear(out);
	for (;;) {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\n' || byte == '\r') {
			enum lex result = lexer_end(reader, error);
			if (result != LEX_MALFORMED)
				return result;
			continue; /* a CR inside the text */
		}
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
		if (out->length < IMAP_TOKEN_MAX)
			buffer_add_byte(out, byte);
	}
}
