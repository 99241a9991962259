/* Flags and other words. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/response_parts.h"
#include "mail/flags.h"

void response_clear_words(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	list->count = 0;
}

void response_clear_flags(struct flag_names *flags)
{
	flags->system = 0;
	flags->any_keyword = false;
	response_clear_words(&flags->keywords);
}

/* --- Flags --- */

/* 0 when it is no flag that both sides have. */
static uint32_t find_system_flag(struct lexer_slice word)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = { { "\\Seen", FLAG_SEEN },       { "\\Answered", FLAG_ANSWERED },
		      { "\\Flagged", FLAG_FLAGGED }, { "\\Deleted", FLAG_DELETED },
		      { "\\Draft", FLAG_DRAFT },     { "$Forwarded", FLAG_FORWARDED } };

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (lexer_slice_is(word, flags[i].name))
			return flags[i].flag;
	return 0;
}

/* A keyword with what an atom cannot hold, such as control or 8-bit octets, could never be sent
 * back; NIL among flags is none. Brackets are accepted: some servers list such keywords and take
 * them back. */
static bool is_keyword(struct lexer_slice word)
{
	for (size_t i = 0; i < word.length; i++) {
		unsigned char byte = (unsigned char)word.bytes[i];

		if (byte <= ' ' || byte >= 0x7f || strchr("(){%*\"\\", byte) != NULL)
			return false;
	}
	return word.length > 0 && !lexer_slice_is(word, "NIL");
}

static bool is_quoted(struct lexer_slice word)
{
	return word.length >= 2 && word.bytes[0] == '"' && word.bytes[word.length - 1] == '"';
}

bool response_add_flag(struct flag_names *flags, struct lexer_slice word)
{
	uint32_t flag;

	if (is_quoted(word)) {
		word.bytes++;
		word.length -= 2;
		if (word.length >= 2 && word.bytes[0] == '\\' && word.bytes[1] == '\\') {
			word.bytes++;
			word.length--;
		}
	}
	flag = find_system_flag(word);
	flags->system |= flag;
	if (lexer_slice_is(word, "\\*"))
		flags->any_keyword = true;
	if (flag != 0 || !is_keyword(word))
		return true;
	if (flags->keywords.count >= RESPONSE_WORDS_MAX)
		return false;
	text_list_adopt(&flags->keywords, memory_text_length(word.bytes, word.length));
	return true;
}

bool response_parse_flag_list(struct response_parse *parse, struct flag_names *flags)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice word;

	response_clear_flags(flags);
	if (!lexer_expect(reader, '(', "a list of flags is missing"))
		return false;
	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) == ')') {
			lexer_take(reader, 1);
			return true;
		}
		if (!lexer_word(reader, LEXER_FLAG, &word))
			return false;
		if (!response_add_flag(flags, word))
			return lexer_complain(reader, "too many flags");
	}
}

/* --- Words --- */

bool response_add_capability(struct text_list *list, struct lexer_slice word)
{
	char *text;

	for (size_t i = 0; i < word.length; i++)
		if ((unsigned char)word.bytes[i] <= ' ' || (unsigned char)word.bytes[i] >= 0x7f)
			return true;
	if (list->count >= RESPONSE_WORDS_MAX)
		return false;
	text = memory_text_length(word.bytes, word.length);
	for (char *byte = text; *byte != '\0'; byte++)
		if (*byte >= 'a' && *byte <= 'z')
			*byte = (char)(*byte - ('a' - 'A'));
	text_list_adopt(list, text);
	return true;
}

bool response_parse_words(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice word;

	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) == '\r' || lexer_peek(reader) == '\n')
			return lexer_end_line(reader);
		if (!lexer_word(reader, LEXER_MAILBOX, &word))
			return false;
		if (!response_add_capability(&parse->response->words, word))
			return lexer_complain(reader, "too many words");
	}
}
