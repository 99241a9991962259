/* The tokens of a response, for the files of the parser. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_IMAP_LEXER_H
#define NAVETTE_IMAP_LEXER_H

#include "imap/reader.h"

/* Bytes asked for at a time. */
#define LEXER_READ_SIZE 65536u
/* Bytes kept of the line behind the place of reading: the longest head of a literal. */
#define LEXER_LOOKBACK 32u
/* How much of a malformed line is shown. */
#define LEXER_EXCERPT_MAX 160u

struct imap_reader {
	imap_read_function *read;
	void *context;
	const struct imap_secrets *secrets;

	/* Places in bytes: run <= start <= end. */
	size_t start;   /* of what is not taken yet */
	size_t end;     /* of what was read */
	size_t run;     /* where the line, or its part behind a literal, began; or what is left */
	size_t counted; /* up to here line_length and excerpt know the line */

	size_t line_length; /* bytes of this response outside literals */
	size_t excerpt_length;
	char excerpt[LEXER_EXCERPT_MAX]; /* the first of them */

	bool failed; /* the connection cannot go on ... */
	struct error error;
	const char *complaint; /* ... or the response makes no sense: static text */

	struct buffer unquoted; /* a quoted string without its backslashes */
	struct buffer text;     /* a literal, or the rest of a line */
	char bytes[IMAP_TOKEN_MAX + LEXER_READ_SIZE + 1024u];
};

/* Bytes that are valid until the next call of a function below. */
struct lexer_slice {
	const char *bytes;
	size_t length;
};
/* Compares ignoring the case of ASCII letters. */
bool lexer_slice_is(struct lexer_slice slice, const char *text);

/* The functions below that return bool return false in two cases: the connection failed
 * (reader->failed), or the bytes do not fit (reader->complaint): then the rest of the response is
 * to be skipped by lexer_skip_line(). Either way the parser returns false all the way up. Nothing
 * that does not fit is taken. */

/* --- reader.c: bytes, lines and literals --- */

/* A new response begins here. */
void lexer_begin(struct imap_reader *reader);
/* Sets the complaint; false. */
bool lexer_complain(struct imap_reader *reader, const char *complaint);
/* Sets the error that ends the connection; false. */
bool lexer_fail(struct imap_reader *reader, enum error_kind kind, const char *text);
/* Reads more; waits for it. */
bool lexer_fill(struct imap_reader *reader);
/* Brings line_length and excerpt up to date. */
bool lexer_count(struct imap_reader *reader);

/* The byte OFFSET bytes ahead, not taken; -1 when the connection failed. */
static inline int lexer_look(struct imap_reader *reader, size_t offset)
{
	while (offset >= reader->end - reader->start)
		if (!lexer_fill(reader))
			return -1;
	return (unsigned char)reader->bytes[reader->start + offset];
}

static inline int lexer_peek(struct imap_reader *reader)
{
	return lexer_look(reader, 0);
}

/* Takes COUNT bytes that were looked at. */
static inline void lexer_take(struct imap_reader *reader, size_t count)
{
	reader->start += count;
}

/* Whether a literal stands here: "{" or "~{" (RFC 9051 section 4.3, RFC 3516). */
bool lexer_is_literal(struct imap_reader *reader);
/* Takes the literal's head: "{5}", "{5+}", "~{5}" and the line end. A size that is negative or over
 * IMAP_LITERAL_SIZE_MAX ends the connection: nobody knows where such a literal ends. */
bool lexer_literal_head(struct imap_reader *reader, uint64_t *size_r);
/* Takes as much of a literal as is at hand, at most *LEFT, which is lessened. */
bool lexer_literal_part(struct imap_reader *reader, uint64_t *left, struct lexer_slice *part_r);
bool lexer_literal_skip(struct imap_reader *reader, uint64_t size);

/* Takes spaces, also none. */
bool lexer_spaces(struct imap_reader *reader);
/* Takes spaces and the line end: CRLF, or LF alone. */
bool lexer_end_line(struct imap_reader *reader);
/* Takes everything up to the end of the response, literals too. */
bool lexer_skip_line(struct imap_reader *reader);
/* Takes the rest of a line that is text and holds no literals. What is longer than IMAP_TOKEN_MAX
 * is cut. */
bool lexer_rest_of_line(struct imap_reader *reader, struct lexer_slice *text_r);

/* --- lexer.c: tokens --- */

/* Which bytes a word may hold: servers are more generous than RFC 9051 section 9. None holds "{",
 * so that no head of a literal is ever taken for something else. */
enum lexer_word {
	LEXER_WORD,   /* up to a control byte, a space or one of ( ) { " */
	LEXER_ITEM,   /* the same without "[" */
	LEXER_FLAG,   /* up to NUL, line end, a space or one of ( ) { */
	LEXER_MAILBOX /* up to NUL, line end, a space or { */
};

/* Takes BYTE. */
bool lexer_expect(struct imap_reader *reader, char byte, const char *complaint);
/* Takes a word that is not empty. */
bool lexer_word(struct imap_reader *reader, enum lexer_word kind, struct lexer_slice *word_r);
/* Takes digits that make a number of at most MAXIMUM. */
bool lexer_number(struct imap_reader *reader, uint64_t maximum, uint64_t *number_r);
/* Takes a quoted string. A backslash before anything but a quotation mark or a backslash stands for
 * itself. */
bool lexer_quoted(struct imap_reader *reader, struct lexer_slice *text_r);
/* Takes a quoted string, a literal of at most IMAP_LITERAL_MAX bytes, or a word. *nil_r: it was the
 * word NIL. */
bool lexer_string(struct imap_reader *reader, enum lexer_word kind, struct lexer_slice *text_r,
		  bool *nil_r);
/* Takes one value whatever it is: word, string, literal, or a list with all that is in it. */
bool lexer_skip_value(struct imap_reader *reader);

#endif
