/* SEARCH, ESEARCH and VANISHED. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/response_parts.h"

/* Numbers, and at the end perhaps "(MODSEQ n)" (RFC 7162 section 3.1.5). */
enum lex parse_search(struct parse *parse)
{
	for (;;) {
		char byte;
		enum lex result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result != LEX_OK)
			return result;
		if (byte == '\r' || byte == '\n' || byte == '(')
			return LEX_OK;
		uint64_t number;
		result = lexer_number(parse->reader, &number, parse->error);
		if (result == LEX_OK && number > UINT32_MAX)
			result = LEX_MALFORMED;
		if (result != LEX_OK)
			return result;
		if (number > 0)
			uid_set_add(&parse->response->uids, (uint32_t)number);
	}
}

/* (TAG "a1"): which SEARCH it answers. */
static enum lex parse_correlator(struct parse *parse)
{
	bool nil;
	enum lex result = lexer_expect(parse->reader, '(', parse->error);
	if (result == LEX_OK)
		result = lexer_word(parse->reader, "()", parse->word, parse->error); /* TAG */
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_string(parse->reader, "()", parse->word, &nil, parse->error);
	if (result == LEX_OK) {
		free(parse->response->tag);
		parse->response->tag = memory_text(buffer_text(parse->word));
		result = lexer_spaces(parse->reader, parse->error);
	}
	return result == LEX_OK ? lexer_expect(parse->reader, ')', parse->error) : result;
}

/* RFC 4731 section 3.1: pairs of name and value; UID stands alone. */
enum lex parse_esearch(struct parse *parse)
{
	for (;;) {
		char byte;
		enum lex result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result != LEX_OK || byte == '\r' || byte == '\n')
			return result;
		if (byte == '(') {
			result = parse_correlator(parse);
			if (result != LEX_OK)
				return result;
			continue;
		}
		result = lexer_word(parse->reader, "()", parse->word, parse->error);
		if (result != LEX_OK)
			return result;
		if (text_equal_ignoring_case(buffer_text(parse->word), "UID"))
			continue;
		bool all = text_equal_ignoring_case(buffer_text(parse->word), "ALL");
		result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = all ? lexer_uid_set(parse->reader, &parse->response->uids,
						     parse->error)
				     : lexer_skip_value(parse->reader, parse->error);
		if (result != LEX_OK)
			return result;
	}
}

/* RFC 7162 section 3.2.10 */
enum lex parse_vanished(struct parse *parse)
{
	char byte;
	parse->response->earlier = false;
	if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (byte == '(') {
		enum lex result = lexer_skip_value(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_spaces(parse->reader, parse->error);
		if (result != LEX_OK)
			return result;
		parse->response->earlier = true;
	}
	return lexer_uid_set(parse->reader, &parse->response->uids, parse->error);
}
