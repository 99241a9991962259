/* One response of the server, understood. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/response.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/response_parts.h"

/* --- The struct --- */

static void clear_code(struct imap_code *code)
{
	code->type = IMAP_CODE_NONE;
	code->number = 0;
	uid_set_clear(&code->source);
	uid_set_clear(&code->uids);
	imap_flags_clear(&code->flags);
	text_list_clear(&code->capabilities);
}

static void clear_fetch(struct imap_fetch_data *fetch)
{
	struct imap_fetch_data kept = *fetch;
	imap_flags_clear(&kept.flags);
	buffer_clear(&kept.header);
	*fetch = (struct imap_fetch_data){ .flags = kept.flags, .header = kept.header };
}

/* What fits the next response; memory is kept where it may be used again. */
static void clear_response(struct imap_response *response)
{
	clear_code(&response->code);
	text_list_clear(&response->words);
	uid_set_clear(&response->uids);
	imap_flags_clear(&response->flags);
	clear_fetch(&response->fetch);
	free(response->tag);
	free(response->text);
	response->tag = NULL;
	response->text = NULL;
	response->earlier = false;
	response->number = 0;
}

void imap_response_release(struct imap_response *response)
{
	clear_response(response);
	uid_set_release(&response->code.source);
	uid_set_release(&response->code.uids);
	text_list_release(&response->code.flags.keywords);
	text_list_release(&response->code.capabilities);
	text_list_release(&response->words);
	free(response->list.mailbox);
	free(response->status.mailbox);
	uid_set_release(&response->uids);
	text_list_release(&response->flags.keywords);
	text_list_release(&response->fetch.flags.keywords);
	buffer_release(&response->fetch.header);
	memset(response, 0, sizeof *response);
}

/* --- Status responses: OK NO BAD BYE PREAUTH --- */

static bool condition_of(const char *word, enum imap_condition *condition_r)
{
	static const struct {
		const char *name;
		enum imap_condition condition;
	} names[] = { { "OK", IMAP_OK },
		      { "NO", IMAP_NO },
		      { "BAD", IMAP_BAD },
		      { "BYE", IMAP_BYE },
		      { "PREAUTH", IMAP_PREAUTH } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_equal_ignoring_case(word, names[i].name)) {
			*condition_r = names[i].condition;
			return true;
		}
	}
	return false;
}

static enum lex parse_text(struct parse *parse)
{
	enum lex result = lexer_rest(parse->reader, parse->word, parse->error);
	if (result == LEX_OK)
		parse->response->text =
			text_printable(buffer_text(parse->word), parse->word->length);
	return result;
}

/* Behind the condition: code and text, of which both may be missing (quirk A04). */
static enum lex parse_condition(struct parse *parse)
{
	char byte;
	enum lex result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_peek(parse->reader, &byte, parse->error);
	if (result == LEX_OK && byte == '[')
		result = parse_code(parse);
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? parse_text(parse) : result;
}

/* --- Untagged data --- */

static enum lex parse_words(struct parse *parse)
{
	return parse_capabilities(parse, "", &parse->response->words);
}

static enum lex parse_mailbox_flags(struct parse *parse)
{
	return parse_flags(parse, &parse->response->flags);
}

static const struct {
	const char *name;
	enum imap_response_type type;
	enum lex (*parse)(struct parse *parse);
	bool more; /* what follows what matters may be skipped */
} data_responses[] = {
	{ "CAPABILITY", IMAP_RESPONSE_CAPABILITY, parse_words, false },
	{ "ENABLED", IMAP_RESPONSE_ENABLED, parse_words, false },
	{ "LIST", IMAP_RESPONSE_LIST, parse_list, true },
	{ "LSUB", IMAP_RESPONSE_LIST, parse_list, true },
	{ "STATUS", IMAP_RESPONSE_STATUS, parse_status, true },
	{ "SEARCH", IMAP_RESPONSE_SEARCH, parse_search, true },
	{ "ESEARCH", IMAP_RESPONSE_SEARCH, parse_esearch, false },
	{ "FLAGS", IMAP_RESPONSE_FLAGS, parse_mailbox_flags, false },
	{ "VANISHED", IMAP_RESPONSE_VANISHED, parse_vanished, false },
	{ "NAMESPACE", IMAP_RESPONSE_NAMESPACE, parse_namespace, true },
};

static enum lex parse_data(struct parse *parse)
{
	for (size_t i = 0; i < sizeof data_responses / sizeof *data_responses; i++) {
		if (!text_equal_ignoring_case(buffer_text(parse->word), data_responses[i].name))
			continue;
		parse->response->type = data_responses[i].type;
		enum lex result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = data_responses[i].parse(parse);
		if (result != LEX_OK)
			return result;
		return data_responses[i].more ? lexer_skip_line(parse->reader, parse->error)
					      : lexer_end(parse->reader, parse->error);
	}
	parse->response->type = IMAP_RESPONSE_OTHER;
	return lexer_skip_line(parse->reader, parse->error);
}

/* "* 12 EXISTS": what it says of a sequence number, or how many there are. */
static enum lex parse_numbered(struct parse *parse, uint32_t number)
{
	struct imap_response *response = parse->response;
	enum lex result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_word(parse->reader, "(", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	const char *name = buffer_text(parse->word);
	response->number = number;
	if (text_equal_ignoring_case(name, "FETCH")) {
		response->type = IMAP_RESPONSE_FETCH;
		response->fetch.sequence = number;
		result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = parse_fetch(parse);
		return result == LEX_OK ? lexer_end(parse->reader, parse->error) : result;
	}
	if (text_equal_ignoring_case(name, "EXISTS"))
		response->type = IMAP_RESPONSE_EXISTS;
	else if (text_equal_ignoring_case(name, "EXPUNGE"))
		response->type = IMAP_RESPONSE_EXPUNGE;
	else
		response->type = IMAP_RESPONSE_OTHER;
	return lexer_skip_line(parse->reader, parse->error);
}

static enum lex parse_untagged(struct parse *parse)
{
	uint64_t number;
	enum lex result = lexer_word(parse->reader, "([", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	if (text_parse_number(buffer_text(parse->word), UINT32_MAX, &number))
		return parse_numbered(parse, (uint32_t)number);
	if (condition_of(buffer_text(parse->word), &parse->response->condition)) {
		parse->response->type = IMAP_RESPONSE_CONDITION;
		return parse_condition(parse);
	}
	return parse_data(parse);
}

/* --- The three kinds of lines --- */

static enum lex parse_tagged(struct parse *parse)
{
	struct imap_response *response = parse->response;
	enum lex result = lexer_word(parse->reader, "", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	response->tag = memory_text(buffer_text(parse->word));
	result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_word(parse->reader, "[", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	if (response->tag[0] == '\0' ||
	    !condition_of(buffer_text(parse->word), &response->condition))
		return LEX_MALFORMED;
	response->type = IMAP_RESPONSE_TAGGED;
	return parse_condition(parse);
}

static enum lex parse_line(struct parse *parse)
{
	char first;
	if (lexer_peek(parse->reader, &first, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (first != '*' && first != '+' && first != '[')
		return parse_tagged(parse);
	if (first == '[') { /* a code that lost its "* OK" (quirk A08) */
		parse->response->type = IMAP_RESPONSE_OTHER;
		return lexer_skip_line(parse->reader, parse->error);
	}
	if (lexer_skip(parse->reader, parse->error) != LEX_OK ||
	    lexer_spaces(parse->reader, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (first == '*')
		return parse_untagged(parse);
	parse->response->type = IMAP_RESPONSE_CONTINUATION;
	return parse_text(parse);
}

/* Lines without anything are no responses; some servers send them after a literal. */
static enum lex skip_empty_lines(struct imap_reader *reader, struct error *error)
{
	for (;;) {
		char byte;
		if (lexer_peek(reader, &byte, error) != LEX_OK)
			return LEX_FATAL;
		if (byte != '\r' && byte != '\n')
			return LEX_OK;
		if (lexer_skip(reader, error) != LEX_OK)
			return LEX_FATAL;
	}
}

static void note_malformed(struct imap_response *response)
{
	static const char *const what[] = { [IMAP_RESPONSE_FETCH] = "a FETCH",
					    [IMAP_RESPONSE_LIST] = "a LIST",
					    [IMAP_RESPONSE_STATUS] = "a STATUS",
					    [IMAP_RESPONSE_SEARCH] = "a SEARCH",
					    [IMAP_RESPONSE_VANISHED] = "a VANISHED" };
	size_t type = (size_t)response->type;
	const char *kind = type < sizeof what / sizeof *what && what[type] ? what[type] : "a";
	free(response->text);
	response->text = memory_format("the server sent %s response that makes no sense", kind);
	response->type = IMAP_RESPONSE_MALFORMED;
}

int imap_response_read(struct imap_reader *reader, const struct imap_body_sink *sink,
		       struct imap_response *response, struct error *error)
{
	struct buffer word = BUFFER_INITIAL;
	struct parse parse = {
		.reader = reader, .sink = sink, .response = response, .word = &word, .error = error
	};
	clear_response(response);
	response->type = IMAP_RESPONSE_OTHER;
	lexer_begin(reader);
	enum lex result = skip_empty_lines(reader, error);
	if (result == LEX_OK)
		result = parse_line(&parse);
	if (result == LEX_MALFORMED) {
		result = lexer_is_at_line_start(reader) ? LEX_OK : lexer_skip_line(reader, error);
		note_malformed(response);
	}
	buffer_release(&word);
	return result == LEX_OK ? 0 : -1;
}
