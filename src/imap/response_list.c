/* LIST, STATUS and NAMESPACE. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/response_parts.h"

/* A mailbox name; NUL cannot be in it. Takes a name without quotes up to the next space, whatever
 * is in it (quirk E03). */
static enum lex parse_mailbox(struct parse *parse, char **mailbox_r)
{
	bool nil;
	enum lex result = lexer_string(parse->reader, "", parse->word, &nil, parse->error);
	if (result == LEX_MALFORMED && parse->word->length == 0 && nil)
		return LEX_MALFORMED;
	if (result != LEX_OK)
		return result;
	if (strlen(buffer_text(parse->word)) != parse->word->length)
		return LEX_MALFORMED;
	free(*mailbox_r);
	*mailbox_r = memory_text(buffer_text(parse->word));
	return LEX_OK;
}

static unsigned int attribute_of(const char *word)
{
	static const struct {
		const char *name;
		unsigned int attribute;
	} names[] = { { "\\Noselect", IMAP_LIST_NOSELECT },
		      { "\\NonExistent", IMAP_LIST_NOSELECT },
		      { "\\Noinferiors", IMAP_LIST_NOINFERIORS },
		      { "\\Subscribed", IMAP_LIST_SUBSCRIBED },
		      { "\\All", IMAP_LIST_ALL },
		      { "\\AllMail", IMAP_LIST_ALL },
		      { "\\Archive", IMAP_LIST_ARCHIVE },
		      { "\\Drafts", IMAP_LIST_DRAFTS },
		      { "\\Flagged", IMAP_LIST_FLAGGED },
		      { "\\Junk", IMAP_LIST_JUNK },
		      { "\\Spam", IMAP_LIST_JUNK },
		      { "\\Sent", IMAP_LIST_SENT },
		      { "\\Trash", IMAP_LIST_TRASH },
		      { "\\Important", IMAP_LIST_IMPORTANT } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_equal_ignoring_case(word, names[i].name))
			return names[i].attribute;
	}
	return 0;
}

static enum lex parse_attributes(struct parse *parse, unsigned int *attributes_r)
{
	char byte;
	*attributes_r = 0;
	enum lex result = lexer_expect(parse->reader, '(', parse->error);
	while (result == LEX_OK) {
		result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result == LEX_OK && byte == ')')
			return lexer_skip(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_word(parse->reader, "()", parse->word, parse->error);
		if (result == LEX_OK && parse->word->length == 0)
			return LEX_MALFORMED;
		if (result == LEX_OK)
			*attributes_r |= attribute_of(buffer_text(parse->word));
	}
	return result;
}

static enum lex parse_delimiter(struct parse *parse, char *delimiter_r)
{
	bool nil;
	enum lex result = lexer_string(parse->reader, "()", parse->word, &nil, parse->error);
	if (result != LEX_OK)
		return result;
	if (!nil && parse->word->length > 1)
		return LEX_MALFORMED;
	*delimiter_r = nil || parse->word->length == 0 ? '\0' : parse->word->bytes[0];
	return LEX_OK;
}

enum lex parse_list(struct parse *parse)
{
	struct imap_list_data *list = &parse->response->list;
	enum lex result = parse_attributes(parse, &list->attributes);
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = parse_delimiter(parse, &list->delimiter);
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = parse_mailbox(parse, &list->mailbox);
	return result;
}

/* One item of STATUS (RFC 9051 section 7.3.4); those that do not matter are skipped. */
static enum lex parse_status_item(struct parse *parse)
{
	struct imap_status_data *status = &parse->response->status;
	char name[16] = "";
	uint64_t number;
	enum lex result = lexer_word(parse->reader, "()", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	if (parse->word->length == 0)
		return LEX_MALFORMED;
	if (parse->word->length < sizeof name)
		memcpy(name, parse->word->bytes, parse->word->length + 1);
	bool messages = text_equal_ignoring_case(name, "MESSAGES");
	bool uidnext = text_equal_ignoring_case(name, "UIDNEXT");
	bool uidvalidity = text_equal_ignoring_case(name, "UIDVALIDITY");
	bool highestmodseq = text_equal_ignoring_case(name, "HIGHESTMODSEQ");
	result = lexer_spaces(parse->reader, parse->error);
	if (result != LEX_OK || !(messages || uidnext || uidvalidity || highestmodseq))
		return result == LEX_OK ? lexer_skip_value(parse->reader, parse->error) : result;
	result = lexer_number(parse->reader, &number, parse->error);
	if (result == LEX_OK && !highestmodseq && number > UINT32_MAX)
		result = LEX_MALFORMED;
	if (result != LEX_OK)
		return result;
	if (messages)
		status->messages = (uint32_t)number;
	else if (uidnext)
		status->uidnext = (uint32_t)number;
	else if (uidvalidity)
		status->uidvalidity = (uint32_t)number;
	else
		status->highestmodseq = number;
	status->has_messages |= messages;
	status->has_uidnext |= uidnext;
	status->has_uidvalidity |= uidvalidity;
	status->has_highestmodseq |= highestmodseq;
	return LEX_OK;
}

enum lex parse_status(struct parse *parse)
{
	struct imap_status_data *status = &parse->response->status;
	char *mailbox = status->mailbox;
	char byte;
	*status = (struct imap_status_data){ .mailbox = mailbox };
	enum lex result = parse_mailbox(parse, &status->mailbox);
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_expect(parse->reader, '(', parse->error);
	while (result == LEX_OK) {
		result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result == LEX_OK && byte == ')')
			return lexer_skip(parse->reader, parse->error);
		if (result == LEX_OK)
			result = parse_status_item(parse);
	}
	return result;
}

/* RFC 2342 section 5: the first personal namespace; the rest is left to the caller. */
enum lex parse_namespace(struct parse *parse)
{
	struct imap_list_data *list = &parse->response->list;
	char byte;
	free(list->mailbox);
	list->mailbox = NULL;
	list->delimiter = '\0';
	if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (byte != '(') /* NIL */
		return LEX_OK;
	enum lex result = lexer_skip(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_expect(parse->reader, '(', parse->error);
	if (result == LEX_OK)
		result = parse_mailbox(parse, &list->mailbox);
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? parse_delimiter(parse, &list->delimiter) : result;
}
