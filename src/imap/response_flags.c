/* Lists of flags. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/flags.h"
#include "imap/response_parts.h"

void text_list_clear(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	list->count = 0;
}

void imap_flags_clear(struct imap_flags *flags)
{
	flags->system = 0;
	flags->any_keyword = false;
	text_list_clear(&flags->keywords);
}

/* Octets that no atom holds: control, 8-bit, and what quotes or separates (quirk B04). "]" is borne
 * (quirk B01). */
static bool is_keyword(const char *word)
{
	for (const unsigned char *byte = (const unsigned char *)word; *byte; byte++) {
		if (*byte <= ' ' || *byte >= 0x7f || strchr("(){%*\"\\", *byte))
			return false;
	}
	return *word != '\0';
}

static void add_flag(struct imap_flags *flags, const struct buffer *word)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} names[] = { { "\\Seen", FLAG_SEEN },       { "\\Answered", FLAG_ANSWERED },
		      { "\\Flagged", FLAG_FLAGGED }, { "\\Deleted", FLAG_DELETED },
		      { "\\Draft", FLAG_DRAFT },     { "$Forwarded", FLAG_FORWARDED } };
	const char *text = buffer_text(word);
	if (strlen(text) != word->length) /* a NUL inside */
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_equal_ignoring_case(text, names[i].name)) {
			flags->system |= names[i].flag;
			return;
		}
	}
	if (strcmp(text, "\\*") == 0)
		flags->any_keyword = true;
	else if (is_keyword(text) && !text_equal_ignoring_case(text, "NIL"))
		text_list_add(&flags->keywords, text);
}

/* One flag: a word, or in quotes (quirk B02). */
static enum lex parse_flag(struct parse *parse, struct imap_flags *flags)
{
	char byte;
	if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
		return LEX_FATAL;
	enum lex result = byte == '"' ? lexer_quoted(parse->reader, parse->word, parse->error)
				      : lexer_word(parse->reader, "()", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	if (parse->word->length == 0 && byte != '"')
		return LEX_MALFORMED;
	add_flag(flags, parse->word);
	return LEX_OK;
}

enum lex parse_flags(struct parse *parse, struct imap_flags *flags)
{
	char byte;
	imap_flags_clear(flags);
	enum lex result = lexer_expect(parse->reader, '(', parse->error);
	while (result == LEX_OK) {
		result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result == LEX_OK && byte == ')')
			return lexer_skip(parse->reader, parse->error);
		if (result == LEX_OK)
			result = parse_flag(parse, flags);
	}
	return result;
}
