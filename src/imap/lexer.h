/* The tokens of a response. Internal to the parser. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_LEXER_H
#define NAVETTE_IMAP_LEXER_H

#include <stdbool.h>

#include "base/uid_set.h"
#include "imap/reader.h"

/* What every function here returns. After LEX_MALFORMED the rest of the response is to be skipped
 * with lexer_skip_line(); after LEX_FATAL the connection cannot go on and the error is set. */
enum lex {
	LEX_OK = 0,
	LEX_FATAL = -1,
	LEX_MALFORMED = 1,
};

/* Before the first byte of each response: counts anew. */
void lexer_begin(struct imap_reader *reader);

/* Whether the last byte taken ended a line: then nothing of a malformed response is left to be
 * skipped. */
bool lexer_is_at_line_start(const struct imap_reader *reader);

/* The next byte, left where it is. */
enum lex lexer_peek(struct imap_reader *reader, char *byte_r, struct error *error);
/* Takes the byte that lexer_peek() showed. */
enum lex lexer_skip(struct imap_reader *reader, struct error *error);
/* Takes BYTE; malformed when another one is next. */
enum lex lexer_expect(struct imap_reader *reader, char byte, struct error *error);
/* Takes spaces, also none: servers put too many and too few. */
enum lex lexer_spaces(struct imap_reader *reader, struct error *error);

/* Takes bytes up to a space, a line end or one of STOPS; may be empty. Replaces OUT. */
enum lex lexer_word(struct imap_reader *reader, const char *stops, struct buffer *out,
		    struct error *error);
/* A number without sign; malformed when there is none or it is above 2^64 - 1. */
enum lex lexer_number(struct imap_reader *reader, uint64_t *number_r, struct error *error);
/* A sequence set into SET. A 0 is left out ("0:1" is 1): some servers send it. */
enum lex lexer_uid_set(struct imap_reader *reader, struct uid_set *set, struct error *error);

/* At "{" or "~{": takes the literal's head with its line end. Sizes above 2^63 - 1 are fatal. */
enum lex lexer_literal_head(struct imap_reader *reader, uint64_t *size_r, struct error *error);
/* Takes SIZE bytes and gives them to TAKE in pieces; NULL: they are dropped. */
enum lex lexer_literal_bytes(struct imap_reader *reader, uint64_t size,
			     void (*take)(void *context, const void *bytes, size_t length),
			     void *context, struct error *error);
/* A string of any form: quoted, literal (up to IMAP_LITERAL_MAX, more is fatal), NIL, or a bare
 * word as some servers send it, up to STOPS. Replaces OUT. */
enum lex lexer_string(struct imap_reader *reader, const char *stops, struct buffer *out,
		      bool *nil_r, struct error *error);
/* At a quotation mark: takes the quoted string. Replaces OUT. */
enum lex lexer_quoted(struct imap_reader *reader, struct buffer *out, struct error *error);
/* Takes one value whatever it is: word, string, literal, list with all that is in it. */
enum lex lexer_skip_value(struct imap_reader *reader, struct error *error);

/* Takes the rest of the line, replaces OUT with it (as much as IMAP_TOKEN_MAX) without the line
 * end. No literals. */
enum lex lexer_rest(struct imap_reader *reader, struct buffer *out, struct error *error);
/* Takes what is left of the response, literals too. */
enum lex lexer_skip_line(struct imap_reader *reader, struct error *error);
/* Takes spaces and the line end; malformed when something else is there. */
enum lex lexer_end(struct imap_reader *reader, struct error *error);

#endif
