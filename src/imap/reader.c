/* Bytes of the server, one by one and in runs. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/lexer.h"

#define BUFFER_SIZE (64u * 1024u)
#define TAIL_SIZE 32 /* holds the longest head of a literal: "{18446744073709551615+}" */

struct imap_reader {
	imap_read_function *read;
	void *context;
	size_t begin, end;    /* what of the buffer is not taken yet */
	size_t line_length;   /* bytes of this response outside literals */
	char tail[TAIL_SIZE]; /* the last of them on this line: does it end in a literal's head? */
	size_t tail_length;
	bool line_start; /* the last byte taken ended a line */
	char buffer[BUFFER_SIZE];
};

struct imap_reader *imap_reader_create(imap_read_function *read, void *context)
{
	struct imap_reader *reader = memory_allocate(sizeof *reader);
	reader->read = read;
	reader->context = context;
	return reader;
}

void imap_reader_destroy(struct imap_reader **reader)
{
	if (!reader || !*reader)
		return;
	memory_wipe(*reader, sizeof **reader);
	free(*reader);
	*reader = NULL;
}

size_t imap_reader_discard(struct imap_reader *reader)
{
	size_t count = reader->end - reader->begin;
	reader->begin = reader->end = 0;
	return count;
}

bool imap_reader_has_bytes(const struct imap_reader *reader)
{
	return reader->begin < reader->end;
}

static enum lex fill(struct imap_reader *reader, struct error *error)
{
	size_t length = 0;
	if (reader->read(reader->context, reader->buffer, sizeof reader->buffer, &length, error) !=
	    0)
		return LEX_FATAL;
	if (length == 0) {
		(void)error_set(error, ERROR_TEMPORARY, SCOPE_CONNECTION,
				"the server closed the connection");
		return LEX_FATAL;
	}
	reader->begin = 0;
	reader->end = length;
	return LEX_OK;
}

void lexer_begin(struct imap_reader *reader)
{
	reader->line_length = 0;
	reader->tail_length = 0;
	reader->line_start = false;
}

bool lexer_is_at_line_start(const struct imap_reader *reader)
{
	return reader->line_start;
}

enum lex lexer_peek(struct imap_reader *reader, char *byte_r, struct error *error)
{
	if (reader->begin == reader->end && fill(reader, error) != LEX_OK)
		return LEX_FATAL;
	*byte_r = reader->buffer[reader->begin];
	return LEX_OK;
}

static void remember(struct imap_reader *reader, char byte)
{
	if (byte == '{' || reader->tail_length == TAIL_SIZE)
		reader->tail_length = 0;
	reader->tail[reader->tail_length++] = byte;
}

enum lex lexer_skip(struct imap_reader *reader, struct error *error)
{
	if (++reader->line_length > IMAP_LINE_MAX) {
		(void)error_set(
			error, ERROR_FAILED, SCOPE_CONNECTION,
			"the server sent a line of more than %u MB, which cannot be a sensible "
			"response",
			IMAP_LINE_MAX / 1024 / 1024);
		return LEX_FATAL;
	}
	char byte = reader->buffer[reader->begin++];
	reader->line_start = byte == '\n';
	remember(reader, byte);
	return LEX_OK;
}

enum lex lexer_literal_bytes(struct imap_reader *reader, uint64_t size,
			     void (*take)(void *context, const void *bytes, size_t length),
			     void *context, struct error *error)
{
	reader->tail_length = 0;
	reader->line_start = false;
	while (size > 0) {
		if (reader->begin == reader->end && fill(reader, error) != LEX_OK)
			return LEX_FATAL;
		size_t here = reader->end - reader->begin;
		if (here > size)
			here = (size_t)size;
		if (take)
			take(context, reader->buffer + reader->begin, here);
		reader->begin += here;
		size -= here;
	}
	return LEX_OK;
}

/* Whether the line so far ends in a literal's head, and of which size. */
static bool tail_is_literal(const struct imap_reader *reader, uint64_t *size_r, bool *huge_r)
{
	size_t length = reader->tail_length;
	const char *tail = reader->tail;
	*size_r = 0;
	*huge_r = false;
	if (length < 3 || tail[0] != '{' || tail[length - 1] != '}')
		return false;
	size_t end = tail[length - 2] == '+' ? length - 2 : length - 1;
	for (size_t i = 1; i < end; i++) {
		if (tail[i] < '0' || tail[i] > '9')
			return false;
		if (*size_r > (UINT64_MAX >> 1) / 10 - 1)
			*huge_r = true;
		else
			*size_r = *size_r * 10 + (uint64_t)(tail[i] - '0');
	}
	return end > 1;
}

static enum lex refuse_size(struct error *error)
{
	(void)error_set(error, ERROR_FAILED, SCOPE_CONNECTION,
			"the server announced a literal of an impossible size");
	return LEX_FATAL;
}

/* Takes one line end, CRLF or a bare LF, at which the caller stands. */
static enum lex take_line_end(struct imap_reader *reader, struct error *error)
{
	char byte;
	if (lexer_peek(reader, &byte, error) != LEX_OK)
		return LEX_FATAL;
	if (byte == '\r') {
		if (lexer_skip(reader, error) != LEX_OK ||
		    lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
	}
	if (byte != '\n')
		return LEX_MALFORMED;
	return lexer_skip(reader, error);
}

enum lex lexer_skip_line(struct imap_reader *reader, struct error *error)
{
	for (;;) {
		char byte;
		uint64_t size;
		bool huge;
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte != '\r' && byte != '\n') {
			if (lexer_skip(reader, error) != LEX_OK)
				return LEX_FATAL;
			continue;
		}
		bool literal = tail_is_literal(reader, &size, &huge);
		if (literal && huge)
			return refuse_size(error);
		enum lex ended = take_line_end(reader, error);
		if (ended == LEX_FATAL)
			return LEX_FATAL;
		if (ended == LEX_MALFORMED) /* a CR inside the line */
			continue;
		if (!literal)
			return LEX_OK;
		if (lexer_literal_bytes(reader, size, NULL, NULL, error) != LEX_OK)
			return LEX_FATAL;
	}
}

enum lex lexer_literal_head(struct imap_reader *reader, uint64_t *size_r, struct error *error)
{
	char byte;
	bool huge;
	do {
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n')
			return LEX_MALFORMED;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	} while (byte != '}');
	/* The tail restarts at "{", and a head too long for it is none. */
	if (!tail_is_literal(reader, size_r, &huge))
		return LEX_MALFORMED;
	if (huge)
		return refuse_size(error);
	return take_line_end(reader, error);
}

enum lex lexer_end(struct imap_reader *reader, struct error *error)
{
	enum lex result = lexer_spaces(reader, error);
	return result == LEX_OK ? take_line_end(reader, error) : result;
}
