/* FETCH: the items of one message (RFC 9051 section 7.5.2). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <string.h>

#include "imap/date.h"
#include "imap/response_parts.h"

#define ITEM_MAX 64 /* longer than any name that matters */

typedef enum lex item_function(struct parse *parse);

/* --- Bodies: from the buffer to the sink --- */

struct body {
	const struct imap_body_sink *sink;
	struct imap_fetch_data *fetch;
};

static void refuse_body(struct imap_fetch_data *fetch, const struct error *why)
{
	fetch->body = IMAP_BODY_REFUSED;
	fetch->sink_error = *why;
}

static void begin_body(struct body *body, uint64_t size)
{
	struct error why = ERROR_INITIAL;
	body->fetch->body = IMAP_BODY_RECEIVED;
	body->fetch->body_size = size;
	if (!body->sink || !body->sink->begin || !body->sink->write) {
		(void)error_set(&why, ERROR_FAILED, SCOPE_MESSAGE,
				"the server sent a message that was not asked for");
		refuse_body(body->fetch, &why);
	} else if (body->sink->begin(body->sink->context, body->fetch, size, &why) != 0) {
		refuse_body(body->fetch, &why);
	}
}

static void take_body(void *context, const void *bytes, size_t length)
{
	struct body *body = context;
	struct error why = ERROR_INITIAL;
	if (body->fetch->body == IMAP_BODY_RECEIVED &&
	    body->sink->write(body->sink->context, bytes, length, &why) != 0)
		refuse_body(body->fetch, &why);
}

static enum lex literal_body(struct parse *parse, struct body *body)
{
	uint64_t size;
	enum lex result = lexer_literal_head(parse->reader, &size, parse->error);
	if (result != LEX_OK)
		return result;
	begin_body(body, size);
	return lexer_literal_bytes(parse->reader, size, take_body, body, parse->error);
}

/* A body of few bytes may come as a quoted string; NIL is a message that is gone (quirk D03). */
static enum lex short_body(struct parse *parse, struct body *body)
{
	bool nil;
	enum lex result = lexer_string(parse->reader, "()", parse->word, &nil, parse->error);
	if (result != LEX_OK)
		return result;
	if (nil) {
		body->fetch->body = IMAP_BODY_NIL;
		return LEX_OK;
	}
	begin_body(body, parse->word->length);
	take_body(body, buffer_text(parse->word), parse->word->length);
	return LEX_OK;
}

static enum lex parse_body(struct parse *parse)
{
	struct body body = { .sink = parse->sink, .fetch = &parse->response->fetch };
	char byte;
	if (body.fetch->body != IMAP_BODY_NONE) /* two bodies of one message: which is it? */
		return LEX_MALFORMED;
	if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (byte == '{' || byte == '~')
		return literal_body(parse, &body);
	if (byte == ')') /* the value is missing (quirk A11) */
		return LEX_MALFORMED;
	return short_body(parse, &body);
}

static enum lex parse_header(struct parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;
	bool nil;
	enum lex result = lexer_string(parse->reader, "()", &fetch->header, &nil, parse->error);
	fetch->has_header = result == LEX_OK && !nil;
	return result;
}

/* --- The other items --- */

static enum lex parse_uid(struct parse *parse)
{
	uint64_t number;
	enum lex result = lexer_number(parse->reader, &number, parse->error);
	if (result != LEX_OK)
		return result;
	if (number > UINT32_MAX)
		return LEX_MALFORMED;
	parse->response->fetch.uid = (uint32_t)number;
	return LEX_OK;
}

static enum lex parse_fetch_flags(struct parse *parse)
{
	enum lex result = parse_flags(parse, &parse->response->fetch.flags);
	parse->response->fetch.has_flags = result == LEX_OK;
	return result;
}

static enum lex parse_internaldate(struct parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;
	bool nil;
	enum lex result = lexer_string(parse->reader, "()", parse->word, &nil, parse->error);
	if (result != LEX_OK)
		return result;
	fetch->has_internaldate = imap_date_parse(buffer_text(parse->word), parse->word->length,
						  &fetch->internaldate);
	return LEX_OK;
}

static enum lex parse_size(struct parse *parse)
{
	enum lex result = lexer_number(parse->reader, &parse->response->fetch.size, parse->error);
	parse->response->fetch.has_size = result == LEX_OK;
	return result;
}

/* "(number)"; some servers send negative ones (quirk C10): then there is none. */
static enum lex parse_modseq(struct parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;
	char byte;
	enum lex result = lexer_expect(parse->reader, '(', parse->error);
	if (result == LEX_OK)
		result = lexer_peek(parse->reader, &byte, parse->error);
	if (result == LEX_OK && byte == '-')
		result = lexer_word(parse->reader, "()", parse->word, parse->error);
	else if (result == LEX_OK) {
		result = lexer_number(parse->reader, &fetch->modseq, parse->error);
		fetch->has_modseq = result == LEX_OK && fetch->modseq > 0;
	}
	return result == LEX_OK ? lexer_expect(parse->reader, ')', parse->error) : result;
}

static enum lex parse_unknown(struct parse *parse)
{
	return lexer_skip_value(parse->reader, parse->error);
}

/* --- Items and their names --- */

/* What stands in brackets behind BODY: the whole message, part of its header, or something that was
 * not asked for. */
static item_function *body_section(const char *section)
{
	if (*section == '\0')
		return parse_body;
	return text_starts_with_ignoring_case(section, "HEADER") ? parse_header : parse_unknown;
}

/* "[section]<origin>": takes it. */
static enum lex parse_section(struct parse *parse, item_function **function_r)
{
	char byte;
	bool quoted = false;
	buffer_clear(parse->word);
	enum lex result = lexer_expect(parse->reader, '[', parse->error);
	while (result == LEX_OK) {
		if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n' || parse->word->length > IMAP_TOKEN_MAX)
			return LEX_MALFORMED;
		result = lexer_skip(parse->reader, parse->error);
		if (byte == ']' && !quoted)
			break;
		if (byte == '"')
			quoted = !quoted;
		buffer_add_byte(parse->word, byte);
	}
	if (result != LEX_OK)
		return result;
	*function_r = body_section(buffer_text(parse->word));
	return lexer_word(parse->reader, "(){\"", parse->word, parse->error); /* <origin> */
}

static item_function *item_of(const char *name)
{
	static const struct {
		const char *name;
		item_function *function;
	} items[] = { { "UID", parse_uid },
		      { "FLAGS", parse_fetch_flags },
		      { "INTERNALDATE", parse_internaldate },
		      { "RFC822.SIZE", parse_size },
		      { "MODSEQ", parse_modseq },
		      { "RFC822", parse_body },
		      { "RFC822.HEADER", parse_unknown } };
	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		if (text_equal_ignoring_case(name, items[i].name))
			return items[i].function;
	}
	return parse_unknown;
}

static enum lex parse_item(struct parse *parse)
{
	char name[ITEM_MAX] = "";
	char byte;
	enum lex result = lexer_word(parse->reader, "[(){\"", parse->word, parse->error);
	if (result != LEX_OK)
		return result;
	if (parse->word->length == 0)
		return LEX_MALFORMED;
	if (parse->word->length < sizeof name)
		memcpy(name, parse->word->bytes, parse->word->length + 1);
	item_function *function = item_of(name);
	if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
		return LEX_FATAL;
	if (byte == '[') {
		bool body = text_equal_ignoring_case(name, "BODY") ||
			    text_equal_ignoring_case(name, "BINARY");
		result = parse_section(parse, &function);
		if (!body)
			function = parse_unknown;
	}
	if (result == LEX_OK)
		result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? function(parse) : result;
}

/* Between items. A line end before the closing parenthesis is a slip of some servers after a
 * literal (quirk A03). */
static enum lex parse_gap(struct parse *parse, bool *end_r)
{
	char byte;
	*end_r = false;
	enum lex result = lexer_spaces(parse->reader, parse->error);
	if (result == LEX_OK)
		result = lexer_peek(parse->reader, &byte, parse->error);
	bool received = parse->response->fetch.body != IMAP_BODY_NONE;
	if (result == LEX_OK && (byte == '\r' || byte == '\n') && received) {
		result = lexer_end(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_peek(parse->reader, &byte, parse->error);
		if (result == LEX_OK && byte != ')')
			result = LEX_MALFORMED;
	}
	if (result == LEX_OK && byte == ')') {
		*end_r = true;
		result = lexer_skip(parse->reader, parse->error);
	}
	return result;
}

enum lex parse_fetch(struct parse *parse)
{
	bool end = false;
	enum lex result = lexer_expect(parse->reader, '(', parse->error);
	while (result == LEX_OK) {
		result = parse_gap(parse, &end);
		if (result != LEX_OK || end)
			break;
		result = parse_item(parse);
	}
	return result;
}
